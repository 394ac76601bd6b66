/* plan.h: where everything lives. One function plans an arena from the shapes and binds its pointers, so
 * what was measured and what is used cannot disagree. */
#ifndef PG_PLAN_H
#define PG_PLAN_H

#include "probegate.h"

enum {
    PANEL_MAX = 48,      /* panel widths of every instruction set divide it, so plans do not depend on the set */
    NORM_CHUNK = 24,     /* tokens whose norm-weight gradients are summed together, whatever the threads; whole tiles */
    TOKEN_BLOCK = 96,    /* tokens that a thread takes through successive operations at a time; whole chunks */
    LOGIT_ROWS = 512,    /* logits exist for this many selected positions at a time */
    WEIGHT_ROWS = 128,   /* tokens summed in registers before a weight gradient is touched */
    WEIGHT_COLUMNS = 512, /* output features whose gradients are copied side by side for them: half of a second cache */
    QUERY_BLOCK = 48,    /* attention tile: 48 queries by 96 keys, 18 KB, stays in the first cache */
    KEY_BLOCK = 96,
    LANES_PLANNED = 16,  /* LANES of simd.h, which a plan must not include: it is the same for every set */
    TOKENS_A_THREAD = 16, /* a forward pass takes another thread for so many tokens */
    ADAM_CHUNK = 4096,   /* gradient elements squared and summed in single precision */
    MAX_LAYERS = 64,
    MAX_SLICES = 2048
};

typedef struct {
    float *qkv, *out, *gate_up, *down;                             /* panels of forward products */
    float *qkv_back, *out_back, *gate_up_back, *down_back;         /* panels of input gradients */
} pg_layer_pack;

typedef struct {
    pg_layer_pack layer[MAX_LAYERS];
    float *head, *head_back;
} pg_pack;

typedef struct {
    float *x, *rstd1, *norm1, *qkv, *qk_rstd, *qk, *att, *stat, *mid, *rstd2, *norm2, *gate_up, *act;
} pg_layer_buffers;

typedef struct {
    pg_layer_buffers layer[MAX_LAYERS];
    int32_t *position, *picked_target;
    float *x_out, *picked, *picked_rstd, *picked_norm, *logits;
    double *loss;
    float *dx, *dmid, *dqkv, *datt, *dpicked_norm, *norm1_partial, *norm2_partial;
    float *qk_partial, *head_partial;
    float *block_scratch;
    float *attention_scratch, *weight_scratch;
    int32_t slices;
    pg_slice slice[MAX_SLICES];
} pg_buffers;

/* Bytes of the arena; when memory is not NULL, the pointers of *b point into it. Always fills b->slice. */
int64_t pg_bind(const pg_config *config, const pg_batch *batch, int32_t keep, int32_t threads, char *memory,
                pg_buffers *b);
int64_t pg_bind_pack(const pg_config *config, int32_t backward, char *memory, pg_pack *p, pg_slice *slices,
                     int32_t *count);

/* Fills the gap behind every slice; and the index of the first slice whose gap is no longer whole, -1 if none. */
void pg_plant_canaries(char *memory, const pg_slice *slices, int32_t count);
int32_t pg_check_canaries(const char *memory, const pg_slice *slices, int32_t count);

/* Gradients of one block of tokens that only its thread reads. */
int64_t pg_block_floats(int64_t C, int64_t F);

static inline int64_t pg_round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

#endif
