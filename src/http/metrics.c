/* Numbers for Prometheus: counted by each polling thread alone, summed when somebody asks. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "readalike/cache.h"
#include "readalike/model.h"
#include "readalike/str.h"

static const unsigned statuses[] = {200, 204, 304, 400, 404, 405, 409, 413, 429, 500, 503, 504};
_Static_assert(RA_COUNT(statuses) < HTTP_STATUSES, "one more column is for the rest");

static const struct {
    uint64_t ns;
    const char *le; /* seconds */
} buckets[] = {
    {50000, "0.00005"},  {100000, "0.0001"},  {250000, "0.00025"}, {500000, "0.0005"},
    {1000000, "0.001"},  {2500000, "0.0025"}, {5000000, "0.005"},  {10000000, "0.01"},
    {25000000, "0.025"}, {50000000, "0.05"},  {100000000, "0.1"},  {250000000, "0.25"},
    {500000000, "0.5"},  {1000000000, "1"},   {2500000000, "2.5"}, {10000000000, "10"},
};
_Static_assert(RA_COUNT(buckets) == HTTP_BUCKETS, "a column a bucket");

static unsigned status_column(unsigned status)
{
    unsigned i = 0;
    while (i < RA_COUNT(statuses) && statuses[i] != status)
        i++;
    return i;
}

void http_count_request(struct http_counters *counters, const struct request *request,
                        uint64_t took_ns)
{
    unsigned row = http_route_index(request->route);
    unsigned bucket = 0;
    while (bucket < HTTP_BUCKETS && took_ns > buckets[bucket].ns)
        bucket++;
    http_count(&counters->requests[row][status_column(request->status)]);
    http_count(&counters->latency[row][bucket]);
    uint64_t sum = atomic_load_explicit(&counters->latency_ns[row], memory_order_relaxed);
    atomic_store_explicit(&counters->latency_ns[row], sum + took_ns, memory_order_relaxed);
}

/* The sum of one counter over the shards; `offset` of it in struct http_counters. */
static uint64_t total(const struct ra_http *http, size_t offset)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < http->n_shards; i++) {
        const char *at = (const char *)&http->shards[i].counters + offset;
        sum +=
            atomic_load_explicit((const _Atomic uint64_t *)(const void *)at, memory_order_relaxed);
    }
    return sum;
}

#define TOTAL(http, field) total(http, offsetof(struct http_counters, field))

static void head(struct ra_buf *out, const char *name, const char *type, const char *help)
{
    ra_buf_putf(out, "# HELP readalike_%s %s\n# TYPE readalike_%s %s\n", name, help, name, type);
}

static void number(struct ra_buf *out, const char *name, const char *type, const char *help,
                   double value)
{
    head(out, name, type, help);
    ra_buf_putf(out, "readalike_%s %.17g\n", name, value);
}

static const char *route_name(unsigned row)
{
    return row < http_n_routes ? http_routes[row].pattern : "none";
}

static void put_requests(const struct ra_http *http, struct ra_buf *out)
{
    head(out, "http_requests_total", "counter", "Requests answered, by route and status.");
    for (unsigned row = 0; row <= HTTP_ROUTES_MAX; row++) {
        for (unsigned column = 0; column <= RA_COUNT(statuses); column++) {
            uint64_t n = TOTAL(http, requests[row][column]);
            if (n == 0)
                continue;
            char status[16] = "other";
            if (column < RA_COUNT(statuses))
                snprintf(status, sizeof status, "%u", statuses[column]);
            ra_buf_putf(out, "readalike_http_requests_total{route=\"%s\",status=\"%s\"} %llu\n",
                        route_name(row), status, (unsigned long long)n);
        }
    }
}

static void put_row_latency(const struct ra_http *http, unsigned row, struct ra_buf *out)
{
    static const char name[] = "readalike_http_request_seconds";
    const char *route = route_name(row);
    uint64_t sum = 0;
    for (unsigned i = 0; i <= HTTP_BUCKETS; i++)
        sum += TOTAL(http, latency[row][i]);
    if (sum == 0)
        return;
    uint64_t below = 0;
    for (unsigned i = 0; i < HTTP_BUCKETS; i++) {
        below += TOTAL(http, latency[row][i]);
        ra_buf_putf(out, "%s_bucket{route=\"%s\",le=\"%s\"} %llu\n", name, route, buckets[i].le,
                    (unsigned long long)below);
    }
    below += TOTAL(http, latency[row][HTTP_BUCKETS]);
    ra_buf_putf(out, "%s_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", name, route,
                (unsigned long long)below);
    ra_buf_putf(out, "%s_sum{route=\"%s\"} %.9f\n%s_count{route=\"%s\"} %llu\n", name, route,
                (double)TOTAL(http, latency_ns[row]) / 1e9, name, route, (unsigned long long)below);
}

static void put_latency(const struct ra_http *http, struct ra_buf *out)
{
    head(out, "http_request_seconds", "histogram",
         "Time from the request line to the last byte sent, by route.");
    for (unsigned row = 0; row <= HTTP_ROUTES_MAX; row++)
        put_row_latency(http, row, out);
}

