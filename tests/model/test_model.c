/* The model file: what was written is read, whatever is damaged is refused. */
#include "../check.h"

#include <sys/stat.h>

#include "../folder.h"
#include "inside.h"
#include "readalike/file.h"
#include "readalike/hash.h"
#include "sample.h"

/* A whole model file in memory, 64-byte aligned, that a test may damage. */
struct image {
    unsigned char *bytes;
    size_t n;
};

static struct folder folder;

static int set_up(void **state)
{
    (void)state;
    return folder_make(&folder);
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static struct image image_of(const struct sample *sample)
{
    char path[512];
    struct ra_err err = {0};
    CHECK_OK(sample_write(sample, folder_file(&folder, "image.model", path), &err), err);
    struct ra_buf buf;
    ra_buf_init(&buf);
    CHECK_OK(ra_file_read(path, 0, &buf, &err), err);
    unlink(path);
    struct image image = {aligned_alloc(64, (buf.len + 4096) / 64 * 64), buf.len};
    assert_non_null(image.bytes);
    memcpy(image.bytes, buf.data, buf.len);
    ra_buf_finish(&buf);
    return image;
}

static struct image good_image(void)
{
    struct sample sample = sample_model();
    return image_of(&sample);
}

/* Opens exactly `n` bytes: a copy, so that AddressSanitizer sees a step behind them. */
static bool opens(const unsigned char *bytes, size_t n, struct ra_err *err)
{
    void *copy = NULL;
    assert_int_equal(posix_memalign(&copy, 64, n ? n : 1), 0);
    memcpy(copy, bytes, n);
    *err = (struct ra_err){0};
    struct ra_model *model = model_read(copy, n, err);
    bool ok = model != NULL;
    ra_model_unref(model);
    free(copy);
    return ok;
}

static struct model_head *head_of(const struct image *image)
{
    return (struct model_head *)(void *)image->bytes;
}

/* Makes the checksums fit again, as whoever means harm would. */
static void fix_checksums(const struct image *image)
{
    struct model_head *head = head_of(image);
    for (uint32_t i = 0; i < head->header.n_sections && i < MODEL_MAX_SECTIONS; i++) {
        struct model_entry *entry = &head->table[i];
        if (entry->offset <= image->n && entry->bytes <= image->n - entry->offset)
            entry->checksum = ra_hash64(image->bytes + entry->offset, entry->bytes, 0);
    }
    head->header.checksum = model_head_checksum(head);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    char path[512];
    struct ra_err err = {0};
    struct sample sample = sample_model();
    CHECK_OK(sample_write(&sample, folder_file(&folder, "a.model", path), &err), err);
    struct ra_model *model = ra_model_open(path, &err);
    CHECK_OK(model, err);
    assert_int_equal(ra_model_n_items(model), SAMPLE_ITEMS);
    assert_string_equal(ra_model_version(model), "sample-1");
    assert_string_equal(ra_model_algorithm(model), "item-knn");
    size_t n;
    assert_memory_equal(ra_model_card(model, 3, &n), "{\"id\":20,\"x\":1", 14);
    assert_int_equal(n, 14);
    assert_string_equal(ra_model_title(model, 1), "Ulysses");
    assert_string_equal(ra_model_title(model, 3), "Die Räuber");
    assert_int_equal(ra_model_rating_count(model, 0), 9);
    assert_true(isnan(ra_model_rating_mean(model, 3)));
    assert_int_equal(ra_model_year(model, 3), -20);
    assert_string_equal(ra_model_author_name(model, ra_model_author(model, 1)), "jj");
    assert_string_equal(ra_model_author_name(model, ra_model_author(model, 2)), "");
    assert_string_equal(ra_model_language_name(model, ra_model_language(model, 3)), "de");
    assert_int_equal(ra_model_n_authors(model), 3);
    assert_int_equal(ra_model_n_languages(model), 3);
    struct ra_similar similar = ra_model_similar(model, 0);
    assert_int_equal(similar.n, 3);
    assert_int_equal(similar.item_ix[2], 3);
    assert_true(similar.score[0] == 0.9f);
    assert_int_equal(ra_model_similar(model, 2).n, 0);
    assert_memory_equal(ra_model_meta(model, &n), sample.meta, strlen(sample.meta));
    ra_model_unref(model);
}

static void books_are_found_by_id(void **state)
{
    (void)state;
    struct image image = good_image();
    struct ra_err err = {0};
    struct ra_model *model = model_read(image.bytes, image.n, &err);
    CHECK_OK(model, err);
    struct sample sample = sample_model();
    for (uint32_t i = 0; i < SAMPLE_ITEMS; i++) {
        uint32_t found = UINT32_MAX;
        assert_true(ra_model_find_item(model, sample.item_ids[i], &found));
        assert_int_equal(found, i);
        assert_int_equal(ra_model_item_id(model, i), sample.item_ids[i]);
    }
    uint32_t untouched = 99;
    const int64_t strangers[] = {INT64_MIN, 0, 9, 11, 71, INT64_MAX};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        assert_false(ra_model_find_item(model, strangers[i], &untouched));
    assert_int_equal(untouched, 99);
    ra_model_unref(model);
    free(image.bytes);
}

static void sections_are_aligned_and_the_file_is_read_only(void **state)
{
    (void)state;
    char path[512];
    struct ra_err err = {0};
    struct sample sample = sample_model();
    CHECK_OK(sample_write(&sample, folder_file(&folder, "a.model", path), &err), err);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0444);
    struct ra_model *model = ra_model_open(path, &err);
    CHECK_OK(model, err);
    const char *const names[] = {"meta", "cards", "titles", "similar_ix", "years"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal((uintptr_t)ra_model_section(model, names[i]).data % 64, 0);
    assert_null(ra_model_section(model, "nothing").data);
    ra_model_unref(ra_model_ref(model));
    assert_string_equal(ra_model_version(model), "sample-1");
    ra_model_unref(model);
}

static void the_same_sections_give_the_same_bytes(void **state)
{
    (void)state;
    struct image a = good_image(), b = good_image();
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.bytes, b.bytes, a.n);
    free(a.bytes);
    free(b.bytes);
}

