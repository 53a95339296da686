/*
 * Fuzz target: any bytes as a model file, as they are and with the checksums made to fit (else only
 * the checksums would be tested). What must hold: refused with a reason, or every answer is safe.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "readalike/dense.h"
#include "readalike/factors.h"
#include "readalike/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void ask_everything(const struct ra_model *model)
{
    size_t n_items = ra_model_n_items(model), n, sum = 0;
    for (uint32_t item = 0; item < n_items; item++) {
        uint32_t found;
        require(ra_model_find_item(model, ra_model_item_id(model, item), &found));
        require(found == item);
        const char *card = ra_model_card(model, item, &n);
        require(card[0] == '{' && card[n - 1] != '}');
        sum += strlen(ra_model_title(model, item));
        sum += strlen(ra_model_author_name(model, ra_model_author(model, item)));
        sum += strlen(ra_model_language_name(model, ra_model_language(model, item)));
        struct ra_similar similar = ra_model_similar(model, item);
        for (size_t i = 0; i < similar.n; i++)
            require(similar.item_ix[i] < n_items && similar.score[i] > 0);
    }
    require(sum < SIZE_MAX && ra_model_version_ok(ra_model_version(model)));
}

/* Folds a reader in and scores all books: whatever the numbers are, no score is NaN or infinite. */
static void score_by_factors(const struct ra_model *model)
{
    const struct ra_factors *factors = ra_model_factors(model);
    if (!factors || factors->n_items == 0 || factors->n_factors > 64)
        return;
    float *scratch = calloc(ra_factors_scratch_n(factors), sizeof *scratch);
    float *scores = calloc(factors->n_items, sizeof *scores);
    float vector[64] = {0}, value = 1;
    const uint32_t liked = 0;
    require(scratch && scores);
    ra_factors_fold_in(factors, &liked, &value, 1, scratch, vector);
    ra_factors_score(factors, vector, 1, scores);
    for (uint32_t item = 0; item < factors->n_items; item++)
        require(scores[item] > -1e35f && scores[item] < 1e35f);
    free(scratch);
    free(scores);
}

static void open_bytes(const uint8_t *bytes, size_t size)
{
    struct ra_err err = {0};
    struct ra_model *model = model_read(bytes, size, &err);
    if (model) {
        ask_everything(model);
        score_by_factors(model);
    } else {
        require(err.code != RA_OK && err.text[0]);
    }
    ra_model_unref(model);
}

static void fix_checksums(uint8_t *bytes, size_t size)
{
    struct model_head *head = (struct model_head *)(void *)bytes;
    for (uint32_t i = 0; i < head->header.n_sections && i < MODEL_MAX_SECTIONS; i++) {
        struct model_entry *entry = &head->table[i];
        if (entry->offset <= size && entry->bytes <= size - entry->offset)
            entry->checksum = ra_hash64(bytes + entry->offset, entry->bytes, 0);
    }
    head->header.file_bytes = size;
    head->header.checksum = model_head_checksum(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ra_dense_single_thread();
    void *bytes = NULL;
    if (posix_memalign(&bytes, MODEL_ALIGN, size ? size : 1) != 0)
        return 0;
    if (size)
        memcpy(bytes, data, size);
    open_bytes(bytes, size);
    if (size >= MODEL_HEAD_BYTES) {
        fix_checksums(bytes, size);
        open_bytes(bytes, size);
    }
    free(bytes);
    return 0;
}
