#ifndef READALIKE_TRAIN_SGNS_H
#define READALIKE_TRAIN_SGNS_H

#include <stdint.h>

/*
 * The step of skip-gram with negative sampling (Mikolov et al., NIPS 2013): rows x_j of inputs
 * that should tell the output row y_0, and none of the negatives y_1 ... y_m,
 *
 *     g_jo = rate ([o = 0] - 1 / (1 + exp(-x_j y_o)))
 *     x_j += sum_o g_jo y_o    y_o += sum_j g_jo x_j
 *
 * for a few inputs at once that share their negatives (as Ji et al. 2016 do for a whole window):
 * each row is then read once for all its pairs.
 */
enum { SGNS_INPUTS = 4, SGNS_OUTPUTS_MAX = 65, SGNS_TABLE = 2048 };

/* A row is of whole lanes (lanes.h), one at least. */
struct sgns_step {
    float *input[SGNS_INPUTS];
    unsigned n_inputs; /* the rows behind them are read and written, but stay as they are */
    float *output[SGNS_OUTPUTS_MAX];
    unsigned n_outputs;
    float rate;
    uint32_t n_lanes;
    const float *sigmoid;                          /* (SGNS_TABLE) of sgns_fill_table() */
    float gradient[SGNS_OUTPUTS_MAX][SGNS_INPUTS]; /* scratch */
};

void sgns_fill_table(float sigmoid[SGNS_TABLE]);
/* Several threads may run on the same rows: an update may then be lost (Niu et al. 2011). */
void sgns_step(struct sgns_step *step);

#endif
