/* simd.h: sixteen float lanes, whatever the machine.
 *
 * Every operation is written once, over the type `vf` (16 logical lanes). A wide machine holds a vf in one
 * register, AVX2 in two, NEON in four, the portable path in an array. Sixteen everywhere, and one fixed tree
 * for sums, is what makes the bits agree between instruction sets: which lane an element falls into, and the
 * order in which lanes meet, is part of the result. The portable path rounds twice in vfma, so only the paths
 * with fused multiply-add agree bit for bit.
 *
 * vmax(a, b) is "a > b ? a : b" and vmin likewise, so a NaN in `b` comes through: callers put data second.
 */
#ifndef PG_SIMD_H
#define PG_SIMD_H

#include <stdint.h>
#include <string.h>

#define LANES 16
#define INLINE static inline __attribute__((always_inline))

#if defined(PG_AVX512)
#include <immintrin.h>

typedef __m512 vf;

INLINE vf vzero(void) { return _mm512_setzero_ps(); }
INLINE vf vset(float x) { return _mm512_set1_ps(x); }
INLINE vf vload(const float *p) { return _mm512_loadu_ps(p); }
INLINE void vstore(float *p, vf a) { _mm512_storeu_ps(p, a); }
INLINE vf vadd(vf a, vf b) { return _mm512_add_ps(a, b); }
INLINE vf vsub(vf a, vf b) { return _mm512_sub_ps(a, b); }
INLINE vf vmul(vf a, vf b) { return _mm512_mul_ps(a, b); }
INLINE vf vdiv(vf a, vf b) { return _mm512_div_ps(a, b); }
INLINE vf vsqrt(vf a) { return _mm512_sqrt_ps(a); }
INLINE vf vfma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vf vmax(vf a, vf b) { return _mm512_max_ps(a, b); }
INLINE vf vmin(vf a, vf b) { return _mm512_min_ps(a, b); }

/* First n lanes of memory, zeros behind; never touches memory past n. 0 <= n <= 16. */
INLINE vf vload_part(const float *p, int n) {
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1u), p);
}
INLINE void vstore_part(float *p, vf a, int n) {
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1u), a);
}
/* First n lanes of a, `fill` behind; n may lie outside 0..16. */
INLINE vf vkeep_first(vf a, int n, vf fill) {
    const int m = n < 0 ? 0 : n > LANES ? LANES : n;
    return _mm512_mask_mov_ps(fill, (__mmask16)((1u << m) - 1u), a);
}
/* x < limit ? low : high, lane by lane */
INLINE vf vless(vf x, vf limit, vf low, vf high) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, limit, _CMP_LT_OQ), high, low);
}
/* y * 2^n, n read from the low bits of t = n + 1.5 * 2^23 */
INLINE vf vscale2(vf y, vf t) {
    const __m512i e = _mm512_slli_epi32(_mm512_castps_si512(t), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(y), e));
}
#define PG_HALVES(v, lo, hi) \
    const __m256 lo = _mm512_castps512_ps256(v), hi = _mm512_extractf32x8_ps(v, 1)

typedef __m256 vh;

#elif defined(PG_AVX2)
#include <immintrin.h>

typedef struct {
    __m256 a, b;
} vf;

INLINE vf vpair(__m256 a, __m256 b) {
    const vf r = {a, b};
    return r;
}
INLINE vf vzero(void) { return vpair(_mm256_setzero_ps(), _mm256_setzero_ps()); }
INLINE vf vset(float x) { return vpair(_mm256_set1_ps(x), _mm256_set1_ps(x)); }
INLINE vf vload(const float *p) { return vpair(_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)); }
INLINE void vstore(float *p, vf a) {
    _mm256_storeu_ps(p, a.a);
    _mm256_storeu_ps(p + 8, a.b);
}
INLINE vf vadd(vf a, vf b) { return vpair(_mm256_add_ps(a.a, b.a), _mm256_add_ps(a.b, b.b)); }
INLINE vf vsub(vf a, vf b) { return vpair(_mm256_sub_ps(a.a, b.a), _mm256_sub_ps(a.b, b.b)); }
INLINE vf vmul(vf a, vf b) { return vpair(_mm256_mul_ps(a.a, b.a), _mm256_mul_ps(a.b, b.b)); }
INLINE vf vdiv(vf a, vf b) { return vpair(_mm256_div_ps(a.a, b.a), _mm256_div_ps(a.b, b.b)); }
INLINE vf vsqrt(vf a) { return vpair(_mm256_sqrt_ps(a.a), _mm256_sqrt_ps(a.b)); }
INLINE vf vfma(vf a, vf b, vf c) {
    return vpair(_mm256_fmadd_ps(a.a, b.a, c.a), _mm256_fmadd_ps(a.b, b.b, c.b));
}
INLINE vf vmax(vf a, vf b) { return vpair(_mm256_max_ps(a.a, b.a), _mm256_max_ps(a.b, b.b)); }
INLINE vf vmin(vf a, vf b) { return vpair(_mm256_min_ps(a.a, b.a), _mm256_min_ps(a.b, b.b)); }

