/* rmsnorm.c: y = x * rstd * w */

static void rmsnorm_forward(float *y, float *rstd, const float *x, const float *w, float eps, int64_t N,
                            int64_t C) {
    const span_t mine = span(N, 1);
    for (int64_t n = mine.from; n < mine.to; ++n) {
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
#pragma omp barrier
}

/* dw += the rows of partial (chunks, width), in order. */
static void add_partials(float *dw, const float *partial, int64_t chunks, int64_t stride, int64_t width) {
    const span_t mine = span(width, LANES);
    for (int64_t c = mine.from; c < mine.to; c += LANES) {
        vf sum = vzero();
        for (int64_t i = 0; i < chunks; ++i) sum = vadd(sum, vload_at(partial + i * stride, c, width));
        vstore_at(dw, c, width, vadd(vload_at(dw, c, width), sum));
    }
#pragma omp barrier
}

/* y = x * rstd * w with h = x * rstd:
 *   dw[c] = sum_n dy[n,c] h[n,c]
 *   dx    = rstd * (dy w - h * mean_c(dy w h)), since d rstd / d x[c] = -rstd^3 x[c] / C */
static void rmsnorm_backward(float *dx, float *dw, float *partial, const float *dy, const float *x, const float *w,
                             const float *rstd, int64_t N, int64_t C) {
    const int64_t chunks = (N + NORM_CHUNK - 1) / NORM_CHUNK;
    const span_t mine = span(chunks, 1);
    for (int64_t i = mine.from; i < mine.to; ++i) {
        float *part = partial + i * C;
        memset(part, 0, (size_t)C * sizeof *part);
        for (int64_t n = i * NORM_CHUNK; n < lesser(N, (i + 1) * NORM_CHUNK); ++n) {
            const vf r = vset(rstd[n]);
            vf dot = vzero();
            for (int64_t c = 0; c < C; c += LANES) {
                const vf h = vmul(vload_at(x + n * C, c, C), r), d = vload_at(dy + n * C, c, C);
                vstore_at(part, c, C, vfma(d, h, vload_at(part, c, C)));
                dot = vfma(vmul(d, vload_at(w, c, C)), h, dot);
            }
            const vf mean = vset(vsum(dot) / (float)C);
            for (int64_t c = 0; c < C; c += LANES) {
                const vf h = vmul(vload_at(x + n * C, c, C), r);
                const vf g = vmul(vload_at(dy + n * C, c, C), vload_at(w, c, C));
                const vf d = vmul(r, vsub(g, vmul(h, mean)));
                vstore_at(dx + n * C, c, C, vadd(vload_at(dx + n * C, c, C), d));
            }
        }
    }
#pragma omp barrier
    add_partials(dw, partial, chunks, C, C);
}
