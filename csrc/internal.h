/* internal.h: what the operation files share besides the vectors.
 *
 * Each isa_*.c file names an instruction set and includes simd.h, this file and every operation, so all
 * functions are static and exist once for each instruction set; only the finished table leaves the file.
 */
#ifndef PG_INTERNAL_H
#define PG_INTERNAL_H

#include <math.h>
#include <omp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "plan.h"
#include "probegate.h"
#include "simd.h"

#define UNROLL _Pragma("GCC unroll 16")
#define NOINLINE __attribute__((noinline))

/* Register tile of the matmul: ROWS x (VECS * 16) sums live in registers while k runs.
 * 8 x 48 fills 24 of 32 wide registers, 6 x 16 fills 12 of 16 AVX2 ones; both keep two fused
 * multiply-adds a cycle fed from few loads. HALF_ROWS is the same for tiles of one and a half vectors, 0 where
 * they do not pay. Every width divides PANEL_MAX of plan.h. */
#if defined(PG_AVX512)
#define ROWS 8
#define VECS 3
#define HALF_ROWS 8
#elif defined(PG_AVX2)
#define ROWS 6
#define VECS 1
#define HALF_ROWS 4
#elif defined(PG_NEON) /* 24 sums of four floats, 4 registers of b, one of a: 29 of 32 */
#define ROWS 6
#define VECS 1
#define HALF_ROWS 4
#else
#define ROWS 4
#define VECS 1
#define HALF_ROWS 0
#endif
#define PANEL (VECS * LANES)
#define VECS_MAX (VECS == 1 ? 6 : VECS) /* one row of a takes six panels at once */

typedef struct {
    int64_t from, to;
} span_t;

/* This thread's part of 0..n, in whole steps of `step`; equal parts, in thread order. */
INLINE span_t span(int64_t n, int64_t step) {
    const int64_t id = omp_get_thread_num(), team = omp_get_num_threads();
    const int64_t steps = (n + step - 1) / step;
    span_t s = {id * steps / team * step, (id + 1) * steps / team * step};
    if (s.from > n) s.from = n;
    if (s.to > n) s.to = n;
    return s;
}

/* TOKEN_BLOCK rows of a span at a time: what one operation leaves of them is still in the second cache when the next
 * one reads it. */
#define EACH_BLOCK(rows, all)                                                                                   \
    for (span_t every_##rows = (all), rows = first_block(every_##rows); rows.from < rows.to;                    \
         rows = next_block(rows, every_##rows))
INLINE int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE span_t first_block(span_t all) { return (span_t){all.from, lesser(all.to, all.from + TOKEN_BLOCK)}; }
INLINE span_t next_block(span_t rows, span_t all) {
    return (span_t){rows.to, lesser(all.to, rows.to + TOKEN_BLOCK)};
}
INLINE int64_t greater(int64_t a, int64_t b) { return a > b ? a : b; }

/* Lanes of the vector at column c of a row n wide. */
INLINE int lanes_at(int64_t c, int64_t n) { return (int)lesser(LANES, n - c); }
INLINE vf vload_at(const float *row, int64_t c, int64_t n) {
    return n - c >= LANES ? vload(row + c) : vload_part(row + c, lanes_at(c, n));
}
/* The first `left` lanes of v, `fill` behind: most vectors of a block are whole. */
INLINE vf vkeep_left(vf v, int64_t left, vf fill) { return left >= LANES ? v : vkeep_first(v, (int)left, fill); }
INLINE void vstore_at(float *row, int64_t c, int64_t n, vf v) {
    if (n - c >= LANES) vstore(row + c, v);
    else vstore_part(row + c, v, lanes_at(c, n));
}

#endif
