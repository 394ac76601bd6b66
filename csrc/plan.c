/* plan.c: the arena. Slices are laid out in the order of their use; behind each lies a canary, so a write one
 * float too far is found at the end of the pass that made it. Under AddressSanitizer the canaries are poisoned
 * as well, and a read too far is caught at its own line. */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region(p, n)
#define UNPOISON(p, n) __asan_unpoison_memory_region(p, n)
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGN = 64, CANARY = 0xA5 };

typedef struct {
    char *memory;
    int64_t offset;
    pg_slice *slices;
    int32_t count;
} planner;

static int64_t gap_end(int64_t end) { return pg_round_up(end, ALIGN) + ALIGN; }

static void *take(planner *p, const char *name, int32_t layer, int64_t bytes) {
    const int64_t at = p->offset;
    if (p->count < MAX_SLICES) {
        pg_slice *s = &p->slices[p->count++];
        snprintf(s->name, sizeof s->name, "%s", name);
        s->layer = layer;
        s->offset = at;
        s->bytes = bytes;
    }
    p->offset = gap_end(at + bytes);
    return p->memory ? p->memory + at : NULL;
}

static float *floats(planner *p, const char *name, int32_t layer, int64_t n) {
    return take(p, name, layer, n * (int64_t)sizeof(float));
}

int64_t pg_decode_bytes(int64_t R, int64_t V) {
    return pg_round_up((6 * R + 1) * 4, 64) + pg_round_up(R * V * 4, 64);
}

int64_t pg_packed_floats(int64_t K, int64_t N) { return K * pg_round_up(N, PANEL_MAX); }

int64_t pg_partial_floats(int64_t N, int64_t width) { return (N + NORM_CHUNK - 1) / NORM_CHUNK * width; }

int64_t pg_block_floats(int64_t C, int64_t F) { return TOKEN_BLOCK * (F + C); }

int64_t pg_weight_scratch_floats(void) { return WEIGHT_ROWS * (PANEL_MAX + WEIGHT_COLUMNS); }

int64_t pg_attention_floats(int64_t longest, int64_t D, int32_t backward) {
    const int64_t t = pg_round_up(longest, PANEL_MAX), d = pg_round_up(D, LANES_PLANNED);
    const int64_t tile = QUERY_BLOCK * KEY_BLOCK;
    /* keys as panels, values; tile of scores, tile of outputs */
    const int64_t forward = t * D + t * d + tile + QUERY_BLOCK * d;
    /* also values as panels, keys, gradients of both; queries and output gradients of a block; second tile; D_i */
    return backward ? forward + t * D + 3 * t * d + 2 * QUERY_BLOCK * d + tile + QUERY_BLOCK : forward;
}

int64_t pg_bind(const pg_config *c, const pg_batch *batch, int32_t keep, int32_t threads, char *memory,
                pg_buffers *b) {
    planner plan = {memory, 0, b->slice, 0}, *p = &plan;
    const int64_t N = batch->tokens, M = batch->selected, C = c->embed_dim, F = c->hidden_dim;
    const int64_t H = c->heads, G = c->kv_heads, D = c->head_dim, V = c->vocab_size;
    const int64_t chunk = M < LOGIT_ROWS ? M : LOGIT_ROWS;

    b->position = take(p, "position", -1, N * 4);
    b->picked_target = take(p, "picked_target", -1, M * 4);
    for (int32_t l = 0; l < c->layers; ++l) {
        pg_layer_buffers *a = &b->layer[l];
        if (l > 0 && !keep) { /* forward only: every layer writes where the first did */
            *a = b->layer[0];
            continue;
        }
        a->x = floats(p, "x", l, N * C);
        a->rstd1 = floats(p, "rstd1", l, N);
        a->qkv = floats(p, "qkv", l, N * (H + 2 * G) * D);
        a->qk_rstd = floats(p, "qk_rstd", l, N * (H + G));
        a->qk = floats(p, "qk", l, N * (H + G) * D);
        a->att = floats(p, "attention", l, N * H * D);
        a->stat = floats(p, "softmax_stat", l, N * H * 2);
        a->mid = floats(p, "mid", l, N * C);
        a->rstd2 = floats(p, "rstd2", l, N);
        a->gate_up = floats(p, "gate_up", l, N * 2 * F);
        /* The backward pass makes these again on its way, so one of each serves all layers. */
        a->norm1 = l ? b->layer[0].norm1 : floats(p, "norm1", -1, N * C);
        a->norm2 = l ? b->layer[0].norm2 : floats(p, "norm2", -1, N * C);
        a->act = l ? b->layer[0].act : floats(p, "act", -1, N * F);
    }
    /* forward only, the last layer may write its output over its input */
    b->x_out = keep ? floats(p, "x_out", -1, N * C) : b->layer[0].x;
    b->picked = b->layer[0].norm2; /* M <= N: between the passes no layer uses its norms */
    b->picked_rstd = floats(p, "picked_rstd", -1, M);
    b->picked_norm = b->layer[0].norm1;
    b->logits = floats(p, "logits", -1, chunk * V);
    b->loss = take(p, "loss", -1, M * (int64_t)sizeof(double));
    b->attention_scratch =
        floats(p, "attention_scratch", -1, threads * pg_attention_floats(batch->longest, D, keep));
    if (keep) {
        b->dx = b->x_out; /* read for the last time when its rows are picked */
        b->dmid = floats(p, "d_mid", -1, N * C);
        b->dpicked_norm = b->dmid; /* scattered into dx before there is any dmid */
        b->datt = floats(p, "d_attention", -1, N * H * D);
        b->dqkv = floats(p, "d_qkv", -1, N * (H + 2 * G) * D);
        b->norm1_partial = floats(p, "norm1_partial", -1, pg_partial_floats(N, C));
        b->qk_partial = floats(p, "qk_partial", -1, pg_partial_floats(N, 2 * D));
        b->norm2_partial = floats(p, "norm2_partial", -1, pg_partial_floats(N, C));
        b->head_partial = floats(p, "head_partial", -1, pg_partial_floats(M, C));
        b->block_scratch = floats(p, "block_scratch", -1, threads * pg_block_floats(C, F));
        b->weight_scratch = floats(p, "weight_scratch", -1, threads * pg_weight_scratch_floats());
    }
    b->slices = plan.count;
    return plan.offset;
}

