/* Starts, freezes, kills a redis-server for a test. */
#include "redis_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

bool redis_server_init(struct redis_server *server)
{
    *server = (struct redis_server){0};
    snprintf(server->dir, sizeof server->dir, "/tmp/readalike-redis-XXXXXX");
    if (!mkdtemp(server->dir))
        return false;
    snprintf(server->socket, sizeof server->socket, "%s/redis.sock", server->dir);
    snprintf(server->url, sizeof server->url, "redis+unix://%s", server->socket);
    return true;
}

static bool accepts(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

bool redis_server_start(struct redis_server *server, const char *password)
{
    pid_t parent = getpid();
    server->pid = fork();
    if (server->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", server->socket,
               "--dir", server->dir, "--save", "", "--appendonly", "no", "--logfile", "log",
               "--requirepass", password ? password : "", (char *)NULL);
        _exit(127);
    }
    for (int i = 0; server->pid > 0 && i < 2000; i++) {
        if (accepts(server->socket))
            return true;
        if (waitpid(server->pid, NULL, WNOHANG) != 0)
            break;
        usleep(5000);
    }
    server->pid = 0;
    return false;
}

void redis_server_kill(struct redis_server *server)
{
    if (server->pid <= 0)
        return;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    unlink(server->socket);
    server->pid = 0;
}

void redis_server_freeze(struct redis_server *server)
{
    kill(server->pid, SIGSTOP);
    waitpid(server->pid, NULL, WUNTRACED);
}

void redis_server_thaw(struct redis_server *server)
{
    kill(server->pid, SIGCONT);
}

void redis_server_finish(struct redis_server *server)
{
    redis_server_kill(server);
    char log[80];
    snprintf(log, sizeof log, "%s/log", server->dir);
    unlink(log);
    rmdir(server->dir);
}
