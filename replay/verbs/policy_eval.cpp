#include "replay/verbs/policy_eval.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "replay/policy_text.h"
#include "replay/verbs/policy_files.h"
#include "replay/verbs/policy_input.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;
namespace iam = model::iam;

/// Reads the request and the files beside it into one question, and collects what is wrong.
class Assembly {
 public:
  explicit Assembly(Console& console) : console_(console) {}

  void read_request(const fs::path& path) {
    const auto file = load(path);
    if (!file) return;
    const auto record = read_json_text(file->text);
    if (!record) return report({{record.error()}, {}}, *file, found_);
    QuestionRead read = read_question(*record);
    report(read.problems, *file, found_);
    question_ = std::move(read.question);
  }

  void add_policy(const fs::path& path) {
    if (const auto file = load(path)) {
      const bool key = guess_kind(file->text) == iam::PolicyKind::key;
      key ? set_policy(*file, path, iam::PolicyKind::key, question_.key_policy)
          : push_policy(*file, path, iam::PolicyKind::identity, question_.identities);
    }
  }

  void set(const PolicyEvalOptions::Files& files, iam::PolicyKind kind,
           std::optional<NamedPolicy>& into) {
    for (const fs::path& path : files) {
      if (const auto file = load(path)) set_policy(*file, path, kind, into);
    }
  }

  void push(const PolicyEvalOptions::Files& files, iam::PolicyKind kind,
            std::vector<NamedPolicy>& into) {
    for (const fs::path& path : files) {
      if (const auto file = load(path)) push_policy(*file, path, kind, into);
    }
  }

  void add_grants(const fs::path& path) {
    const auto file = load(path);
    if (!file) return;
    const auto list = read_json_text(file->text);
    if (!list) return report({{list.error()}, {}}, *file, found_);
    JsonProblems problems;
    auto rows = read_listed_grants(*list, question_.key_arn, question_.key_account, problems);
    report(problems, *file, found_);
    if (!question_.grants) question_.grants.emplace();
    std::ranges::move(rows, std::back_inserter(*question_.grants));
  }

  /// The exit code, where there is nothing to decide.
  std::optional<int> failed() {
    console_.err << found_.render(console_.color_err);
    if (unreadable_) return kExitIo;
    return found_.has_errors() ? std::optional(kExitUsage) : std::nullopt;
  }

  PolicyQuestion& question() { return question_; }

 private:
  std::optional<SourceFile> load(const fs::path& path) {
    auto text = read_input(path, kPolicyFileBytesMax);
    if (!text) {
      console_.fail(kExitIo, text.error());
      unreadable_ = true;
      return std::nullopt;
    }
    const std::uint32_t source = found_.add_source(path.string(), *text);
    return SourceFile{std::move(*text), source};
  }

  /// What AWS would not store today may have been stored before: that is worth a warning only.
  std::optional<NamedPolicy> read(const SourceFile& file, const fs::path& path,
                                  iam::PolicyKind kind) {
    auto policy = compile(file.text, kind, iam::PolicyRules::stored, file, found_);
    if (!policy) return std::nullopt;
    const auto put = iam::Policy::compile(file.text, kind);
    if (!put) {
      const JsonProblem refused{put.error().offset, put.error().path,
                                fmt::format("AWS would refuse to store this {}: {}",
                                            kind_name(kind), put.error().message),
                                put.error().path};
      report({{}, {refused}}, file, found_);
    }
    return NamedPolicy{path.filename().string(), std::move(*policy)};
  }

  void set_policy(const SourceFile& file, const fs::path& path, iam::PolicyKind kind,
                  std::optional<NamedPolicy>& into) {
    auto policy = read(file, path, kind);
    if (!policy) return;
    if (into) {
      found_.error({file.source, 0, 0, 1},
                   fmt::format("there is another such policy already: {}", into->name),
                   "a request has one of them at most");
      return;
    }
    into = std::move(policy);
  }

