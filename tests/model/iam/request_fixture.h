// What the tests of this room share: a request that owns its texts, and policies from literals.
#pragma once

#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/iam/evaluate.h"
#include "model/iam/policy.h"

namespace tablekey::model::iam {

inline constexpr std::string_view kTestAccount = "111122223333";
inline constexpr std::string_view kTestKey =
    "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Builds the views that the engine takes from texts it owns.
class RequestFixture {
 public:
  RequestFixture() {
    request_.action = "kms:Decrypt";
    request_.resource = kTestKey;
    request_.resource_account = kTestAccount;
    user("alice");
  }
  RequestFixture(const RequestFixture&) = delete;
  RequestFixture& operator=(const RequestFixture&) = delete;

  RequestFixture& user(std::string_view name, std::string_view account = kTestAccount) {
    request_.principal = {
        PrincipalType::user, iam_arn(account, "user/", name), keep(account), {}, {}};
    return *this;
  }
  RequestFixture& session(std::string_view role, std::string_view session_name,
                          std::string_view account = kTestAccount) {
    request_.principal = {PrincipalType::assumed_role,
                          keep("arn:aws:sts::" + std::string(account) + ":assumed-role/" +
                               std::string(role) + "/" + std::string(session_name)),
                          keep(account),
                          iam_arn(account, "role/", role),
                          {}};
    return *this;
  }
  RequestFixture& root(std::string_view account = kTestAccount) {
    request_.principal = {PrincipalType::root, iam_arn(account, "", "root"), keep(account), {}, {}};
    return *this;
  }
  RequestFixture& service(std::string_view name) {
    request_.principal = {PrincipalType::service, keep(name), {}, {}, {}};
    return *this;
  }
  RequestFixture& action(std::string_view name) {
    request_.action = keep(name);
    return *this;
  }
  RequestFixture& with(std::string_view key, std::string_view value) {
    context_.push_back(ContextEntry::one(keep(key), keep(value)));
    return *this;
  }
  RequestFixture& with_many(std::string_view key, std::vector<std::string> values) {
    std::vector<std::string_view>& views = lists_.emplace_back();
    for (std::string& value : values) views.push_back(keep(std::move(value)));
    context_.push_back(ContextEntry::many(keep(key), views));
    return *this;
  }

  Request& raw() { return request_; }
  const Request& get() {
    request_.context = context_;
    return request_;
  }

 private:
  std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }
  std::string_view iam_arn(std::string_view account, std::string_view kind, std::string_view name) {
    return keep("arn:aws:iam::" + std::string(account) + ":" + std::string(kind) +
                std::string(name));
  }

  std::deque<std::string> texts_;
  std::deque<std::vector<std::string_view>> lists_;
  std::vector<ContextEntry> context_;
  Request request_;
};

/// Compiles a document that must be well formed; the message of a refusal is thrown, so that the
/// test that wrote it says so.
inline Policy policy_of(std::string_view json, PolicyKind kind = PolicyKind::key,
                        PolicyRules rules = PolicyRules::put) {
  auto policy = Policy::compile(json, kind, {.rules = rules});
  if (!policy) throw std::runtime_error(policy.error().print());
  return *policy;
}

inline Decision decide(const Request& request, const Policy* key,
                       const std::vector<const Policy*>& identities = {},
                       const GrantSource* grants = nullptr) {
  return evaluate(request, {.key_policy = key, .identities = identities, .grants = grants});
}

}  // namespace tablekey::model::iam
