/* How often something may be tried: a token bucket a key, in bounded memory. */
#include <math.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "readalike/account.h"
#include "readalike/clock.h"

/* A key may lie in any of the places of its set. */
enum { WAYS = 8, MAX_KEYS_DEFAULT = 65536 };

/*
 * A bucket as one number, the time at which it is full again (ATM Forum's GCRA): each token taken
 * moves it on by the time that a token takes to come. A bucket that is full says nothing, so its
 * place is free.
 */
struct bucket {
    uint64_t key; /* a keyed hash: nobody outside can aim at another's bucket */
    uint64_t full_at_ns;
};

struct ra_limiter {
    pthread_mutex_t lock; /* of the buckets */
    struct bucket *buckets;
    size_t n_sets; /* a power of two */
    uint64_t token_ns, capacity_ns;
    uint64_t (*now_ns)(void);
    unsigned char secret[crypto_shorthash_KEYBYTES];
};

static bool check(const struct ra_limiter_options *options, struct ra_err *err)
{
    if (!(options->per_second > 0) || !isfinite(options->per_second) || !(options->burst >= 1) ||
        options->burst / options->per_second > 1e9 || options->per_second > 1e9)
        return ra_fail(err, RA_ERR_INVALID,
                       "a rate limit needs a rate above 0 and a burst of at least 1");
    if (options->max_keys > (size_t)1 << 32)
        return ra_fail(err, RA_ERR_INVALID, "a rate limit of %zu keys is too large",
                       options->max_keys);
    return sodium_init() >= 0 ||
           ra_fail(err, RA_ERR_UNAVAILABLE, "libsodium could not be initialised");
}

struct ra_limiter *ra_limiter_create(const struct ra_limiter_options *options, struct ra_err *err)
{
    if (!check(options, err))
        return NULL;
    size_t n_keys = options->max_keys ? options->max_keys : MAX_KEYS_DEFAULT, n_sets = 1;
    while (n_sets * WAYS < n_keys)
        n_sets *= 2;
    struct ra_limiter *limiter = calloc(1, sizeof *limiter);
    struct bucket *buckets = calloc(n_sets, WAYS * sizeof *buckets);
    if (!limiter || !buckets) {
        free(limiter);
        free(buckets);
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    limiter->buckets = buckets;
    limiter->n_sets = n_sets;
    limiter->token_ns = (uint64_t)(1e9 / options->per_second);
    limiter->capacity_ns = (uint64_t)(options->burst * (double)limiter->token_ns);
    limiter->now_ns = options->now_ns ? options->now_ns : ra_clock_ns;
    crypto_shorthash_keygen(limiter->secret);
    pthread_mutex_init(&limiter->lock, NULL);
    return limiter;
}

void ra_limiter_destroy(struct ra_limiter *limiter)
{
    if (!limiter)
        return;
    pthread_mutex_destroy(&limiter->lock);
    free(limiter->buckets);
    free(limiter);
}

/* The key's bucket, or the fullest of its set made over to it. */
static struct bucket *find(struct ra_limiter *limiter, uint64_t key)
{
    struct bucket *set = &limiter->buckets[(key & (limiter->n_sets - 1)) * WAYS];
    struct bucket *fullest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].full_at_ns < fullest->full_at_ns)
            fullest = &set[i];
    }
    *fullest = (struct bucket){.key = key};
    return fullest;
}

static uint64_t hash_key(const struct ra_limiter *limiter, const void *key, size_t n)
{
    uint64_t hash;
    unsigned char bytes[crypto_shorthash_BYTES];
    _Static_assert(sizeof bytes == sizeof hash, "a hash is 64 bits");
    crypto_shorthash(bytes, key, n, limiter->secret);
    __builtin_memcpy(&hash, bytes, sizeof hash);
    return hash;
}

bool ra_limiter_take(struct ra_limiter *limiter, const void *key, size_t n, double *out_wait_s)
{
    uint64_t hash = hash_key(limiter, key, n), wait_ns = 0;
    pthread_mutex_lock(&limiter->lock);
    uint64_t now = limiter->now_ns();
    struct bucket *bucket = find(limiter, hash);
    uint64_t from = bucket->full_at_ns > now ? bucket->full_at_ns : now;
    uint64_t full_at = from + limiter->token_ns;
    if (full_at - now <= limiter->capacity_ns)
        bucket->full_at_ns = full_at;
    else
        wait_ns = full_at - now - limiter->capacity_ns;
    pthread_mutex_unlock(&limiter->lock);
    if (out_wait_s)
        *out_wait_s = (double)wait_ns / 1e9;
    return wait_ns == 0;
}
