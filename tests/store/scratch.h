#ifndef READALIKE_TESTS_STORE_SCRATCH_H
#define READALIKE_TESTS_STORE_SCRATCH_H

/* A store of a test's own: a file in a temporary folder, or a schema of the PostgreSQL server. */
#include "../check.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include <libpq-fe.h>
#include <sqlite3.h>

#include "readalike/store.h"

extern unsigned scratch_n_schemas; /* of all files of the suite */
static char scratch_dir[64];
static char scratch_url[512];

static inline int remove_one(const char *path, const struct stat *status, int type,
                             struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static inline bool scratch_is_postgres(void)
{
    return getenv("READALIKE_PG_URL") != NULL;
}

/* One statement on a connection of the test's own: what somebody else may do to the database. */
static inline void scratch_sql(const char *url, const char *sql)
{
    if (strncmp(url, "sqlite:", 7) == 0) {
        sqlite3 *db;
        char *message = NULL;
        assert_int_equal(sqlite3_open(url + 7, &db), SQLITE_OK);
        if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
            fail_msg("%s: %s", sql, message);
        sqlite3_close(db);
        return;
    }
    PGconn *pg = PQconnectdb(url);
    PGresult *result = PQexec(pg, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(pg));
    PQclear(result);
    PQfinish(pg);
}

/* Makes an empty place and says its URL in scratch_url. */
static inline void scratch_begin(void)
{
    snprintf(scratch_dir, sizeof scratch_dir, "/tmp/readalike-store-XXXXXX");
    assert_non_null(mkdtemp(scratch_dir));
    if (!scratch_is_postgres()) {
        snprintf(scratch_url, sizeof scratch_url, "sqlite:%s/deep/er/test.db", scratch_dir);
        return;
    }
    char sql[64];
    snprintf(sql, sizeof sql, "CREATE SCHEMA scratch_%u", ++scratch_n_schemas);
    scratch_sql(getenv("READALIKE_PG_URL"), sql);
    snprintf(scratch_url, sizeof scratch_url, "%s&options=-csearch_path%%3Dscratch_%u",
             getenv("READALIKE_PG_URL"), scratch_n_schemas);
}

static inline void scratch_end(void)
{
    nftw(scratch_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct ra_store *scratch_store(const struct ra_store_options *options)
{
    struct ra_err err = {0};
    struct ra_store *store = ra_store_open(scratch_url, options, &err);
    if (!store)
        fail_msg("ra_store_open: %s", err.text);
    return store;
}

/* For cmocka: `*state` is a migrated store in a new place. */
static inline int scratch_open(void **state)
{
    struct ra_err err = {0};
    scratch_begin();
    const struct ra_store_options options = {.pool_size = 2, .lease_timeout_ms = 300};
    *state = scratch_store(&options);
    CHECK_OK(ra_store_migrate(*state, NULL, &err), err);
    return 0;
}

static inline int scratch_close(void **state)
{
    ra_store_close(*state);
    scratch_end();
    return 0;
}

#endif
