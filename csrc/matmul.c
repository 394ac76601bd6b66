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

/* c[0..mr, 0..n) = addend + a * b. a[m*am + k*ak]; b[k*ldb + 0..16*nv); the caller fixes mr and nv, so the
 * loops over them vanish and acc stays in registers. One chain of fused multiply-adds over k for each sum. */
INLINE void tile(const int mr, const int nv, int64_t K, const float *a, int64_t am, int64_t ak, const float *b,
                 int64_t ldb, float *c, int64_t ldc, const float *addend, int64_t n) {
    vf acc[ROWS][VECS];
    UNROLL for (int m = 0; m < mr; ++m)
        UNROLL for (int v = 0; v < nv; ++v) acc[m][v] = vzero();
    for (int64_t k = 0; k < K; ++k) {
        vf bv[VECS];
        UNROLL for (int v = 0; v < nv; ++v) bv[v] = vload(b + k * ldb + v * LANES);
        UNROLL for (int m = 0; m < mr; ++m) {
            const vf x = vset(a[m * am + k * ak]);
            UNROLL for (int v = 0; v < nv; ++v) acc[m][v] = vfma(x, bv[v], acc[m][v]);
        }
    }
    UNROLL for (int m = 0; m < mr; ++m) {
        UNROLL for (int v = 0; v < nv; ++v) {
            const int64_t at = m * ldc;
            if (v * LANES >= n) continue;
            vf r = acc[m][v];
            if (addend) r = vadd(vload_at(addend + at, v * LANES, n), r);
            vstore_at(c + at, v * LANES, n, r);
        }
    }
}

/* Rows of a contiguous along k (tile_rows) or along m (tile_columns); n columns, at most PANEL.
 * A tail of rows is taken as 4, 2, 1: how rows are grouped does not touch any sum. */
#define TILE_FUNCTION(name, nv, AM, AK)                                                                        \
    static NOINLINE void name(int64_t M, int64_t K, const float *a, int64_t lda, const float *b, int64_t ldb,  \
                              float *c, int64_t ldc, const float *addend, int64_t n) {                         \
        while (M > 0) {                                                                                        \
            const int64_t mr = M >= ROWS ? ROWS : M >= 4 ? 4 : M >= 2 ? 2 : 1;                                 \
            if (mr == ROWS) tile(ROWS, nv, K, a, AM, AK, b, ldb, c, ldc, addend, n);                           \
            else if (mr == 4) tile(4, nv, K, a, AM, AK, b, ldb, c, ldc, addend, n);                            \
            else if (mr == 2) tile(2, nv, K, a, AM, AK, b, ldb, c, ldc, addend, n);                            \
            else tile(1, nv, K, a, AM, AK, b, ldb, c, ldc, addend, n);                                         \
            a += mr * (AM);                                                                                    \
            c += mr * ldc;                                                                                     \
            if (addend) addend += mr * ldc;                                                                    \
            M -= mr;                                                                                           \
        }                                                                                                      \
    }

TILE_FUNCTION(tile_rows_1, 1, lda, 1)
TILE_FUNCTION(tile_columns_1, 1, 1, lda)
#if VECS == 3
TILE_FUNCTION(tile_rows_2, 2, lda, 1)
TILE_FUNCTION(tile_rows_3, 3, lda, 1)
TILE_FUNCTION(tile_columns_2, 2, 1, lda)
TILE_FUNCTION(tile_columns_3, 3, 1, lda)
#define PICK(kind, n) ((n) > 2 * LANES ? kind##_3 : (n) > LANES ? kind##_2 : kind##_1)
#else
#define PICK(kind, n) kind##_1
#endif

/* c (M, n) = addend + a b for n columns of b, any n: as many tiles as needed. b must be readable to the next
 * multiple of 16 columns. */
static void product_rows(int64_t M, int64_t K, const float *a, int64_t lda, const float *b, int64_t ldb, float *c,
                         int64_t ldc, const float *addend, int64_t n) {
    for (int64_t j = 0; j < n; j += PANEL) {
        const int64_t w = lesser(PANEL, n - j);
        PICK(tile_rows, w)(M, K, a, lda, b + j, ldb, c + j, ldc, addend ? addend + j : NULL, w);
    }
}
static void product_columns(int64_t M, int64_t K, const float *a, int64_t lda, const float *b, int64_t ldb,
                            float *c, int64_t ldc, const float *addend, int64_t n) {
    for (int64_t j = 0; j < n; j += PANEL) {
        const int64_t w = lesser(PANEL, n - j);
        PICK(tile_columns, w)(M, K, a, lda, b + j, ldb, c + j, ldc, addend ? addend + j : NULL, w);
    }
}

/* pack_weight without its barrier: a model's weights are packed side by side. */
static void pack_part(float *packed, const float *w, int64_t rows, int64_t cols, int32_t transposed) {
    const int64_t K = transposed ? cols : rows, N = transposed ? rows : cols;
    const int64_t panels = (N + PANEL - 1) / PANEL;
    const span_t mine = span(panels * K, 1); /* rows of panels, so that few panels still feed every thread */
    for (int64_t i = mine.from; i < mine.to; ++i) {
        const int64_t j = i / K * PANEL, k = i % K, n = lesser(PANEL, N - j);
        float *out = packed + i * PANEL;
        if (transposed) {
            for (int64_t c = 0; c < n; ++c) out[c] = w[(j + c) * cols + k];
        } else {
            memcpy(out, w + k * cols + j, (size_t)n * sizeof *out);
        }
        for (int64_t c = n; c < PANEL; ++c) out[c] = 0.0f;
    }
}

static void pack_weight(float *packed, const float *w, int64_t rows, int64_t cols, int32_t transposed) {
    pack_part(packed, w, rows, cols, transposed);
#pragma omp barrier
}

static void matmul(float *c, int64_t ldc, const float *a, int64_t lda, const float *packed, const float *addend,
                   int64_t M, int64_t K, int64_t N) {
    enum { BLOCK = 96 }; /* rows of a that stay in the second cache while all panels pass by */
    const span_t mine = span(M, ROWS);
    for (int64_t m = mine.from; m < mine.to; m += BLOCK) {
        const int64_t rows = lesser(BLOCK, mine.to - m);
        for (int64_t j = 0; j < N; j += PANEL) {
            const int64_t at = m * ldc + j, n = lesser(PANEL, N - j);
            PICK(tile_rows, n)(rows, K, a + m * lda, lda, packed + j * K, PANEL, c + at, ldc,
                               addend ? addend + at : NULL, n);
        }
    }
#pragma omp barrier
}

static void matmul_weight_backward(float *dw, const float *dy, const float *x, float *scratch, int64_t N,
                                   int64_t O, int64_t I) {
    const span_t mine = span(O, ROWS);
    float *panel = scratch + omp_get_thread_num() * pg_weight_scratch_floats();
    for (int64_t n = 0; n < N && mine.from < mine.to; n += WEIGHT_ROWS) {
        const int64_t K = lesser(WEIGHT_ROWS, N - n);
        for (int64_t j = 0; j < I; j += PANEL) {
            const int64_t w = lesser(PANEL, I - j);
            for (int64_t k = 0; k < K; ++k) /* strided rows of x would evict one another in the first cache */
                for (int64_t c = 0; c < w; c += LANES)
                    vstore(panel + k * PANEL + c, vload_at(x + (n + k) * I + j, c, w));
            float *to = dw + mine.from * I + j;
            PICK(tile_columns, w)(mine.to - mine.from, K, dy + n * O + mine.from, O, panel, PANEL, to, I, to, w);
        }
    }
#pragma omp barrier
}
