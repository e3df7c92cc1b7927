// tests/theory/run: cases in, estimates out. Every number comes of simulated runs of the product;
// no formula of the theory stands here.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "crypto/harden.h"
#include "tests/theory/case.h"
#include "tests/theory/engine.h"
#include "tests/theory/report.h"
#include "tests/theory/search.h"

namespace {

using namespace tablekey::theory;

constexpr double kPatience = 9;
constexpr int kOff = 1, kBadUsage = 2, kBadFile = 3;

struct Options {
  std::string cases, results;
  Effort effort;
  bool report = false;
  std::string only;
};

void say(const std::string& text) { fmt::print(stderr, "tests/theory/run: {}\n", text); }

std::optional<Options> options_of(const std::vector<std::string>& words) {
  Options options;
  options.effort.threads = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool last = i + 1 == words.size();
    if (word == "--report") {
      options.report = true;
    } else if (word == "--quick") {
      options.effort.seconds = options.effort.patience =
          0;  // the least number of runs, whatever they come to
      options.effort.events_a_run = 1e4;
    } else if (word.starts_with('-') && last) {
      return std::nullopt;
    } else if (word == "-o") {
      options.results = words[++i];
    } else if (word == "--budget") {
      options.effort.seconds = std::stod(words[++i]);
      options.effort.patience = kPatience * options.effort.seconds;
    } else if (word == "--precision") {
      options.effort.precision = std::stod(words[++i]) / 100;
    } else if (word == "--threads") {
      options.effort.threads = static_cast<unsigned>(std::stoul(words[++i]));
    } else if (word == "--seed") {
      options.effort.seed = std::stoull(words[++i]);
    } else if (word == "--only") {
      options.only = words[++i];
    } else if (word.starts_with('-') || !options.cases.empty()) {
      return std::nullopt;
    } else {
      options.cases = word;
    }
  }
  if (options.cases.empty() || (options.results.empty() && !options.report)) return std::nullopt;
  return options;
}

// Cases must not share their draws, or their errors would agree. FNV-1a over what tells them apart.
std::uint64_t first_seed(const Case& given, std::uint64_t seed) {
  std::uint64_t digest = 14695981039346656037ULL;
  for (const char c : given.id + given.family) {
    digest = (digest ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return (digest >> 24) * 1'000'000 % 1'000'000'000'000'000ULL + seed;
}

std::optional<Result> work_on(const Case& given, const Options& options) {
  try {
    Effort effort = options.effort;
    effort.seed = first_seed(given, effort.seed);
    if (is_search(given)) return search(given, effort);
    const auto experiment = experiment_of(given);
    if (!experiment) {
      say(fmt::format("{}: no such family here: '{}'", given.id, given.family));
      return std::nullopt;
    }
    if (given.tolerance.model == "exact") {
      effort.precision = std::min(effort.precision, given.tolerance.relative / 4);
    }
    return estimate(*experiment, effort);
  } catch (const CaseError& error) {
    say(fmt::format("{}: family '{}': {}", given.id, given.family, error.message));
    return std::nullopt;
  }
}

int work(const Options& options, const std::vector<Case>& cases) {
  nlohmann::ordered_json results = nlohmann::ordered_json::object();
  std::vector<std::pair<Case, Result>> all;
  for (const Case& given : cases) {
    if (given.id.find(options.only) == std::string::npos) continue;
    const auto result = work_on(given, options);
    if (!result) continue;
    const Estimate& e = result->estimate;
    results[given.id] = {{"value", e.value}, {"se", e.se}, {"n", e.n}};
    all.emplace_back(given, *result);
    if (!options.report) continue;
    fmt::print("{}\n", line_of(given, *result));
    std::fflush(stdout);
  }
  const bool off = options.report && is_off(all);
  if (options.report) fmt::print("{}", summary_of(all));
  if (options.results.empty()) return off ? kOff : 0;
  std::ofstream out(options.results);
  out << results.dump(1) << "\n";
  out.close();
  if (out) return off ? kOff : 0;
  say("cannot write " + options.results);
  return kBadFile;
}

}  // namespace

int main(int count, char** words) {
  const auto options = options_of({words + 1, words + count});
  if (!options) {
    say("CASES.json -o RESULTS.json [--report] [--quick] [--only TEXT] [--budget SECONDS] "
        "[--precision PERCENT] [--seed N] [--threads N]");
    return kBadUsage;
  }
  tablekey::crypto::harden_process();
  std::ifstream file(options->cases);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto cases = file ? read_cases(text) : std::unexpected(std::string("cannot read it"));
  if (!cases) {
    say(fmt::format("{}: {}", options->cases, cases.error()));
    return kBadFile;
  }
  return work(*options, *cases);
}
