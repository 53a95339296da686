/* The table of algorithms, that of their parameters, and what is alike for all of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rankers.h"
#include "readalike/str.h"
#include "readalike/threads.h"

#define AT(field) offsetof(struct ra_train_params, field)

static const struct ra_param params_table[] = {
    {"baseline.epochs", AT(baseline.epochs), true, "20", 1, 100000, "times through the ratings"},
    {"baseline.lr", AT(baseline.lr), false, "0.005", 0, 1000, "sgd: length of a step"},
    {"baseline.method", AT(baseline.method), true, "als", 0, 0,
     "als: alternating least squares; sgd: stochastic gradient descent"},
    {"baseline.reg", AT(baseline.reg), false, "0.02", 0, 1e9, "sgd: regularisation"},
    {"baseline.reg_i", AT(baseline.reg_i), false, "10", 0, 1e9, "als: regularisation of books"},
    {"baseline.reg_u", AT(baseline.reg_u), false, "15", 0, 1e9, "als: regularisation of readers"},
    {"blend.candidates", AT(blend.candidates), true, "100", 1, 10000,
     "best of each part that rrf and xgboost choose from"},
    {"blend.depth", AT(blend.depth), true, "6", 1, 20, "xgboost: of the trees"},
    {"blend.fusion", AT(blend.fusion), true, "linear", 0, 0,
     "linear: a sum of similarities; rrf: by places; xgboost: trees, only for evaluate"},
    {"blend.objective", AT(blend.objective), true, "pairwise", 0, 0, "xgboost: pairwise or ndcg"},
    {"blend.rate", AT(blend.rate), false, "0.1", 1e-6, 1, "xgboost: what a tree adds"},
    {"blend.readers", AT(blend.readers), true, "20000", 1, 100000000,
     "from whose withheld readings the fusion is learned, at most"},
    {"blend.seed", AT(blend.seed), true, "1", 0, 1000000, "of what is withheld, and of the trees"},
    {"blend.trees", AT(blend.trees), true, "100", 1, 100000, "xgboost: number of trees"},
    {"bpr.epochs", AT(bpr.epochs), true, "100", 1, 100000, "passes over the readings"},
    {"bpr.factors", AT(bpr.factors), true, "128", 1, 4096, "numbers that describe a book"},
    {"bpr.init_std", AT(bpr.init_std), false, "0.1", 0, 1000,
     "deviation of the factors to start from, times the root of their number"},
    {"bpr.lr", AT(bpr.lr), false, "0.1", 0, 1000, "step of the first epoch"},
    {"bpr.lr_end", AT(bpr.lr_end), false, "0.1", 0, 1, "step of the last, as a share of the first"},
    {"bpr.popular", AT(bpr.popular), false, "0.5", 0, 1,
     "share of the unread books that are drawn by how popular they are, not all alike"},
    {"bpr.reg", AT(bpr.reg), false, "0.02", 0, 1e9, "regularisation"},
    {"bpr.seed", AT(bpr.seed), true, "1", 0, 1000000, "of the factors to start from and the draws"},
    {"content.factors", AT(content.factors), true, "128", 1, 4096,
     "directions that books are compared in"},
    {"content.seed", AT(content.seed), true, "1", 0, 1000000, "of the directions to start from"},
    {"content.sweeps", AT(content.sweeps), true, "6", 1, 1000,
     "times that the directions are sharpened"},
    {"ease.candidates", AT(ease.candidates), true, "400", 1, 100000,
     "sparse form: items that may speak for an item"},
    {"ease.dense", AT(ease.dense), true, "0", 0, 1,
     "1: judge with all of the matrix, as the paper does, not with the train.neighbours best of a "
     "row; only for evaluate"},
    {"ease.item_damping", AT(ease.item_damping), false, "0.25", 0, 2,
     "power of a book's readers by which its column is divided; 0: the paper's"},
    {"ease.item_return", AT(ease.item_return), false, "0.15", 0, 2,
     "power of a book's readers by which its score is multiplied in turn; 0: the paper's"},
    {"ease.lambda", AT(ease.lambda), false, "100", 1e-3, 1e9, "regularisation"},
    {"ease.reader_damping", AT(ease.reader_damping), false, "0.1", 0, 2,
     "power of a reader's books by which their row is divided; 0: the paper's"},
    {"ease.sparse", AT(ease.sparse), true, "0", 0, 1,
     "1: always by sparse columns, not only when the matrix is over train.memory_mb"},
    {"gd_mf.epochs", AT(gd_mf.epochs), true, "200", 1, 100000, "steps"},
    {"gd_mf.factors", AT(gd_mf.factors), true, "10", 1, 4096, "numbers that describe a book"},
    {"gd_mf.init_std", AT(gd_mf.init_std), false, "0.1", 0, 1000,
     "deviation of the factors to start from"},
    {"gd_mf.lr", AT(gd_mf.lr), false, "0.5", 0, 1000, "length of the first step"},
    {"gd_mf.reg", AT(gd_mf.reg), false, "5", 0, 1e9, "regularisation"},
    {"gd_mf.seed", AT(gd_mf.seed), true, "1", 0, 1000000, "of the factors to start from"},
    {"gf_cf.alpha", AT(gfcf.alpha), false, "0.1", 0, 100,
     "how much the low pass counts beside the linear filter"},
    {"gf_cf.factors", AT(gfcf.factors), true, "128", 1, 4096,
     "singular vectors that the low pass lets through"},
    {"gf_cf.seed", AT(gfcf.seed), true, "1", 0, 1000000, "of the search for them"},
    {"gf_cf.sweeps", AT(gfcf.sweeps), true, "6", 0, 1000, "steps of the search for them"},
    {"ials.block", AT(ials.block), true, "0", 0, 512,
     "factors of a row that are solved together, block after block (iALS++), in place of conjugate "
     "gradients; 0: no blocks"},
    {"ials.cg_steps", AT(ials.cg_steps), true, "3", 0, 100,
     "steps of conjugate gradients for a row in a sweep; 0: solved by Cholesky factors"},
    {"ials.factors", AT(ials.factors), true, "128", 1, 4096, "numbers that describe a book"},
    {"ials.lambda", AT(ials.lambda), false, "0.001", 1e-9, 1e9, "regularisation"},
    {"ials.nu", AT(ials.nu), false, "1", 0, 1,
     "power of how often a reader or a book is seen, in the regularisation; 0: all alike"},
    {"ials.seed", AT(ials.seed), true, "1", 0, 1000000, "of the factors to start from"},
    {"ials.sweeps", AT(ials.sweeps), true, "16", 1, 1000, "times that both sides are solved"},
    {"ials.unobserved", AT(ials.unobserved), false, "0.05", 1e-6, 1e3,
     "weight of not having read a book, beside 1 for having read it"},
    {"item2vec.alpha", AT(item2vec.alpha), false, "0.025", 1e-9, 10, "step in the beginning"},
    {"item2vec.epochs", AT(item2vec.epochs), true, "50", 1, 100000, "times through the readings"},
    {"item2vec.min_alpha", AT(item2vec.min_alpha), false, "0.0001", 0, 10, "step in the end"},
    {"item2vec.min_count", AT(item2vec.min_count), true, "1", 0, 1000000,
     "readers that a book must have"},
    {"item2vec.negative", AT(item2vec.negative), true, "5", 0, 64,
     "books drawn that are not the one"},
    {"item2vec.ns_exponent", AT(item2vec.ns_exponent), false, "0.75", -5, 5,
     "power of a book's readers in that draw; 0: all alike"},
    {"item2vec.recency", AT(item2vec.recency), false, "0", 0, 1e6,
     "readings after which an earlier one counts half when asking; 0: all alike"},
    {"item2vec.sample", AT(item2vec.sample), false, "0.001", 0, 1,
     "share of all readings from which a book is passed over now and then; 0: never"},
    {"item2vec.seed", AT(item2vec.seed), true, "1", 0, 1000000, "of the vectors and draws"},
    {"item2vec.shrink_windows", AT(item2vec.shrink_windows), true, "1", 0, 1,
     "1: each window is of a random size up to `window`"},
    {"item2vec.vector_size", AT(item2vec.vector_size), true, "100", 1, 4096,
     "numbers that describe a book"},
    {"item2vec.window", AT(item2vec.window), true, "20", 1, 1000000,
     "readings before and after that a book is learned from"},
    {"knn.k", AT(knn.k), true, "40", 1, 100000, "nearest that make a rating, at most"},
    {"knn.min_k", AT(knn.min_k), true, "1", 1, 100000, "nearest that make a rating, at least"},
    {"knn.min_support", AT(knn.min_support), true, "1", 1, 1000000,
     "ratings that two must share to be neighbours"},
    {"knn.neighbours", AT(knn.neighbours), true, "2000", 1, 100000,
     "kept for a reader or a book, to choose the nearest from"},
    {"knn.prediction", AT(knn.prediction), true, "baseline", 0, 0,
     "plain, or around the means (centred), with the deviations (z-score), around the baseline"},
    {"knn.shrinkage", AT(knn.shrinkage), false, "100", 0, 1e9,
     "pulls similarities with little support towards zero"},
    {"knn.similarity", AT(knn.similarity), true, "pearson-baseline", 0, 0,
     "cosine, pearson, adjusted-cosine, msd, jaccard or pearson-baseline"},
    {"markov.recency", AT(markov.recency), false, "0.5", 0, 1e6,
     "readings after which an earlier one counts half when asking; 0: all alike"},
    {"markov.shrinkage", AT(markov.shrinkage), false, "1", 0, 1e6,
     "readings that go nowhere, added to those of a book"},
    {"nmf.biased", AT(nmf.biased), true, "0", 0, 1, "1: with the mean and biases"},
    {"nmf.epochs", AT(nmf.epochs), true, "50", 1, 100000, "times through the ratings"},
    {"nmf.factors", AT(nmf.factors), true, "15", 1, 4096, "numbers that describe a book"},
    {"nmf.lr_bias", AT(nmf.lr_bias), false, "0.005", 0, 1000, "length of a step of the biases"},
    {"nmf.reg", AT(nmf.reg), false, "0.1", 0, 1e9, "regularisation of the factors"},
    {"nmf.reg_bias", AT(nmf.reg_bias), false, "0.02", 0, 1e9, "regularisation of the biases"},
    {"nmf.seed", AT(nmf.seed), true, "1", 0, 1000000, "of the factors to start from"},
    {"rate_blend.ridge", AT(rate_blend.ridge), false, "10", 1e-6, 1e9,
     "regularisation of the weights, towards the plain mean"},
    {"rate_blend.seed", AT(rate_blend.seed), true, "1", 0, 1000000, "of the share"},
    {"rate_blend.withheld", AT(rate_blend.withheld), false, "0.1", 0, 0.9,
     "share of the ratings that the weights are learnt from"},
    {"popularity.by", AT(popularity.by), true, "0", 0, 2,
     "0: how many read a book; 1: the Bayesian mean of its ratings; 2: who read it of late"},
    {"popularity.half_life_days", AT(popularity.half_life_days), false, "90", 1e-3, 1e6,
     "of a reading, with popularity.by=2"},
    {"rp3beta.alpha", AT(rp3beta.alpha), false, "0.5", 0, 5,
     "power of the transitions; below 1 evens them out"},
    {"rp3beta.beta", AT(rp3beta.beta), false, "0.25", 0, 2,
     "how much popular books are held back: their readers ^ -this"},
    {"slim.candidates", AT(slim.candidates), true, "300", 1, 100000,
     "items that may speak for an item"},
    {"slim.item_damping", AT(slim.item_damping), false, "0.25", 0, 2,
     "power of a book's readers by which its column is divided; 0: the paper's"},
    {"slim.item_return", AT(slim.item_return), false, "0.15", 0, 2,
     "power of a book's readers by which its score is multiplied in turn; 0: the paper's"},
    {"slim.l1", AT(slim.l1), false, "0.1", 0, 1e9, "regularisation towards few neighbours"},
    {"slim.l2", AT(slim.l2), false, "80", 0, 1e9, "regularisation towards small weights"},
    {"slim.nonnegative", AT(slim.nonnegative), true, "1", 0, 1, "1: no weight is below 0"},
    {"slim.reader_damping", AT(slim.reader_damping), false, "0.1", 0, 2,
     "power of a reader's books by which their row is divided; 0: the paper's"},
    {"slim.sweeps", AT(slim.sweeps), true, "30", 1, 10000, "times through the candidates, at most"},
    {"svd.biased", AT(svd.biased), true, "1", 0, 1, "0: factors alone, no mean and no biases"},
    {"svd.epochs", AT(svd.epochs), true, "30", 1, 100000, "times through the ratings"},
    {"svd.factors", AT(svd.factors), true, "100", 1, 4096, "numbers that describe a book"},
    {"svd.init_std", AT(svd.init_std), false, "0.1", 0, 1000,
     "deviation of the factors to start from"},
    {"svd.lr", AT(svd.lr), false, "0.01", 0, 1000, "length of a step"},
    {"svd.reg", AT(svd.reg), false, "0.1", 0, 1e9, "regularisation"},
    {"svd.seed", AT(svd.seed), true, "1", 0, 1000000, "of the factors to start from"},
    {"svdpp.epochs", AT(svdpp.epochs), true, "40", 1, 100000, "times through the ratings"},
    {"svdpp.factors", AT(svdpp.factors), true, "20", 1, 4096, "numbers that describe a book"},
    {"svdpp.init_std", AT(svdpp.init_std), false, "0.1", 0, 1000,
     "deviation of the factors to start from"},
    {"svdpp.lr", AT(svdpp.lr), false, "0.01", 0, 1000, "length of a step"},
    {"svdpp.reg", AT(svdpp.reg), false, "0.1", 0, 1e9, "regularisation"},
    {"svdpp.seed", AT(svdpp.seed), true, "1", 0, 1000000, "of the factors to start from"},
};

/* In the order of the enums of rate.h. */
static const char *const fusions[] = {"linear", "rrf", "xgboost", NULL};
static const char *const objectives[] = {"pairwise", "ndcg", NULL};
static const char *const methods[] = {"als", "sgd", NULL};
static const char *const similarities[] = {
    "cosine", "pearson", "adjusted-cosine", "msd", "jaccard", "pearson-baseline", NULL};