static void put_connections(struct ra_http *http, struct ra_buf *out)
{
    static const char *const stages[CONN_STATES] = {"idle", "header", "body", "request"};
    uint64_t started = TOTAL(http, started), completed = TOTAL(http, completed);
    number(out, "http_in_flight", "gauge", "Requests begun and not answered yet.",
           started > completed ? (double)(started - completed) : 0);
    number(out, "http_connections", "gauge", "Open connections.", (double)http_conn_count(http));
    number(out, "http_connections_total", "counter", "Connections accepted.",
           (double)TOTAL(http, connections));
    number(out, "http_refused_total", "counter", "Requests refused for their framing.",
           (double)TOTAL(http, refused));
    number(out, "http_evicted_total", "counter", "Silent connections closed to make room.",
           (double)atomic_load(&http->evicted));
    head(out, "http_late_total", "counter", "Connections past a deadline, by stage.");
    for (unsigned i = 0; i < CONN_STATES; i++)
        ra_buf_putf(out, "readalike_http_late_total{stage=\"%s\"} %llu\n", stages[i],
                    (unsigned long long)atomic_load(&http->late[i]));
    struct http_worker_stats workers;
    http_workers_stats(http->workers, &workers);
    number(out, "http_queue_depth", "gauge", "Requests that wait for a worker.",
           (double)workers.depth);
    number(out, "http_workers_busy", "gauge", "Workers with a request.", (double)workers.busy);
    number(out, "http_queue_rejected_total", "counter", "Requests answered 503: queue full.",
           (double)workers.rejected);
}

static void put_model(struct ra_http *http, struct ra_buf *out)
{
    head(out, "model_reloads_total", "counter", "Model swaps, by result.");
    ra_buf_putf(out,
                "readalike_model_reloads_total{result=\"ok\"} %llu\n"
                "readalike_model_reloads_total{result=\"failed\"} %llu\n",
                (unsigned long long)atomic_load(&http->reloads),
                (unsigned long long)atomic_load(&http->failed_reloads));
    struct ra_engine *engine = ra_live_get(http->live);
    number(out, "model_loaded", "gauge", "1 when a model is live.", engine ? 1 : 0);
    if (!engine)
        return;
    const struct ra_model *model = ra_engine_model(engine);
    head(out, "model_info", "gauge", "The live model.");
    ra_buf_puts(out, "readalike_model_info{version=");
    ra_buf_put_json(out, ra_model_version(model));
    ra_buf_puts(out, ",algorithm=");
    ra_buf_put_json(out, ra_model_algorithm(model));
    ra_buf_puts(out, "} 1\n");
    number(out, "model_books", "gauge", "Books in the live model.",
           (double)ra_model_n_items(model));
    ra_engine_unref(engine);
}

static void put_cache(struct ra_http *http, struct ra_buf *out)
{
    if (!http->cache)
        return;
    struct ra_cache_stats stats;
    ra_cache_stats(http->cache, &stats);
    head(out, "cache_hits_total", "counter", "Replies found in the cache, by where.");
    ra_buf_putf(out,
                "readalike_cache_hits_total{where=\"memory\"} %llu\n"
                "readalike_cache_hits_total{where=\"redis\"} %llu\n",
                (unsigned long long)stats.hits_local, (unsigned long long)stats.hits_redis);
    number(out, "cache_misses_total", "counter", "Replies not found in the cache.",
           (double)stats.misses);
    number(out, "cache_puts_total", "counter", "Replies put into the cache.", (double)stats.puts);
    number(out, "cache_evictions_total", "counter", "Replies pushed out of memory.",
           (double)stats.evictions);
    number(out, "cache_bytes", "gauge", "Memory of the in-process cache.", (double)stats.bytes);
    number(out, "cache_entries", "gauge", "Replies in the in-process cache.",
           (double)stats.entries);
    number(out, "cache_redis_errors_total", "counter", "Redis calls that failed.",
           (double)stats.redis_errors);
    number(out, "cache_redis_dropped_total", "counter", "Writes to Redis left out.",
           (double)stats.redis_dropped);
    number(out, "cache_redis_up", "gauge", "1 up, 0 down or not used.",
           stats.redis == RA_REDIS_UP ? 1 : 0);
}

static double resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long size = 0, resident = 0;
    if (file) {
        if (fscanf(file, "%llu %llu", &size, &resident) != 2)
            resident = 0;
        fclose(file);
    }
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void put_process(struct ra_http *http, struct ra_buf *out)
{
    pthread_mutex_lock(&http->probe_lock);
    bool up = http->store_up;
    pthread_mutex_unlock(&http->probe_lock);
    number(out, "store_up", "gauge", "1 when the store answered the last time it was asked.", up);
    number(out, "start_time_seconds", "gauge", "When the server started, seconds since 1970.",
           (double)http->started_s);
    number(out, "resident_bytes", "gauge", "Memory in use.", resident_bytes());
    number(out, "draining", "gauge", "1 while the server is about to stop.",
           atomic_load(&http->is_draining) ? 1 : 0);
}

unsigned http_metrics(struct request *request, struct http_tools *tools)
{
    struct ra_buf *out = &request->reply.body;
    put_requests(tools->http, out);
    put_latency(tools->http, out);
    put_connections(tools->http, out);
    put_model(tools->http, out);
    put_cache(tools->http, out);
    put_process(tools->http, out);
    unsigned status = http_json(request);
    if (status == 200)
        request->reply.type = "text/plain; version=0.0.4; charset=utf-8";
    return status;
}