int64_t pg_bind_pack(const pg_config *c, int32_t backward, char *memory, pg_pack *out, pg_slice *slices,
                     int32_t *count) {
    planner plan = {memory, 0, slices, 0}, *p = &plan;
    const int64_t C = c->embed_dim, F = c->hidden_dim, Q = c->heads * c->head_dim;
    const int64_t A = Q + 2 * c->kv_heads * c->head_dim;
    for (int32_t l = 0; l < c->layers; ++l) {
        pg_layer_pack *w = &out->layer[l];
        w->qkv = floats(p, "pack_qkv", l, pg_packed_floats(C, A));
        w->out = floats(p, "pack_out", l, pg_packed_floats(Q, C));
        w->gate_up = floats(p, "pack_gate_up", l, pg_packed_floats(C, 2 * F));
        w->down = floats(p, "pack_down", l, pg_packed_floats(F, C));
    }
    out->head = floats(p, "pack_head", -1, pg_packed_floats(C, c->vocab_size));
    for (int32_t l = 0; backward && l < c->layers; ++l) {
        pg_layer_pack *w = &out->layer[l];
        w->qkv_back = floats(p, "pack_qkv_back", l, pg_packed_floats(A, C));
        w->out_back = floats(p, "pack_out_back", l, pg_packed_floats(C, Q));
        w->gate_up_back = floats(p, "pack_gate_up_back", l, pg_packed_floats(2 * F, C));
        w->down_back = floats(p, "pack_down_back", l, pg_packed_floats(C, F));
    }
    if (backward) out->head_back = floats(p, "pack_head_back", -1, pg_packed_floats(c->vocab_size, C));
    *count = plan.count;
    return plan.offset;
}

int64_t pg_plan(const pg_config *config, const pg_batch *batch, int32_t keep, int32_t threads, pg_slice *slices,
                int32_t capacity, int32_t *count) {
    static _Thread_local pg_buffers b;
    const int64_t bytes = pg_bind(config, batch, keep, threads, NULL, &b);
    for (int32_t i = 0; slices && i < b.slices && i < capacity; ++i) slices[i] = b.slice[i];
    *count = b.slices;
    return bytes;
}

int64_t pg_plan_pack(const pg_config *config, int32_t backward, pg_slice *slices, int32_t capacity,
                     int32_t *count) {
    static _Thread_local pg_slice all[MAX_SLICES];
    static _Thread_local pg_pack pack;
    const int64_t bytes = pg_bind_pack(config, backward, NULL, &pack, all, count);
    for (int32_t i = 0; slices && i < *count && i < capacity; ++i) slices[i] = all[i];
    return bytes;
}

void pg_plant_canaries(char *memory, const pg_slice *slices, int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
        const int64_t end = slices[i].offset + slices[i].bytes, n = gap_end(end) - end;
        UNPOISON(memory + end, n);
        memset(memory + end, CANARY, (size_t)n);
        POISON(memory + end, n);
    }
}

int32_t pg_check_canaries(const char *memory, const pg_slice *slices, int32_t count) {
    int32_t smashed = -1;
    for (int32_t i = 0; i < count; ++i) {
        const int64_t end = slices[i].offset + slices[i].bytes, stop = gap_end(end);
        UNPOISON(memory + end, stop - end);
        for (int64_t at = end; at < stop && smashed < 0; ++at)
            if ((unsigned char)memory[at] != CANARY) smashed = i;
    }
    return smashed;
}

int64_t pg_cache_bytes(const pg_config *c, int32_t slots, int32_t capacity) {
    const int64_t keys = pg_round_up(capacity, PANEL_MAX) * c->head_dim;
    const int64_t values = (int64_t)capacity * pg_round_up(c->head_dim, LANES_PLANNED);
    return (int64_t)c->layers * slots * c->kv_heads * (keys + values) * (int64_t)sizeof(float);
}
