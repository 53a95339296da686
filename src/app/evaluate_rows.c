/* The figures of an evaluation by name. */
#include <stddef.h>

#include "evaluate.h"
#include "readalike/str.h"

#define RANKING(label, name)                                                                       \
    {                                                                                              \
        label, #name, offsetof(struct ra_metrics, name), true                                      \
    }
#define RATING(label, name, more)                                                                  \
    {                                                                                              \
        label, #name, offsetof(struct ra_rating_metrics, name), more                               \
    }

static const struct evaluate_row ranking_rows[] = {
    RANKING("Recall", recall),
    RANKING("precision", precision),
    RANKING("MAP", map),
    RANKING("NDCG", ndcg),
    RANKING("KGAT's NDCG", ndcg_kgat),
    RANKING("hit rate", hit_rate),
    RANKING("MRR", mrr),
    RANKING("reader coverage", reader_coverage),
    RANKING("novelty", novelty),
    RANKING("popularity", popularity),
    RANKING("popularity bias", popularity_bias),
    RANKING("diversity", diversity),
};
static const struct evaluate_row rating_rows[] = {
    RATING("RMSE", rmse, false),
    RATING("MAE", mae, false),
    RATING("precision", precision, true),
    RATING("recall", recall, true),
};

const struct evaluate_row *evaluate_ranking_rows(size_t *n)
{
    *n = RA_COUNT(ranking_rows);
    return ranking_rows;
}

const struct evaluate_row *evaluate_rating_rows(size_t *n)
{
    *n = RA_COUNT(rating_rows);
    return rating_rows;
}

const struct ra_figure *evaluate_figure(const void *metrics, const struct evaluate_row *row)
{
    return (const struct ra_figure *)(const void *)((const char *)metrics + row->offset);
}
