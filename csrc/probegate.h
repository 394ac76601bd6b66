/* probegate.h: the contract of the kernels. The Python binding reads this file; nothing is typed twice.
 *
 * Legend of dimensions
 *   N tokens of the packed batch      R rows (sequences) in it       T tokens of one row
 *   C embed_dim    F hidden_dim       H query heads                  G key/value heads (H % G == 0)
 *   D head_dim (even)                 V vocab_size                   M selected positions (those that count)
 *
 * Arrays are float32, row-major, dense unless a leading dimension is named, and may not alias unless said.
 * The binding checks shapes; the kernels trust them. "Adds" means the result is added to what is there.
 * Every operation may be called by one thread or by a whole OpenMP team (all threads, same arguments); it
 * ends in a barrier. Each output element is made by one thread in a fixed order, so no result depends on
 * the number of threads.
 */
#ifndef PROBEGATE_H
#define PROBEGATE_H

#include <stdint.h>

/* Qwen3-style decoder. rms_eps is added to mean squares, in squared units of the activations. */
typedef struct {
    int32_t layers, embed_dim, hidden_dim, heads, kv_heads, head_dim, context_len, vocab_size, tied_head;
    float rms_eps;
} pg_config;

/* Slots of pg_model.offset: PG_FIRST_LAYER + layer * PG_LAYER_SLOTS + slot. PG_QKV is q_proj, k_proj and
 * v_proj in one block of ((H+2G)*D, C); PG_GATE_UP is gate_proj and up_proj in one block of (2F, C). */
enum { PG_EMBED = 0, PG_FINAL_NORM = 1, PG_HEAD = 2, PG_FIRST_LAYER = 3 };
enum { PG_NORM1 = 0, PG_QKV = 1, PG_OUT = 2, PG_QNORM = 3, PG_KNORM = 4, PG_NORM2 = 5, PG_GATE_UP = 6,
       PG_DOWN = 7, PG_LAYER_SLOTS = 8 };

/* parameter: all weights, `floats` in all, (out, in) each, at `offset` (in floats; tied head: PG_HEAD equals PG_EMBED).
 * rope: (context_len, D) rows of D/2 cosines, then D/2 sines.
 * pack: memory of pg_plan_pack() bytes for the weights in panels, 64-byte aligned; pack_model fills it. */
typedef struct {
    pg_config config;
    const float *parameter;
    int64_t floats;
    const int64_t *offset;
    const float *rope;
    char *pack;
    int64_t pack_bytes;
} pg_model;

/* Rows one after the other, never padded. row_start (R+1) ascending from 0 to N.
 * select (M) ascending positions whose logits are wanted; target (N), read at those positions; NULL: no loss.
 * start (R) position of each row's first token; NULL: zeros. Only a batch with a cache may start later.
 * slot (R) cache slot of each row; read only with a cache. */
typedef struct {
    int32_t tokens, rows, longest, selected;
    const int32_t *token, *row_start, *select, *target, *start, *slot;
} pg_batch;

/* Keys and values of earlier tokens: `memory` of pg_cache_bytes(), 64-byte aligned. */
typedef struct {
    float *memory;
    int32_t slots, capacity;
} pg_cache;

/* One slice of an arena: name, layer (-1: none), offset and length in bytes. A gap filled with a canary
 * pattern follows the last byte of every slice, up to the next 64-byte boundary and 64 bytes beyond. */
typedef struct {
    char name[24];
    int32_t layer;
    int64_t offset, bytes;
} pg_slice;

/* The arena of one pass, planned from the shapes. `smashed` receives the index of the slice whose canary
 * was overwritten, or -1. */
typedef struct {
    char *memory;
    int64_t bytes;
    int32_t threads, smashed;
} pg_arena;

/* Results of calls that can refuse. */
enum { PG_OK = 0, PG_ARENA_TOO_SMALL = 1, PG_CANARY = 2, PG_PACK_TOO_SMALL = 3 };

