/* swiglu.c: y = silu(g) * u, silu(z) = z * sigmoid(z) */

static void swiglu_forward(float *y, const float *gu, int64_t N, int64_t F) {
    const span_t mine = span(N, 1);
    for (int64_t n = mine.from; n < mine.to; ++n) {
        const float *g = gu + n * 2 * F, *u = g + F;
        for (int64_t f = 0; f < F; f += LANES) {
            const vf z = vload_at(g, f, F);
            vstore_at(y + n * F, f, F, vmul(vmul(z, vsigmoid(z)), vload_at(u, f, F)));
        }
    }
#pragma omp barrier
}

/* y = g s u with s = sigmoid(g):  du = dy g s,  dg = dy u s (1 + g (1 - s)) */
static void swiglu_backward(float *dgu, const float *dy, const float *gu, int64_t N, int64_t F) {
    const span_t mine = span(N, 1);
    const vf one = vset(1.0f);
    for (int64_t n = mine.from; n < mine.to; ++n) {
        const float *g = gu + n * 2 * F, *u = g + F;
        float *dg = dgu + n * 2 * F, *du = dg + F;
        for (int64_t f = 0; f < F; f += LANES) {
            const vf z = vload_at(g, f, F), up = vload_at(u, f, F), d = vload_at(dy + n * F, f, F);
            const vf s = vsigmoid(z);
            const vf slope = vmul(s, vfma(z, vsub(one, s), one));
            vstore_at(du, f, F, vmul(d, vmul(z, s)));
            vstore_at(dg, f, F, vmul(vmul(d, up), slope));
        }
    }
#pragma omp barrier
}
