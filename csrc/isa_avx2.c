/* AVX2 with fused multiply-add: x86-64 since 2013. */
#if defined(__x86_64__) && defined(__GNUC__)
#pragma GCC target("avx2,fma")
#define PG_AVX2
#define PG_ISA_NAME "avx2"
#define PG_TABLE pg_kernels_avx2
#include "operations.h"
#else
typedef int pg_no_avx2; /* a translation unit may not be empty */
#endif
