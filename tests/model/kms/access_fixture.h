// A small world for tests of who may do what: an administrator whom identity policies let do
// everything, a role and a user whom nothing lets do anything, a key that leaves all to its
// account's policies.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/kms/alias_index.h"
#include "model/kms/grant_terms.h"
#include "model/kms/grant_token.h"
#include "model/kms/paging.h"
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests {

inline constexpr std::uint32_t kAdmin = 0, kApp = 1, kGuest = 2;

inline std::string statement(const std::string& effect, const std::string& principal,
                             const std::string& action, const std::string& more = "") {
  return fmt::format(R"({{"Effect":"{}",{}"Action":{},"Resource":"*"{}}})", effect,
                     principal.empty() ? "" : R"("Principal":)" + principal + ",", action, more);
}
inline std::string policy(const std::vector<std::string>& statements) {
  std::string list;
  for (const std::string& one : statements) list += (list.empty() ? "" : ",") + one;
  return R"({"Version":"2012-10-17","Statement":[)" + list + "]}";
}
inline std::string root_of(std::string_view account = kAccount) {
  return fmt::format(R"({{"AWS":"arn:aws:iam::{}:root"}})", account);
}
inline std::string user(const std::string& name) {
  return fmt::format(R"({{"AWS":"{}"}})", user_arn(name));
}
inline std::string role_arn(const std::string& name) {
  return "arn:aws:iam::" + std::string(kAccount) + ":role/" + name;
}
/// Whatever identity policies of the account say.
inline std::string root_policy() { return policy({statement("Allow", root_of(), R"("kms:*")")}); }

inline Story access_story(double until = 100) {
  Story story;
  story.until = until;
  story.principals = {
      {"admin", PrincipalKind::USER, policy({statement("Allow", "", R"("*")")})},
      {"app", PrincipalKind::ROLE, ""},
      {"guest", PrincipalKind::USER, ""},
  };
  story.keys = {{.policy = root_policy()}};
  return story;
}

struct GrantSpec {
  std::string grantee = role_arn("app");
  std::vector<std::string> operations = {"Encrypt", "Decrypt"};
  Pairs equals = {}, subset = {};
  std::string retiring = {};
  std::string name = {};
};

inline Fill create_grant(std::uint32_t key, const GrantSpec& spec, bool dry_run = false,
                         std::uint32_t token_of = kNone) {
  return call(KmsOperation::CREATE_GRANT, key, [=](events::KmsCall::Builder kms) {
    auto terms = kms.initGrantTerms();
    terms.setGranteePrincipal(spec.grantee);
    terms.setRetiringPrincipal(spec.retiring);
    terms.setName(spec.name);
    auto operations = terms.initOperations(static_cast<unsigned>(spec.operations.size()));
    for (unsigned i = 0; i < operations.size(); ++i) operations.set(i, spec.operations[i]);
    const Pairs& pairs = spec.equals.empty() ? spec.subset : spec.equals;
    fill_pairs(terms.initPairs(static_cast<unsigned>(pairs.size())), pairs);
    using Constraint = events::GrantTerms::Constraint;
    if (!spec.subset.empty()) terms.setConstraint(Constraint::SUBSET);
    if (!spec.equals.empty()) terms.setConstraint(Constraint::EQUALS);
    kms.setDryRun(dry_run);
    if (token_of != kNone) kms.initGrantTokens(1)[0].setStep(token_of);
  });
}

/// RetireGrant, RevokeGrant or ListGrants of the grant that a step made.
inline Fill of_grant(KmsOperation operation, std::uint32_t key, std::uint32_t step,
                     bool token = false, bool dry_run = false) {
  return call(operation, key, [=](events::KmsCall::Builder kms) {
    kms.initGrant().setStep(step);
    kms.getGrant().setToken(token);
    kms.setDryRun(dry_run);
  });
}
inline Fill of_grant_text(KmsOperation operation, std::uint32_t key, const std::string& text,
                          bool token = false) {
  return call(operation, key, [=](events::KmsCall::Builder kms) {
    kms.initGrant().setText(text);
    kms.getGrant().setToken(token);
  });
}

/// A use of the key that needs a context: Encrypt, with the token of a step's grant if one is
/// given.
inline Fill encrypt(std::uint32_t key, const Pairs& context = {}, std::uint32_t token_of = kNone,
                    const std::string& token_text = "") {
  return call(KmsOperation::ENCRYPT, key, [=](events::KmsCall::Builder kms) {
    kms.setPlaintextBytes(16);
    fill_pairs(kms.initEncryptionContext(static_cast<unsigned>(context.size())), context);
    if (token_of != kNone) kms.initGrantTokens(1)[0].setStep(token_of);
    if (!token_text.empty()) kms.initGrantTokens(1)[0].setText(token_text);
  });
}

inline Fill put_policy(std::uint32_t key, const std::string& document, bool bypass = false) {
  return call(KmsOperation::PUT_KEY_POLICY, key, [=](events::KmsCall::Builder kms) {
    kms.setPolicy(document);
    kms.setBypassPolicyLockoutSafetyCheck(bypass);
  });
}

inline Fill page(KmsOperation operation, std::uint32_t key, std::int32_t limit,
                 const std::string& marker = "") {
  return call(operation, key, [=](events::KmsCall::Builder kms) {
    kms.setHasLimit(limit != 0);
    kms.setLimit(limit);
    kms.setMarker(marker);
  });
}

inline Fill alias(KmsOperation operation, const std::string& name, std::uint32_t key = kNone) {
  return call(operation, key, [=](events::KmsCall::Builder kms) { kms.setAliasName(name); });
}

/// A call that names its key by a text: an alias, or what is none.
inline Fill by_text(KmsOperation operation, const std::string& text) {
  return call(operation, kNone, [=](events::KmsCall::Builder kms) {
    kms.initKeyId().setText(text);
    if (operation == KmsOperation::ENCRYPT) kms.setPlaintextBytes(16);
  });
}

using IamOperation = events::Step::IamOperation;
inline Fill iam_step(IamOperation operation, std::uint32_t principal, const std::string& name = "",
                     const std::string& document = "") {
  return [=](events::Step::Builder step) {
    auto change = step.initIam();
    change.setOperation(operation);
    change.setPrincipal(principal);
    change.initPolicy().setName(name);
    change.getPolicy().setDocument(document);
  };
}

/// What a List operation of a step showed: rows, and whether there are more.
inline std::pair<std::uint32_t, bool> listed(const Play& play, std::size_t step) {
  for (const KeptEvent* kept : play.of(Event::KMS_ANSWERED)) {
    const auto effect = kept->read().getKmsAnswered().getEffect();
    if (effect.getStep() != step + 1) continue;
    REQUIRE(effect.isListed());
    return {effect.getListed().getRows(), effect.getListed().getTruncated()};
  }
  FAIL("the step has no answer");
  return {};
}

using Words = std::vector<std::string>;

}  // namespace tablekey::model::tests
