/* attention.c: causal grouped-query attention inside rows, block by block, forward and backward.
 *
 * One task is one row and one key/value head, so every gradient has one writer. A task first copies its keys into
 * panels (as a packed weight) and its values into rows of whole vectors; scores and outputs are then products of
 * the register tile of matmul.c. Scores exist for 48 queries and 96 keys at a time. The 96 is part of the result:
 * the running maximum moves at block borders, counted from the row's first position. Queries may be grouped in
 * any way, so a token decoded alone against the cache gives the bits it had in the packed forward pass.
 */

/* Keys of positions from..from+n into panels: kp[t / PANEL][d][t % PANEL]. A last panel that is begun here is zeroed to
 * its end; one that was begun by an earlier call already is. */
static void pack_keys(float *kp, const float *k, int64_t ldk, int64_t from, int64_t n, int64_t D) {
    for (int64_t t = from; t < from + n; ++t) {
        float *out = kp + t / PANEL * PANEL * D + t % PANEL;
        for (int64_t d = 0; d < D; ++d) out[d * PANEL] = k[(t - from) * ldk + d];
    }
    const int64_t end = from + n, last = pg_round_up(end, PANEL);
    for (int64_t t = end; last - PANEL >= from && t < last; ++t)
        for (int64_t d = 0; d < D; ++d) kp[t / PANEL * PANEL * D + d * PANEL + t % PANEL] = 0.0f;
}

/* Rows of D floats into rows of whole vectors, zeros behind. */
static void pad_rows(float *out, const float *x, int64_t ldx, int64_t n, int64_t D) {
    const int64_t P = padded(D);
    for (int64_t i = 0; i < n; ++i)
        for (int64_t d = 0; d < P; d += LANES) vstore_at(out + i * P, d, P, vload_at(x + i * ldx, d, D));
}

/* s (m, KEY_BLOCK) = x (m, D) times keys k0..k0+n of the panels; whole vectors are written. */
static void scores(float *s, int64_t m, const float *x, int64_t ldx, const float *panels, int64_t k0, int64_t n,
                   int64_t D) {
    product_panels(m, D, x, ldx, panels + k0 * D, s, KEY_BLOCK, NULL, pg_round_up(n, LANES));
}

/* Query i of m, at position p0 + i * step, against all keys at or before it. step 1: successive tokens of one head;
 * step 0: one token's heads that share these keys, so that decoding reads the cache once for all of them. */
static void attend(float *out, int64_t ldo, float *stat, int64_t lds, const float *q, int64_t ldq, int64_t p0,
                   int64_t step, int64_t m, const float *kp, const float *vp, float *scratch, int64_t D) {
    const int64_t P = padded(D);
    const float scale = srsqrt((float)D);
    const vf scalev = vset(scale), low = vset(-INFINITY);
    float *s = scratch, *o = s + QUERY_BLOCK * KEY_BLOCK;
    float top[QUERY_BLOCK];
    vf sum[QUERY_BLOCK];
    for (int64_t q0 = 0; q0 < m; q0 += QUERY_BLOCK) {
        const int64_t mq = lesser(QUERY_BLOCK, m - q0), keys = p0 + (q0 + mq - 1) * step + 1;
        for (int64_t k0 = 0; k0 < keys; k0 += KEY_BLOCK) {
            const int64_t nk = lesser(KEY_BLOCK, keys - k0);
            scores(s, mq, q + q0 * ldq, ldq, kp, k0, nk, D);
            for (int64_t i = 0; i < mq; ++i) {
                const int64_t seen = lesser(nk, p0 + (q0 + i) * step + 1 - k0); /* of this block, at or before i */
                float *row = s + i * KEY_BLOCK;
                vf best = low;
                for (int64_t j = 0; j < seen; j += LANES) {
                    const vf z = vkeep_left(vmul(vload(row + j), scalev), seen - j, low);
                    vstore(row + j, z);
                    best = vmax(best, z);
                }
                if (k0 == 0) {
                    top[i] = vmaxall(best);
                    sum[i] = vzero();
                } else if (seen > 0) {
                    const float higher = vmaxall(vmax(vset(top[i]), best)), fade = sexp(top[i] - higher);
                    for (int64_t d = 0; d < P; d += LANES)
                        vstore_at(o + i * P, d, P, vmul(vload_at(o + i * P, d, P), vset(fade)));
                    sum[i] = vmul(sum[i], vset(fade));
                    top[i] = higher;
                }
                const vf topv = vset(top[i]);
                for (int64_t j = 0; j < nk; j += LANES) {
                    const vf p = j < seen ? vexp(vsub(vload(row + j), topv)) : vzero();
                    vstore(row + j, p);
                    sum[i] = vadd(sum[i], p);
                }
            }
            product_rows(mq, nk, s, KEY_BLOCK, vp + k0 * P, P, o, P, k0 ? o : NULL, P);
        }
        for (int64_t i = 0; i < mq; ++i) {
            const float inverse = 1.0f / vsum(sum[i]);
            for (int64_t d = 0; d < D; d += LANES)
                vstore_at(out + (q0 + i) * ldo, d, D, vmul(vload_at(o + i * P, d, D), vset(inverse)));
            stat[(q0 + i) * lds] = top[i];
            stat[(q0 + i) * lds + 1] = inverse;
        }
    }
}

