#ifndef READALIKE_TRAIN_RANKERS_H
#define READALIKE_TRAIN_RANKERS_H

#include "readalike/train.h"

/* The rows of the table of algorithms that are in files of their own: train.h says what they do. */
uint64_t bpr_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool bpr_train(struct ra_ranker *out, const struct ra_train_data *data,
               const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t blend_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool blend_train(struct ra_ranker *out, const struct ra_train_data *data,
                 const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t content_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool content_train(struct ra_ranker *out, const struct ra_train_data *data,
                   const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t ease_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool ease_train(struct ra_ranker *out, const struct ra_train_data *data,
                const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t gfcf_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool gfcf_train(struct ra_ranker *out, const struct ra_train_data *data,
                const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t ials_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool ials_train(struct ra_ranker *out, const struct ra_train_data *data,
                const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t item2vec_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool item2vec_train(struct ra_ranker *out, const struct ra_train_data *data,
                    const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t markov_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool markov_train(struct ra_ranker *out, const struct ra_train_data *data,
                  const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t popularity_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool popularity_train(struct ra_ranker *out, const struct ra_train_data *data,
                      const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t rp3beta_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool rp3beta_train(struct ra_ranker *out, const struct ra_train_data *data,
                   const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t slim_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool slim_train(struct ra_ranker *out, const struct ra_train_data *data,
                const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;

uint64_t baseline_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool baseline_train(struct ra_ranker *out, const struct ra_train_data *data,
                    const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t gd_mf_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool gd_mf_train(struct ra_ranker *out, const struct ra_train_data *data,
                 const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t nmf_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool nmf_train(struct ra_ranker *out, const struct ra_train_data *data,
               const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t svd_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool svd_train(struct ra_ranker *out, const struct ra_train_data *data,
               const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t svdpp_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool svdpp_train(struct ra_ranker *out, const struct ra_train_data *data,
                 const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
uint64_t user_knn_bytes(const struct ra_train_data *data, const struct ra_train_params *params);
bool user_knn_train(struct ra_ranker *out, const struct ra_train_data *data,
                    const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;

/* Makes room to score in, once trained. */
bool ranker_prepare(struct ra_ranker *ranker, struct ra_err *err) RA_MUST_CHECK;

#endif