/* One instruction set's operations. */
typedef struct {
    const char *isa;
    int32_t fused_multiply_add; /* 1: bits agree with every other path that says 1 */

    /* pack_weight: B into panels the matmul reads in order.
     *   w (rows, cols). transposed 0: B = w, (K, N) = (rows, cols); 1: B = w^T, (K, N) = (cols, rows)
     *   packed: pg_packed_floats(K, N) floats */
    void (*pack_weight)(float *packed, const float *w, int64_t rows, int64_t cols, int32_t transposed);

    /* matmul: c[m,n] = addend[m,n] + sum_k a[m,k] * B[k,n]
     *   a (M,K) with row stride lda; c (M,N) stride ldc; addend NULL (nothing added) or (M,N) stride ldc, may be c
     *   each sum is one chain over ascending k */
    void (*matmul)(float *c, int64_t ldc, const float *a, int64_t lda, const float *packed, const float *addend,
                   int64_t M, int64_t K, int64_t N);

    /* matmul_weight_backward: dw[o,i] += sum_n dy[n,o] * x[n,i]
     *   dy (N,O), x (N,I), dw (O,I); scratch: pg_weight_scratch_floats() for each thread of the team
     *   sums of 128 tokens at a time, added to dw in ascending order */
    void (*matmul_weight_backward)(float *dw, const float *dy, const float *x, float *scratch,
                                   int64_t N, int64_t O, int64_t I);

    /* rmsnorm_forward: y[n,c] = x[n,c] * rstd[n] * w[c],  rstd[n] = 1/sqrt(mean_c x[n,c]^2 + eps)
     *   rstd (N) is kept for backward */
    void (*rmsnorm_forward)(float *y, float *rstd, const float *x, const float *w, float eps,
                            int64_t N, int64_t C);
    /* rmsnorm_backward: adds to dx (N,C) and dw (C); partial: pg_partial_floats(N, C) of scratch */
    void (*rmsnorm_backward)(float *dx, float *dw, float *partial, const float *dy, const float *x,
                             const float *w, const float *rstd, int64_t N, int64_t C);

    /* qknorm_rope_forward: RMSNorm over each head of q and k, then rotary positions on split halves.
     *   qkv (N,(H+2G)*D): q heads, k heads, v heads; qk (N,(H+G)*D): q and k after norm and rotation
     *   rstd (N,H+G) kept; position (N) rows of the rope table; qw, kw (D)
     *   y1 = n1*cos - n2*sin, y2 = n2*cos + n1*sin, where n1, n2 are the halves of a normed head */
    void (*qknorm_rope_forward)(float *qk, float *rstd, const float *qkv, const float *qw, const float *kw,
                                const float *rope, const int32_t *position, float eps,
                                int64_t N, int64_t H, int64_t G, int64_t D);
    /* qknorm_rope_backward: d (N,(H+2G)*D) holds the gradient of qk in its q and k heads and becomes the
     *   gradient of qkv in place (v heads untouched); adds to dqw, dkw (D); partial: pg_partial_floats(N, 2*D) */
    void (*qknorm_rope_backward)(float *d, float *dqw, float *dkw, float *partial, const float *qkv,
                                 const float *qw, const float *kw, const float *rstd, const float *rope,
                                 const int32_t *position, int64_t N, int64_t H, int64_t G, int64_t D);

    /* attention_forward: out[i,h] = sum_{j<=i} p[i,j] v[j,g],  p = softmax_j(q[i,h].k[j,g] / sqrt(D)),
     *   g = h / (H/G), i and j in the same row. Keys are taken 96 at a time with a running maximum; no T x T array.
     *   qk (N,(H+G)*D), v heads of qkv (N,(H+2G)*D); out (N,H*D)
     *   stat (N,H,2): largest scaled score, and 1 / sum of exponentials above it (no logarithm: its bits are libm's)
     *   scratch: pg_attention_floats(longest, D, backward) for each thread of the team */
    void (*attention_forward)(float *out, float *stat, const float *qk, const float *qkv, const int32_t *row_start,
                              float *scratch, int64_t N, int64_t R, int64_t longest, int64_t H, int64_t G, int64_t D);
    /* attention_backward: writes dqkv (N,(H+2G)*D): gradient of q and k after rotation, and of v */
    void (*attention_backward)(float *dqkv, const float *dout, const float *out, const float *stat, const float *qk,
                               const float *qkv, const int32_t *row_start, float *scratch,
                               int64_t N, int64_t R, int64_t longest, int64_t H, int64_t G, int64_t D);

    /* swiglu_forward: y[n,f] = silu(g[n,f]) * u[n,f], silu(z) = z * sigmoid(z);  gu (N,2F): g then u */
    void (*swiglu_forward)(float *y, const float *gu, int64_t N, int64_t F);
    /* swiglu_backward: writes dgu (N,2F); dgu may be gu */
    void (*swiglu_backward)(float *dgu, const float *dy, const float *gu, int64_t N, int64_t F);

    /* cross_entropy: loss[m] = logsumexp(z[m]) - z[m,target[m]], in nats, as double;
     *   z (M,V) becomes scale * (softmax(z) - onehot(target)) when scale != 0, and stays otherwise */
    void (*cross_entropy)(double *loss, float *z, const int32_t *target, float scale, int64_t M, int64_t V);

    /* embedding_forward: y[n] = w[token[n]];  embedding_backward: dw[token[n]] += dy[n], ascending n */
    void (*embedding_forward)(float *y, const float *w, const int32_t *token, int64_t N, int64_t C);
    void (*embedding_backward)(float *dw, const float *dy, const int32_t *token, int64_t N, int64_t V, int64_t C);

    /* adamw: returns the global norm of g before clipping; then, unless that norm is not finite,
     *   g' = g * min(1, clip/norm) (clip 0: no clipping);  m = b1 m + (1-b1) g';  v = b2 v + (1-b2) g'^2
     *   p = p * (1 - lr*decay) - lr * (m / (1-b1^step)) / (sqrt(v / (1-b2^step)) + eps)
     *   segments: (count,3) of offset, length, 1 where weights decay; together they cover p, g, m, v
     *   partial: one double for every 4096 floats (or part) of each segment; step counts from 1; opens its own team */
    double (*adamw)(float *p, const float *g, float *m, float *v, const int64_t *segment, int64_t segments,
                    double *partial, double lr, double beta1, double beta2, double eps, double decay, double clip,
                    int64_t step, int32_t threads);

    /* pack_model: fills model->pack from model->parameter (backward != 0: the panels of the backward pass too) */
    int32_t (*pack_model)(const pg_model *model, int32_t backward, int32_t threads);

    /* forward: after pack_model. logits (M,V) or NULL; loss_sum (summed over selected positions) or NULL; cache or NULL */
    int32_t (*forward)(const pg_model *model, const pg_batch *batch, pg_arena *arena, const pg_cache *cache,
                       float *logits, double *loss_sum);

    /* train: pack, forward, loss and backward. d(loss_sum / denominator) into gradient (laid out as parameter), or,
     * with `add`, on top of what it holds */
    int32_t (*train)(const pg_model *model, const pg_batch *batch, pg_arena *arena, double denominator, int32_t add,
                     float *gradient, double *loss_sum);

    /* generate: greedy, after pack_model and a forward that put each prompt into the cache. Ties go to the lowest id.
     *   next (R) first generated token of each row; position (R) its position; slot (R) its cache slot
     *   out (R,max_new) tokens without eos; count (R); stop (R): 0 eos, 1 budget, 2 context
     *   arena: pg_decode_bytes(R, V) and pg_plan for R tokens, R rows, longest 1, selected R */
    int32_t (*generate)(const pg_model *model, pg_arena *arena, const pg_cache *cache, int32_t rows,
                        const int32_t *next, const int32_t *position, const int32_t *slot, int32_t max_new, int32_t eos,
                        int32_t *out, int32_t *count, int32_t *stop);

    /* fma_peak: z = z * seed[0] + seed[1], `rounds` times in as many chains of registers as keep every unit busy;
     *   returns the floating-point operations of all threads; seed (3), the last receives the mean of all chains,
     *   which tends to seed[1] / (1 - seed[0]) for |seed[0]| < 1; opens its own team */
    double (*fma_peak)(float *seed, int64_t rounds, int32_t threads);

    /* memory_peak: a[i] = b[i] + scale * c[i]; returns the bytes read and written, each array once (what a cache
     *   fetches before it overwrites is not counted); a, b, c (n) far larger than the caches; opens its own team */
    double (*memory_peak)(float *a, const float *b, const float *c, float scale, int64_t n, int32_t threads);
} pg_kernels;

