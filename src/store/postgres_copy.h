#ifndef READALIKE_STORE_POSTGRES_COPY_H
#define READALIKE_STORE_POSTGRES_COPY_H

#include "postgres.h"
#include "readalike/buf.h"

/*
 * Rows in COPY's binary format, collected and sent in pieces. Between two pieces of one copy no
 * other statement can run; copy_send sends all that is held as one copy of its own.
 */
struct copy {
    const char *sql; /* "COPY t (a, b) FROM STDIN (FORMAT binary)" */
    struct ra_buf rows;
    uint64_t n_rows; /* in all */
    bool is_open;
};

void copy_init(struct copy *copy, const char *sql);
void copy_finish(struct copy *copy);

void copy_row(struct copy *copy, uint16_t n_fields);
void copy_i64(struct copy *copy, int64_t value);
void copy_i64_or_null(struct copy *copy, int64_t value);
void copy_i32_or_null(struct copy *copy, int32_t value);
void copy_f64_or_null(struct copy *copy, double value);
void copy_f32_or_null(struct copy *copy, float value);
void copy_text(struct copy *copy, const char *text); /* NULL is NULL */

/* Opens the copy when it is not, and sends what has been collected. */
bool copy_push(struct copy *copy, struct pg_conn *conn, struct ra_err *err) RA_MUST_CHECK;
/* Sends the rest and ends the copy; nothing when there never was a row. */
bool copy_send(struct copy *copy, struct pg_conn *conn, struct ra_err *err) RA_MUST_CHECK;

#define COPY_PIECE_BYTES ((size_t)256 * 1024)

#endif