/* Attention over the batch's rows, keys and values kept in `cache` for slot and layer when it is given. */
static void attention_rows(float *out, float *stat, const float *qk, const float *qkv, const pg_batch *batch,
                           const pg_cache *cache, int64_t layer, float *scratch, int64_t longest, int64_t H,
                           int64_t G, int64_t D) {
    const int64_t P = padded(D), share = H / G;
    float *mine = scratch + omp_get_thread_num() * pg_attention_floats(longest, D, 0);
    float *own_keys = mine, *own_values = own_keys + pg_round_up(longest, PANEL_MAX) * D;
    float *tiles = own_values + pg_round_up(longest, PANEL_MAX) * P;
#pragma omp for schedule(dynamic, 1)
    for (int64_t task = 0; task < batch->rows * G; ++task) {
        const int64_t r = task / G, g = task % G, at = batch->row_start[r], T = batch->row_start[r + 1] - at;
        const int64_t p0 = batch->start ? batch->start[r] : 0;
        float *kp = own_keys, *vp = own_values;
        if (cache) {
            const int64_t keys = pg_round_up(cache->capacity, PANEL_MAX) * D, values = cache->capacity * P;
            kp = cache->memory + ((layer * cache->slots + batch->slot[r]) * G + g) * (keys + values);
            vp = kp + keys;
        }
        pack_keys(kp, qk + (at * (H + G) + H + g) * D, (H + G) * D, p0, T, D);
        pad_rows(vp + p0 * P, qkv + (at * (H + 2 * G) + H + G + g) * D, (H + 2 * G) * D, T, D);
        const int64_t heads = T == 1 ? 1 : share;
        for (int64_t i = 0; i < heads; ++i) {
            const int64_t h = g * share + i;
            float *o = out + (at * H + h) * D, *st = stat + (at * H + h) * 2;
            const float *q = qk + (at * (H + G) + h) * D;
            if (T == 1) attend(o, D, st, 2, q, D, p0, 0, share, kp, vp, tiles, D);
            else attend(o, H * D, st, H * 2, q, (H + G) * D, p0, 1, T, kp, vp, tiles, D);
        }
    }
}

static void attention_forward(float *out, float *stat, const float *qk, const float *qkv,
                              const int32_t *row_start, float *scratch, int64_t N, int64_t R, int64_t longest,
                              int64_t H, int64_t G, int64_t D) {
    const pg_batch batch = {.tokens = (int32_t)N, .rows = (int32_t)R, .row_start = row_start};
    attention_rows(out, stat, qk, qkv, &batch, NULL, 0, scratch, longest, H, G, D);
}

/* One row and one key/value head: p = e^(z - top) * inverse is made again from the kept statistics, then
 *   out = p v:                dv = p^T dout,  dp = dout v^T
 *   p = softmax(z):           dz = p * (dp - D_i),  D_i = sum_j p dp = dout_i . out_i
 *   z = q k^T / sqrt(D):      dq = dz k / sqrt(D),  dk = dz^T q / sqrt(D) */
typedef struct {
    float *kp, *vp, *keys, *dk, *dv, *q, *dout, *p, *dz, *dq, *dot;
} back_scratch;

