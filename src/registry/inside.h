#ifndef READALIKE_REGISTRY_INSIDE_H
#define READALIKE_REGISTRY_INSIDE_H

#include "readalike/buf.h"
#include "readalike/model.h"
#include "readalike/registry.h"

struct ra_registry {
    char *dir;
};

/* A version with its terminator. */
struct version {
    char name[RA_VERSION_MAX + 1];
};

/* A growing list of versions. */
struct versions {
    struct version *items;
    size_t n, cap;
};
bool versions_push(struct versions *versions, const char *name, struct ra_err *err) RA_MUST_CHECK;
void versions_finish(struct versions *versions);

/* DIR/NAME; the caller frees. */
char *registry_file(const struct ra_registry *registry, const char *name,
                    struct ra_err *err) RA_MUST_CHECK;
char *registry_model_file(const struct ra_registry *registry, const char *version,
                          struct ra_err *err) RA_MUST_CHECK;
/* The live version; "" when there is none yet. */
bool registry_read_live(const struct ra_registry *registry, struct version *out,
                        struct ra_err *err) RA_MUST_CHECK;

/* What activations.jsonl tells, one call a line in order; lines that cannot be read are passed. */
struct activation {
    const char *action; /* "add", "promote", "rollback" */
    const char *version;
    const char *at;
};
typedef bool (*activation_fn)(void *ctx, const struct activation *activation, struct ra_err *err);
bool activations_read(const struct ra_registry *registry, activation_fn fn, void *ctx,
                      struct ra_err *err) RA_MUST_CHECK;
/* Appends a line and syncs it; under the lock. */
bool activations_append(const struct ra_registry *registry, const char *action, const char *version,
                        struct ra_err *err) RA_MUST_CHECK;

#endif
