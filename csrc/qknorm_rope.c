/* qknorm_rope.c: RMSNorm of each head, then rotation of its halves; one pass, the head stays in registers
 * or the first cache. Heads are taken half by half, so any even head_dim works. */

INLINE void head_forward(float *y, float *rstd, const float *x, const float *w, const float *cosine, float eps,
                         int64_t D) {
    const int64_t half = D / 2;
    const float *sine = cosine + half;
    vf square = vzero();
    for (int64_t d = 0; d < half; d += LANES) {
        const vf a = vload_at(x, d, half), b = vload_at(x + half, d, half);
        square = vfma(b, b, vfma(a, a, square));
    }
    *rstd = srsqrt(vsum(square) / (float)D + eps);
    const vf r = vset(*rstd);
    for (int64_t d = 0; d < half; d += LANES) {
        const vf n1 = vmul(vmul(vload_at(x, d, half), r), vload_at(w, d, half));
        const vf n2 = vmul(vmul(vload_at(x + half, d, half), r), vload_at(w + half, d, half));
        const vf c = vload_at(cosine, d, half), s = vload_at(sine, d, half);
        vstore_at(y, d, half, vsub(vmul(n1, c), vmul(n2, s)));
        vstore_at(y + half, d, half, vfma(n2, c, vmul(n1, s)));
    }
}

static void qknorm_rope_rows(float *qk, float *rstd, const float *qkv, const float *qw, const float *kw,
                             const float *rope, const int32_t *position, float eps, span_t rows, int64_t H, int64_t G,
                             int64_t D) {
    for (int64_t n = rows.from; n < rows.to; ++n)
        for (int64_t h = 0; h < H + G; ++h)
            head_forward(qk + (n * (H + G) + h) * D, rstd + n * (H + G) + h, qkv + (n * (H + 2 * G) + h) * D,
                         h < H ? qw : kw, rope + position[n] * D, eps, D);
}

static void qknorm_rope_forward(float *qk, float *rstd, const float *qkv, const float *qw, const float *kw,
                                const float *rope, const int32_t *position, float eps, int64_t N, int64_t H,
                                int64_t G, int64_t D) {
    qknorm_rope_rows(qk, rstd, qkv, qw, kw, rope, position, eps, span(N, 1), H, G, D);
#pragma omp barrier
}

/* y1 = n1 c - n2 s, y2 = n2 c + n1 s:  dn1 = dy1 c + dy2 s, dn2 = dy2 c - dy1 s; then as rmsnorm_backward, with
 * h = x * rstd:  dw += dn h,  dx = rstd * (dn w - h * mean(dn w h)) */
INLINE void head_backward(float *dy, float *dw, const float *x, const float *w, float rstd, const float *cosine,
                          int64_t D) {
    const int64_t half = D / 2;
    const float *sine = cosine + half;
    const vf r = vset(rstd);
    vf dot = vzero();
    for (int64_t d = 0; d < half; d += LANES) {
        const vf c = vload_at(cosine, d, half), s = vload_at(sine, d, half);
        const vf y1 = vload_at(dy, d, half), y2 = vload_at(dy + half, d, half);
        const vf n1 = vfma(y2, s, vmul(y1, c)), n2 = vsub(vmul(y2, c), vmul(y1, s));
        const vf h1 = vmul(vload_at(x, d, half), r), h2 = vmul(vload_at(x + half, d, half), r);
        vstore_at(dw, d, half, vfma(n1, h1, vload_at(dw, d, half)));
        vstore_at(dw + half, d, half, vfma(n2, h2, vload_at(dw + half, d, half)));
        const vf g1 = vmul(n1, vload_at(w, d, half)), g2 = vmul(n2, vload_at(w + half, d, half));
        dot = vfma(g2, h2, vfma(g1, h1, dot));
        vstore_at(dy, d, half, g1);
        vstore_at(dy + half, d, half, g2);
    }
    const vf mean = vset(vsum(dot) / (float)D);
    for (int64_t d = 0; d < D; d += LANES) {
        const vf h = vmul(vload_at(x, d, D), r);
        vstore_at(dy, d, D, vmul(r, vsub(vload_at(dy, d, D), vmul(h, mean))));
    }
}

/* For whole chunks of rows; dqw and dkw of each chunk into partial. */
static void qknorm_rope_backward_rows(float *d, float *partial, const float *qkv, const float *qw, const float *kw,
                                      const float *rstd, const float *rope, const int32_t *position, span_t rows,
                                      int64_t H, int64_t G, int64_t D) {
    for (int64_t from = rows.from; from < rows.to; from += NORM_CHUNK) {
        float *part = partial + from / NORM_CHUNK * 2 * D; /* D of q, then D of k */
        memset(part, 0, (size_t)(2 * D) * sizeof *part);
        for (int64_t n = from; n < lesser(rows.to, from + NORM_CHUNK); ++n)
            for (int64_t h = 0; h < H + G; ++h) {
                const int64_t at = (n * (H + 2 * G) + h) * D;
                head_backward(d + at, h < H ? part : part + D, qkv + at, h < H ? qw : kw, rstd[n * (H + G) + h],
                              rope + position[n] * D, D);
            }
    }
}

static void qknorm_rope_backward(float *d, float *dqw, float *dkw, float *partial, const float *qkv,
                                 const float *qw, const float *kw, const float *rstd, const float *rope,
                                 const int32_t *position, int64_t N, int64_t H, int64_t G, int64_t D) {
    qknorm_rope_backward_rows(d, partial, qkv, qw, kw, rstd, rope, position, span(N, NORM_CHUNK), H, G, D);
#pragma omp barrier
    add_partials(dqw, partial, N, 2 * D, D);
    add_partials(dkw, partial + D, N, 2 * D, D);
#pragma omp barrier
}
