/* NEON: every 64-bit Arm processor has it, with fused multiply-add. */
#if defined(__aarch64__) && defined(__GNUC__)
#define PG_NEON
#define PG_ISA_NAME "neon"
#define PG_TABLE pg_kernels_neon
#include "operations.h"
#else
typedef int pg_no_neon; /* a translation unit may not be empty */
#endif
