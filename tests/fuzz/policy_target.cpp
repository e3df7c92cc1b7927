// Reading, validating and compiling a policy document: whatever the text, the answer is a policy or
// a refusal with a place inside the text, and a policy that could be put can be loaded again and
// be evaluated. The first byte chooses the kind of policy and the rules.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "model/iam/denial.h"
#include "model/iam/evaluate.h"
#include "model/iam/policy.h"
#include "tests/fuzz/reader.h"
#include "tests/fuzz/require.h"

namespace {

using tablekey::fuzz::require;
using namespace tablekey::model::iam;

void check(const PolicyError& error, std::string_view text) {
  require(error.offset <= text.size(), "a fault lies in its text");
  require(!error.message.empty() && error.path.starts_with("$"), "a fault says what and where");
  const std::string_view before = text.substr(0, error.offset);
  const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  require(error.line == lines + 1, "the line is that of the offset");
  require(error.column == error.offset - (before.rfind('\n') + 1) + 1,
          "the column is that of the offset");
  require(error.print().starts_with(error.message), "the print begins with the message");
}

void check(const Policy& policy) {
  constexpr std::array<std::string_view, 2> kTags = {"a", "b*"};
  const std::array<ContextEntry, 5> context = {
      ContextEntry::one("kms:ViaService", "dynamodb.us-west-2.amazonaws.com"),
      ContextEntry::one("aws:username", "alice"), ContextEntry::many("aws:TagKeys", kTags),
      ContextEntry::one("aws:CurrentTime", "2018-02-14T00:15:15Z"),
      ContextEntry::one("aws:SourceIp", "10.1.2.3")};
  Request request;
  request.principal = {PrincipalType::user,
                       "arn:aws:iam::111122223333:user/alice",
                       "111122223333",
                       {},
                       "AIDAEXAMPLEEXAMPLE12"};
  request.action = "kms:Decrypt";
  request.resource = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  request.resource_account = "111122223333";
  request.context = context;
  const Policy* const list[] = {&policy};
  PolicySet policies{.key_policy = &policy};
  if (policy.kind() == PolicyKind::identity) {
    request.scope = Scope::account;
    policies = {.identities = list, .boundary = &policy, .scps = list};
  }
  const Explanation why = explain(request, policies);
  require(why.decision == evaluate(request, policies), "an explanation tells the decision");
  const bool denied = std::any_of(
      why.statements.begin(), why.statements.end(),
      [](const StatementReport& line) { return line.matched && line.effect == Effect::deny; });
  require(denied == (why.decision.kind == DecisionKind::explicit_deny),
          "a Deny that applies denies, and nothing else denies explicitly");
  for (const StatementReport& line : why.statements) {
    require(failure_text(line).empty() == line.matched, "what did not match has a reason");
  }
  if (!why.decision.allowed()) {
    require(!denial_text(DenialStyle::modern, request, why.decision).empty(),
            "a denial has a text");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tablekey::fuzz::Reader reader(data, size);
  const std::uint8_t choice = reader.byte();
  const PolicyKind kind = (choice & 1) != 0 ? PolicyKind::key : PolicyKind::identity;
  const PolicyRules rules = (choice & 2) != 0 ? PolicyRules::put : PolicyRules::stored;
  const std::string_view text = reader.text();
  const auto policy = Policy::compile(text, kind, {.rules = rules});
  if (!policy) {
    check(policy.error(), text);
    return 0;
  }
  require(policy->statement_count() > 0, "a policy has statements");
  check(*policy);
  const auto stored = Policy::compile(text, kind, {.rules = PolicyRules::stored});
  require(stored.has_value(), "what could be put can be loaded");
  return 0;
}