INLINE __m256i vmask8(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE vf vload_part(const float *p, int n) {
    /* p + 8 may lie past the object when n <= 8; the mask keeps it from being read. */
    return vpair(_mm256_maskload_ps(p, vmask8(n)),
                 n > 8 ? _mm256_maskload_ps(p + 8, vmask8(n - 8)) : _mm256_setzero_ps());
}
INLINE void vstore_part(float *p, vf a, int n) {
    _mm256_maskstore_ps(p, vmask8(n), a.a);
    if (n > 8) _mm256_maskstore_ps(p + 8, vmask8(n - 8), a.b);
}
INLINE vf vkeep_first(vf a, int n, vf fill) {
    return vpair(_mm256_blendv_ps(fill.a, a.a, _mm256_castsi256_ps(vmask8(n))),
                 _mm256_blendv_ps(fill.b, a.b, _mm256_castsi256_ps(vmask8(n - 8))));
}
INLINE vf vless(vf x, vf limit, vf low, vf high) {
    return vpair(_mm256_blendv_ps(high.a, low.a, _mm256_cmp_ps(x.a, limit.a, _CMP_LT_OQ)),
                 _mm256_blendv_ps(high.b, low.b, _mm256_cmp_ps(x.b, limit.b, _CMP_LT_OQ)));
}
INLINE __m256 vscale2_half(__m256 y, __m256 t) {
    const __m256i e = _mm256_slli_epi32(_mm256_castps_si256(t), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(y), e));
}
INLINE vf vscale2(vf y, vf t) { return vpair(vscale2_half(y.a, t.a), vscale2_half(y.b, t.b)); }
#define PG_HALVES(v, lo, hi) const __m256 lo = (v).a, hi = (v).b

typedef __m256 vh;
#elif defined(PG_NEON)
#include <arm_neon.h>

typedef struct {
    float32x4_t a, b, c, d;
} vf;

INLINE vf vfour(float32x4_t a, float32x4_t b, float32x4_t c, float32x4_t d) {
    const vf r = {a, b, c, d};
    return r;
}
INLINE vf vset(float x) { return vfour(vdupq_n_f32(x), vdupq_n_f32(x), vdupq_n_f32(x), vdupq_n_f32(x)); }
INLINE vf vzero(void) { return vset(0.0f); }
INLINE vf vload(const float *p) { return vfour(vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)); }
INLINE void vstore(float *p, vf x) {
    vst1q_f32(p, x.a);
    vst1q_f32(p + 4, x.b);
    vst1q_f32(p + 8, x.c);
    vst1q_f32(p + 12, x.d);
}
#define PG_FOUR(f, x, y) vfour(f((x).a, (y).a), f((x).b, (y).b), f((x).c, (y).c), f((x).d, (y).d))
INLINE vf vadd(vf x, vf y) { return PG_FOUR(vaddq_f32, x, y); }
INLINE vf vsub(vf x, vf y) { return PG_FOUR(vsubq_f32, x, y); }
INLINE vf vmul(vf x, vf y) { return PG_FOUR(vmulq_f32, x, y); }
INLINE vf vdiv(vf x, vf y) { return PG_FOUR(vdivq_f32, x, y); }
INLINE vf vsqrt(vf x) { return vfour(vsqrtq_f32(x.a), vsqrtq_f32(x.b), vsqrtq_f32(x.c), vsqrtq_f32(x.d)); }
INLINE vf vfma(vf x, vf y, vf z) { /* the machine's operand order is z + x * y */
    return vfour(vfmaq_f32(z.a, x.a, y.a), vfmaq_f32(z.b, x.b, y.b), vfmaq_f32(z.c, x.c, y.c),
                 vfmaq_f32(z.d, x.d, y.d));
}
/* Not vmaxq_f32, which returns the NaN of either side. */
INLINE float32x4_t vmax4(float32x4_t x, float32x4_t y) { return vbslq_f32(vcgtq_f32(x, y), x, y); }
INLINE float32x4_t vmin4(float32x4_t x, float32x4_t y) { return vbslq_f32(vcltq_f32(x, y), x, y); }
INLINE vf vmax(vf x, vf y) { return PG_FOUR(vmax4, x, y); }
INLINE vf vmin(vf x, vf y) { return PG_FOUR(vmin4, x, y); }

