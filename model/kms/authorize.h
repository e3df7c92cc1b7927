// Who may do what with a key: a KMS request put into the terms of the policy engine, with the key's
// policy, the caller's identity policies and the key's grants (kms.md 6.3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event.capnp.h"
#include "model/iam/evaluate.h"
#include "model/iam/policy.h"
#include "model/kms/operation.h"
#include "model/state.h"

namespace tablekey::model::kms {

struct Access {
  bool allowed = false;
  events::Decider by = events::Decider::NOTHING;
  std::uint32_t number = kNone;                               ///< statement or grant
  events::Decider destination_by = events::Decider::NOTHING;  ///< ReEncrypt: of its second decision
  std::uint32_t destination_number = kNone;
  /// For a denial, where it will be told: the message of the AccessDeniedException (kms.md 6.9).
  std::string message;
};

/// Decides who may do what (kms.md 6.3): policies of every kind, and grants. Of a data request's
/// Decrypt it makes no message, and allocates nothing.
Access authorize(const Deciding& d, const KmsRequest& request, const OperationRow& row);

/// The same without a message, for other rooms that ask whether a principal might: `caller` is
/// 1 + session.
bool may(const State& state, const KmsRequest& request, const OperationRow& row);

/// What one statement of a policy said of a request.
struct StatementSaid {
  iam::PolicyType type{};       ///< of the policy that it stands in
  std::uint32_t policy = 0;     ///< which of those of that kind
  std::uint32_t statement = 0;  ///< its number, from 0
  std::string sid;
  bool denies = false;   ///< its Effect
  bool matched = false;  ///< it applies to the request
  /// It names the caller's account alone: it leaves the request to the policies of IAM
  /// (kms.md 6.3).
  bool delegates = false;
  std::string failure;  ///< else: its first element that does not match, and why
};

/// What every statement that may speak says of an answered request about its key, of the key
/// policy first. `before` is the state before the answer. Empty: it was about no key, or its
/// encryption context is that of a client's item, which the event does not have.
std::vector<StatementSaid> statements_about(const State& before,
                                            events::Event::KmsAnswered::Reader answered,
                                            sim::Time now);

/// Whether the caller could call the operation if `policy` were the key's policy, by policies
/// alone and with the conditions of the present request (kms.md 6.8). `key`: kNone where there is
/// none yet; the new key is then described by the request's parameters.
bool may_under(const Deciding& d, const KmsRequest& request, events::KmsOperation operation,
               std::uint32_t key, const iam::Policy& policy);

/// The text of a denial where no key policy lets the caller do the operation of that name on the
/// resource of that ARN (kms.md 6.9).
std::string denial_on(const State& state, const KmsRequest& request, std::string_view operation,
                      std::string_view resource);

/// The text of the denial of what AWS forbids its own account on an AWS managed key.
std::string aws_managed_denial(const State& state, const KmsRequest& request,
                               std::string_view operation);

}  // namespace tablekey::model::kms
