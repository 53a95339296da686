#ifndef READALIKE_SETTINGS_H
#define READALIKE_SETTINGS_H

#include <stddef.h>

#include "readalike/buf.h"
#include "readalike/err.h"
#include "readalike/train.h"

/*
 * Every setting of the program, one field each; settings.c has the one table that names, bounds,
 * defaults and explains them. Strings are owned by the struct.
 */
struct settings {
    struct {
        unsigned deadline_ms;
        unsigned memory_mb;
        char *redis;
        unsigned ttl_s;
    } cache;
    struct {
        char *address;
        unsigned body_kb;
        unsigned body_timeout_ms;
        char *cors;
        unsigned drain_ms;
        unsigned header_timeout_ms;
        unsigned idle_timeout_ms;
        unsigned inline_us;
        unsigned max_connections;
        unsigned port;
        unsigned queue;
        unsigned request_timeout_ms;
        unsigned stop_ms;
        unsigned threads;
        unsigned workers;
    } http;
    struct {
        char *level;
    } log;
    struct {
        char *dir;
        unsigned poll_ms;
    } models;
    struct {
        unsigned lease_timeout_ms;
        unsigned pool;
        char *url;
    } store;
    struct {
        char *algorithm;
        char *blend_parts;
        unsigned memory_mb;
        unsigned min_support;
        unsigned neighbours;
        double prior;
        double rating_weight;
        double reader_damping;
        double shrinkage;
        unsigned threads;
        unsigned map;
        unsigned user_factors;
    } train;
    struct ra_train_params algorithms; /* what ra_train_param_table() lists */
    struct {
        char *creator_noun;
        char *dir;
        char *item_noun;
        char *note;
        char *reader_noun;
    } web;
};

/* Defaults. Frees nothing: for a struct not used yet. False when out of memory. */
bool settings_init(struct settings *settings, struct ra_err *err) RA_MUST_CHECK;
void settings_finish(struct settings *settings);

/* "store.url" = text; unknown keys and values out of bounds fail, naming the key. */
bool settings_set(struct settings *settings, const char *key, const char *value,
                  struct ra_err *err) RA_MUST_CHECK;
/* Reads an INI file; a failure names file and line. */
bool settings_read_file(struct settings *settings, const char *path,
                        struct ra_err *err) RA_MUST_CHECK;
/* READALIKE_STORE_URL and the like; an unknown READALIKE_* name is left alone. */
bool settings_read_environment(struct settings *settings, struct ra_err *err) RA_MUST_CHECK;

bool settings_has(const char *key);
/* A copy of its own, to be finished; on failure there is nothing to finish. */
bool settings_copy(struct settings *out, const struct settings *from,
                   struct ra_err *err) RA_MUST_CHECK;
/* Every setting in the order of the table, its value as text (secrets masked). */
typedef void (*settings_fn)(void *ctx, const char *key, const char *value, bool is_number);
void settings_walk(const struct settings *settings, settings_fn fn, void *ctx);

/* The whole table as an INI file with comments (`defaults`: the defaults, else these values;
 * secrets masked). */
void settings_print(const struct settings *settings, bool defaults, struct ra_buf *out);
/* The same as one JSON object, keys as in --set. */
void settings_print_json(const struct settings *settings, bool defaults, struct ra_buf *out);

#endif