static const char *const predictions[] = {"plain", "centred", "z-score", "baseline", NULL};

static const struct {
    const char *key;
    const char *const *words;
} choices[] = {
    {"baseline.method", methods},     {"blend.fusion", fusions},
    {"blend.objective", objectives},  {"knn.prediction", predictions},
    {"knn.similarity", similarities},
};

const char *const *ra_train_param_words(const char *key)
{
    for (size_t i = 0; i < RA_COUNT(choices); i++) {
        if (strcmp(choices[i].key, key) == 0)
            return choices[i].words;
    }
    return NULL;
}

const struct ra_param *ra_train_param_table(size_t *n)
{
    *n = RA_COUNT(params_table);
    return params_table;
}

static struct ra_item_knn_params knn_params(const struct ra_train_params *params)
{
    struct ra_item_knn_params knn = params->item_knn;
    knn.neighbours = params->neighbours;
    knn.threads = params->threads;
    knn.memory_limit = params->memory_limit;
    knn.progress = params->progress;
    return knn;
}

static uint64_t item_knn_bytes(const struct ra_train_data *data,
                               const struct ra_train_params *params)
{
    struct ra_item_knn_params knn = knn_params(params);
    return ra_item_knn_bytes(data->weights, &knn);
}

static bool item_knn_train(struct ra_ranker *out, const struct ra_train_data *data,
                           const struct ra_train_params *params, struct ra_err *err)
{
    struct ra_item_knn_params knn = knn_params(params);
    return ra_train_item_knn(&out->neighbours, data->weights, &knn, err);
}

