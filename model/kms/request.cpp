// What the rows of the operation table share.
#include <fmt/format.h>

#include <algorithm>

#include "model/faults.h"
#include "model/draws.h"
#include "model/kms/operation.h"
#include "model/law.h"

namespace tablekey::model::kms {

Refusal validation_error(std::string_view path, std::string_view constraint) {
  return refusal(events::KmsError::VALIDATION,
                 fmt::format("1 validation error detected: Value at '{}' failed to satisfy "
                             "constraint: {}",
                             path, constraint));
}

Refusal refusal(events::KmsError error, std::string message) {
  return {error, std::move(message), events::Decider::NOTHING, kNone};
}

std::int64_t visible_at(const Deciding& d, const KmsRequest& request, events::Change kind,
                        std::uint32_t subject, const sim::Distribution& delay) {
  const bool of_iam = kind == events::Change::IDENTITY_POLICY;
  const std::string_view region = of_iam ? std::string_view() : request.region(d.state);
  sim::Time visible =
      d.now + extra_propagation(d.state, region) +
      delay.sample_duration(draw(d.random, request.entity, Draw::propagation, request.ordinal));
  for (const PendingChange& change : d.state.changes) {
    if (change.kind == kind && change.key == subject) {
      visible = std::max(visible, change.visible_at);
    }
  }
  return visible.nanoseconds();
}

std::vector<std::pair<std::string, std::string>> encryption_context(const State& state,
                                                                    const KmsRequest& request,
                                                                    bool destination) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (request.table != kNone && !destination) {
    pairs.emplace_back("aws:dynamodb:tableName", state.table_name(request.table));
    pairs.emplace_back("aws:dynamodb:subscriberId", state.table_account(request.table));
  }
  pairs.insert(pairs.end(), request.context.begin(), request.context.end());
  if (!request.from_step()) return pairs;
  const auto given = destination ? request.parameters.getDestinationEncryptionContext()
                                 : request.parameters.getEncryptionContext();
  for (const auto pair : given) pairs.emplace_back(pair.getName(), pair.getValue());
  return pairs;
}

events::Key::Reader described(const State& state, std::uint32_t key) {
  return at(state.scenario().reader().getKeys(), key);
}

}  // namespace tablekey::model::kms
