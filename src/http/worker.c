/* Threads for what may wait: a bounded queue of suspended requests, each resumed when answered. */
#include <stdlib.h>

#include "internal.h"

struct worker {
    pthread_t thread;
    struct http_workers *workers;
    struct http_tools tools;
    bool is_running;
};

struct http_workers {
    pthread_mutex_t lock; /* all below but the threads */
    pthread_cond_t wake;
    struct request **ring;
    size_t cap, head, n; /* of the ring; `reserved` slots are spoken for but not filled yet */
    size_t reserved, busy;
    uint64_t rejected;
    bool stop;
    struct worker *threads;
    unsigned n_threads;
};

bool http_is_long(const struct http_tools *tools, double cost_us)
{
    return !tools->is_worker && cost_us > (double)tools->http->options.inline_us;
}

static struct request *take(struct http_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    while (workers->n == 0 && !(workers->stop && workers->reserved == 0))
        pthread_cond_wait(&workers->wake, &workers->lock);
    struct request *request = NULL;
    if (workers->n > 0) {
        request = workers->ring[workers->head];
        workers->head = (workers->head + 1) % workers->cap;
        workers->n--;
        workers->busy++;
    }
    pthread_mutex_unlock(&workers->lock);
    return request;
}

/* Whoever turns WAITING into something else resumes the connection, nobody else may. */
static void answer(struct request *request, struct http_tools *tools)
{
    int waiting = PHASE_WAITING;
    if (atomic_load(&request->phase) == PHASE_WAITING) {
        request->status = request->route->slow(request, tools);
        if (atomic_compare_exchange_strong(&request->phase, &waiting, PHASE_ANSWERED))
            MHD_resume_connection(request->conn->mhd);
    }
    http_request_unref(request, NULL);
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct http_workers *workers = worker->workers;
    for (struct request *request; (request = take(workers));) {
        answer(request, &worker->tools);
        pthread_mutex_lock(&workers->lock);
        workers->busy--;
        pthread_mutex_unlock(&workers->lock);
    }
    return NULL;
}

static bool start(struct worker *worker, struct http_workers *workers, struct ra_http *http)
{
    worker->workers = workers;
    worker->tools = (struct http_tools){
        .http = http,
        .scratch = ra_scratch_create(),
        .answer = calloc(1, sizeof *worker->tools.answer),
        .is_worker = true,
    };
    worker->is_running = worker->tools.scratch && worker->tools.answer &&
                         pthread_create(&worker->thread, NULL, work, worker) == 0;
    return worker->is_running;
}

struct http_workers *http_workers_create(struct ra_http *http, unsigned n, unsigned queue,
                                         struct ra_err *err)
{
    struct http_workers *workers = calloc(1, sizeof *workers);
    if (workers) {
        pthread_mutex_init(&workers->lock, NULL);
        pthread_cond_init(&workers->wake, NULL);
        workers->cap = queue;
        workers->n_threads = n;
        workers->ring = calloc(queue, sizeof(struct request *));
        workers->threads = calloc(n, sizeof *workers->threads);
    }
    bool ok = workers && workers->ring && workers->threads;
    for (unsigned i = 0; ok && i < n; i++)
        ok = start(&workers->threads[i], workers, http);
    if (ok)
        return workers;
    ra_fail(err, RA_ERR_NOMEM, "cannot start %u workers", n);
    http_workers_destroy(workers);
    return NULL;
}

void http_workers_stop(struct http_workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->stop = true;
    pthread_cond_broadcast(&workers->wake);
    pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; workers->threads && i < workers->n_threads; i++) {
        struct worker *worker = &workers->threads[i];
        if (worker->is_running)
            pthread_join(worker->thread, NULL);
        worker->is_running = false;
    }
}

void http_workers_destroy(struct http_workers *workers)
{
    if (!workers)
        return;
    http_workers_stop(workers);
    for (unsigned i = 0; workers->threads && i < workers->n_threads; i++) {
        struct worker *worker = &workers->threads[i];
        ra_scratch_destroy(worker->tools.scratch);
        free(worker->tools.answer);
    }
    pthread_cond_destroy(&workers->wake);
    pthread_mutex_destroy(&workers->lock);
    free(workers->ring);
    free(workers->threads);
    free(workers);
}

static bool reserve(struct http_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    bool has_room = !workers->stop && workers->n + workers->reserved < workers->cap;
    if (has_room)
        workers->reserved++;
    else
        workers->rejected++;
    pthread_mutex_unlock(&workers->lock);
    return has_room;
}

static void set_waiting(struct request *request)
{
    pthread_mutex_lock(&request->shard->lock);
    request->conn->waiting = request;
    pthread_mutex_unlock(&request->shard->lock);
}

bool http_workers_submit(struct http_workers *workers, struct request *request)
{
    if (!reserve(workers))
        return false;
    /* Suspended before a worker can see it: a resume must not come first. */
    http_request_ref(request);
    atomic_store(&request->phase, PHASE_WAITING);
    MHD_suspend_connection(request->conn->mhd);
    set_waiting(request);
    pthread_mutex_lock(&workers->lock);
    workers->reserved--;
    workers->ring[(workers->head + workers->n) % workers->cap] = request;
    workers->n++;
    /* While stopping all threads wait for the last reserved slot. */
    if (workers->stop)
        pthread_cond_broadcast(&workers->wake);
    else
        pthread_cond_signal(&workers->wake);
    pthread_mutex_unlock(&workers->lock);
    return true;
}

void http_workers_stats(struct http_workers *workers, struct http_worker_stats *out)
{
    pthread_mutex_lock(&workers->lock);
    *out = (struct http_worker_stats){
        .depth = workers->n + workers->reserved,
        .busy = workers->busy,
        .rejected = workers->rejected,
    };
    pthread_mutex_unlock(&workers->lock);
}
