#ifndef READALIKE_POWER_LAW_H
#define READALIKE_POWER_LAW_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * The tail p(x) ~ x^-alpha, x >= x_min, of `counts` (n), zeros being passed over: alpha by maximum
 * likelihood (the approximation for whole numbers), x_min where the distance of Kolmogorov and
 * Smirnov between the data and the fit is least (Clauset, Shalizi and Newman 2009). A tail has at
 * least RA_POWER_LAW_LEAST values. `alpha` is NaN where no tail can be fitted.
 */
#define RA_POWER_LAW_LEAST 50
struct ra_power_law {
    double alpha;
    uint32_t x_min;
    size_t n_tail;   /* values from x_min on */
    double distance; /* of Kolmogorov and Smirnov */
};
bool ra_power_law_fit(struct ra_power_law *out, const uint32_t *counts, size_t n,
                      struct ra_err *err) RA_MUST_CHECK;

#endif