static const char fewer_factors[] = "fewer factors take less";

static const struct ra_algorithm algorithms[] = {
    {"baseline", RA_RANKER_FACTORS, baseline_bytes, baseline_train, "it takes little"},
    {"blend", RA_RANKER_SIMILARITY, blend_bytes, blend_train,
     "fewer parts, candidates or readers take less"},
    {"bpr", RA_RANKER_FACTORS, bpr_bytes, bpr_train, "fewer factors take less"},
    {"content", RA_RANKER_SIMILARITY, content_bytes, content_train,
     "fewer factors or neighbours take less"},
    {"ease", RA_RANKER_SIMILARITY, ease_bytes, ease_train,
     "it needs a matrix of items by items; item-knn and rp3beta do not"},
    {"gd-mf", RA_RANKER_FACTORS, gd_mf_bytes, gd_mf_train, fewer_factors},
    {"gf-cf", RA_RANKER_SIMILARITY, gfcf_bytes, gfcf_train,
     "fewer factors, neighbours or threads take less"},
    {"ials", RA_RANKER_FACTORS, ials_bytes, ials_train, "fewer factors or threads take less"},
    {"item-knn", RA_RANKER_SIMILARITY, item_knn_bytes, item_knn_train,
     "fewer neighbours or threads take less"},
    {"item2vec", RA_RANKER_SIMILARITY, item2vec_bytes, item2vec_train,
     "a smaller vector_size or fewer neighbours take less"},
    {"markov", RA_RANKER_SIMILARITY, markov_bytes, markov_train,
     "fewer neighbours or threads take less"},
    {"nmf", RA_RANKER_FACTORS, nmf_bytes, nmf_train, fewer_factors},
    {"popularity", RA_RANKER_POPULARITY, popularity_bytes, popularity_train, "it takes the least"},
    {"rp3beta", RA_RANKER_SIMILARITY, rp3beta_bytes, rp3beta_train,
     "fewer neighbours or threads take less"},
    {"slim", RA_RANKER_SIMILARITY, slim_bytes, slim_train,
     "fewer candidates, neighbours or threads take less"},
    {"svd", RA_RANKER_FACTORS, svd_bytes, svd_train, fewer_factors},
    {"svdpp", RA_RANKER_FACTORS, svdpp_bytes, svdpp_train, fewer_factors},
    {"user-knn", RA_RANKER_SIMILARITY, user_knn_bytes, user_knn_train,
     "fewer neighbours or threads take less"},
};

