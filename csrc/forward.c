/* forward.c: the whole model forward, by a team of threads, over one arena. Training, scoring, prompts and decoding
 * all run this one function, so they agree to the bit. */

static const float *weight(const pg_model *model, int64_t layer, int slot) {
    return model->parameter + model->offset[PG_FIRST_LAYER + layer * PG_LAYER_SLOTS + slot];
}

static void pack_team(const pg_model *model, const pg_pack *pack, int32_t backward) {
    const pg_config *c = &model->config;
    const int64_t C = c->embed_dim, F = c->hidden_dim, Q = (int64_t)c->heads * c->head_dim;
    const int64_t A = Q + 2 * (int64_t)c->kv_heads * c->head_dim;
    for (int64_t l = 0; l < c->layers; ++l) {
        const pg_layer_pack *w = &pack->layer[l];
        pack_part(w->qkv, weight(model, l, PG_QKV), A, C, 1);
        pack_part(w->out, weight(model, l, PG_OUT), C, Q, 1);
        pack_part(w->gate_up, weight(model, l, PG_GATE_UP), 2 * F, C, 1);
        pack_part(w->down, weight(model, l, PG_DOWN), C, F, 1);
        if (!backward) continue;
        pack_part(w->qkv_back, weight(model, l, PG_QKV), A, C, 0);
        pack_part(w->out_back, weight(model, l, PG_OUT), C, Q, 0);
        pack_part(w->gate_up_back, weight(model, l, PG_GATE_UP), 2 * F, C, 0);
        pack_part(w->down_back, weight(model, l, PG_DOWN), C, F, 0);
    }
    pack_part(pack->head, model->parameter + model->offset[PG_HEAD], c->vocab_size, C, 1);
    if (backward) pack_part(pack->head_back, model->parameter + model->offset[PG_HEAD], c->vocab_size, C, 0);
#pragma omp barrier
}

static int32_t pack_model(const pg_model *model, int32_t backward, int32_t threads) {
    static _Thread_local pg_slice slices[MAX_SLICES];
    pg_pack pack;
    int32_t count;
    if (pg_bind_pack(&model->config, backward, model->pack, &pack, slices, &count) > model->pack_bytes)
        return PG_PACK_TOO_SMALL;
    pg_plant_canaries(model->pack, slices, count);
#pragma omp parallel num_threads(threads)
    pack_team(model, &pack, backward);
    return pg_check_canaries(model->pack, slices, count) < 0 ? PG_OK : PG_CANARY;
}

/* position[n] and the targets of the selected positions. */
static void place_tokens(const pg_batch *batch, const pg_buffers *b) {
    const span_t rows = span(batch->rows, 1);
    for (int64_t r = rows.from; r < rows.to; ++r)
        for (int32_t n = batch->row_start[r]; n < batch->row_start[r + 1]; ++n)
            b->position[n] = n - batch->row_start[r] + (batch->start ? batch->start[r] : 0);
    const span_t picked = span(batch->selected, 1);
    for (int64_t m = picked.from; batch->target && m < picked.to; ++m)
        b->picked_target[m] = batch->target[batch->select[m]];
#pragma omp barrier
}

/* From a layer's input to the queries, keys and values of some tokens. */
static void before_attention(const pg_model *model, const pg_layer_pack *w, const pg_buffers *b, int64_t l,
                             span_t rows) {
    const pg_config *c = &model->config;
    const pg_layer_buffers *a = &b->layer[l];
    const int64_t C = c->embed_dim, H = c->heads, G = c->kv_heads, D = c->head_dim, A = (H + 2 * G) * D;
    rmsnorm_rows(a->norm1, a->rstd1, a->x, weight(model, l, PG_NORM1), c->rms_eps, rows, C);
    matmul_rows(a->qkv, A, a->norm1 + rows.from * C, C, w->qkv, NULL, rows, C, A);
    qknorm_rope_rows(a->qk, a->qk_rstd, a->qkv, weight(model, l, PG_QNORM), weight(model, l, PG_KNORM), model->rope,
                     b->position, c->rms_eps, rows, H, G, D);
}

