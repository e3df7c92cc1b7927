// Whether KMS would allow a connection's Decrypt is asked of the model itself, whenever a key, a
// grant or a policy has changed: the same authorization that decides the requests.
#include "replay/metrics/revocation.h"

#include <algorithm>
#include <map>
#include <utility>

#include "model/apply.h"
#include "model/kms/authorize.h"
#include "model/kms/key_states.h"
#include "model/kms/operation.h"
#include "model/law.h"

namespace tablekey::replay {
namespace {

TableRange tables_under(const model::ScenarioView& scenario, std::uint32_t family) {
  const model::FamilyView& view = scenario.families[family];
  return {view.first_table, view.first_table + view.copies};
}

/// The tables that a step is about, if it names some.
std::optional<TableRange> tables_of_step(const model::ScenarioView& scenario,
                                         events::Step::Reader step) {
  std::uint32_t family = model::kNone;
  if (step.isKms()) family = step.getKms().getTable();
  if (step.isCreateTable()) family = step.getCreateTable().getTable();
  if (step.isDeleteTable()) family = step.getDeleteTable().getTable();
  if (step.isUpdateTable()) family = step.getUpdateTable().getTable();
  if (step.isData()) family = step.getData().getTable();
  if (step.isControl()) family = step.getControl().getTable();
  if (step.isRequest() && step.getRequest().getItems().size() == 0) {
    family = step.getRequest().getTable();
  }
  if (family == model::kNone) return std::nullopt;
  return tables_under(scenario, family);
}

/// The KMS key under which a table's data keys are now, nothing for a table without any.
std::optional<std::uint32_t> key_of(const model::Table& table) {
  const std::uint32_t version = model::needed_version(table);
  if (version == 0 || version > table.keys.size()) return std::nullopt;
  return table.keys[version - 1].key;
}

bool kms_allows(const model::State& state, std::uint32_t identity, std::uint32_t table,
                std::uint32_t key) {
  const auto manager = model::kms::described(state, key).getManager();
  if (manager == events::Key::Manager::OWNED) return true;
  const model::KmsKey& described = model::at(state.keys, key);
  if (!described.created || described.state == events::KeyState::DELETED) return false;
  const auto& row = model::kms::operation_row(events::KmsOperation::DECRYPT);
  model::kms::KmsRequest request;
  request.operation = row.operation;
  request.session = identity == 0 ? 0 : 1 + state.latest_session[identity - 1];
  request.via_service = true;
  request.realm = model::at(state.scenario().key_realms, key);
  request.key = key;
  request.table = table;
  return model::kms::may(state, request, row) && !model::kms::state_refusal(state, row, key, false);
}

/// Whether the event may have changed what KMS allows.
bool changes_access(events::Event::Reader event) {
  switch (event.which()) {
    case events::Event::CHANGE_VISIBLE:
    case events::Event::KEY_DELETED:
    case events::Event::KEY_MATERIAL_EXPIRED:
    case events::Event::KEY_MATERIAL_SYNCHRONIZED:
    case events::Event::KEY_READY:
    case events::Event::CUSTOM_KEY_STORE_CHANGED:
    case events::Event::IAM_ANSWERED:
      return true;
    case events::Event::KMS_ANSWERED: {
      const auto effect = event.getKmsAnswered().getEffect();
      return !effect.isNone() && !effect.isDataKey() && !effect.isPlaintext() && !effect.isListed();
    }
    default:
      return false;
  }
}

}  // namespace

std::int64_t time_of(const scenarios::Moment& moment, const model::ScenarioView& scenario) {
  switch (moment.kind) {
    case scenarios::Moment::Kind::absolute:
      return moment.nanoseconds;
    case scenarios::Moment::Kind::since_start:
      return scenario.start.nanoseconds() + moment.nanoseconds;
    default:
      break;
  }
  const auto step = find_step(scenario, moment.step);
  model::law(step.has_value(), "a check names a step of the timeline");
  return scenario.reader().getSteps()[*step].getAt();
}

Revocation::Revocation(const scenarios::Expectation& expectation,
                       const model::ScenarioView& scenario)
    : filters_(expectation.filters) {
  model::law(filters_.after.has_value(), "a window counts from a moment");
  time_ = time_of(*filters_.after, scenario);
  if (filters_.table) filter_tables_ = find_tables(scenario, *filters_.table);
  if (filters_.workload) workload_ = find_workload(scenario, *filters_.workload);
  if (filters_.after->kind != scenarios::Moment::Kind::step) return;
  const std::uint32_t index = find_step(scenario, filters_.after->step).value();
  const auto step = scenario.reader().getSteps()[index];
  step_tables_ = tables_of_step(scenario, step);
  if (step.isKms()) step_ = index;
}

bool Revocation::begins_before(const Seen& seen) {
  if (begun_ || step_ || seen.time() < time_ || seen.number == 0) return false;
  begin(seen.after);
  look_for_denials(seen.after, seen.number);
  return true;
}

bool Revocation::begins_at(const Seen& seen) {
  if (begun_ || !step_ || kms_step(seen.event) != step_) return false;
  const auto answered = seen.event.getKmsAnswered();
  refused_ = answered.getError() != events::KmsError::NONE;
  if (refused_) return false;
  if (!step_tables_) key_ = answered.getKey();
  begin(seen.after);
  look_for_denials(seen.after, seen.number);
  return true;
}

void Revocation::begin(const model::State& state) {
  begun_ = true;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> known;
  pair_of_.assign(state.connections.size(), kNoPair);
  for (std::uint32_t i = 0; i < pair_of_.size(); ++i) {
    if (!in_scope(state, i)) continue;
    const model::Connection& connection = state.connections[i];
    const auto [place, fresh] = known.try_emplace({connection.identity, connection.table},
                                                  static_cast<std::uint32_t>(pairs_.size()));
    if (fresh) pairs_.push_back({connection.identity, connection.table, 0, 0});
    pair_of_[i] = place->second;
  }
}

bool Revocation::covers(const model::State& state, std::uint32_t connection,
                        std::uint64_t answer) const {
  if (about(connection)) {
    const std::uint64_t denied = pairs_[pair_of_[connection]].denied;
    return denied == 0 || answer < denied;
  }
  const auto denied = first_denied_.find(state.connections[connection].table);
  return denied == first_denied_.end() || answer < denied->second;
}

bool Revocation::in_scope(const model::State& state, std::uint32_t index) const {
  const model::Connection& connection = state.connections[index];
  if (filters_.workload && !(workload_ && *workload_ == connection.workload)) return false;
  if (filters_.table && !(filter_tables_ && filter_tables_->contains(connection.table))) {
    return false;
  }
  if (step_tables_ && !step_tables_->contains(connection.table)) return false;
  return !key_ || key_of(state.tables[connection.table]) == key_;
}

void Revocation::event(const Seen& seen) {
  if (begun_ && changes_access(seen.event)) look_for_denials(seen.after, seen.number);
}

void Revocation::look_for_denials(const model::State& state, std::uint64_t number) {
  for (Pair& pair : pairs_) {
    if (pair.denied != 0) continue;
    const auto key = key_of(state.tables[pair.table]);
    if (!key || kms_allows(state, pair.identity, pair.table, *key)) continue;
    pair.denied = number;
    pair.denied_at = std::max(time_, state.now().nanoseconds());
    first_denied_.try_emplace(pair.table, number);
    if (first_denial_.number == 0) first_denial_ = {number, pair.denied_at};
  }
}

std::string Revocation::why_not_begun() const {
  if (refused_) return "KMS refused the call that after= names";
  return "the run ended before the moment that after= names";
}

}  // namespace tablekey::replay