INLINE vf vload_part(const float *p, int n) {
    float f[LANES] = {0};
    for (int i = 0; i < n; ++i) f[i] = p[i];
    return vload(f);
}
INLINE void vstore_part(float *p, vf x, int n) {
    float f[LANES];
    vstore(f, x);
    for (int i = 0; i < n; ++i) p[i] = f[i];
}
INLINE float32x4_t vkeep4(float32x4_t x, int n, float32x4_t fill) {
    static const int32_t lane[4] = {0, 1, 2, 3};
    return vbslq_f32(vcltq_s32(vld1q_s32(lane), vdupq_n_s32(n)), x, fill);
}
INLINE vf vkeep_first(vf x, int n, vf fill) {
    return vfour(vkeep4(x.a, n, fill.a), vkeep4(x.b, n - 4, fill.b), vkeep4(x.c, n - 8, fill.c),
                 vkeep4(x.d, n - 12, fill.d));
}
INLINE vf vless(vf x, vf limit, vf low, vf high) {
    return vfour(vbslq_f32(vcltq_f32(x.a, limit.a), low.a, high.a), vbslq_f32(vcltq_f32(x.b, limit.b), low.b, high.b),
                 vbslq_f32(vcltq_f32(x.c, limit.c), low.c, high.c), vbslq_f32(vcltq_f32(x.d, limit.d), low.d, high.d));
}
INLINE float32x4_t vscale4(float32x4_t y, float32x4_t t) {
    const int32x4_t e = vshlq_n_s32(vreinterpretq_s32_f32(t), 23);
    return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(y), e));
}
INLINE vf vscale2(vf y, vf t) { return PG_FOUR(vscale4, y, t); }

#else /* portable C */

typedef struct {
    float f[LANES];
} vf;

#define PG_EACH(r, e)                 \
    vf r;                             \
    for (int i = 0; i < LANES; ++i) r.f[i] = (e); \
    return r

INLINE vf vset(float x) { PG_EACH(r, x); }
INLINE vf vzero(void) { return vset(0.0f); }
INLINE vf vload(const float *p) { PG_EACH(r, p[i]); }
INLINE void vstore(float *p, vf a) { memcpy(p, a.f, sizeof a.f); }
INLINE vf vadd(vf a, vf b) { PG_EACH(r, a.f[i] + b.f[i]); }
INLINE vf vsub(vf a, vf b) { PG_EACH(r, a.f[i] - b.f[i]); }
INLINE vf vmul(vf a, vf b) { PG_EACH(r, a.f[i] * b.f[i]); }
INLINE vf vdiv(vf a, vf b) { PG_EACH(r, a.f[i] / b.f[i]); }
INLINE vf vsqrt(vf a) { PG_EACH(r, __builtin_sqrtf(a.f[i])); }
INLINE vf vfma(vf a, vf b, vf c) { PG_EACH(r, a.f[i] * b.f[i] + c.f[i]); }
INLINE vf vmax(vf a, vf b) { PG_EACH(r, a.f[i] > b.f[i] ? a.f[i] : b.f[i]); }
INLINE vf vmin(vf a, vf b) { PG_EACH(r, a.f[i] < b.f[i] ? a.f[i] : b.f[i]); }
INLINE vf vload_part(const float *p, int n) {
    vf r = vzero();
    for (int i = 0; i < n; ++i) r.f[i] = p[i];
    return r;
}
INLINE void vstore_part(float *p, vf a, int n) {
    for (int i = 0; i < n; ++i) p[i] = a.f[i];
}
INLINE vf vkeep_first(vf a, int n, vf fill) { PG_EACH(r, i < n ? a.f[i] : fill.f[i]); }
INLINE vf vless(vf x, vf limit, vf low, vf high) {
    PG_EACH(r, x.f[i] < limit.f[i] ? low.f[i] : high.f[i]);
}
INLINE vf vscale2(vf y, vf t) {
    vf r;
    uint32_t a[LANES], b[LANES];
    memcpy(a, y.f, sizeof a);
    memcpy(b, t.f, sizeof b);
    for (int i = 0; i < LANES; ++i) a[i] += b[i] << 23;
    memcpy(r.f, a, sizeof a);
    return r;
}

