/* backward.c: loss and gradients of the whole model; each line undoes the line of forward.c it quotes, last first. */

static float *slot_gradient(const pg_model *model, float *gradient, int64_t layer, int slot) {
    return gradient + model->offset[PG_FIRST_LAYER + layer * PG_LAYER_SLOTS + slot];
}

static void zero(float *x, int64_t n) {
    const span_t mine = span(n, LANES);
    memset(x + mine.from, 0, (size_t)(mine.to - mine.from) * sizeof *x);
#pragma omp barrier
}

/* logits = picked_norm head^T; loss = cross_entropy(logits). A block of logits lives until its gradients are made. */
static void head_backward_blocks(const pg_model *model, const pg_batch *batch, const pg_pack *pack,
                                 const pg_buffers *b, float scale, float *gradient) {
    const int64_t M = batch->selected, C = model->config.embed_dim, V = model->config.vocab_size;
    for (int64_t m = 0; m < M; m += LOGIT_ROWS) {
        const int64_t count = lesser(LOGIT_ROWS, M - m);
        const float *h = b->picked_norm + m * C;
        EACH_BLOCK(rows, span(count, ROWS)) {
            matmul_rows(b->logits, V, h + rows.from * C, C, pack->head, NULL, rows, C, V);
            cross_entropy_rows(b->loss + m, b->logits, b->picked_target + m, scale, rows, V);
            matmul_rows(b->dpicked_norm + m * C, C, b->logits + rows.from * V, V, pack->head_back, NULL, rows, V, C);
        }
#pragma omp barrier
        matmul_weight_backward(gradient + model->offset[PG_HEAD], b->logits, h, b->weight_scratch, count, V, C);
    }
    /* picked_norm = rmsnorm(x_out[select]) */
    const span_t mine = span(M, NORM_CHUNK);
    rmsnorm_backward_rows(b->dpicked_norm, NULL, NULL, b->head_partial, b->dpicked_norm + mine.from * C, b->picked,
                          model->parameter + model->offset[PG_FINAL_NORM], b->picked_rstd, mine, C);
    zero(b->dx, batch->tokens * C);
    add_partials(gradient + model->offset[PG_FINAL_NORM], b->head_partial, M, C, C);
    const span_t picked = span(M, 1);
    for (int64_t m = picked.from; m < picked.to; ++m)
        memcpy(b->dx + batch->select[m] * C, b->dpicked_norm + m * C, (size_t)C * sizeof(float));
#pragma omp barrier
}

/* next = mid + act down^T; act = swiglu(gate_up); gate_up = norm2 gate_up^T; norm2 = rmsnorm(mid); mid = x + attention out^T
 * For some tokens: from dx, the gradient of next, to dmid and datt; dact and dnorm live for this block only. act and
 * norm2 are made again for the weight gradients; gate_up becomes its own gradient. */
static void after_attention_backward(const pg_model *model, const pg_layer_pack *w, const pg_buffers *b, float *block,
                                     int64_t l, span_t rows) {
    const pg_config *c = &model->config;
    const pg_layer_buffers *a = &b->layer[l];
    const int64_t C = c->embed_dim, F = c->hidden_dim, Q = (int64_t)c->heads * c->head_dim;
    const span_t local = {0, rows.to - rows.from};
    float *dact = block, *dnorm = block + TOKEN_BLOCK * F;
    matmul_rows(dact, F, b->dx + rows.from * C, C, w->down_back, NULL, local, C, F);
    swiglu_backward_rows(a->gate_up, a->act, dact, a->gate_up, rows, F);
    matmul_rows(dnorm, C, a->gate_up + rows.from * 2 * F, 2 * F, w->gate_up_back, NULL, local, 2 * F, C);
    rmsnorm_backward_rows(b->dmid, a->norm2, b->dx, b->norm2_partial, dnorm, a->mid, weight(model, l, PG_NORM2),
                          a->rstd2, rows, C);
    matmul_rows(b->datt, Q, b->dmid + rows.from * C, C, w->out_back, NULL, rows, C, Q);
}

/* qk = rope(qknorm(qkv)); qkv = norm1 qkv^T; norm1 = rmsnorm(x)
 * For some tokens: dqkv in place, and dx, now the gradient of x; norm1 is made again. */