/* From the attention of some tokens to the next layer's input. */
static void after_attention(const pg_model *model, const pg_layer_pack *w, const pg_layer_buffers *a, float *next,
                            int64_t l, span_t rows) {
    const pg_config *c = &model->config;
    const int64_t C = c->embed_dim, F = c->hidden_dim, Q = (int64_t)c->heads * c->head_dim;
    matmul_rows(a->mid, C, a->att + rows.from * Q, Q, w->out, a->x, rows, Q, C);
    rmsnorm_rows(a->norm2, a->rstd2, a->mid, weight(model, l, PG_NORM2), c->rms_eps, rows, C);
    matmul_rows(a->gate_up, 2 * F, a->norm2 + rows.from * C, C, w->gate_up, NULL, rows, C, 2 * F);
    swiglu_rows(a->act, a->gate_up, rows, F);
    matmul_rows(next, C, a->act + rows.from * F, F, w->down, a->mid, rows, F, C);
}

/* Layers, then the final norm of the selected positions into b->picked_norm. Only attention looks at other tokens: all
 * else is done by blocks of tokens, and threads meet twice a layer. */
static void forward_layers(const pg_model *model, const pg_batch *batch, const pg_cache *cache, const pg_pack *pack,
                           const pg_buffers *b) {
    const pg_config *c = &model->config;
    const int64_t N = batch->tokens, M = batch->selected, C = c->embed_dim;
    const span_t mine = span(N, ROWS);
    place_tokens(batch, b);
    embedding_rows(b->layer[0].x, model->parameter + model->offset[PG_EMBED], batch->token, mine, C);
    EACH_BLOCK(rows, mine) before_attention(model, &pack->layer[0], b, 0, rows);
    for (int64_t l = 0; l < c->layers; ++l) {
        const pg_layer_buffers *a = &b->layer[l];
        const int64_t last = l + 1 == c->layers;
#pragma omp barrier
        attention_rows(a->att, a->stat, a->qk, a->qkv, batch, cache, l, b->attention_scratch, batch->longest,
                       c->heads, c->kv_heads, c->head_dim);
        EACH_BLOCK(rows, mine) {
            after_attention(model, &pack->layer[l], a, last ? b->x_out : b->layer[l + 1].x, l, rows);
            if (!last) before_attention(model, &pack->layer[l + 1], b, l + 1, rows);
        }
    }
#pragma omp barrier
    const span_t picked = span(M, 1);
    for (int64_t m = picked.from; m < picked.to; ++m)
        memcpy(b->picked + m * C, b->x_out + batch->select[m] * C, (size_t)C * sizeof(float));
#pragma omp barrier
    rmsnorm_forward(b->picked_norm, b->picked_rstd, b->picked, model->parameter + model->offset[PG_FINAL_NORM],
                    c->rms_eps, M, C);
}

static int32_t forward(const pg_model *model, const pg_batch *batch, pg_arena *arena, const pg_cache *cache,
                       float *logits, double *loss_sum) {
    const pg_config *c = &model->config;
    const int64_t M = batch->selected, C = c->embed_dim, V = c->vocab_size;
    static _Thread_local pg_slice slices[MAX_SLICES];
    static _Thread_local pg_buffers own;
    pg_buffers *b = &own; /* the team shares it by pointer: thread-local names mean another object there */
    pg_pack pack;
    int32_t count;
    if (pg_bind_pack(c, 0, model->pack, &pack, slices, &count) > model->pack_bytes) return PG_PACK_TOO_SMALL;
    if (pg_bind(c, batch, 0, arena->threads, arena->memory, b) > arena->bytes) return PG_ARENA_TOO_SMALL;
    pg_plant_canaries(arena->memory, b->slice, b->slices);
    /* A barrier costs more than the second thread brings when there are only a few tokens: measured in decoding. */
    const int32_t team = (int32_t)lesser(arena->threads, 1 + batch->tokens / TOKENS_A_THREAD);
#pragma omp parallel num_threads(team)
    {
        forward_layers(model, batch, cache, &pack, b);
        for (int64_t m = 0; m < M; m += LOGIT_ROWS) {
            const int64_t rows = lesser(LOGIT_ROWS, M - m);
            float *z = logits ? logits + m * V : b->logits;
            matmul(z, V, b->picked_norm + m * C, C, pack.head, NULL, rows, C, V);
            if (loss_sum) cross_entropy(b->loss + m, z, b->picked_target + m, 0.0f, rows, V);
        }
    }
    if (loss_sum) {
        *loss_sum = 0.0;
        for (int64_t m = 0; m < M; ++m) *loss_sum += b->loss[m];
    }
    arena->smashed = pg_check_canaries(arena->memory, b->slice, b->slices);
    return arena->smashed < 0 ? PG_OK : PG_CANARY;
}
