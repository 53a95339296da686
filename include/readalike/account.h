#ifndef READALIKE_ACCOUNT_H
#define READALIKE_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * What accounts stand on: passwords, secret tokens, and a limit on how often something may be
 * tried. Nothing here knows the store or HTTP. Any thread may call any of it.
 */

/* In characters, whatever they are; nothing else is asked of a password than not to be obvious. */
enum { RA_PASSWORD_MIN = 15, RA_PASSWORD_MAX = 256 };
#define RA_PASSWORD_HASH 128

/*
 * Whether someone called `name` (NULL: nobody yet) may choose this password; RA_ERR_INVALID with a
 * sentence for them if not.
 */
bool ra_password_allowed(const char *password, const char *name, struct ra_err *err) RA_MUST_CHECK;

/*
 * Argon2id over the NFKC form of the password, so that it does not matter how a keyboard composes
 * its accents. Takes tens of milliseconds and 19 MiB: never on a thread that others wait for.
 * Fails with RA_ERR_INVALID for a password that is not UTF-8 or too long, and RA_ERR_NOMEM.
 */
bool ra_password_hash(const char *password, char out_hash[RA_PASSWORD_HASH],
                      struct ra_err *err) RA_MUST_CHECK;

/*
 * As slow as hashing, and compared in constant time. `hash` NULL, for an account that does not
 * exist, takes as long and never matches, so that the time does not tell. RA_ERR_CORRUPT when the
 * hash is none. A password that is not UTF-8 or too long is no failure: it does not match.
 */
bool ra_password_verify(const char *password, const char *hash, bool *out_matches,
                        struct ra_err *err) RA_MUST_CHECK;

/* Made with other costs than today's: to be hashed anew after the next successful verification. */
bool ra_password_needs_rehash(const char *hash);

enum ra_token_kind { RA_TOKEN_SESSION, RA_TOKEN_API_KEY, RA_TOKEN_KINDS };

#define RA_TOKEN_TEXT 48
#define RA_TOKEN_HASH 65

/*
 * 256 random bits for a session or an API key. `text` goes to its owner and is never stored; `hash`
 * is stored and looked up. The text begins with its kind ("ras_", "rak_"), so that a leaked one is
 * recognised by scanners and a wrong kind by us.
 */
struct ra_token {
    char text[RA_TOKEN_TEXT];
    char hash[RA_TOKEN_HASH];
};
bool ra_token_create(enum ra_token_kind kind, struct ra_token *out,
                     struct ra_err *err) RA_MUST_CHECK;

/* The hash of a token that someone presents. RA_ERR_INVALID when it cannot be one of the kind. */
bool ra_token_hash(enum ra_token_kind kind, const char *text, char out_hash[RA_TOKEN_HASH],
                   struct ra_err *err) RA_MUST_CHECK;

/*
 * A token bucket for each key (an address, an account): `burst` at once, then `per_second`. Memory
 * is bounded: when more than `max_keys` are not full again, the fullest of a few is forgotten, so
 * somebody may be allowed too much for a moment and nobody too little.
 */
struct ra_limiter;

struct ra_limiter_options {
    double per_second;        /* above 0 */
    double burst;             /* at least 1 */
    size_t max_keys;          /* 16 bytes each; rounded up to a power of two; 0: 65,536 */
    uint64_t (*now_ns)(void); /* monotonic; NULL: ra_clock_ns */
};

struct ra_limiter *ra_limiter_create(const struct ra_limiter_options *options,
                                     struct ra_err *err) RA_MUST_CHECK;
void ra_limiter_destroy(struct ra_limiter *limiter); /* NULL is fine; no call may be under way */

/*
 * Takes one from the key's bucket. False when it is empty: nothing is taken, and `out_wait_s` (may
 * be NULL) is the time until there is one again; it is 0 when true is returned.
 */
bool ra_limiter_take(struct ra_limiter *limiter, const void *key, size_t n, double *out_wait_s);

#endif
