/* cross_entropy.c: loss and gradient of one row of logits while it is in the first cache. */

/* ln(x) of a positive normal x, in double and without libm: x = m 2^e with m in sqrt(1/2)..sqrt(2), and
 * ln m = 2 atanh(s) with s = (m-1)/(m+1), |s| < 0.172, whose series ends below 2^-53. Relative error below 1e-15. */
static double natural_log(double x) {
    int e;
    double m = frexp(x, &e);
    if (m < 0.70710678118654752) {
        m *= 2.0;
        e -= 1;
    }
    const double s = (m - 1.0) / (m + 1.0), q = s * s;
    double sum = 0.0;
    for (int k = 21; k >= 3; k -= 2) sum = (sum + 1.0 / k) * q;
    return e * 0.69314718055994531 + 2.0 * (s + s * sum);
}

static void cross_entropy_rows(double *loss, float *z, const int32_t *target, float scale, span_t rows, int64_t V) {
    const vf low = vset(-INFINITY);
    for (int64_t m = rows.from; m < rows.to; ++m) {
        float *row = z + m * V;
        const float wanted = row[target[m]];
        vf top = low;
        for (int64_t v = 0; v < V; v += LANES)
            top = vmax(top, vkeep_left(vload_at(row, v, V), V - v, low));
        const float max = vmaxall(top);
        const vf maxv = vset(max);
        vf sum = vzero();
        for (int64_t v = 0; v < V; v += LANES) {
            const vf e = vexp(vsub(vload_at(row, v, V), maxv));
            sum = vadd(sum, vkeep_left(e, V - v, vzero()));
            if (scale != 0.0f) vstore_at(row, v, V, e);
        }
        const float total = vsum(sum);
        loss[m] = natural_log((double)total) - ((double)wanted - (double)max);
        if (scale == 0.0f) continue;
        const vf k = vset(scale / total); /* dz = scale * (e^(z-max) / total - onehot) */
        for (int64_t v = 0; v < V; v += LANES) vstore_at(row, v, V, vmul(vload_at(row, v, V), k));
        row[target[m]] -= scale;
    }
}

static void cross_entropy(double *loss, float *z, const int32_t *target, float scale, int64_t M, int64_t V) {
    cross_entropy_rows(loss, z, target, scale, span(M, 1), V);
#pragma omp barrier
}
