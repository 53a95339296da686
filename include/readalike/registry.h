#ifndef READALIKE_REGISTRY_H
#define READALIKE_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/buf.h"
#include "readalike/err.h"

/*
 * Model versions on disk: DIR/VERSION.model, DIR/activations.jsonl (append-only: what was added,
 * promoted and rolled back, and when) and DIR/live, a one-line file naming the promoted version,
 * replaced by rename. Several processes may use one folder; changes are made under DIR/lock. A
 * version file is never changed. One thread at a time per object.
 */
struct ra_registry;
struct ra_registry *ra_registry_open(const char *dir, struct ra_err *err) RA_MUST_CHECK;
void ra_registry_close(struct ra_registry *registry);

struct ra_registry_entry {
    const char *version;
    const char *algorithm; /* NULL: the file is damaged */
    const char *created;   /* when it was added: "2026-11-21T09:30:00Z" */
    uint64_t bytes;
    bool live;
};
/* Newest first. */
typedef bool (*ra_registry_fn)(void *ctx, const struct ra_registry_entry *entry,
                               struct ra_err *err);
bool ra_registry_list(struct ra_registry *registry, ra_registry_fn fn, void *ctx,
                      struct ra_err *err) RA_MUST_CHECK;

/*
 * The path of a version (NULL: of the live one). The caller frees. RA_ERR_NOT_FOUND when there is
 * none; the error names the nearest that there is.
 */
char *ra_registry_path(struct ra_registry *registry, const char *version,
                       struct ra_err *err) RA_MUST_CHECK;
/* The live version's name, copied. RA_ERR_NOT_FOUND when nothing was promoted yet. */
bool ra_registry_live(struct ra_registry *registry, char *out, size_t room,
                      struct ra_err *err) RA_MUST_CHECK;

/*
 * Takes a finished model file into the registry under the version of its meta, by rename (so
 * `path` is best in the same folder, under a name with a dot in front). When that version is there
 * already, with the same content, nothing changes, `path` is removed and `out_added` (may be NULL)
 * is false; with other content it is RA_ERR_CONFLICT; a damaged one is replaced.
 */
bool ra_registry_add(struct ra_registry *registry, const char *path, bool *out_added,
                     struct ra_err *err) RA_MUST_CHECK;
/* Verifies the file, then makes it live. Nothing happens when it is live already. */
bool ra_registry_promote(struct ra_registry *registry, const char *version,
                         struct ra_err *err) RA_MUST_CHECK;
/*
 * Makes the version live (after verifying it) that was live before this one; its name goes to
 * `out`. Again and again, it goes back step by step. RA_ERR_NOT_FOUND at the first.
 */
bool ra_registry_rollback(struct ra_registry *registry, char *out, size_t room,
                          struct ra_err *err) RA_MUST_CHECK;

/*
 * Records of runs: DIR/runs/NAME.json, each a JSON document that appears whole or not at all.
 * docs/registry.md says what is in one. NAME is 1 to RA_RUN_NAME_MAX letters, digits, '.', '_' and
 * '-', no dot in front. Putting one that is there replaces it.
 */
#define RA_RUN_NAME_MAX 96
bool ra_registry_put_run(struct ra_registry *registry, const char *name, const char *text, size_t n,
                         struct ra_err *err) RA_MUST_CHECK;
/* Appends the text to `out`; RA_ERR_NOT_FOUND when there is none of that name. */
bool ra_registry_get_run(struct ra_registry *registry, const char *name, struct ra_buf *out,
                         struct ra_err *err) RA_MUST_CHECK;
/* The names of all records, in alphabetical order. */
typedef bool (*ra_run_fn)(void *ctx, const char *name, struct ra_err *err);
bool ra_registry_list_runs(struct ra_registry *registry, ra_run_fn fn, void *ctx,
                           struct ra_err *err) RA_MUST_CHECK;

#endif
