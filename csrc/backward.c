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
    float *dhead = gradient + model->offset[PG_HEAD];
    for (int64_t m = 0; m < M; m += LOGIT_ROWS) {
        const int64_t rows = lesser(LOGIT_ROWS, M - m);
        const float *h = b->picked_norm + m * C;
        matmul(b->logits, V, h, C, pack->head, NULL, rows, C, V);
        cross_entropy(b->loss + m, b->logits, b->picked_target + m, scale, rows, V);
        matmul(b->dpicked_norm + m * C, C, b->logits, V, pack->head_back, NULL, rows, V, C);
        matmul_weight_backward(dhead, b->logits, h, b->weight_scratch, rows, V, C);
    }
}

static void backward_layers(const pg_model *model, const pg_batch *batch, const pg_pack *pack, const pg_buffers *b,
                            float *gradient) {
    const pg_config *c = &model->config;
    const int64_t N = batch->tokens, M = batch->selected, C = c->embed_dim, F = c->hidden_dim;
    const int64_t H = c->heads, G = c->kv_heads, D = c->head_dim, Q = H * D, A = Q + 2 * G * D;

    /* picked_norm = rmsnorm(x_out[select]) */
    zero(b->dpicked, M * C);
    rmsnorm_backward(b->dpicked, gradient + model->offset[PG_FINAL_NORM], b->partial, b->dpicked_norm, b->picked,
                     model->parameter + model->offset[PG_FINAL_NORM], b->picked_rstd, M, C);
    zero(b->dx, N * C);
    const span_t picked = span(M, 1);
    for (int64_t m = picked.from; m < picked.to; ++m)
        memcpy(b->dx + batch->select[m] * C, b->dpicked + m * C, (size_t)C * sizeof(float));
#pragma omp barrier

    for (int64_t l = c->layers - 1; l >= 0; --l) {
        const pg_layer_buffers *a = &b->layer[l];
        const pg_layer_pack *w = &pack->layer[l];
        /* next = mid + act down^T; dx is the gradient of next, then of mid, then of x */
        matmul(b->dact, F, b->dx, C, w->down_back, NULL, N, C, F);
        matmul_weight_backward(slot_gradient(model, gradient, l, PG_DOWN), b->dx, a->act, b->weight_scratch, N, C, F);
        /* act = swiglu(gate_up) */
        swiglu_backward(b->dgate_up, b->dact, a->gate_up, N, F);
        /* gate_up = norm2 gate_up^T */
        matmul(b->dnorm, C, b->dgate_up, 2 * F, w->gate_up_back, NULL, N, 2 * F, C);
        matmul_weight_backward(slot_gradient(model, gradient, l, PG_GATE_UP), b->dgate_up, a->norm2,
                               b->weight_scratch, N, 2 * F, C);
        /* norm2 = rmsnorm(mid) */
        rmsnorm_backward(b->dx, slot_gradient(model, gradient, l, PG_NORM2), b->partial, b->dnorm, a->mid,
                         weight(model, l, PG_NORM2), a->rstd2, N, C);
        /* mid = x + attention out^T */
        matmul(b->datt, Q, b->dx, C, w->out_back, NULL, N, C, Q);
        matmul_weight_backward(slot_gradient(model, gradient, l, PG_OUT), b->dx, a->att, b->weight_scratch, N, C, Q);
        /* attention = attention(qk, v of qkv) */
        attention_backward(b->dqkv, b->datt, a->att, a->stat, a->qk, a->qkv, batch->row_start, b->attention_scratch,
                           N, batch->rows, batch->longest, H, G, D);
        /* qk = rope(qknorm(qkv)) */
        qknorm_rope_backward(b->dqkv, slot_gradient(model, gradient, l, PG_QNORM),
                             slot_gradient(model, gradient, l, PG_KNORM), b->partial, a->qkv,
                             weight(model, l, PG_QNORM), weight(model, l, PG_KNORM), a->qk_rstd, model->rope,
                             b->position, N, H, G, D);
        /* qkv = norm1 qkv^T */
        matmul(b->dnorm, C, b->dqkv, A, w->qkv_back, NULL, N, A, C);
        matmul_weight_backward(slot_gradient(model, gradient, l, PG_QKV), b->dqkv, a->norm1, b->weight_scratch, N, A,
                               C);
        /* norm1 = rmsnorm(x) */
        rmsnorm_backward(b->dx, slot_gradient(model, gradient, l, PG_NORM1), b->partial, b->dnorm, a->x,
                         weight(model, l, PG_NORM1), a->rstd1, N, C);
    }
    /* x = embedding(token) */
    embedding_backward(gradient + model->offset[PG_EMBED], b->dx, batch->token, N, c->vocab_size, C);
}

static int32_t train(const pg_model *model, const pg_batch *batch, pg_arena *arena, double denominator,
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
