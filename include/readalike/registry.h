#ifndef READALIKE_REGISTRY_H
#define READALIKE_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * Model versions on disk: DIR/VERSION.model, DIR/activations.jsonl (append-only: what was promoted,
 * when) and DIR/live, a one-line file naming the promoted version, replaced by rename. Several
 * processes may use one folder; changes are made under a lock file. One thread at a time per
 * object.
 */
struct ra_registry;
struct ra_registry *ra_registry_open(const char *dir, struct ra_err *err) RA_MUST_CHECK;
void ra_registry_close(struct ra_registry *registry);

struct ra_registry_entry {
    const char *version;
    const char *algorithm;
    const char *created; /* "2026-11-21T09:30:00Z" */
    uint64_t bytes;
    bool live;
};
/* Newest first. */
typedef bool (*ra_registry_fn)(void *ctx, const struct ra_registry_entry *entry,
                               struct ra_err *err);
bool ra_registry_list(struct ra_registry *registry, ra_registry_fn fn, void *ctx,
                      struct ra_err *err) RA_MUST_CHECK;

/* The path of a version (NULL: of the live one). The caller frees. RA_ERR_NOT_FOUND. */
char *ra_registry_path(struct ra_registry *registry, const char *version,
                       struct ra_err *err) RA_MUST_CHECK;
/* The live version's name, copied. RA_ERR_NOT_FOUND when nothing was promoted yet. */
bool ra_registry_live(struct ra_registry *registry, char *out, size_t room,
                      struct ra_err *err) RA_MUST_CHECK;

/* Takes a finished model file into the registry under the version of its meta, by rename. */
bool ra_registry_add(struct ra_registry *registry, const char *path,
                     struct ra_err *err) RA_MUST_CHECK;
/* Verifies the file, then makes it live. */
bool ra_registry_promote(struct ra_registry *registry, const char *version,
                         struct ra_err *err) RA_MUST_CHECK;
/* Makes the version live that was live before this one; its name goes to `out`. */
bool ra_registry_rollback(struct ra_registry *registry, char *out, size_t room,
                          struct ra_err *err) RA_MUST_CHECK;

#endif