static void before_attention_backward(const pg_model *model, const pg_layer_pack *w, const pg_buffers *b, float *block,
                                      int64_t l, span_t rows) {
    const pg_config *c = &model->config;
    const pg_layer_buffers *a = &b->layer[l];
    const int64_t C = c->embed_dim, H = c->heads, G = c->kv_heads, D = c->head_dim, A = (H + 2 * G) * D;
    const span_t local = {0, rows.to - rows.from};
    qknorm_rope_backward_rows(b->dqkv, b->qk_partial, a->qkv, weight(model, l, PG_QNORM), weight(model, l, PG_KNORM),
                              a->qk_rstd, model->rope, b->position, rows, H, G, D);
    matmul_rows(block, C, b->dqkv + rows.from * A, A, w->qkv_back, NULL, local, A, C);
    rmsnorm_backward_rows(b->dx, a->norm1, b->dmid, b->norm1_partial, block, a->x, weight(model, l, PG_NORM1), a->rstd1,
                          rows, C);
}

static void backward_layers(const pg_model *model, const pg_batch *batch, const pg_pack *pack, const pg_buffers *b,
                            float *gradient) {
    const pg_config *c = &model->config;
    const int64_t N = batch->tokens, C = c->embed_dim, F = c->hidden_dim;
    const int64_t H = c->heads, G = c->kv_heads, D = c->head_dim, Q = H * D, A = Q + 2 * G * D;
    const span_t mine = span(N, NORM_CHUNK);
    float *block = b->block_scratch + omp_get_thread_num() * pg_block_floats(C, F), *scratch = b->weight_scratch;
    for (int64_t l = c->layers - 1; l >= 0; --l) {
        const pg_layer_buffers *a = &b->layer[l];
        const pg_layer_pack *w = &pack->layer[l];
        EACH_BLOCK(rows, mine) after_attention_backward(model, w, b, block, l, rows);
#pragma omp barrier
        weight_part(slot_gradient(model, gradient, l, PG_DOWN), b->dx, a->act, scratch, N, C, F);
        weight_part(slot_gradient(model, gradient, l, PG_GATE_UP), a->gate_up, a->norm2, scratch, N, 2 * F, C);
        weight_part(slot_gradient(model, gradient, l, PG_OUT), b->dmid, a->att, scratch, N, C, Q);
        add_partials(slot_gradient(model, gradient, l, PG_NORM2), b->norm2_partial, N, C, C);
        attention_backward(b->dqkv, b->datt, a->att, a->stat, a->qk, a->qkv, batch->row_start, b->attention_scratch,
                           N, batch->rows, batch->longest, H, G, D);
        EACH_BLOCK(rows, mine) before_attention_backward(model, w, b, block, l, rows);
#pragma omp barrier
        weight_part(slot_gradient(model, gradient, l, PG_QKV), b->dqkv, a->norm1, scratch, N, A, C);
        add_partials(slot_gradient(model, gradient, l, PG_NORM1), b->norm1_partial, N, C, C);
        add_partials(slot_gradient(model, gradient, l, PG_QNORM), b->qk_partial, N, 2 * D, D);
        add_partials(slot_gradient(model, gradient, l, PG_KNORM), b->qk_partial + D, N, 2 * D, D);
    }
    /* x = embedding(token) */
    embedding_backward(gradient + model->offset[PG_EMBED], b->dx, batch->token, N, c->vocab_size, C);
}

static int32_t train(const pg_model *model, const pg_batch *batch, pg_arena *arena, double denominator, int32_t add,
                     float *gradient, double *loss_sum) {
    static _Thread_local pg_slice slices[MAX_SLICES];
    static _Thread_local pg_buffers own;
    pg_buffers *b = &own;
    pg_pack pack;
    int32_t count;
    if (pg_bind_pack(&model->config, 1, model->pack, &pack, slices, &count) > model->pack_bytes)
        return PG_PACK_TOO_SMALL;
    if (pg_bind(&model->config, batch, 1, arena->threads, arena->memory, b) > arena->bytes)
        return PG_ARENA_TOO_SMALL;
    pg_plant_canaries(model->pack, slices, count);
    pg_plant_canaries(arena->memory, b->slice, b->slices);
#pragma omp parallel num_threads(arena->threads)
    {
        if (!add) zero(gradient, model->floats);
        pack_team(model, &pack, 1);
        forward_layers(model, batch, NULL, &pack, b);
        head_backward_blocks(model, batch, &pack, b, (float)(1.0 / denominator), gradient);
        backward_layers(model, batch, &pack, b, gradient);
    }
    *loss_sum = 0.0;
    for (int64_t m = 0; m < batch->selected; ++m) *loss_sum += b->loss[m];
    const int32_t packed = pg_check_canaries(model->pack, slices, count);
    arena->smashed = pg_check_canaries(arena->memory, b->slice, b->slices);
    return arena->smashed < 0 && packed < 0 ? PG_OK : PG_CANARY;
}
