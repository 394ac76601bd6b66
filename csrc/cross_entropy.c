/* cross_entropy.c: loss and gradient of one row of logits while it is in the first cache. */

static void cross_entropy(double *loss, float *z, const int32_t *target, float scale, int64_t M, int64_t V) {
    const span_t mine = span(M, 1);
    const vf low = vset(-INFINITY);
    for (int64_t m = mine.from; m < mine.to; ++m) {
        float *row = z + m * V;
        vf top = low;
        for (int64_t v = 0; v < V; v += LANES)
            top = vmax(top, vkeep_first(vload_at(row, v, V), lanes_at(v, V), low));
        const float max = vmaxall(top);
        const vf maxv = vset(max);
        vf sum = vzero();
        for (int64_t v = 0; v < V; v += LANES) {
            const vf e = vexp(vsub(vload_at(row, v, V), maxv));
            sum = vadd(sum, vkeep_first(e, lanes_at(v, V), vzero()));
        }
        const float total = vsum(sum);
        loss[m] = log((double)total) - ((double)row[target[m]] - (double)max);
        if (scale == 0.0f) continue;
        const vf k = vset(scale / total); /* dz = scale * (e^(z-max) / total - onehot) */
        for (int64_t v = 0; v < V; v += LANES)
            vstore_at(row, v, V, vmul(vexp(vsub(vload_at(row, v, V), maxv)), k));
        row[target[m]] -= scale;
    }
#pragma omp barrier
}