/* The operations of "avx512", "avx2", "neon" or "portable"; NULL when this machine or build has them not. */
const pg_kernels *pg_select(const char *isa);

/* sha256 of the sources this library was built from, and the compiler with its flags. */
const char *pg_source_digest(void);
const char *pg_build_info(void);

/* pg_plan: slices of the arena of one pass, in order; returns the bytes of the whole, and the number of slices in count.
 *   keep != 0: activations of every layer are kept and gradients planned; keep 0: forward only, layers share memory.
 *   slices may be NULL; else `capacity` of them are written at most. The same function binds the pointers of a pass. */
int64_t pg_plan(const pg_config *config, const pg_batch *batch, int32_t keep, int32_t threads,
                pg_slice *slices, int32_t capacity, int32_t *count);
/* pg_plan_pack: the same for the packed weights. */
int64_t pg_plan_pack(const pg_config *config, int32_t backward, pg_slice *slices, int32_t capacity, int32_t *count);

int64_t pg_cache_bytes(const pg_config *config, int32_t slots, int32_t capacity);
int64_t pg_decode_bytes(int64_t R, int64_t V);
int64_t pg_packed_floats(int64_t K, int64_t N);
int64_t pg_partial_floats(int64_t N, int64_t width);
int64_t pg_weight_scratch_floats(void);
int64_t pg_attention_floats(int64_t longest, int64_t D, int32_t backward);

#endif
