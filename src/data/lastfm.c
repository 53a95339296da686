/* HetRec 2011 last.fm: artists as titles, and who listened to whom. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "reader.h"

enum { ARTIST_ID, ARTIST_NAME, PICTURE, N_ARTIST_COLUMNS };
static const struct column artist_columns[N_ARTIST_COLUMNS] = {
    [ARTIST_ID] = {"id", true},
    [ARTIST_NAME] = {"name", true},
    [PICTURE] = {"pictureurl", false},
};

enum { LISTENER, LISTENED_TO, WEIGHT, N_LISTEN_COLUMNS };
static const struct column listen_columns[N_LISTEN_COLUMNS] = {
    [LISTENER] = {"userid|user_id", true},
    [LISTENED_TO] = {"artistid|artist_id", true},
    [WEIGHT] = {"weight", true},
};

static bool on_artist(const struct row *row, void *ctx, struct ra_err *err)
{
    (void)ctx;
    const struct ra_book artist = {
        .source_key = row_text(row, ARTIST_ID),
        .title = row_clean(row, ARTIST_NAME),
        .image_url = row_https(row, row_text(row, PICTURE)),
        .average_rating = NAN,
    };
    return row_book(row, &artist, err);
}

/*
 * How often someone listened is no opinion on a scale, and an average of such counts would mean
 * nothing: what is kept is that they listened, as for a book that was read and not rated.
 */
static bool on_listen(const struct row *row, void *ctx, struct ra_err *err)
{
    (void)ctx;
    static const struct scale any = {-HUGE_VAL, HUGE_VAL};
    double count;
    if (!row_number(row, WEIGHT, &count) || count <= 0)
        return row_reject(row, RA_REJECT_BAD_VALUE, err, "the count is not a number above 0");
    const struct ra_import_rating rating = {
        .user_key = row_text(row, LISTENER),
        .book_key = row_text(row, LISTENED_TO),
        .rating = NAN,
    };
    return row_rating(row, &rating, &any, err);
}

bool read_lastfm(struct reader *reader, struct ra_err *err)
{
    const char *dir;
    if (!reader_only_path(reader, false, &dir, err))
        return false;
    const struct ra_csv_options tabs = {
        .delimiter = "\t", .no_quotes = true, .encoding = RA_CSV_GUESS, .max_row_lines = 1};
    char *artists = reader_find(reader, dir, "artists.dat");
    char *listens = reader_find(reader, dir, "user_artists.dat");
    const struct table artist_table = {.path = artists,
                                       .columns = artist_columns,
                                       .n_columns = N_ARTIST_COLUMNS,
                                       .csv = tabs,
                                       .row = on_artist};
    const struct table listen_table = {.path = listens,
                                       .columns = listen_columns,
                                       .n_columns = N_LISTEN_COLUMNS,
                                       .csv = tabs,
                                       .row = on_listen};
    bool ok = artists && listens ? reader_table(reader, &artist_table, err) &&
                                       reader_table(reader, &listen_table, err)
                                 : ra_fail(err, RA_ERR_NOT_FOUND, "%s holds no %s", dir,
                                           artists ? "user_artists.dat" : "artists.dat");
    free(artists);
    free(listens);
    return ok;
}
