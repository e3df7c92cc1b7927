// Force-included when the deterministic rooms are compiled for this test only. From the last line
// of this file on, the names below are compile errors: whatever decides an event must not come from
// a wall clock, the operating system's entropy, a generator or distribution of the standard
// library, the order of a hash table, a locale, or a mathematics library whose last bit differs
// between processors. A poisoned name is an error in a system header too, so those that mention one
// are included first; `check determinism` covers by text what is too common a word to be poisoned
// here.
#pragma once

#include "tests/lint/poison_headers.h"

// Clocks.
#pragma GCC poison system_clock steady_clock high_resolution_clock file_clock utc_clock
#pragma GCC poison clock_gettime gettimeofday localtime gmtime localtime_r gmtime_r mktime strftime
// Generators and entropy.
#pragma GCC poison rand srand rand_r drand48 lrand48 random_device getrandom getentropy
#pragma GCC poison mt19937 mt19937_64 minstd_rand minstd_rand0 ranlux24 ranlux48 knuth_b
#pragma GCC poison default_random_engine random_shuffle shuffle
#pragma GCC poison uniform_int_distribution uniform_real_distribution bernoulli_distribution
#pragma GCC poison binomial_distribution geometric_distribution poisson_distribution
#pragma GCC poison exponential_distribution gamma_distribution weibull_distribution
#pragma GCC poison normal_distribution lognormal_distribution discrete_distribution
// Hash tables, whose order is nobody's promise.
#pragma GCC poison unordered_map unordered_set unordered_multimap unordered_multiset
// Locale and environment.
#pragma GCC poison setlocale locale getenv secure_getenv
// The mathematics library: its last bit depends on the processor.
#pragma GCC poison pow powf powl sin cos tan exp2 log2 log10 log1p expm1 cbrt hypot fma lgamma \
    tgamma
// Other threads.
#pragma GCC poison this_thread jthread async
