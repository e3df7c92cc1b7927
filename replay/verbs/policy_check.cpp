#include "replay/verbs/policy_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "replay/verbs/policy_files.h"
#include "replay/verbs/policy_input.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;
namespace iam = model::iam;
using Json = nlohmann::ordered_json;

class Checker {
 public:
  Checker(Console& console, bool json) : console_(console), json_(json) {}

  void check(const fs::path& path, std::optional<iam::PolicyKind> kind) {
    const auto text = read_input(path, kPolicyFileBytesMax);
    if (!text) {
      code_ = std::max(code_, console_.fail(kExitIo, text.error()));
      if (json_) files_.push_back({{"file", path.string()}, {"ok", false}, {"unreadable", true}});
      return;
    }
    const iam::PolicyKind chosen = kind.value_or(guess_kind(*text));
    const auto policy = iam::Policy::compile(*text, chosen);
    if (!policy) code_ = std::max(code_, kExitUsage);
    if (json_) {
      add_entry(path, *text, chosen, policy);
    } else {
      print(path, *text, chosen, policy);
    }
  }

  int finish() {
    if (json_) {
      const Json document = {{"format", "tablekey.policy.check/1"}, {"files", files_}};
      console_.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    }
    return code_;
  }

 private:
  using Compiled = std::expected<iam::Policy, iam::PolicyError>;

  void print(const fs::path& path, const std::string& text, iam::PolicyKind kind,
             const Compiled& policy) {
    if (policy) {
      console_.out << fmt::format("{}: {} ({}, {})\n", path.string(),
                                  console_.on_out(Color::green, "no errors"), kind_name(kind),
                                  counted(policy->statement_count(), "statement"));
      return;
    }
    scenarios::Diagnostics found;
    const SourceFile file{text, found.add_source(path.string(), text)};
    compile(text, kind, iam::PolicyRules::put, file, found);
    console_.out << found.render(console_.color_out)
                 << fmt::format("{}: {} ({})\n", path.string(),
                                console_.on_out(Color::red, "refused"), kind_name(kind));
  }

  void add_entry(const fs::path& path, const std::string& text, iam::PolicyKind kind,
                 const Compiled& policy) {
    Json entry = {{"file", path.string()},
                  {"policy", kind == iam::PolicyKind::key ? "key" : "identity"},
                  {"ok", policy.has_value()}};
    if (policy) {
      entry["statements"] = policy->statement_count();
    } else {
      const iam::PolicyError& error = policy.error();
      const TextPlace place = place_of(text, error.offset);
      entry["error"] = iam::exception_name(error.fault);
      entry["message"] = error.message;
      entry["path"] = error.path;
      entry["line"] = place.line;
      entry["column"] = place.column;
    }
    files_.push_back(std::move(entry));
  }

  Console& console_;
  bool json_;
  int code_ = kExitOk;
  Json files_ = Json::array();
};

}  // namespace

int policy_check(const PolicyCheckOptions& options, Console& console) {
  if (options.jsonl) {
    if (options.key_policies.empty() && options.identity_policies.empty()) {
      return answer_records(options.files, console);
    }
    return console.fail(kExitUsage, "--jsonl reads records, which say their kind themselves",
                        "tablekey policy check --jsonl FILE");
  }
  if (options.files.empty() && options.key_policies.empty() && options.identity_policies.empty()) {
    return console.fail(kExitUsage, "FILE is missing", "tablekey policy check --help shows how");
  }
  Checker checker(console, options.json);
  for (const fs::path& file : options.files) checker.check(file, std::nullopt);
  for (const fs::path& file : options.key_policies) checker.check(file, iam::PolicyKind::key);
  for (const fs::path& file : options.identity_policies) {
    checker.check(file, iam::PolicyKind::identity);
  }
  return checker.finish();
}

}  // namespace tablekey::replay::verbs
