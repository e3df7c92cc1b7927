// A team's scenarios and traces as tests. A scenario passes when it loads without an error, what it
// expects is met, and its events are those of the golden trace of its name, if there is one. A
// golden trace without a scenario passes when it comes out the same again.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace tablekey::replay::verbs {

/// What is to be tested: a scenario, a trace, or both of one name.
struct RegressionTest {
  std::string name;                ///< the path below the folder that was asked for
  std::filesystem::path scenario;  ///< empty: a trace alone
  std::filesystem::path trace;     ///< empty: no golden trace
};

struct RegressionResult {
  enum class Kind : std::uint8_t { passed, failed, updated } kind = Kind::passed;
  std::string summary;  ///< one line: "8 expectations, 12,345 events"
  std::string detail;   ///< of a failure: lines that say what is wrong and how to see it
  double seconds = 0;   ///< of real time; nothing but a report shows it

  bool passed() const { return kind != Kind::failed; }
};

/// All tests below the given folders and files, by name. A YAML file is a scenario if it has the
/// key `tablekey` at its top; other YAML files are passed over. Error: a place is not there, or a
/// file that was named is neither.
std::expected<std::vector<RegressionTest>, std::string> find_tests(
    const std::vector<std::filesystem::path>& places);

/// Runs one test. With `update` a golden trace that differs from its scenario's run is replaced;
/// none is made where there was none.
RegressionResult run_test(const RegressionTest& test, bool update);

/// The results as JUnit's XML, which most CI systems read.
std::string junit_xml(const std::vector<RegressionTest>& tests,
                      const std::vector<RegressionResult>& results);

}  // namespace tablekey::replay::verbs
