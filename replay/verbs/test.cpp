#include "replay/verbs/test.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>

#include "replay/threads.h"
#include "replay/verbs/output_file.h"
#include "replay/verbs/regression.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;
using Kind = RegressionResult::Kind;

std::string_view word(Kind kind) {
  switch (kind) {
    case Kind::passed:
      return "ok";
    case Kind::failed:
      return "FAIL";
    case Kind::updated:
      return "updated";
  }
  return "";
}

std::string indented_detail(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += fmt::format("         {}\n", text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

void print_result(const RegressionTest& test, const RegressionResult& result, Console& console) {
  const std::string head = fmt::format("{:<7}", word(result.kind));
  const Color color = result.kind == Kind::failed    ? Color::red
                      : result.kind == Kind::updated ? Color::yellow
                                                     : Color::green;
  console.out << fmt::format("{}  {}  {}\n", console.on_out(color, head), test.name, result.summary)
              << indented_detail(result.detail);
  console.out.flush();
}

/// Tests on threads; their lines come in the order of their names, as soon as they can.
class Runner {
 public:
  Runner(const std::vector<RegressionTest>& tests, const TestOptions& options)
      : tests_(tests), options_(options), results_(tests.size()), done_(tests.size(), false) {}

  std::vector<RegressionResult> run(Console* console) {
    console_ = console;
    for_each_parallel(tests_.size(), threads_or_all(options_.threads.value_or(0)),
                      [this](std::size_t i) { work(i); });
    return std::move(results_);
  }

 private:
  void work(std::size_t i) {
    RegressionResult result = run_test(tests_[i], options_.update);
    const std::lock_guard lock(mutex_);
    results_[i] = std::move(result);
    done_[i] = true;
    if (console_ == nullptr) return;
    for (; printed_ < tests_.size() && done_[printed_]; ++printed_) {
      print_result(tests_[printed_], results_[printed_], *console_);
    }
  }

  const std::vector<RegressionTest>& tests_;
  const TestOptions& options_;
  Console* console_ = nullptr;  // where lines go; none: nowhere
  std::mutex mutex_;            // guards what follows
  std::vector<RegressionResult> results_;
  std::vector<bool> done_;
  std::size_t printed_ = 0;
};

std::string json_text(const std::vector<RegressionTest>& tests,
                      const std::vector<RegressionResult>& results, std::size_t failures) {
  Json document;
  document["format"] = "tablekey.test/1";
  document["passed"] = tests.size() - failures;
  document["failed"] = failures;
  Json& list = document["tests"] = Json::array();
  for (std::size_t i = 0; i < tests.size(); ++i) {
    list.push_back({{"name", tests[i].name},
                    {"result", word(results[i].kind)},
                    {"summary", results[i].summary},
                    {"detail", results[i].detail}});
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

int test(const TestOptions& options, Console& console) {
  const auto tests = find_tests(options.places);
  if (!tests) return console.fail(kExitUsage, tests.error());
  if (tests->empty()) {
    return console.fail(kExitUsage, "there is no scenario and no trace in what was named",
                        "a scenario is a YAML file with the key tablekey, a trace ends in .tk");
  }
  const auto results = Runner(*tests, options).run(options.json ? nullptr : &console);
  const auto failures = static_cast<std::size_t>(
      std::ranges::count_if(results, [](const auto& result) { return !result.passed(); }));
  if (options.junit) {
    auto file = OutputFile::create(*options.junit, true);
    if (!file) return console.fail(kExitIo, file.error());
    file->write(junit_xml(*tests, results));
    if (auto written = file->publish(); !written) return console.fail(kExitIo, written.error());
  }
  if (options.json) {
    console.out << json_text(*tests, results, failures);
  } else {
    console.out << fmt::format("{} passed, {} failed\n", tests->size() - failures, failures);
  }
  return failures == 0 ? kExitOk : kExitDiffers;
}

}  // namespace tablekey::replay::verbs
