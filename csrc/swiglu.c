/* swiglu.c: y = silu(g) * u, silu(z) = z * sigmoid(z) */

static void swiglu_rows(float *y, const float *gu, span_t rows, int64_t F) {
    for (int64_t n = rows.from; n < rows.to; ++n) {
        const float *g = gu + n * 2 * F, *u = g + F;
        for (int64_t f = 0; f < F; f += LANES) {
            const vf z = vload_at(g, f, F);
            vstore_at(y + n * F, f, F, vmul(vmul(z, vsigmoid(z)), vload_at(u, f, F)));
        }
    }
}

static void swiglu_forward(float *y, const float *gu, int64_t N, int64_t F) {
    swiglu_rows(y, gu, span(N, 1), F);
#pragma omp barrier
}

/* y = g s u with s = sigmoid(g):  du = dy g s,  dg = dy u s (1 + g (1 - s)). dy is a block of its own: its
 * first row belongs to rows.from. dgu may be gu; y, unless NULL, is made again. */
static void swiglu_backward_rows(float *dgu, float *y, const float *dy, const float *gu, span_t rows, int64_t F) {
    const vf one = vset(1.0f);
    for (int64_t n = rows.from; n < rows.to; ++n) {
        const float *g = gu + n * 2 * F, *u = g + F;
        float *dg = dgu + n * 2 * F, *du = dg + F;
        for (int64_t f = 0; f < F; f += LANES) {
            const vf z = vload_at(g, f, F), up = vload_at(u, f, F), d = vload_at(dy + (n - rows.from) * F, f, F);
            const vf s = vsigmoid(z);
            const vf slope = vmul(s, vfma(z, vsub(one, s), one));
            if (y) vstore_at(y + n * F, f, F, vmul(vmul(z, s), up));
            vstore_at(du, f, F, vmul(d, vmul(z, s)));
            vstore_at(dg, f, F, vmul(vmul(d, up), slope));
        }
    }
}

static void swiglu_backward(float *dgu, const float *dy, const float *gu, int64_t N, int64_t F) {
    const span_t mine = span(N, 1);
    swiglu_backward_rows(dgu, NULL, dy + mine.from * F, gu, mine, F);
#pragma omp barrier
}