typedef struct {
    float f[LANES / 2];
} vh;
#endif

/* Half a vector, 8 lanes: enough of it for a tile. */
#if defined(PG_HALVES)
INLINE vh vhzero(void) { return _mm256_setzero_ps(); }
INLINE vh vhset(float x) { return _mm256_set1_ps(x); }
INLINE vh vhload(const float *p) { return _mm256_loadu_ps(p); }
INLINE void vhstore(float *p, vh a) { _mm256_storeu_ps(p, a); }
INLINE vh vhadd(vh a, vh b) { return _mm256_add_ps(a, b); }
INLINE vh vhfma(vh a, vh b, vh c) { return _mm256_fmadd_ps(a, b, c); }
#elif defined(PG_NEON)
typedef struct {
    float32x4_t a, b;
} vh;

INLINE vh vhset(float x) { return (vh){vdupq_n_f32(x), vdupq_n_f32(x)}; }
INLINE vh vhzero(void) { return vhset(0.0f); }
INLINE vh vhload(const float *p) { return (vh){vld1q_f32(p), vld1q_f32(p + 4)}; }
INLINE void vhstore(float *p, vh x) {
    vst1q_f32(p, x.a);
    vst1q_f32(p + 4, x.b);
}
INLINE vh vhadd(vh x, vh y) { return (vh){vaddq_f32(x.a, y.a), vaddq_f32(x.b, y.b)}; }
INLINE vh vhfma(vh x, vh y, vh z) { return (vh){vfmaq_f32(z.a, x.a, y.a), vfmaq_f32(z.b, x.b, y.b)}; }
#else
#define PG_EACH_HALF(e)               \
    vh r;                             \
    for (int i = 0; i < LANES / 2; ++i) r.f[i] = (e); \
    return r

INLINE vh vhset(float x) { PG_EACH_HALF(x); }
INLINE vh vhzero(void) { return vhset(0.0f); }
INLINE vh vhload(const float *p) { PG_EACH_HALF(p[i]); }
INLINE void vhstore(float *p, vh a) { memcpy(p, a.f, sizeof a.f); }
INLINE vh vhadd(vh a, vh b) { PG_EACH_HALF(a.f[i] + b.f[i]); }
INLINE vh vhfma(vh a, vh b, vh c) { PG_EACH_HALF(a.f[i] * b.f[i] + c.f[i]); }
#endif

