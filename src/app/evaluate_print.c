/* Figures of an evaluation, for people and for machines. */
#include <stdio.h>

#include "evaluate.h"

void evaluate_put_json(const char *name, const struct ra_figure *figure)
{
    printf("\"%s\":%.6f,\"%s_interval\":%.6f,\"%s_low\":%.6f,\"%s_high\":%.6f,", name, figure->mean,
           name, figure->interval, name, figure->low, name, figure->high);
}

void evaluate_put_line(const char *label, const struct ra_figure *figure)
{
    printf("  %-19s %8.4f   95 %%: %.4f to %.4f\n", label, figure->mean, figure->low, figure->high);
}

void evaluate_put_split_json(const struct evaluate_job *job)
{
    if (!job->data)
        return;
    const struct ra_split_params *params = &job->params;
    printf("\"split\":\"%s\",\"folds\":%u,\"seed\":%u,\"rows\":%zu,\"rejected\":%llu,",
           ra_split_kind_name(params->kind), ra_split_folds(params), job->seed, job->events.n,
           (unsigned long long)job->events.n_rejected);
}
