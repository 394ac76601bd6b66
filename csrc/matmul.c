/* matmul.c: the three products of a linear layer, from one register tile.
 *
 *   forward          y = x W^T       tile over packed W^T      a[m,k] broadcast from rows of x
 *   input gradient   dx = dy W       tile over packed W        the same tile, other panels
 *   weight gradient  dW += dy^T x    tile over x, copied       a[k,m] broadcast from columns of dy
 *
 * Packing puts the N columns of B into panels of PANEL columns, k-major, so that the inner loop reads one
 * stream forward. Weights are packed once a step (a million floats; a hundredth of the products they serve).
 * The a operand is not packed: a broadcast load costs the same from anywhere in the first cache.
 */

/* c[0..mr, 0..n) = addend + a * b. a[m*am + k*ak]; nv vectors of b at b[k*ldb + v*bv], and 8 columns behind them when
 * `half`; the caller fixes mr, nv and half, so the loops over them vanish and the sums stay in registers. One chain of
 * fused multiply-adds over k for each sum. */
INLINE void tile(const int mr, const int nv, const int half, int64_t K, const float *a, int64_t am, int64_t ak,
                 const float *b, int64_t ldb, int64_t bv, float *c, int64_t ldc, const float *addend, int64_t n) {
    vf acc[ROWS][VECS_MAX];
    vh acch[ROWS];
    UNROLL for (int m = 0; m < mr; ++m) {
        UNROLL for (int v = 0; v < nv; ++v) acc[m][v] = vzero();
        if (half) acch[m] = vhzero();
    }
    for (int64_t k = 0; k < K; ++k) {
        vf column[VECS_MAX];
        vh bh;
        UNROLL for (int v = 0; v < nv; ++v) column[v] = vload(b + k * ldb + v * bv);
        if (half) bh = vhload(b + k * ldb + nv * LANES);
        UNROLL for (int m = 0; m < mr; ++m) {
            const float x = a[m * am + k * ak];
            UNROLL for (int v = 0; v < nv; ++v) acc[m][v] = vfma(vset(x), column[v], acc[m][v]);
            if (half) acch[m] = vhfma(vhset(x), bh, acch[m]);
        }
    }
    UNROLL for (int m = 0; m < mr; ++m) {
        const int64_t at = m * ldc;
        UNROLL for (int v = 0; v < nv; ++v) {
            if (v * LANES >= n) continue;
            vf r = acc[m][v];
            if (addend) r = vadd(vload_at(addend + at, v * LANES, n), r);
            vstore_at(c + at, v * LANES, n, r);
        }
        if (half) {
            const int64_t h = at + nv * LANES;
            vhstore(c + h, addend ? vhadd(vhload(addend + h), acch[m]) : acch[m]);
        }
    }
}

/* Rows of a contiguous along k (tile_rows) or along m (tile_columns); n columns, at most PANEL (with `half`: 24).
 * A tail of rows is taken as 4, 2, 1: how rows are grouped does not touch any sum. */
#define TILE_FUNCTION(name, most, nv, half, AM, AK)                                                            \
    static NOINLINE void name(int64_t M, int64_t K, const float *a, int64_t lda, const float *b, int64_t ldb,  \
                              float *c, int64_t ldc, const float *addend, int64_t n) {                         \
        while (M > 0) {                                                                                        \
            const int64_t mr = M >= (most) ? (most) : M >= 4 ? 4 : M >= 2 ? 2 : 1;                             \
            if (mr == (most)) tile(most, nv, half, K, a, AM, AK, b, ldb, LANES, c, ldc, addend, n);                   \
            else if (mr == 4) tile(4, nv, half, K, a, AM, AK, b, ldb, LANES, c, ldc, addend, n);                      \
            else if (mr == 2) tile(2, nv, half, K, a, AM, AK, b, ldb, LANES, c, ldc, addend, n);                      \
            else tile(1, nv, half, K, a, AM, AK, b, ldb, LANES, c, ldc, addend, n);                                   \
            a += mr * (AM);                                                                                    \
            c += mr * ldc;                                                                                     \
            if (addend) addend += mr * ldc;                                                                    \
            M -= mr;                                                                                           \
        }                                                                                                      \
    }