static void attention_row_backward(float *dqkv, const float *dout, const float *out, const float *stat,
                                   const float *qk, const float *qkv, const back_scratch *w, int64_t T, int64_t g,
                                   int64_t H, int64_t G, int64_t D) {
    const int64_t P = padded(D), share = H / G, ldq = (H + G) * D, ldv = (H + 2 * G) * D;
    const float scale = srsqrt((float)D);
    const vf scalev = vset(scale), zero = vzero();
    pack_keys(w->kp, qk + (H + g) * D, ldq, 0, T, D);
    pack_keys(w->vp, qkv + (H + G + g) * D, ldv, 0, T, D);
    pad_rows(w->keys, qk + (H + g) * D, ldq, T, D);
    memset(w->dk, 0, (size_t)(T * P) * sizeof(float));
    memset(w->dv, 0, (size_t)(T * P) * sizeof(float));
    for (int64_t h = g * share; h < (g + 1) * share; ++h) {
        for (int64_t q0 = 0; q0 < T; q0 += QUERY_BLOCK) {
            const int64_t mq = lesser(QUERY_BLOCK, T - q0), end = q0 + mq;
            const float *q = qk + q0 * ldq + h * D, *go = dout + (q0 * H + h) * D, *y = out + (q0 * H + h) * D;
            pad_rows(w->q, q, ldq, mq, D);
            pad_rows(w->dout, go, H * D, mq, D);
            for (int64_t i = 0; i < mq; ++i) {
                vf dot = zero;
                for (int64_t d = 0; d < D; d += LANES)
                    dot = vfma(vload_at(go + i * H * D, d, D), vload_at(y + i * H * D, d, D), dot);
                w->dot[i] = vsum(dot);
            }
            for (int64_t k0 = 0; k0 < end; k0 += KEY_BLOCK) {
                const int64_t nk = lesser(KEY_BLOCK, end - k0);
                scores(w->p, mq, w->q, P, w->kp, k0, nk, D);
                scores(w->dz, mq, w->dout, P, w->vp, k0, nk, D);
                for (int64_t i = 0; i < mq; ++i) {
                    const int64_t seen = lesser(nk, q0 + i + 1 - k0);
                    const float *st = stat + ((q0 + i) * H + h) * 2;
                    const vf topv = vset(st[0]), inverse = vset(st[1]), dot = vset(w->dot[i]);
                    float *p = w->p + i * KEY_BLOCK, *dz = w->dz + i * KEY_BLOCK;
                    for (int64_t j = 0; j < nk; j += LANES) {
                        const vf e = vexp(vsub(vmul(vload(p + j), scalev), topv));
                        const vf pv = vkeep_left(vmul(e, inverse), seen - j, zero);
                        const vf d = vmul(vmul(pv, vsub(vload(dz + j), dot)), scalev);
                        vstore(p + j, pv);
                        vstore(dz + j, vkeep_left(d, seen - j, zero));
                    }
                }
                product_rows(mq, nk, w->dz, KEY_BLOCK, w->keys + k0 * P, P, w->dq, P, k0 ? w->dq : NULL, P);
                product_columns(nk, mq, w->dz, KEY_BLOCK, w->q, P, w->dk + k0 * P, P, w->dk + k0 * P, P);
                product_columns(nk, mq, w->p, KEY_BLOCK, w->dout, P, w->dv + k0 * P, P, w->dv + k0 * P, P);
            }
            for (int64_t i = 0; i < mq; ++i)
                for (int64_t d = 0; d < D; d += LANES)
                    vstore_at(dqkv + (q0 + i) * ldv + h * D, d, D, vload_at(w->dq + i * P, d, D));
        }
    }
    for (int64_t t = 0; t < T; ++t)
        for (int64_t d = 0; d < D; d += LANES) {
            vstore_at(dqkv + t * ldv + (H + g) * D, d, D, vload_at(w->dk + t * P, d, D));
            vstore_at(dqkv + t * ldv + (H + G + g) * D, d, D, vload_at(w->dv + t * P, d, D));
        }
}

static void attention_backward(float *dqkv, const float *dout, const float *out, const float *stat,
                               const float *qk, const float *qkv, const int32_t *row_start, float *scratch,
                               int64_t N, int64_t R, int64_t longest, int64_t H, int64_t G, int64_t D) {
    (void)N;
    const int64_t t = pg_round_up(longest, PANEL_MAX), P = padded(D);
    float *mine = scratch + omp_get_thread_num() * pg_attention_floats(longest, D, 1);
    back_scratch w;
    w.kp = mine;
    w.vp = w.kp + t * D;
    w.keys = w.vp + t * D;
    w.dk = w.keys + t * P;
    w.dv = w.dk + t * P;
    w.q = w.dv + t * P;
    w.dout = w.q + QUERY_BLOCK * P;
    w.p = w.dout + QUERY_BLOCK * P;
    w.dz = w.p + QUERY_BLOCK * KEY_BLOCK;
    w.dq = w.dz + QUERY_BLOCK * KEY_BLOCK;
    w.dot = w.dq + QUERY_BLOCK * P;
#pragma omp for schedule(dynamic, 1)
    for (int64_t task = 0; task < R * G; ++task) {
        const int64_t g = task % G, at = row_start[task / G], T = row_start[task / G + 1] - at;
        attention_row_backward(dqkv + at * (H + 2 * G) * D, dout + at * H * D, out + at * H * D, stat + at * H * 2,
                               qk + at * (H + G) * D, qkv + at * (H + 2 * G) * D, &w, T, g, H, G, D);
    }
}
