/* What the fold makes of letters, marks and bytes of all kinds. */
#include "../check.h"
#include "readalike/title.h"

static const struct {
    const char *text, *folded;
} rows[] = {
    {"", ""},
    {"   ", ""},
    {"?!...", ""},
    {"The Hobbit", "the hobbit"},
    {"  Les   Mis\xC3\xA9rables ", "les miserables"},
    {"Les Mise\xCC\x81rables", "les miserables"}, /* decomposed */
    {"stra\xC3\x9F"
     "e",
     "strasse"},
    {"STRA\xE1\xBA\x9E"
     "E",
     "strasse"}, /* capital sharp s */
    {"H\xC3\xB8"
     "eg",
     "hoeg"},
    {"\xC3\x86sop", "aesop"},
    {"c\xC5\x93ur", "coeur"},
    {"\xC5\x81ukasz", "lukasz"},
    {"\xC4\x90or\xC4\x91"
     "e",
     "dorde"},
    {"\xC3\x9E\xC3\xB3ra", "thora"},
    {"\xEF\xAC\x81nder \xEF\xAC\x83", "finder ffi"}, /* ligatures */
    {"\xEF\xBC\xA1\xEF\xBC\xA2\xEF\xBC\x91", "ab1"}, /* full width */
    {"Harry Potter & Co", "harry potter and co"},
    {"R&B", "r and b"},
    {"Sorcerer's Sorcerer\xE2\x80\x99s", "sorcerers sorcerers"},
    {"O\xCA\xBC"
     "Brien \xE2\x80\x98tis",
     "obrien tis"},
    {"rock\xC2\xB4n\xE2\x80\xB2roll`s", "rocknrolls"},
    {"soft\xC2\xADhyphen", "softhyphen"},
    {"well-known", "well known"},
    {"em\xE2\x80\x94"
     "dash",
     "em dash"},
    {"J.R.R. Tolkien", "jrr tolkien"},
    {"J. R. R. Tolkien", "jrr tolkien"},
    {"J.K. Rowling", "jk rowling"},
    {"J.K Rowling", "jk rowling"},
    {"George R. R. Martin", "george rr martin"},
    {"Philip K. Dick", "philip k dick"},
    {"The A.B.C. Murders", "the abc murders"},
    {"Mr. Darcy", "mr darcy"},
    {"1.5", "1 5"},
    {"20,000 Leagues", "20000 leagues"},
    {"1,2", "1 2"},
    {"(Series, #3)", "series 3"},
    {"\xD0\x92\xD0\x9E\xD0\x99\xD0\x9D\xD0\x90 \xD0\xB8 \xD0\xBC\xD0\xB8\xD1\x80",
     "\xD0\xB2\xD0\xBE\xD0\xB8\xD0\xBD\xD0\xB0 \xD0\xB8 \xD0\xBC\xD0\xB8\xD1\x80"}, /* Voina i mir
                                                                                     */
    {"\xD0\x81\xD0\xB6", "\xD0\xB5\xD0\xB6"},                                       /* io as ie */
    {"\xCE\x9F\xCE\x94\xCE\xA5\xCE\xA3\xCE\xA3\xCE\x95\xCE\x99\xCE\x91\xCE\xA3",
     "\xCE\xBF\xCE\xB4\xCF\x85\xCF\x83\xCF\x83\xCE\xB5\xCE\xB9\xCE\xB1\xCF\x83"}, /* final sigma */
    {"\xE7\xB4\x85\xE6\xA8\x93\xE5\xA4\xA2", "\xE7\xB4\x85\xE6\xA8\x93\xE5\xA4\xA2"},
    {"\xE3\x80\x8C\xE9\x9B\xAA\xE5\x9B\xBD\xE3\x80\x8D", "\xE9\x9B\xAA\xE5\x9B\xBD"},
    {"\xE3\x81\x8B\xE3\x82\x99", "\xE3\x81\x8B\xE3\x82\x99"}, /* ga keeps its voicing */
    {"\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8", "\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8"}, /* Hin */
    {"\xD7\xA9\xD6\xB8", "\xD7\xA9"}, /* Hebrew vowel point */
    {"caf\xE9", "cafe"},              /* Latin-1 */
    {"don\x92t", "dont"},             /* Windows-1252 */
    {"a\xFF\xFE\x80z", "ayth z"},
    {"\xF0\x9F\x93\x9A books", "books"}, /* a picture of books */
    {"x\xC2\xB2", "x2"},
};

static void every_text_folds_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ra_buf out;
        ra_buf_init(&out);
        ra_title_fold(rows[i].text, strlen(rows[i].text), &out);
        assert_string_equal(ra_buf_cstr(&out), rows[i].folded);
        ra_buf_finish(&out);
    }
}

static void folding_twice_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ra_buf out;
        ra_buf_init(&out);
        ra_title_fold(rows[i].folded, strlen(rows[i].folded), &out);
        assert_string_equal(ra_buf_cstr(&out), rows[i].folded);
        ra_buf_finish(&out);
    }
}

static void the_fold_appends(void **state)
{
    (void)state;
    struct ra_buf out;
    ra_buf_init(&out);
    ra_buf_puts(&out, "kept ");
    ra_title_fold("...", 3, &out);
    assert_string_equal(ra_buf_cstr(&out), "kept ");
    ra_title_fold("A\0B", 3, &out);
    assert_string_equal(ra_buf_cstr(&out), "kept a b");
    ra_buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_folds_as_the_table_says),
        cmocka_unit_test(folding_twice_changes_nothing),
        cmocka_unit_test(the_fold_appends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