TILE_FUNCTION(tile_rows_1, ROWS, 1, 0, lda, 1)
TILE_FUNCTION(tile_columns_1, ROWS, 1, 0, 1, lda)
#if VECS == 3
TILE_FUNCTION(tile_rows_2, ROWS, 2, 0, lda, 1)
TILE_FUNCTION(tile_rows_3, ROWS, 3, 0, lda, 1)
TILE_FUNCTION(tile_columns_2, ROWS, 2, 0, 1, lda)
TILE_FUNCTION(tile_columns_3, ROWS, 3, 0, 1, lda)
#define PICK(kind, n) ((n) > 2 * LANES ? kind##_3 : (n) > LANES ? kind##_2 : kind##_1)
#else
#define PICK(kind, n) kind##_1
#endif
/* 24 columns, the width of a head: three half vectors by HALF_ROWS rows leave no lane idle. */
#if HALF_ROWS
TILE_FUNCTION(tile_rows_half, HALF_ROWS, 1, 1, lda, 1)
TILE_FUNCTION(tile_columns_half, HALF_ROWS, 1, 1, 1, lda)
#define PICK_HALF(kind) kind##_half
#define HALVES 1
#else
#define PICK_HALF(kind) kind##_1
#define HALVES 0
#endif

/* Row width in which n columns are kept: whole vectors, or one half vector at the end where a tile takes it. */
INLINE int64_t padded(int64_t n) { return HALVES && n > LANES ? pg_round_up(n, LANES / 2) : pg_round_up(n, LANES); }

/* c (M, n) = addend + a b for n columns of b, n = padded(n): as many tiles as needed. */
#define PRODUCT_FUNCTION(name, kind)                                                                           \
    static void name(int64_t M, int64_t K, const float *a, int64_t lda, const float *b, int64_t ldb, float *c, \
                     int64_t ldc, const float *addend, int64_t n) {                                            \
        for (int64_t j = 0; j < n;) {                                                                          \
            const int half = HALVES && n - j == LANES + LANES / 2;                                             \
            const int64_t w = half ? n - j : lesser(PANEL, n - j);                                             \
            (half ? PICK_HALF(kind) : PICK(kind, w))(M, K, a, lda, b + j, ldb, c + j, ldc,                     \
                                                     addend ? addend + j : NULL, w);                           \
            j += w;                                                                                            \
        }                                                                                                      \
    }

PRODUCT_FUNCTION(product_rows, tile_rows)
PRODUCT_FUNCTION(product_columns, tile_columns)

/* c (M, N) = addend + a times packed panels. One row or two leave most of a tile idle: they take several panels at once,
 * so that enough chains of multiply-adds are under way. */
static void product_panels(int64_t M, int64_t K, const float *a, int64_t lda, const float *packed, float *c,
                           int64_t ldc, const float *addend, int64_t N) {
    int64_t j = 0;
#if VECS == 1
    for (; M == 1 && N - j >= 6 * PANEL; j += 6 * PANEL)
        tile(1, 6, 0, K, a, lda, 1, packed + j * K, PANEL, PANEL * K, c + j, ldc, addend ? addend + j : NULL, 6 * PANEL);
    for (; M == 1 && N - j >= 3 * PANEL; j += 3 * PANEL)
        tile(1, 3, 0, K, a, lda, 1, packed + j * K, PANEL, PANEL * K, c + j, ldc, addend ? addend + j : NULL, 3 * PANEL);
    for (; M == 2 && N - j >= 3 * PANEL; j += 3 * PANEL)
        tile(2, 3, 0, K, a, lda, 1, packed + j * K, PANEL, PANEL * K, c + j, ldc, addend ? addend + j : NULL, 3 * PANEL);
#endif
    for (; j < N; j += PANEL) {
        const int64_t n = lesser(PANEL, N - j);
        PICK(tile_rows, n)(M, K, a, lda, packed + j * K, PANEL, c + j, ldc, addend ? addend + j : NULL, n);
    }
}

/* Four rows of a panel from four columns of w: out[r][c] = w[c][r], n columns c, by squares of 4 x 4. */
INLINE void pack_four(float *out, const float *w, int64_t cols, int64_t n) {
    typedef float quad __attribute__((vector_size(16)));
    int64_t c = 0;
    for (; c + 4 <= n; c += 4, w += 4 * cols) {
        quad q[4], low[2], high[2];
        UNROLL for (int i = 0; i < 4; ++i) memcpy(&q[i], w + i * cols, sizeof q[i]);
        UNROLL for (int i = 0; i < 2; ++i) {
            low[i] = __builtin_shufflevector(q[2 * i], q[2 * i + 1], 0, 4, 1, 5);
            high[i] = __builtin_shufflevector(q[2 * i], q[2 * i + 1], 2, 6, 3, 7);
        }
        q[0] = __builtin_shufflevector(low[0], low[1], 0, 1, 4, 5);
        q[1] = __builtin_shufflevector(low[0], low[1], 2, 3, 6, 7);
        q[2] = __builtin_shufflevector(high[0], high[1], 0, 1, 4, 5);
        q[3] = __builtin_shufflevector(high[0], high[1], 2, 3, 6, 7);
        UNROLL for (int r = 0; r < 4; ++r) memcpy(out + r * PANEL + c, &q[r], sizeof q[r]);
    }
    for (; c < n; ++c, w += cols)
        for (int r = 0; r < 4; ++r) out[r * PANEL + c] = w[r];
}

