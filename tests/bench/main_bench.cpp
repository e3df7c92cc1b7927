// The one object that holds the benchmarks' main.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
