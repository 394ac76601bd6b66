/* adamw.c: gradient norm, clipping and update in one call: the gradient is read twice, all else once. */

/* base^n by squaring: double products alone, so its bits are no libm's; relative error below 2 n 2^-53. */
static double power(double base, int64_t n) {
    double result = 1.0;
    for (; n > 0; n /= 2, base *= base)
        if (n % 2) result *= base;
    return result;
}

static double adamw(float *p, const float *g, float *m, float *v, const int64_t *segment, int64_t segments,
                    double *partial, double lr, double beta1, double beta2, double eps, double decay, double clip,
                    int64_t step, int32_t threads) {
    double norm = 0.0;
#pragma omp parallel num_threads(threads)
    {
        int64_t first = 0; /* index of the segment's first partial */
        for (int64_t s = 0; s < segments; ++s) {
            const float *x = g + segment[3 * s];
            const int64_t n = segment[3 * s + 1], chunks = (n + ADAM_CHUNK - 1) / ADAM_CHUNK;
            const span_t mine = span(chunks, 1);
            for (int64_t i = mine.from; i < mine.to; ++i) {
                const int64_t end = lesser(n, (i + 1) * ADAM_CHUNK);
                vf square = vzero();
                for (int64_t c = i * ADAM_CHUNK; c < end; c += LANES) {
                    const vf d = vload_at(x, c, end);
                    square = vfma(d, d, square);
                }
                partial[first + i] = (double)vsum(square);
            }
            first += chunks;
        }
#pragma omp barrier
#pragma omp single
        {
            for (int64_t i = 0; i < first; ++i) norm += partial[i];
            norm = sqrt(norm);
        }
        if (isfinite(norm)) {
            const vf scale = vset(clip > 0.0 && norm > clip ? (float)(clip / norm) : 1.0f);
            const vf b1 = vset((float)beta1), b2 = vset((float)beta2);
            const vf c1 = vset((float)(1.0 - beta1)), c2 = vset((float)(1.0 - beta2));
            const vf rate = vset((float)(lr / (1.0 - power(beta1, step))));
            const vf correct = vset((float)(1.0 / (1.0 - power(beta2, step)))), epsv = vset((float)eps);
            for (int64_t s = 0; s < segments; ++s) {
                const int64_t at = segment[3 * s], n = segment[3 * s + 1];
                const vf shrink = vset((float)(segment[3 * s + 2] ? 1.0 - lr * decay : 1.0));
                const span_t mine = span(n, LANES);
                for (int64_t c = mine.from; c < mine.to; c += LANES) {
                    const vf d = vmul(vload_at(g + at, c, n), scale);
                    const vf m1 = vfma(b1, vload_at(m + at, c, n), vmul(c1, d));
                    const vf v1 = vfma(b2, vload_at(v + at, c, n), vmul(c2, vmul(d, d)));
                    const vf move = vdiv(vmul(rate, m1), vadd(vsqrt(vmul(v1, correct)), epsv));
                    vstore_at(m + at, c, n, m1);
                    vstore_at(v + at, c, n, v1);
                    vstore_at(p + at, c, n, vsub(vmul(vload_at(p + at, c, n), shrink), move));
                }
            }
        }
    }
    return norm;
}
