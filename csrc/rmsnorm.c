/* rmsnorm.c: y = x * rstd * w */

static void rmsnorm_rows(float *y, float *rstd, const float *x, const float *w, float eps, span_t rows, int64_t C) {
    for (int64_t n = rows.from; n < rows.to; ++n) {
        const float *xn = x + n * C;
        vf square = vzero();
        for (int64_t c = 0; c < C; c += LANES) {
            const vf v = vload_at(xn, c, C);
            square = vfma(v, v, square);
        }
        const float r = srsqrt(vsum(square) / (float)C + eps);
        const vf rv = vset(r);
        for (int64_t c = 0; c < C; c += LANES)
            vstore_at(y + n * C, c, C, vmul(vmul(vload_at(xn, c, C), rv), vload_at(w, c, C)));
        rstd[n] = r;
    }
}

static void rmsnorm_forward(float *y, float *rstd, const float *x, const float *w, float eps, int64_t N,
                            int64_t C) {
    rmsnorm_rows(y, rstd, x, w, eps, span(N, 1), C);
#pragma omp barrier
}

/* dw += the rows of partial, one for each chunk of N tokens, in order. */
static void add_partials(float *dw, const float *partial, int64_t N, int64_t stride, int64_t width) {
    const span_t mine = span(width, LANES);
    const int64_t chunks = (N + NORM_CHUNK - 1) / NORM_CHUNK;
    for (int64_t c = mine.from; c < mine.to; c += LANES) {
        vf sum = vzero();
        for (int64_t i = 0; i < chunks; ++i) sum = vadd(sum, vload_at(partial + i * stride, c, width));
        vstore_at(dw, c, width, vadd(vload_at(dw, c, width), sum));
    }
}

/* y = x * rstd * w with h = x * rstd:
 *   dw[c] = sum_n dy[n,c] h[n,c]
 *   dx    = rstd * (dy w - h * mean_c(dy w h)), since d rstd / d x[c] = -rstd^3 x[c] / C
 * For whole chunks of rows: dx = before + ... (NULL: nothing before), dw of each chunk into partial. dy is a
 * block of its own: its first row belongs to rows.from. y, unless NULL, is made again. */
static void rmsnorm_backward_rows(float *dx, float *y, const float *before, float *partial, const float *dy,
                                  const float *x, const float *w, const float *rstd, span_t rows, int64_t C) {
    for (int64_t from = rows.from; from < rows.to; from += NORM_CHUNK) {
        float *part = partial + from / NORM_CHUNK * C;
        memset(part, 0, (size_t)C * sizeof *part);
        for (int64_t n = from; n < lesser(rows.to, from + NORM_CHUNK); ++n) {
            const float *dyn = dy + (n - rows.from) * C;
            const vf r = vset(rstd[n]);
            vf dot = vzero();
            for (int64_t c = 0; c < C; c += LANES) {
                const vf h = vmul(vload_at(x + n * C, c, C), r), d = vload_at(dyn, c, C), wv = vload_at(w, c, C);
                if (y) vstore_at(y + n * C, c, C, vmul(h, wv));
                vstore_at(part, c, C, vfma(d, h, vload_at(part, c, C)));
                dot = vfma(vmul(d, wv), h, dot);
            }
            const vf mean = vset(vsum(dot) / (float)C);
            for (int64_t c = 0; c < C; c += LANES) {
                const vf h = vmul(vload_at(x + n * C, c, C), r);
                const vf g = vmul(vload_at(dyn, c, C), vload_at(w, c, C));
                const vf d = vmul(r, vsub(g, vmul(h, mean)));
                vstore_at(dx + n * C, c, C, before ? vadd(vload_at(before + n * C, c, C), d) : d);
            }
        }
    }
}

static void rmsnorm_backward(float *dx, float *dw, float *partial, const float *dy, const float *x, const float *w,
                             const float *rstd, int64_t N, int64_t C) {
    const span_t mine = span(N, NORM_CHUNK);
    rmsnorm_backward_rows(dx, NULL, dx, partial, dy + mine.from * C, x, w, rstd, mine, C);
#pragma omp barrier
    add_partials(dw, partial, N, C, C);
#pragma omp barrier
}
