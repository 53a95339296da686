/*
 * The floor under the service: libmicrohttpd with the same flags that answers everything with the
 * bytes of one file. bench_http.py sets the service's cost a request beside this one's.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "readalike/file.h"

#define DAEMONS_MAX 64

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_n, void **con_cls)
{
    static int begun;
    (void)url, (void)method, (void)version, (void)upload;
    if (!*con_cls) {
        *con_cls = &begun;
        return MHD_YES;
    }
    if (*upload_n) {
        *upload_n = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, cls);
}

static int listen_on(unsigned *port)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)*port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t n = sizeof address;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&address, n) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &n) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

/* The same headers that the service sends. */
static struct MHD_Response *make_response(struct ra_buf *body)
{
    static const char *const headers[][2] = {
        {"Content-Type", "application/json"},    {"X-Content-Type-Options", "nosniff"},
        {"X-Request-Id", "00000000-0000000000"}, {"Cache-Control", "no-cache"},
        {"ETag", "W/\"0000000000000000\""},      {"Vary", "Accept-Encoding"},
    };
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_PERSISTENT);
    for (size_t i = 0; response && i < sizeof headers / sizeof headers[0]; i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    return response;
}

int main(int argc, char **argv)
{
    struct ra_err err = {0};
    struct ra_buf body;
    ra_buf_init(&body);
    if (argc != 3 || !ra_file_read(argv[1], 0, &body, &err)) {
        fprintf(stderr, "usage: bare_mhd BODY-FILE THREADS %s\n", err.text);
        return 2;
    }
    struct MHD_Response *response = make_response(&body);
    unsigned n = (unsigned)strtoul(argv[2], NULL, 10), port = 0;
    for (unsigned i = 0; i < n && i < DAEMONS_MAX; i++) {
        int fd = listen_on(&port);
        unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | MHD_USE_ITC;
        if (fd < 0 ||
            !MHD_start_daemon(flags, 0, NULL, NULL, on_request, response, MHD_OPTION_LISTEN_SOCKET,
                              fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(16 * 1024),
                              MHD_OPTION_CONNECTION_LIMIT, 1000u, MHD_OPTION_END)) {
            fprintf(stderr, "cannot start\n");
            return 1;
        }
    }
    printf("listening on http://127.0.0.1:%u\n", port);
    fflush(stdout);
    pause();
    return 0;
}