/* pack_weight without its barrier: a model's weights are packed side by side. */
static void pack_part(float *packed, const float *w, int64_t rows, int64_t cols, int32_t transposed) {
    const int64_t K = transposed ? cols : rows, N = transposed ? rows : cols;
    const int64_t panels = (N + PANEL - 1) / PANEL;
    const span_t mine = span(panels * K, 4); /* rows of panels, so that few panels still feed every thread */
    for (int64_t i = mine.from, taken; i < mine.to; i += taken) {
        const int64_t j = i / K * PANEL, k = i % K, n = lesser(PANEL, N - j);
        float *out = packed + i * PANEL;
        taken = 1;
        if (!transposed) {
            if (n == PANEL) memcpy(out, w + k * cols + j, PANEL * sizeof *out);
            else memcpy(out, w + k * cols + j, (size_t)n * sizeof *out);
        } else if (lesser(K - k, mine.to - i) >= 4) {
            pack_four(out, w + j * cols + k, cols, n);
            taken = 4;
        } else {
            for (int64_t c = 0; c < n; ++c) out[c] = w[(j + c) * cols + k];
        }
        for (int64_t r = 0; n < PANEL && r < taken; ++r)
            memset(out + r * PANEL + n, 0, (size_t)(PANEL - n) * sizeof *out);
    }
}

static void pack_weight(float *packed, const float *w, int64_t rows, int64_t cols, int32_t transposed) {
    pack_part(packed, w, rows, cols, transposed);
#pragma omp barrier
}

/* Rows of c; a is a block of its own: its first row belongs to rows.from. */
static void matmul_rows(float *c, int64_t ldc, const float *a, int64_t lda, const float *packed, const float *addend,
                        span_t rows, int64_t K, int64_t N) {
    const int64_t at = rows.from * ldc;
    product_panels(rows.to - rows.from, K, a, lda, packed, c + at, ldc, addend ? addend + at : NULL, N);
}

static void matmul(float *c, int64_t ldc, const float *a, int64_t lda, const float *packed, const float *addend,
                   int64_t M, int64_t K, int64_t N) {
    EACH_BLOCK(rows, span(M, ROWS)) matmul_rows(c, ldc, a + rows.from * lda, lda, packed, addend, rows, K, N);
#pragma omp barrier
}

/* ROWS columns of dy side by side for each token, so that a tile reads one stream: out[m / ROWS][k][m % ROWS]. */
static void pack_columns(float *out, const float *dy, int64_t ld, int64_t K, int64_t m) {
    const int64_t whole = m / ROWS * ROWS;
    for (int64_t k = 0; k < K; ++k, dy += ld)
        for (int64_t i = 0; i < whole; i += ROWS) memcpy(out + i * K + k * ROWS, dy + i, ROWS * sizeof *out);
    dy -= K * ld;
    for (int64_t k = 0; k < K; ++k)
        for (int64_t i = whole; i < m; ++i) out[whole * K + k * (m - whole) + i - whole] = dy[k * ld + i];
}

/* matmul_weight_backward without its barrier: the gradients of several weights are made side by side. */
static void weight_part(float *dw, const float *dy, const float *x, float *scratch, int64_t N, int64_t O, int64_t I) {
    const span_t mine = span(O, ROWS);
    float *panel = scratch + omp_get_thread_num() * pg_weight_scratch_floats();
    float *columns = panel + WEIGHT_ROWS * PANEL_MAX;
    for (int64_t n = 0; n < N; n += WEIGHT_ROWS) {
        const int64_t K = lesser(WEIGHT_ROWS, N - n);
        for (int64_t o = mine.from; o < mine.to; o += WEIGHT_COLUMNS) {
            const int64_t M = lesser(WEIGHT_COLUMNS, mine.to - o);
            pack_columns(columns, dy + n * O + o, O, K, M);
            for (int64_t j = 0; j < I; j += PANEL) {
                const int64_t w = lesser(PANEL, I - j);
                for (int64_t k = 0; k < K; ++k) /* strided rows of x would evict one another in the first cache */
                    for (int64_t c = 0; c < w; c += LANES)
                        vstore(panel + k * PANEL + c, vload_at(x + (n + k) * I + j, c, w));
                for (int64_t m = 0; m < M; m += ROWS) {
                    const int64_t rows = lesser(ROWS, M - m);
                    float *to = dw + (o + m) * I + j;
                    PICK(tile_columns, w)(rows, K, columns + m * K, rows, panel, PANEL, to, I, to, w);
                }
            }
        }
    }
}

static void matmul_weight_backward(float *dw, const float *dy, const float *x, float *scratch, int64_t N,
                                   int64_t O, int64_t I) {
    weight_part(dw, dy, x, scratch, N, O, I);
#pragma omp barrier
}
