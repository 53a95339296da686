/* What `readalike train` says, for people and for machines. */
#include <stdio.h>
#include <stdlib.h>

#include "readalike/clock.h"
#include "train_job.h"

/* A stage is told when it is done, so that a long training shows where it is. */
void train_say_snapshot(const struct train_job *job)
{
    const struct ra_dataset *dataset = job->dataset;
    if (job->app->quiet)
        return;
    printf("%u book%s, %u reader%s, %llu rating%s (%llu explicit) read in %.2f s\n",
           dataset->n_items, dataset->n_items == 1 ? "" : "s", dataset->n_readers,
           dataset->n_readers == 1 ? "" : "s", (unsigned long long)ra_csr_nnz(&dataset->read),
           ra_csr_nnz(&dataset->read) == 1 ? "" : "s", (unsigned long long)dataset->n_rated,
           job->snapshot_s);
    if (job->fell_back)
        puts("Nobody has read anything yet: a popularity model from the source's own counts.");
    fflush(stdout);
}

void train_say_catalogue(const struct train_job *job)
{
    if (!job->app->quiet)
        printf("catalogue and title index made in %.2f s\n", job->catalogue_s);
    fflush(stdout);
}

void train_say_result(const struct train_job *job, const struct train_result *result)
{
    if (job->app->quiet)
        return;
    printf("%s: trained in %.2f s", result->algorithm, result->train_s);
    if (result->similar_pairs)
        printf(" (%llu neighbours)", (unsigned long long)result->similar_pairs);
    if (result->factors)
        printf(" (%u factors)", result->factors);
    printf(", written in %.2f s, registered in %.2f s\n", result->model.write_s,
           result->model.register_s);
    printf("version %s %s\n  %s\n", result->model.version,
           result->model.added ? "added" : "was there already, unchanged", result->model.path);
    fflush(stdout);
}

void train_print_end(const struct train_job *job)
{
    if (job->app->quiet)
        return;
    if (job->verdict[0] && !job->is_refused)
        printf("%s.\n", job->verdict);
    if (job->results[0].promoted)
        printf("%s is live.\n", job->results[0].model.version);
    printf("done in %.2f s\n", ra_clock_seconds() - job->start);
}

static void put_result(struct ra_buf *out, const struct train_result *result)
{
    ra_buf_putf(out, "{\"version\":\"%s\",\"algorithm\":\"%s\",\"path\":", result->model.version,
                result->algorithm);
    ra_buf_put_json(out, result->model.path);
    ra_buf_putf(out,
                ",\"added\":%s,\"promoted\":%s,\"similar_pairs\":%llu,\"factors\":%u,"
                "\"memory_bytes\":%llu,"
                "\"train_s\":%.3f,\"write_s\":%.3f,\"register_s\":%.3f}",
                result->model.added ? "true" : "false", result->promoted ? "true" : "false",
                (unsigned long long)result->similar_pairs, result->factors,
                (unsigned long long)result->memory, result->train_s, result->model.write_s,
                result->model.register_s);
}

static void put_grid(struct ra_buf *out, const struct train_job *job)
{
    json_t *grid = grid_to_json(&job->grid);
    char *text = grid ? json_dumps(grid, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    ra_buf_puts(out, ",\"grid\":");
    ra_buf_puts(out, text ? text : "null");
    ra_buf_puts(out, ",\"verdict\":");
    ra_buf_put_json(out, job->verdict[0] ? job->verdict : NULL);
    ra_buf_putf(out, ",\"refused\":%s", job->is_refused ? "true" : "false");
    free(text);
    json_decref(grid);
}

void train_print_json(const struct train_job *job)
{
    const struct ra_dataset *dataset = job->dataset;
    struct ra_buf out;
    ra_buf_init(&out);
    ra_buf_putf(&out,
                "{\"books\":%u,\"readers\":%u,\"ratings\":%llu,\"explicit_ratings\":%llu,"
                "\"fingerprint\":\"%016llx\",\"fell_back\":%s,\"snapshot_s\":%.3f,"
                "\"catalogue_s\":%.3f,\"total_s\":%.3f,\"models\":[",
                dataset->n_items, dataset->n_readers,
                (unsigned long long)ra_csr_nnz(&dataset->read),
                (unsigned long long)dataset->n_rated, (unsigned long long)dataset->fingerprint,
                job->fell_back ? "true" : "false", job->snapshot_s, job->catalogue_s,
                ra_clock_seconds() - job->start);
    for (size_t i = 0; i < job->algorithms.n; i++) {
        if (i)
            ra_buf_putc(&out, ',');
        put_result(&out, &job->results[i]);
    }
    ra_buf_putc(&out, ']');
    if (job->winner)
        put_grid(&out, job);
    ra_buf_putc(&out, '}');
    const char *text = ra_buf_cstr(&out);
    puts(text ? text : "{}");
    ra_buf_finish(&out);
}
