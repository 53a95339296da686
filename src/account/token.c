/* Secret tokens: random for their owner, a hash for the store. */
#include <sodium.h>
#include <string.h>

#include "readalike/account.h"

enum { RANDOM_BYTES = 32, PREFIX = 4, ENCODED = 43 };

static const char prefixes[RA_TOKEN_KINDS][PREFIX + 1] = {
    [RA_TOKEN_SESSION] = "ras_",
    [RA_TOKEN_API_KEY] = "rak_",
};
static const int alphabet = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

_Static_assert(RA_TOKEN_TEXT == PREFIX + ENCODED + 1, "a token fits exactly");
_Static_assert(RA_TOKEN_HASH == 2 * crypto_hash_sha256_BYTES + 1, "a hash fits exactly");

/* A plain hash is enough: nobody guesses 256 random bits, however fast a guess is. */
static void hash_text(const char *text, char out_hash[RA_TOKEN_HASH])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)text, strlen(text));
    sodium_bin2hex(out_hash, RA_TOKEN_HASH, digest, sizeof digest);
}

bool ra_token_create(enum ra_token_kind kind, struct ra_token *out, struct ra_err *err)
{
    if (sodium_init() < 0)
        return ra_fail(err, RA_ERR_UNAVAILABLE, "libsodium could not be initialised");
    unsigned char random[RANDOM_BYTES];
    randombytes_buf(random, sizeof random);
    memcpy(out->text, prefixes[kind], PREFIX);
    sodium_bin2base64(out->text + PREFIX, ENCODED + 1, random, sizeof random, alphabet);
    sodium_memzero(random, sizeof random);
    hash_text(out->text, out->hash);
    return true;
}

bool ra_token_hash(enum ra_token_kind kind, const char *text, char out_hash[RA_TOKEN_HASH],
                   struct ra_err *err)
{
    unsigned char random[RANDOM_BYTES];
    size_t n = 0;
    bool ok = strnlen(text, RA_TOKEN_TEXT) == PREFIX + ENCODED &&
              memcmp(text, prefixes[kind], PREFIX) == 0 &&
              sodium_base642bin(random, sizeof random, text + PREFIX, ENCODED, NULL, &n, NULL,
                                alphabet) == 0 &&
              n == sizeof random;
    sodium_memzero(random, sizeof random);
    if (!ok)
        return ra_fail(err, RA_ERR_INVALID,
                       kind == RA_TOKEN_SESSION ? "This is not a session token."
                                                : "This is not an API key.");
    hash_text(text, out_hash);
    return true;
}
