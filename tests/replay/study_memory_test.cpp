// Goal: memory does not grow with the number of points. Method: the peak of a process after a study
// of a hundred points, and after one of ten thousand. Sanitizers keep what is freed, so under them
// only the smaller grid is run and its files looked at.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "replay/verbs/study.h"
#include "tests/events/sample.h"
#include "tests/replay/study_sample.h"

namespace tablekey::replay::verbs::study_memory_test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

// In KiB; Linux's own account.
std::uint64_t peak() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t size = 0;
    if (word == "VmHWM:" && status >> size) return size;
  }
  return 0;
}

std::string axis(int count) {
  std::string out;
  for (int i = 1; i <= count; ++i) out += (i == 1 ? "" : ", ") + std::to_string(i) + "s";
  return out;
}

// A minute of one connection, for each pair of two settings.
std::uint64_t run_grid(int side, const std::filesystem::path& folder) {
  const std::string scenario = (folder.string() + ".yaml");
  std::ofstream(scenario) << sample::study_text(
      "  repeat: 1\n  matrix:\n    model.table_key_cache.ttl: [" + axis(side) +
      "]\n    model.table_key_cache.idle_timeout: [" + axis(side) +
      "]\n  measure: [requests.count, kms.calls.count]\n");
  StudyOptions options;
  options.scenario.file = scenario;
  options.scenario.set = {{"until", "1m"}, {"timeline", "[]"}, {"workload.web.connections", "1"}};
  options.output = folder;
  std::ostringstream out, err;
  Console console(out, err, "0.1.0");
  INFO(err.str());
  REQUIRE(study(options, console) == kExitOk);
  std::ifstream results(folder / "results.jsonl");
  return static_cast<std::uint64_t>(std::count(std::istreambuf_iterator<char>(results), {}, '\n'));
}

}  // namespace

TEST_CASE("a grid of ten thousand points takes no more memory than one of a hundred") {
  events::sample::TempFolder folder;
  CHECK(run_grid(10, folder / "small") == 100);
  const std::uint64_t before = peak();
  if (kSanitized) return;
  CHECK(run_grid(100, folder / "large") == 10'000);
  // A hundred times the points: what is kept of a point would show as more than this.
  CHECK(peak() < before + 8 * 1024);
}

}  // namespace tablekey::replay::verbs::study_memory_test