/* Sum and maximum over lanes by one tree: lane i meets i+8, then i+4, i+2, i+1. */
#if defined(PG_HALVES)
INLINE float vsum(vf v) {
    PG_HALVES(v, lo, hi);
    const __m256 s8 = _mm256_add_ps(lo, hi);
    const __m128 s4 = _mm_add_ps(_mm256_castps256_ps128(s8), _mm256_extractf128_ps(s8, 1));
    const __m128 s2 = _mm_add_ps(s4, _mm_movehl_ps(s4, s4));
    return _mm_cvtss_f32(_mm_add_ss(s2, _mm_shuffle_ps(s2, s2, 1)));
}
INLINE float vmaxall(vf v) {
    PG_HALVES(v, lo, hi);
    const __m256 s8 = _mm256_max_ps(lo, hi);
    const __m128 s4 = _mm_max_ps(_mm256_castps256_ps128(s8), _mm256_extractf128_ps(s8, 1));
    const __m128 s2 = _mm_max_ps(s4, _mm_movehl_ps(s4, s4));
    return _mm_cvtss_f32(_mm_max_ss(s2, _mm_shuffle_ps(s2, s2, 1)));
}
#elif defined(PG_NEON)
INLINE float vsum(vf v) {
    const float32x4_t s4 = vaddq_f32(vaddq_f32(v.a, v.c), vaddq_f32(v.b, v.d)); /* i with i+8, then with i+4 */
    const float32x2_t s2 = vadd_f32(vget_low_f32(s4), vget_high_f32(s4));
    return vget_lane_f32(s2, 0) + vget_lane_f32(s2, 1);
}
INLINE float vmaxall(vf v) {
    const float32x4_t s4 = vmax4(vmax4(v.a, v.c), vmax4(v.b, v.d));
    const float32x4_t s2 = vmax4(s4, vextq_f32(s4, s4, 2));
    const float a = vgetq_lane_f32(s2, 0), b = vgetq_lane_f32(s2, 1);
    return a > b ? a : b;
}
#else
INLINE float vsum(vf v) {
    for (int w = 8; w; w >>= 1)
        for (int i = 0; i < w; ++i) v.f[i] = v.f[i] + v.f[i + w];
    return v.f[0];
}
INLINE float vmaxall(vf v) {
    for (int w = 8; w; w >>= 1)
        for (int i = 0; i < w; ++i) v.f[i] = v.f[i] > v.f[i + w] ? v.f[i] : v.f[i + w];
    return v.f[0];
}
#endif

/* e^x: range reduction to |r| <= ln(2)/2, then a polynomial of degree 7 in r.
 *   relative error below 1e-7 for -86.6 <= x <= 88 (measured: 8.3e-8, by tests/engine/test_kernels.py);
 *   exactly 0 below -86.6, so a masked score is a true zero; e^88 above 88; NaN stays NaN. */
INLINE vf vexp(vf x) {
    const vf magic = vset(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer */
    const vf floor_x = vset(-86.6f);
    const vf c = vmin(vset(88.0f), vmax(floor_x, x));
    const vf t = vfma(c, vset(1.44269504f), magic);
    const vf n = vsub(t, magic);
    vf r = vfma(n, vset(-0.693359375f), c);
    r = vfma(n, vset(2.12194440e-4f), r);
    vf p = vset(1.9875691500e-4f);
    p = vfma(p, r, vset(1.3981999507e-3f));
    p = vfma(p, r, vset(8.3334519073e-3f));
    p = vfma(p, r, vset(4.1665795894e-2f));
    p = vfma(p, r, vset(1.6666665459e-1f));
    p = vfma(p, r, vset(5.0000001201e-1f));
    p = vfma(p, vmul(r, r), r);
    const vf y = vscale2(vadd(p, vset(1.0f)), t);
    return vless(x, floor_x, vzero(), y);
}

/* e^x of one number, by the same polynomial: the attention rescale must match its vectors. */
INLINE float sexp(float x) {
    float out[LANES];
    vstore(out, vexp(vset(x)));
    return out[0];
}

/* 1 / (1 + e^-x): relative error below 2.2e-7 for x >= -86 (the exponential's, then one rounding each for
 *   the sum and the quotient); 6.1e-39 = 1 / (1 + e^88) below -88, 1 above 86.6; NaN stays NaN. */
INLINE vf vsigmoid(vf x) {
    const vf one = vset(1.0f);
    return vdiv(one, vadd(one, vexp(vsub(vzero(), x))));
}

/* 1 / sqrt(x): two correctly rounded operations, so the relative error is below 2 * 2^-24 = 1.2e-7; no estimate
 *   instruction, whose bits are a processor's own. 0 of infinity, infinity of 0; NaN below 0 and of NaN. */
INLINE float srsqrt(float x) { return 1.0f / __builtin_sqrtf(x); }

#endif
