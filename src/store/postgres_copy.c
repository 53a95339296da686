/* PostgreSQL's binary COPY: no text to write here and to parse there. */
#include "postgres_copy.h"

#include <endian.h>
#include <string.h>

void copy_init(struct copy *copy, const char *sql)
{
    *copy = (struct copy){.sql = sql};
    ra_buf_init(&copy->rows);
}

void copy_finish(struct copy *copy)
{
    ra_buf_finish(&copy->rows);
}

static void put_u32(struct copy *copy, uint32_t value)
{
    value = htobe32(value);
    ra_buf_put(&copy->rows, &value, sizeof value);
}

void copy_row(struct copy *copy, uint16_t n_fields)
{
    n_fields = htobe16(n_fields);
    ra_buf_put(&copy->rows, &n_fields, sizeof n_fields);
    copy->n_rows++;
}

static void copy_null(struct copy *copy)
{
    put_u32(copy, UINT32_MAX);
}

static void put_u64(struct copy *copy, uint64_t value)
{
    put_u32(copy, sizeof value);
    value = htobe64(value);
    ra_buf_put(&copy->rows, &value, sizeof value);
}

void copy_i64(struct copy *copy, int64_t value)
{
    put_u64(copy, (uint64_t)value);
}

void copy_i64_or_null(struct copy *copy, int64_t value)
{
    if (value)
        copy_i64(copy, value);
    else
        copy_null(copy);
}

void copy_i32_or_null(struct copy *copy, int32_t value)
{
    if (!value) {
        copy_null(copy);
        return;
    }
    put_u32(copy, sizeof value);
    put_u32(copy, (uint32_t)value);
}

void copy_f64_or_null(struct copy *copy, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (isnan(value))
        copy_null(copy);
    else
        put_u64(copy, bits);
}

void copy_f32_or_null(struct copy *copy, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (isnan(value)) {
        copy_null(copy);
        return;
    }
    put_u32(copy, sizeof bits);
    put_u32(copy, bits);
}

void copy_text(struct copy *copy, const char *text)
{
    if (!text) {
        copy_null(copy);
        return;
    }
    size_t n = strlen(text);
    put_u32(copy, (uint32_t)n);
    ra_buf_put(&copy->rows, text, n);
}

static bool open_copy(struct copy *copy, struct pg_conn *conn, struct ra_err *err)
{
    static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
    PGresult *result = pg_answer(conn, PQsendQuery(conn->pg, copy->sql), err);
    if (!result)
        return false;
    PQclear(result);
    copy->is_open = true;
    return PQputCopyData(conn->pg, header, sizeof header - 1) == 1 || pg_lost(conn, err);
}

bool copy_push(struct copy *copy, struct pg_conn *conn, struct ra_err *err)
{
    if (copy->rows.failed)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (!copy->is_open && !open_copy(copy, conn, err))
        return false;
    /* A length is an int here; the pieces are small, and a row is bounded by its texts. */
    if (copy->rows.len && PQputCopyData(conn->pg, copy->rows.data, (int)copy->rows.len) != 1)
        return pg_lost(conn, err);
    ra_buf_reset(&copy->rows);
    return true;
}

bool copy_send(struct copy *copy, struct pg_conn *conn, struct ra_err *err)
{
    static const char trailer[] = "\377\377";
    if (!copy->is_open && copy->rows.len == 0 && !copy->rows.failed)
        return true;
    if (!copy_push(copy, conn, err))
        return false;
    copy->is_open = false;
    int ended = PQputCopyData(conn->pg, trailer, sizeof trailer - 1) == 1 &&
                PQputCopyEnd(conn->pg, NULL) == 1;
    PGresult *result = pg_answer(conn, ended, err);
    PQclear(result);
    return result != NULL;
}
