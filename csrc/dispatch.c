/* dispatch.c: which instruction sets this machine runs, and what this library was built from. */
#include "probegate.h"

#include <string.h>

extern const pg_kernels pg_kernels_portable;
#if defined(__x86_64__) && defined(__GNUC__)
extern const pg_kernels pg_kernels_avx2, pg_kernels_avx512;
#elif defined(__aarch64__) && defined(__GNUC__)
extern const pg_kernels pg_kernels_neon;
#endif

const pg_kernels *pg_select(const char *isa) {
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (strcmp(isa, "avx512") == 0)
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
                   ? &pg_kernels_avx512
                   : NULL;
    if (strcmp(isa, "avx2") == 0) return avx2 ? &pg_kernels_avx2 : NULL;
#elif defined(__aarch64__) && defined(__GNUC__)
    if (strcmp(isa, "neon") == 0) return &pg_kernels_neon;
#endif
    return strcmp(isa, "portable") == 0 ? &pg_kernels_portable : NULL;
}

const char *pg_source_digest(void) { return PG_SOURCE_DIGEST; }

const char *pg_build_info(void) { return PG_BUILD_INFO; }