static void an_aborted_writer_leaves_nothing(void **state)
{
    (void)state;
    char path[512];
    struct ra_err err = {0};
    size_t before = folder_count(&folder);
    struct ra_model_writer *writer =
        ra_model_writer_create(folder_file(&folder, "b.model", path), &err);
    CHECK_OK(writer, err);
    CHECK_OK(ra_model_writer_add(writer, "meta", RA_BYTES, 2, 1, "{}", &err), err);
    assert_false(ra_file_exists(path));
    ra_model_writer_abort(writer);
    assert_int_equal(folder_count(&folder), before);
    ra_model_writer_abort(NULL);
}

static void the_writer_refuses_bad_sections(void **state)
{
    (void)state;
    char path[512];
    struct ra_err err = {0};
    struct ra_model_writer *writer =
        ra_model_writer_create(folder_file(&folder, "b.model", path), &err);
    CHECK_OK(writer, err);
    CHECK_OK(ra_model_writer_add(writer, "meta", RA_BYTES, 2, 1, "{}", &err), err);
    CHECK_FAILS(ra_model_writer_add(writer, "meta", RA_BYTES, 2, 1, "{}", &err), err,
                RA_ERR_INVALID);
    CHECK_FAILS(ra_model_writer_add(writer, "Meta", RA_BYTES, 2, 1, "{}", &err), err,
                RA_ERR_INVALID);
    CHECK_FAILS(ra_model_writer_add(writer, "", RA_BYTES, 2, 1, "{}", &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_model_writer_add(writer, "a_name_of_24_characters_", RA_BYTES, 2, 1, "{}", &err),
                err, RA_ERR_INVALID);
    CHECK_FAILS(ra_model_writer_add(writer, "huge", RA_U64, UINT64_MAX / 4, 1, "{}", &err), err,
                RA_ERR_INVALID);
    CHECK_FAILS(ra_model_writer_add(writer, "huge", RA_U64, 1u << 31, 1ull << 40, "{}", &err), err,
                RA_ERR_INVALID);
    ra_model_writer_abort(writer);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct image image = good_image();
    struct ra_err err;
    for (size_t n = 0; n < image.n; n++) {
        if (opens(image.bytes, n, &err) || err.code != RA_ERR_CORRUPT)
            fail_msg("cut to %zu of %zu bytes: code %d", n, image.n, err.code);
    }
    assert_true(opens(image.bytes, image.n, &err));
    free(image.bytes);
}

static void appended_bytes_are_refused(void **state)
{
    (void)state;
    struct image image = good_image();
    struct ra_err err;
    memset(image.bytes + image.n, 0, 64);
    for (size_t more = 1; more <= 64; more++) {
        assert_false(opens(image.bytes, image.n + more, &err));
        assert_int_equal(err.code, RA_ERR_CORRUPT);
    }
    /* Also when the header was made to agree. */
    head_of(&image)->header.file_bytes = image.n + 64;
    fix_checksums(&image);
    assert_false(opens(image.bytes, image.n + 64, &err));
    free(image.bytes);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct image image = good_image();
    struct ra_err err = {0};
    for (size_t bit = 0; bit < image.n * 8; bit++) {
        image.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        struct ra_model *model = model_read(image.bytes, image.n, &err);
        if (model || err.code != RA_ERR_CORRUPT)
            fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
        err.code = RA_OK;
        image.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    free(image.bytes);
}

static void swapped_blocks_are_refused(void **state)
{
    (void)state;
    struct image image = good_image();
    struct ra_err err;
    for (size_t a = MODEL_HEAD_BYTES; a + 128 <= image.n; a += 64) {
        unsigned char block[64];
        memcpy(block, image.bytes + a, 64);
        if (memcmp(block, image.bytes + a + 64, 64) == 0)
            continue;
        memcpy(image.bytes + a, image.bytes + a + 64, 64);
        memcpy(image.bytes + a + 64, block, 64);
        assert_false(opens(image.bytes, image.n, &err));
        memcpy(image.bytes + a + 64, image.bytes + a, 64);
        memcpy(image.bytes + a, block, 64);
    }
    free(image.bytes);
}

/* 0 to 2^64 - 1 by interesting steps. */
static const uint64_t hostile[] = {
    0,
    1,
    2,
    63,
    64,
    4095,
    4096,
    5000,
    UINT32_MAX,
    1ull << 32,
    1ull << 61,
    1ull << 62,
    INT64_MAX,
    1ull << 63,
    UINT64_MAX,
    UINT64_MAX - 63,
    UINT64_MAX / 8 + 1,
    UINT64_MAX / 4 + 1,
};

static void hostile_tables_with_right_checksums_are_refused(void **state)
{
    (void)state;
    struct image image = good_image();
    struct model_head good = *head_of(&image);
    for (uint32_t row = 0; row < good.header.n_sections; row++) {
        for (size_t v = 0; v < sizeof hostile / sizeof *hostile; v++) {
            struct model_entry *entry = &head_of(&image)->table[row];
            uint64_t *const fields[] = {&entry->rows, &entry->cols, &entry->offset, &entry->bytes};
            for (size_t f = 0; f < 4; f++) {
                if (*fields[f] == hostile[v])
                    continue;
                *fields[f] = hostile[v];
                fix_checksums(&image);
                struct ra_err err;
                if (opens(image.bytes, image.n, &err))
                    fail_msg("section %u field %zu = %llx", row, f, (unsigned long long)hostile[v]);
                *head_of(&image) = good;
            }
        }
    }
    free(image.bytes);
}

static void overlapping_and_misaligned_sections_are_refused(void **state)
{
    (void)state;
    struct image image = good_image();
    struct model_head good = *head_of(&image);
    struct ra_err err;
    struct model_entry *table = head_of(&image)->table;
    table[2].offset = table[1].offset;
    fix_checksums(&image);
    assert_false(opens(image.bytes, image.n, &err));
    *head_of(&image) = good;
    table[1].offset += 8;
    fix_checksums(&image);
    assert_false(opens(image.bytes, image.n, &err));
    *head_of(&image) = good;
    memcpy(table[1].name, table[0].name, RA_SECTION_NAME);
    fix_checksums(&image);
    assert_false(opens(image.bytes, image.n, &err));
    *head_of(&image) = good;
    head_of(&image)->header.n_sections = MODEL_MAX_SECTIONS + 1;
    head_of(&image)->header.checksum = model_head_checksum(head_of(&image));
    assert_false(opens(image.bytes, image.n, &err));
    free(image.bytes);
}

/* Each damage is written with right checksums, as by a broken or hostile trainer. */
#define REFUSED(change)                                                                            \
    do {                                                                                           \
        struct sample s = sample_model();                                                          \
        change;                                                                                    \
        struct image bad_image = image_of(&s);                                                     \
        struct ra_err bad_err;                                                                     \
        if (opens(bad_image.bytes, bad_image.n, &bad_err))                                         \
            fail_msg("accepted: %s", #change);                                                     \
        assert_int_equal(bad_err.code, RA_ERR_CORRUPT);                                            \
        free(bad_image.bytes);                                                                     \
    } while (0)

static void nonsense_in_a_section_is_refused(void **state)
{
    (void)state;
    REFUSED(s.id_order[3] = SAMPLE_ITEMS);
    REFUSED(s.id_order[3] = 1);
    REFUSED(s.item_ids[0] = 10);
    REFUSED(s.card_offsets[0] = 1);
    REFUSED(s.card_offsets[2] = 40);
    REFUSED(s.card_offsets[2] = UINT64_MAX);
    REFUSED(s.card_offsets[4] = 37);
    REFUSED(s.cards[8] = 'x');
    REFUSED(s.cards[7] = '}');
    REFUSED(s.title_offsets[0] = 1);
    REFUSED(s.title_offsets[3] = 1ull << 40);
    REFUSED(s.titles[25] = 'x');
    REFUSED(s.titles[4] = 'x');
    REFUSED(s.rating_mean[1] = INFINITY);
    REFUSED(s.language[1] = 3);
    REFUSED(s.author[1] = 3);
    REFUSED(s.n_author_names = 15);
    REFUSED(s.n_language_names = 0);
    REFUSED(s.author_names[0] = 'x');
    REFUSED(s.similar_start[0] = 1);
    REFUSED(s.similar_start[2] = 2);
    REFUSED(s.similar_start[4] = 4);
    REFUSED(s.similar_start[2] = 1ull << 62);
    REFUSED(s.similar_ix[0] = SAMPLE_ITEMS);
    REFUSED(s.similar_ix[0] = 0);
    REFUSED(s.similar_score[0] = NAN);
    REFUSED(s.similar_score[0] = INFINITY);
    REFUSED(s.similar_score[0] = 0.4f);
    REFUSED(s.similar_score[4] = 0);
    REFUSED(s.similar_score[4] = -1);
}

static void a_bad_meta_is_refused(void **state)
{
    (void)state;
    REFUSED(s.meta = "");
    REFUSED(s.meta = "[]");
    REFUSED(s.meta = "{\"version\":\"a\"}");
    REFUSED(s.meta = "{\"version\":7,\"algorithm\":\"x\"}");
    REFUSED(s.meta = "{\"version\":\"../x\",\"algorithm\":\"x\"}");
    REFUSED(s.meta = "{\"version\":\".x\",\"algorithm\":\"x\"}");
    REFUSED(s.meta = "{\"version\":\"\",\"algorithm\":\"x\"}");
    REFUSED(s.meta = "{\"version\":\"a\",\"algorithm\":\"x\"} ,");
}

static void a_missing_section_is_refused_unless_optional(void **state)
{
    (void)state;
    const char *const required[] = {
        "meta",           "item_ids",     "id_order",      "cards",      "card_offsets",  "titles",
        "title_offsets",  "rating_count", "rating_mean",   "years",      "language",      "author",
        "language_names", "author_names", "similar_start", "similar_ix", "similar_score",
    };
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        REFUSED(s.leave_out = required[i]);
}

static void a_map_is_of_the_first_books(void **state)
{
    (void)state;
    static const float xy[2 * (SAMPLE_ITEMS + 1)];
    for (uint64_t rows = 0; rows <= SAMPLE_ITEMS + 1; rows++) {
        struct sample s = sample_model();
        s.more[s.n_more++] = (struct sample_part){"map", RA_F32, rows, 2, xy};
        struct image image = image_of(&s);
        struct ra_err err;
        assert_int_equal(opens(image.bytes, image.n, &err), rows <= SAMPLE_ITEMS);
        free(image.bytes);
    }
    REFUSED(s.more[s.n_more++] = ((struct sample_part){"map", RA_F32, 2, 1, xy}));
    REFUSED(s.more[s.n_more++] = ((struct sample_part){"map", RA_U32, 2, 2, xy}));
}

/* With right checksums any damage may be accepted, but then every answer must be safe to ask for.
 */
static void random_damage_never_hurts(void **state)
{
    (void)state;
    struct image image = good_image();
    uint64_t random = 88172645463325252u;
    unsigned accepted = 0;
    for (int round = 0; round < 10000; round++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t at = MODEL_HEAD_BYTES + random % (image.n - MODEL_HEAD_BYTES);
        unsigned char bit = (unsigned char)(1u << (random >> 61));
        image.bytes[at] ^= bit;
        struct model_head good = *head_of(&image);
        struct ra_err err = {0};
        assert_null(model_read(image.bytes, image.n, &err));
        fix_checksums(&image);
        err.code = RA_OK;
        struct ra_model *model = model_read(image.bytes, image.n, &err);
        accepted += model != NULL;
        for (uint32_t i = 0; model && i < ra_model_n_items(model); i++) {
            size_t n;
            const char *card = ra_model_card(model, i, &n);
            assert_true(card[0] == '{' && card[n - 1] != '}');
            assert_true(strlen(ra_model_title(model, i)) < image.n);
            assert_true(strlen(ra_model_author_name(model, ra_model_author(model, i))) < image.n);
            struct ra_similar similar = ra_model_similar(model, i);
            for (size_t j = 0; j < similar.n; j++)
                assert_true(similar.item_ix[j] < ra_model_n_items(model));
        }
        ra_model_unref(model);
        *head_of(&image) = good;
        image.bytes[at] ^= bit;
    }
    assert_true(accepted > 0); /* else the check above looked at nothing */
    free(image.bytes);
}

static void what_is_no_model_file_is_refused_with_its_name(void **state)
{
    (void)state;
    char path[512];
    struct ra_err err = {0};
    CHECK_FAILS(ra_model_open(folder_file(&folder, "none.model", path), &err), err,
                RA_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "none.model"));
    CHECK_FAILS(ra_model_open(folder.path, &err), err, RA_ERR_CORRUPT);
    CHECK_FAILS(ra_model_open("/dev/null", &err), err, RA_ERR_CORRUPT);
    CHECK_OK((err = (struct ra_err){0}, ra_file_write(path, "hello", 5, &err)), err);
    CHECK_FAILS(ra_model_open(path, &err), err, RA_ERR_CORRUPT);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    CHECK_FAILS(ra_model_open(path, &err), err, RA_ERR_CORRUPT);
}

static void a_replaced_file_leaves_the_open_model_as_it_was(void **state)
{
    (void)state;
    char path[512];
    struct ra_err err = {0};
    struct sample sample = sample_model();
    CHECK_OK(sample_write(&sample, folder_file(&folder, "a.model", path), &err), err);
    struct ra_model *model = ra_model_open(path, &err);
    CHECK_OK(model, err);
    sample.item_ids[0] = 71;
    CHECK_OK(sample_write(&sample, path, &err), err);
    assert_int_equal(ra_model_item_id(model, 0), 70);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(ra_model_item_id(model, 0), 70);
    ra_model_unref(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(books_are_found_by_id),
        cmocka_unit_test(sections_are_aligned_and_the_file_is_read_only),
        cmocka_unit_test(the_same_sections_give_the_same_bytes),
        cmocka_unit_test(an_aborted_writer_leaves_nothing),
        cmocka_unit_test(the_writer_refuses_bad_sections),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(appended_bytes_are_refused),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(swapped_blocks_are_refused),
        cmocka_unit_test(hostile_tables_with_right_checksums_are_refused),
        cmocka_unit_test(overlapping_and_misaligned_sections_are_refused),
        cmocka_unit_test(nonsense_in_a_section_is_refused),
        cmocka_unit_test(a_bad_meta_is_refused),
        cmocka_unit_test(a_missing_section_is_refused_unless_optional),
        cmocka_unit_test(a_map_is_of_the_first_books),
        cmocka_unit_test(random_damage_never_hurts),
        cmocka_unit_test(what_is_no_model_file_is_refused_with_its_name),
        cmocka_unit_test(a_replaced_file_leaves_the_open_model_as_it_was),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
