#ifndef READALIKE_CACHE_REDIS_URL_H
#define READALIKE_CACHE_REDIS_URL_H

#include "readalike/err.h"

/* Where Redis is. Owned strings; NULL where not given. */
struct redis_url {
    char *host; /* or */
    char *path; /* of a unix socket */
    char *port; /* as text, for getaddrinfo */
    char *user, *password;
    unsigned db;
};

/*
 * redis://[[user]:password@]host[:port][/db], redis+unix://[[user]:password@]/path[?db=N]; user and
 * password percent-encoded. A failure never repeats the password.
 */
bool redis_url_parse(struct redis_url *url, const char *text, struct ra_err *err) RA_MUST_CHECK;
void redis_url_finish(struct redis_url *url);

#endif
