// A KMS request in the terms of the policy engine: who asks, for which action, on what, and every
// condition key that the request carries (kms.md 6.5).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/iam/evaluate.h"
#include "model/kms/operation.h"
#include "model/state.h"

namespace tablekey::model::kms {

/// What one decision is about; a request may need several (ReEncrypt, aliases).
struct Question {
  std::string_view action;  ///< `kms:Decrypt`
  std::uint32_t key = kNone;
  bool destination = false;  ///< of a ReEncrypt: its second context and algorithm count
  /// Where there is no key: what identity policies see, an alias's ARN or `*`.
  std::string_view resource = {};
  bool on_key() const { return key != kNone; }
};

/// `kms:Decrypt` and the like, of every operation.
std::string_view action_of(events::KmsOperation operation);

/// Where requests are built. What it holds is used again by the next one, so that a request whose
/// like has been there before allocates nothing.
class ContextBuffers {
 public:
  void clear();
  /// An empty text whose address stays.
  std::string& text();
  std::vector<std::string_view>& list();

  std::vector<iam::ContextEntry> entries;
  std::vector<std::pair<std::string_view, std::string_view>> encryption_context;

 private:
  std::deque<std::string> texts_;
  std::deque<std::vector<std::string_view>> lists_;
  std::size_t texts_used_ = 0, lists_used_ = 0;
};

/// Builds the request. Its views are into State, the scenario and the buffers, which the next call
/// fills anew.
iam::Request policy_request(const State& state, sim::Time now, const KmsRequest& request,
                            const OperationRow& row, const Question& question,
                            ContextBuffers& buffers);

/// Who the caller is: a session, or the service of that name. `arn` is where the text goes.
iam::Principal principal_of(const State& state, const KmsRequest& request, ContextBuffers& buffers);

/// `dynamodb.us-west-2.amazonaws.com`: the service in the Region whose endpoint is called.
std::string_view regional_service(const State& state, const KmsRequest& request,
                                  ContextBuffers& buffers);

}  // namespace tablekey::model::kms
