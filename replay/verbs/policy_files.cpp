#include "replay/verbs/policy_files.h"

#include <fmt/format.h>

#include <algorithm>

namespace tablekey::replay::verbs {
namespace {

namespace iam = model::iam;

bool names_principals(const JsonPart& statement) {
  const auto members = members_of(statement);
  return members && std::ranges::any_of(*members, [](const JsonPartMember& member) {
           return member.key == "Principal" || member.key == "NotPrincipal";
         });
}

scenarios::Place place_in(const SourceFile& file, std::size_t offset) {
  const TextPlace place = place_of(file.text, offset);
  return {file.source, static_cast<std::uint32_t>(place.line),
          static_cast<std::uint32_t>(place.column), 1};
}

}  // namespace

iam::PolicyKind guess_kind(std::string_view document) {
  const auto whole = read_json_text(document);
  if (!whole) {
    return document.contains("Principal\"") ? iam::PolicyKind::key : iam::PolicyKind::identity;
  }
  const auto members = members_of(*whole);
  if (!members) return iam::PolicyKind::identity;
  for (const JsonPartMember& member : *members) {
    if (member.key != "Statement") continue;
    if (names_principals(member.value)) return iam::PolicyKind::key;
    const auto items = items_of(member.value);
    if (items && std::ranges::any_of(*items, names_principals)) return iam::PolicyKind::key;
  }
  return iam::PolicyKind::identity;
}

std::string_view kind_name(iam::PolicyKind kind) {
  return kind == iam::PolicyKind::key ? "key policy" : "identity policy";
}

void report(const JsonProblems& problems, const SourceFile& file, scenarios::Diagnostics& found) {
  for (const JsonProblem& problem : problems.errors) {
    found.error(place_in(file, problem.offset), problem.message, problem.hint);
  }
  for (const JsonProblem& problem : problems.warnings) {
    found.warning(place_in(file, problem.offset), problem.message, problem.hint);
  }
}

std::optional<iam::Policy> compile(std::string_view document, iam::PolicyKind kind,
                                   iam::PolicyRules rules, const SourceFile& file,
                                   scenarios::Diagnostics& found) {
  auto policy = iam::Policy::compile(document, kind, {.rules = rules});
  if (policy) return std::move(*policy);
  const iam::PolicyError& error = policy.error();
  found.error(place_in(file, error.offset),
              fmt::format("{}: {}", iam::exception_name(error.fault), error.message), error.path);
  return std::nullopt;
}

}  // namespace tablekey::replay::verbs