  void push_policy(const SourceFile& file, const fs::path& path, iam::PolicyKind kind,
                   std::vector<NamedPolicy>& into) {
    if (auto policy = read(file, path, kind)) into.push_back(std::move(*policy));
  }

  Console& console_;
  scenarios::Diagnostics found_;
  PolicyQuestion question_;
  bool unreadable_ = false;
};

void assemble(const PolicyEvalOptions& options, const fs::path& request, Assembly& assembly) {
  assembly.read_request(request);
  PolicyQuestion& question = assembly.question();
  for (const fs::path& path : options.policies) assembly.add_policy(path);
  assembly.set(options.key_policies, iam::PolicyKind::key, question.key_policy);
  assembly.push(options.identity_policies, iam::PolicyKind::identity, question.identities);
  assembly.set(options.boundaries, iam::PolicyKind::identity, question.boundary);
  assembly.push(options.session_policies, iam::PolicyKind::identity, question.session_policies);
  assembly.push(options.scps, iam::PolicyKind::identity, question.scps);
  assembly.push(options.rcps, iam::PolicyKind::key, question.rcps);
  assembly.set(options.endpoint_policies, iam::PolicyKind::key, question.endpoint_policy);
  for (const fs::path& path : options.grants) assembly.add_grants(path);
}

/// What a person may not expect of the answer.
void warn_of_gaps(const PolicyQuestion& question, Console& console) {
  const bool pairs_missing =
      std::ranges::any_of(question.encryption_context, [&](const auto& pair) {
        return question.context_value("kms:EncryptionContext:" + pair.first).empty() &&
               !pair.second.empty();
      });
  if (pairs_missing) {
    console.warn("pairs of encryption_context are not in context",
                 "conditions see context alone: write \"kms:EncryptionContext:KEY\" there too");
  }
  const auto operation = model::kms::grant_operation_of_action(question.action);
  if (operation == model::kms::GrantOperation::retire_grant && !question.grants) {
    console.warn("RetireGrant is decided by the grant, and there is none",
                 "--grants FILE gives the key's grants; this is what the policies alone say");
  }
}

PolicyEvalOptions::Files all_requests(const PolicyEvalOptions& options) {
  PolicyEvalOptions::Files all = options.records;
  all.insert(all.end(), options.requests.begin(), options.requests.end());
  return all;
}

bool has_policy_files(const PolicyEvalOptions& options) {
  const auto given = [](const PolicyEvalOptions::Files& files) { return !files.empty(); };
  return given(options.policies) || given(options.key_policies) ||
         given(options.identity_policies) || given(options.boundaries) ||
         given(options.session_policies) || given(options.scps) || given(options.rcps) ||
         given(options.endpoint_policies) || given(options.grants);
}

}  // namespace

int policy_eval(const PolicyEvalOptions& options, Console& console) {
  const PolicyEvalOptions::Files requests = all_requests(options);
  if (options.jsonl) {
    if (!has_policy_files(options)) return answer_records(requests, console);
    return console.fail(kExitUsage, "--jsonl reads records, which hold their own policies",
                        "tablekey policy eval --jsonl FILE");
  }
  if (requests.size() != 1) {
    return console.fail(
        kExitUsage, requests.empty() ? "--request is missing" : "there is more than one request",
        requests.empty() ? "tablekey policy eval --help shows how"
                         : "--jsonl answers a file of many, one a line");
  }
  Assembly assembly(console);
  assemble(options, requests.front(), assembly);
  if (const auto code = assembly.failed()) return *code;
  const PolicyQuestion& question = assembly.question();
  warn_of_gaps(question, console);
  const PolicyAnswer result = answer(question);
  if (options.json) {
    console.out << answer_json(question, result) << '\n';
  } else {
    console.out << answer_text(question, result);
  }
  return kExitOk;
}

}  // namespace tablekey::replay::verbs
