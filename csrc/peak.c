/* peak.c: what this machine can do at most, for the benchmarks to divide by. No pass uses it. */

/* Chains that fill the registers beside two constants: a vf is one register on AVX-512, two on AVX2, four
 * (of SSE or NEON) elsewhere. A fused multiply-add takes four cycles and two start in each, so eight would do. */
#if defined(PG_AVX512)
#define CHAINS 12
#elif defined(PG_AVX2)
#define CHAINS 6
#else
#define CHAINS 3
#endif

static double fma_peak(float *seed, int64_t rounds, int32_t threads) {
    float sum = 0.0f;
    double flops = 0.0;
#pragma omp parallel num_threads(threads) reduction(+ : sum, flops)
    {
        const vf factor = vset(seed[0]), addend = vset(seed[1]);
        float start[CHAINS * LANES]; /* all different: of equal registers the compiler would keep but one */
        for (int i = 0; i < CHAINS * LANES; ++i) start[i] = seed[1] * (float)i;
        vf chain[CHAINS];
        UNROLL for (int i = 0; i < CHAINS; ++i) chain[i] = vload(start + i * LANES);
        for (int64_t r = 0; r < rounds; ++r) {
            UNROLL for (int i = 0; i < CHAINS; ++i) chain[i] = vfma(chain[i], factor, addend);
        }
        for (int i = 0; i < CHAINS; ++i) sum += vsum(chain[i]) / (float)(CHAINS * LANES);
        flops = 2.0 * CHAINS * LANES * (double)rounds;
    }
    seed[2] = sum / (float)threads;
    return flops;
}

static double memory_peak(float *a, const float *b, const float *c, float scale, int64_t n, int32_t threads) {
#pragma omp parallel num_threads(threads)
    {
        const span_t mine = span(n, LANES);
        const vf s = vset(scale);
        for (int64_t i = mine.from; i < mine.to; i += LANES)
            vstore_at(a, i, n, vfma(s, vload_at(c, i, n), vload_at(b, i, n)));
    }
    return 3.0 * sizeof(float) * (double)n;
}
