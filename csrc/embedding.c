/* embedding.c: rows of a table, and their gradient. */

static void embedding_rows(float *y, const float *w, const int32_t *token, span_t rows, int64_t C) {
    for (int64_t n = rows.from; n < rows.to; ++n) memcpy(y + n * C, w + token[n] * C, (size_t)C * sizeof *y);
}

static void embedding_forward(float *y, const float *w, const int32_t *token, int64_t N, int64_t C) {
    embedding_rows(y, w, token, span(N, 1), C);
#pragma omp barrier
}

/* y[n] = w[token[n]]:  dw[token[n]] += dy[n]. Threads divide the vocabulary, not the tokens: each row of dw is
 * then summed by one thread, in order of n. */
static void embedding_backward(float *dw, const float *dy, const int32_t *token, int64_t N, int64_t V, int64_t C) {
    (void)V;
    const int32_t id = omp_get_thread_num(), team = omp_get_num_threads();
    for (int64_t n = 0; n < N; ++n) {
        if (token[n] % team != id) continue; /* neighbouring ids are used together, so they are dealt out */
        float *row = dw + token[n] * C;
        for (int64_t c = 0; c < C; c += LANES)
            vstore_at(row, c, C, vadd(vload_at(row, c, C), vload_at(dy + n * C, c, C)));
    }
#pragma omp barrier
}
