/* table.c: the finished table of one instruction set. */

const pg_kernels PG_TABLE = {
    .isa = PG_ISA_NAME,
#if defined(PG_AVX512) || defined(PG_AVX2) || defined(PG_NEON)
    .fused_multiply_add = 1,
#else
    .fused_multiply_add = 0,
#endif
    .pack_weight = pack_weight,
    .matmul = matmul,
    .matmul_weight_backward = matmul_weight_backward,
    .rmsnorm_forward = rmsnorm_forward,
    .rmsnorm_backward = rmsnorm_backward,
    .qknorm_rope_forward = qknorm_rope_forward,
    .qknorm_rope_backward = qknorm_rope_backward,
    .attention_forward = attention_forward,
    .attention_backward = attention_backward,
    .swiglu_forward = swiglu_forward,
    .swiglu_backward = swiglu_backward,
    .cross_entropy = cross_entropy,
    .embedding_forward = embedding_forward,
    .embedding_backward = embedding_backward,
    .adamw = adamw,
    .pack_model = pack_model,
    .forward = forward,
    .train = train,
    .generate = generate,
    .fma_peak = fma_peak,
    .memory_peak = memory_peak,
};
