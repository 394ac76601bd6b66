/* decode.c: greedy decoding of many rows at once. Each round is a forward pass with one token a row; a row that is
 * done leaves the batch, and since no row's result depends on its neighbours, nobody notices. */

static int32_t argmax(const float *z, int64_t V) {
    int64_t best = 0;
    for (int64_t v = 1; v < V; ++v)
        if (z[v] > z[best]) best = v; /* strictly: ties go to the lowest id */
    return (int32_t)best;
}

/* Takes the next token of row r; returns 1 while the row goes on. */
INLINE int accept(int32_t token, int32_t position, int64_t r, int32_t max_new, int32_t eos, int32_t context,
                  int32_t *out, int32_t *count, int32_t *stop) {
    if (token == eos) {
        stop[r] = 0;
        return 0;
    }
    if (count[r] < max_new) out[r * max_new + count[r]++] = token;
    if (count[r] == max_new) {
        stop[r] = 1;
        return 0;
    }
    if (position >= context) { /* no place left to feed this token from */
        stop[r] = 2;
        return 0;
    }
    return 1;
}

static int32_t generate(const pg_model *model, pg_arena *arena, const pg_cache *cache, int32_t rows,
                        const int32_t *next, const int32_t *position, const int32_t *slot, int32_t max_new,
                        int32_t eos, int32_t *out, int32_t *count, int32_t *stop) {
    const int64_t V = model->config.vocab_size;
    const int32_t context = lesser(model->config.context_len, cache->capacity);
    /* the head of the arena: what the live rows feed, and their logits */
    int32_t *row = (int32_t *)arena->memory, *token = row + rows, *at = token + rows, *where = at + rows;
    int32_t *starts = where + rows, *select = starts + rows + 1;
    const int64_t ints = pg_round_up((6 * (int64_t)rows + 1) * 4, 64), head = pg_decode_bytes(rows, V);
    float *logits = (float *)(arena->memory + ints);
    if (head > arena->bytes) return PG_ARENA_TOO_SMALL;
    pg_arena rest = {arena->memory + head, arena->bytes - head, arena->threads, -1};
    int32_t live = 0;
    for (int32_t r = 0; r < rows; ++r) {
        count[r] = 0;
        if (!accept(next[r], position[r], r, max_new, eos, context, out, count, stop)) continue;
        row[live] = r;
        token[live] = next[r];
        at[live] = position[r];
        where[live++] = slot[r];
    }
    for (int32_t i = 0; i <= rows; ++i) starts[i] = i;
    for (int32_t i = 0; i < rows; ++i) select[i] = i;
    while (live > 0) {
        const pg_batch batch = {.tokens = live, .rows = live, .longest = 1, .selected = live, .token = token,
                                .row_start = starts, .select = select, .start = at, .slot = where};
        const int32_t status = forward(model, &batch, &rest, cache, logits, NULL);
        arena->smashed = rest.smashed;
        if (status != PG_OK) return status;
        int32_t kept = 0;
        for (int32_t i = 0; i < live; ++i) {
            const int32_t t = argmax(logits + i * V, V), r = row[i];
            if (!accept(t, at[i] + 1, r, max_new, eos, context, out, count, stop)) continue;
            row[kept] = r;
            token[kept] = t;
            at[kept] = at[i] + 1;
            where[kept++] = where[i];
        }
        live = kept;
    }
    return PG_OK;
}
