#ifndef READALIKE_TESTS_REDIS_SERVER_H
#define READALIKE_TESTS_REDIS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

/* A real redis-server of the test's own: a private unix socket in a new folder, ends with the test.
 */
struct redis_server {
    pid_t pid; /* 0: not running */
    char dir[64];
    char socket[96];
    char url[160]; /* of the socket, without a password */
};

/* Makes the folder, starts nothing yet. */
bool redis_server_init(struct redis_server *server);
/* Starts it; `password` may be NULL. The socket accepts when this returns true. */
bool redis_server_start(struct redis_server *server, const char *password);
void redis_server_kill(struct redis_server *server);
void redis_server_freeze(struct redis_server *server);
void redis_server_thaw(struct redis_server *server);
/* Kills it and removes the folder. */
void redis_server_finish(struct redis_server *server);

#endif
