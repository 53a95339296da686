#ifndef READALIKE_MODEL_H
#define READALIKE_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/* clang-format off */
/*
 * The model file: one immutable file of named, 64-byte aligned sections, mapped read-only and
 * shared by every process of the host. docs/model-file.md has the layout byte by byte.
 *
 * Books are numbered by item_ix, 0 to n_items - 1, most rated first (ties by book id): that number
 * is the row in every section and the document number of the title index.
 *
 * section         dtype  shape          what
 *
 * meta            bytes  (n)            JSON: version, algorithm, hyper-parameters, fingerprint...
 * item_ids        i64    (n_items)      book ids of the store
 * id_order        u32    (n_items)      item_ix by ascending book id, for look-ups
 * cards           bytes  (n)            each book's JSON without its closing brace, ready to send
 * card_offsets    u64    (n_items + 1)
 * titles          bytes  (n)            titles as shown, each NUL-terminated
 * title_offsets   u64    (n_items)
 * rating_count    u32    (n_items)      ratings and "read" marks, ours or else the source's
 * rating_mean     f32    (n_items)      Bayesian mean of ours; NaN when nobody rated
 * years           i32    (n_items)      0 unknown
 * language        u32    (n_items)      row of language_names
 * author          u32    (n_items)      row of author_names
 * language_names  bytes  (n)            folded, each NUL-terminated; row 0 is ""
 * author_names    bytes  (n)            likewise
 * similar_start   u64    (n_items + 1)  row bounds of the next two; all three or none
 * similar_ix      u32    (n_similar)    neighbours, best first
 * similar_score   f32    (n_similar)    falling within a row, > 0
 * map             f32    (n_placed, 2)  the first books on a map (layout.h), NaN: not placed; optional
 * title_index     bytes  (n)            see title.h; optional
 *
 * popularity      f32    (n_items)      another order of popular books; optional
 *
 * A model of kind "factors" has, instead of similar_*:
 *
 * item_factors    f32    (n_items, n_factors)
 * item_bias       f32    (n_items)      optional
 * gram            f32    (n_factors, n_factors)  alpha0 G of ridge.h; when alpha0 is above 0
 * user_ids        i64    (n_users)      rising; optional, with the next
 * user_factors    f32    (n_users, n_factors)
 */
/* clang-format on */
enum ra_dtype { RA_BYTES, RA_U32, RA_I32, RA_U64, RA_I64, RA_F32, RA_DTYPE_COUNT };

#define RA_SECTION_NAME 24 /* bytes, NUL included */
#define RA_VERSION_MAX 64  /* characters of a version */

/*
 * Whether `version` can name a model, and so a file: 1 to RA_VERSION_MAX letters, digits, '.', '_'
 * and '-', no dot in front.
 */
bool ra_model_version_ok(const char *version);

/* Writes a model file; one thread at a time. Sections are copied to the file as they are added. */
struct ra_model_writer;
struct ra_model_writer *ra_model_writer_create(const char *path, struct ra_err *err) RA_MUST_CHECK;
bool ra_model_writer_add(struct ra_model_writer *writer, const char *name, enum ra_dtype dtype,
                         uint64_t rows, uint64_t cols, const void *data,
                         struct ra_err *err) RA_MUST_CHECK;
/* Publishes by fsync and rename. Both end the writer; abort accepts NULL and leaves no file. */
bool ra_model_writer_commit(struct ra_model_writer *writer, struct ra_err *err) RA_MUST_CHECK;
void ra_model_writer_abort(struct ra_model_writer *writer);

/* Immutable once open: any thread may read it. */
struct ra_model;

/*
 * Maps the file and checks all of it: magic, version, endianness, sizes, alignment, the checksum of
 * every section, and that each index and offset in the sections above is inside its bounds.
 * NULL on failure: RA_ERR_NOT_FOUND, RA_ERR_IO, or RA_ERR_CORRUPT with what is wrong.
 */
struct ra_model *ra_model_open(const char *path, struct ra_err *err) RA_MUST_CHECK;
struct ra_model *ra_model_ref(struct ra_model *model);
void ra_model_unref(struct ra_model *model); /* NULL is fine; the last one unmaps */

struct ra_section {
    const void *data; /* 64-byte aligned; NULL when the section is absent */
    enum ra_dtype dtype;
    uint64_t rows, cols, bytes;
};
struct ra_section ra_model_section(const struct ra_model *model, const char *name);

/* All results below are borrowed from the mapping. */
size_t ra_model_n_items(const struct ra_model *model);
const char *ra_model_version(const struct ra_model *model);             /* from meta */
const char *ra_model_algorithm(const struct ra_model *model);           /* from meta */
const char *ra_model_meta(const struct ra_model *model, size_t *out_n); /* JSON */

int64_t ra_model_item_id(const struct ra_model *model, uint32_t item_ix);
bool ra_model_find_item(const struct ra_model *model, int64_t book_id, uint32_t *out_item_ix);

/* `{"id":1,...` without the closing brace, so that more fields can follow. */
const char *ra_model_card(const struct ra_model *model, uint32_t item_ix, size_t *out_n);
const char *ra_model_title(const struct ra_model *model, uint32_t item_ix);
uint32_t ra_model_rating_count(const struct ra_model *model, uint32_t item_ix);
float ra_model_rating_mean(const struct ra_model *model, uint32_t item_ix);

/* (n_items) what popular books are ordered by, more first; NULL: as they are numbered. */
const float *ra_model_popularity(const struct ra_model *model);

/* Neighbours of one book, best first. */
struct ra_similar {
    const uint32_t *item_ix; /* (n) */
    const float *score;      /* (n) */
    size_t n;
};
struct ra_similar ra_model_similar(const struct ra_model *model, uint32_t item_ix);

/*
 * Of a model of kind "factors"; NULL for others. The pointers lead into the mapping, which is
 * read-only.
 */
struct ra_factors;
const struct ra_factors *ra_model_factors(const struct ra_model *model);

/* What the ratings were that it was trained on, and how they became weights (train.h). */
struct ra_rating_scale {
    double weight, mean, lowest, highest;
};
struct ra_rating_scale ra_model_scale(const struct ra_model *model);

/* What filters look at. */
int ra_model_year(const struct ra_model *model, uint32_t item_ix);
uint32_t ra_model_author(const struct ra_model *model, uint32_t item_ix);
uint32_t ra_model_language(const struct ra_model *model, uint32_t item_ix);
size_t ra_model_n_authors(const struct ra_model *model);
size_t ra_model_n_languages(const struct ra_model *model);
const char *ra_model_author_name(const struct ra_model *model, uint32_t author);     /* folded */
const char *ra_model_language_name(const struct ra_model *model, uint32_t language); /* folded */

#endif
