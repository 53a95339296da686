/* Passwords: which may be chosen, how they are kept, whether one is right. */
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <utf8proc.h>

#include "readalike/account.h"
#include "readalike/str.h"

_Static_assert(RA_PASSWORD_HASH >= crypto_pwhash_STRBYTES, "a hash must fit");

/* OWASP's minimum for Argon2id: 19 MiB, 2 passes, 1 lane (libsodium has no other). */
static const unsigned long long passes = 2;
static const size_t memory_bytes = (size_t)19 << 20;

enum {
    MAX_BYTES = 4 * RA_PASSWORD_MAX,
    /* The longest NFKC of one character is 18 (U+FDFA). */
    MAX_CODEPOINTS = 18 * RA_PASSWORD_MAX
};

/* The form of a password that is hashed. Whoever makes one wipes it. */
struct normal {
    int32_t codepoints[MAX_CODEPOINTS + 1]; /* becomes UTF-8, in place */
    size_t n;
};

static const utf8proc_option_t nfkc =
    UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_REJECTNA;

static size_t count_characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool is_readable(const char *password, struct ra_err *err)
{
    size_t n = strnlen(password, MAX_BYTES + 1);
    if (n > MAX_BYTES ||
        (ra_utf8_valid(password, n) && count_characters(password) > RA_PASSWORD_MAX))
        return ra_fail(err, RA_ERR_INVALID,
                       "The password is too long; at most %d characters can be used.",
                       RA_PASSWORD_MAX);
    return ra_utf8_valid(password, n) ||
           ra_fail(err, RA_ERR_INVALID, "The password is not valid UTF-8.");
}

static bool normalise(const char *password, struct normal *out, struct ra_err *err)
{
    if (!is_readable(password, err))
        return false;
    const utf8proc_option_t decompose = UTF8PROC_NULLTERM | nfkc;
    utf8proc_ssize_t n = utf8proc_decompose((const utf8proc_uint8_t *)password, 0, out->codepoints,
                                            MAX_CODEPOINTS, decompose);
    if (n >= 0 && n <= MAX_CODEPOINTS)
        n = utf8proc_reencode(out->codepoints, n, nfkc);
    else
        n = -1;
    /* Unassigned characters could become something else with the next Unicode version. */
    if (n < 0)
        return ra_fail(err, RA_ERR_INVALID,
                       "The password has characters that Unicode does not know.");
    out->n = (size_t)n;
    return true;
}

static bool is_one_character(const char *password)
{
    size_t step = 1;
    while (((unsigned char)password[step] & 0xc0) == 0x80)
        step++;
    for (size_t at = step; password[at]; at++) {
        if (password[at] != password[at - step])
            return false;
    }
    return true;
}

bool ra_password_allowed(const char *password, const char *name, struct ra_err *err)
{
    struct normal normal;
    bool readable = normalise(password, &normal, err);
    sodium_memzero(&normal, sizeof normal);
    if (!readable)
        return false;
    if (count_characters(password) < RA_PASSWORD_MIN)
        return ra_fail(err, RA_ERR_INVALID,
                       "The password is too short; it needs at least %d characters. A few words "
                       "in a row are easy to remember.",
                       RA_PASSWORD_MIN);
    if (is_one_character(password))
        return ra_fail(err, RA_ERR_INVALID,
                       "The password is one character over and over; choose another.");
    if (name && strcasecmp(password, name) == 0)
        return ra_fail(err, RA_ERR_INVALID, "The password is the account's name; choose another.");
    return true;
}

static bool start(struct ra_err *err)
{
    return sodium_init() >= 0 ||
           ra_fail(err, RA_ERR_UNAVAILABLE, "libsodium could not be initialised");
}

bool ra_password_hash(const char *password, char out_hash[RA_PASSWORD_HASH], struct ra_err *err)
{
    struct normal normal;
    bool ok = start(err) && normalise(password, &normal, err);
    if (ok && crypto_pwhash_str(out_hash, (const char *)normal.codepoints, normal.n, passes,
                                memory_bytes) != 0)
        ok = ra_fail(err, RA_ERR_NOMEM, "no memory to hash a password");
    sodium_memzero(&normal, sizeof normal);
    return ok;
}

/* The work of a verification that cannot succeed. */
static bool pretend(const struct normal *normal, struct ra_err *err)
{
    static const unsigned char salt[crypto_pwhash_SALTBYTES];
    unsigned char key[32];
    bool ok = crypto_pwhash(key, sizeof key, (const char *)normal->codepoints, normal->n, salt,
                            passes, memory_bytes, crypto_pwhash_ALG_ARGON2ID13) == 0;
    sodium_memzero(key, sizeof key);
    return ok || ra_fail(err, RA_ERR_NOMEM, "no memory to verify a password");
}

bool ra_password_verify(const char *password, const char *hash, bool *out_matches,
                        struct ra_err *err)
{
    if (!start(err))
        return false;
    if (hash && crypto_pwhash_str_needs_rehash(hash, passes, memory_bytes) < 0)
        return ra_fail(err, RA_ERR_CORRUPT, "a stored password hash is not readable");
    struct normal normal;
    bool readable = normalise(password, &normal, NULL);
    if (!readable)
        normal.n = 0;
    bool ok = true, matches = false;
    errno = 0;
    if (!hash || !readable)
        ok = pretend(&normal, err);
    else
        matches = crypto_pwhash_str_verify(hash, (const char *)normal.codepoints, normal.n) == 0;
    if (!matches && errno == ENOMEM)
        ok = ra_fail(err, RA_ERR_NOMEM, "no memory to verify a password");
    sodium_memzero(&normal, sizeof normal);
    if (ok)
        *out_matches = matches;
    return ok;
}

bool ra_password_needs_rehash(const char *hash)
{
    return crypto_pwhash_str_needs_rehash(hash, passes, memory_bytes) != 0;
}
