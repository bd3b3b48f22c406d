/* quantile.h: the four points of a distribution that a dashboard shows. */
#pragma once

/* `p90` is the smallest value that is not less than 90 % of all. */
enum quantile { Q_P50, Q_P90, Q_P99, Q_MAX, QUANTILE_COUNT };
extern const char *const quantile_names[QUANTILE_COUNT];
