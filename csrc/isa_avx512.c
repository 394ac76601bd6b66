/* AVX-512 (F, DQ, VL, BW): 32 registers of 16 floats. */
#if defined(__x86_64__) && defined(__GNUC__)
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma,prefer-vector-width=512")
#define PG_AVX512
#define PG_ISA_NAME "avx512"
#define PG_TABLE pg_kernels_avx512
#include "operations.h"
#else
typedef int pg_no_avx512; /* a translation unit may not be empty */
#endif