const struct ra_algorithm *ra_algorithm_table(size_t *n)
{
    *n = RA_COUNT(algorithms);
    return algorithms;
}

const struct ra_algorithm *ra_algorithm_find(const char *name, struct ra_err *err)
{
    char all[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < RA_COUNT(algorithms); i++) {
        if (strcmp(algorithms[i].name, name) == 0)
            return &algorithms[i];
        int n = snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", algorithms[i].name);
        used = n > 0 && used + (size_t)n < sizeof all ? used + (size_t)n : used;
    }
    const char *near =
        ra_str_nearest(name, &algorithms[0].name, RA_COUNT(algorithms), sizeof algorithms[0]);
    ra_fail(err, RA_ERR_INVALID, "unknown algorithm \"%.64s\"; %s%s%s", name,
            near ? "did you mean \"" : "there are ", near ? near : all, near ? "\"?" : "");
    return NULL;
}

bool ra_train(const struct ra_algorithm *algorithm, struct ra_ranker *out,
              const struct ra_train_data *data, const struct ra_train_params *params,
              struct ra_err *err)
{
    *out = (struct ra_ranker){
        .n_items = data->weights->n_cols,
        .n_threads = ra_threads(params->threads),
    };
    uint64_t bytes = algorithm->bytes(data, params);
    if (params->memory_limit && bytes > params->memory_limit)
        return ra_fail(err, RA_ERR_INVALID, "%s would take %.0f MB, the limit is %.0f MB; %s",
                       algorithm->name, (double)bytes / 1e6, (double)params->memory_limit / 1e6,
                       algorithm->takes_less);
    if (algorithm->train(out, data, params, err) && ranker_prepare(out, err))
        return true;
    ra_ranker_finish(out);
    return false;
}
