// Force-included when the deterministic rooms are compiled for this test only. From the last line
// of this file on, the names below are compile errors: whatever decides an event must not come from
// a wall clock, the operating system's entropy, a generator or distribution of the standard
// library, the order of a hash table, a locale, or a mathematics library whose last bit differs
// between processors. A poisoned name is an error in a system header too, so those that mention one
// are included first; `check determinism` covers by text what is too common a word to be poisoned
// here.
#pragma once

#include "events/kj_comparisons.h"

#include <capnp/message.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>
#include <fmt/format.h>
#include <kj/array.h>
#include <kj/common.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <complex>
#include <condition_variable>
#include <coroutine>
#include <cstdlib>
#include <ctime>
#include <expected>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <locale>
#include <map>
#include <memory_resource>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <ranges>
#include <regex>
#include <set>
#include <span>
#include <sstream>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <variant>

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
