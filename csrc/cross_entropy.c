/* cross_entropy.c: loss and gradient of one row of logits while it is in the first cache. */

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
        loss[m] = log((double)total) - ((double)wanted - (double)max);
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
