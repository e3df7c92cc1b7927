// Whether KMS would allow a connection's Decrypt is asked of the model itself, whenever a key, a
// grant or a policy has changed: the same authorization that decides the requests.
#include "replay/metrics/revocation.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "model/apply.h"
#include "model/kms/authorize.h"
#include "model/kms/key_states.h"
#include "model/kms/operation.h"
#include "model/law.h"
#include "replay/metrics/window_sample.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

TableRange tables_of(const model::ScenarioView& scenario, std::uint32_t family) {
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
  return tables_of(scenario, family);
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
  denied_.assign(state.connections.size(), 0);
  scope_.resize(state.connections.size());
  for (std::uint32_t i = 0; i < scope_.size(); ++i) scope_[i] = in_scope(state, i);
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

// Connections with one identity on one table get one answer.
void Revocation::look_for_denials(const model::State& state, std::uint64_t number) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, bool> allowed;
  for (std::uint32_t i = 0; i < scope_.size(); ++i) {
    if (!scope_[i] || denied_[i] != 0) continue;
    const model::Connection& connection = state.connections[i];
    const auto key = key_of(state.tables[connection.table]);
    if (!key) continue;
    const auto [entry, fresh] = allowed.try_emplace({connection.identity, connection.table}, true);
    if (fresh) {
      entry->second = kms_allows(state, connection.identity, connection.table, *key);
    }
    if (!entry->second) denied_[i] = number;
  }
}

std::string Revocation::why_not_begun() const {
  if (refused_) return "KMS refused the call that after= names";
  return "the run ended before the moment that after= names";
}

// ---- windows -----------------------------------------------------------------------------------

void WindowMetric::before(const Seen& seen) {
  if (revocation_.begins_before(seen)) begin(seen);
}

void WindowMetric::event(const Seen& seen) {
  if (revocation_.begins_at(seen)) begin(seen);
  if (!revocation_.begun()) return;
  revocation_.event(seen);
  measure(seen);
}

void WindowMetric::finish(Outcome& outcome, const model::State& end) {
  outcome.measured = "nothing";
  if (!revocation_.begun()) {
    outcome.note = revocation_.why_not_begun();
    return;
  }
  const WindowSample windows = sample(end);
  const bool counts = expectation_.statistic == scenarios::Statistic::count;
  outcome.note = nothing(windows);
  if (!outcome.note.empty() && !counts) return;
  if (outcome.note.empty()) outcome.note = note_on(windows);
  if (!counts) return judge(outcome, windows);
  const std::uint64_t count = windows.positive();
  outcome.measured = fmt::format("{}", count);
  outcome.number = static_cast<double>(count);
  outcome.met = met_if(compares(expectation_.comparison, count, expectation_.limit.count));
}

void WindowMetric::judge(Outcome& outcome, const WindowSample& windows) const {
  const Bounds bounds = windows.statistic(expectation_.statistic);
  const auto text = [](std::int64_t ns) { return sim::print(sim::Duration::nanoseconds(ns)); };
  if (!bounds.high) {
    outcome.measured = "at least " + text(bounds.low);
  } else if (bounds.exact()) {
    outcome.measured = text(bounds.low);
  } else {
    outcome.measured = fmt::format("{} to {}", text(bounds.low), text(*bounds.high));
  }
  outcome.number = static_cast<double>(bounds.low) / 1e9;
  outcome.unit = "s";
  outcome.at_least = !bounds.exact();
  outcome.met = met_if(surely(expectation_.comparison, bounds, expectation_.limit.nanoseconds));
}

std::string WindowMetric::note_on(const WindowSample& windows) const {
  std::string note;
  const std::size_t zero = windows.size() - windows.positive();
  if (zero != 0) note = fmt::format("{} of {} {}", zero, windows.size(), zero_words());
  if (windows.censored() != 0) {
    if (!note.empty()) note += "; ";
    note += fmt::format("{} of {} {}", windows.censored(), windows.size(), censored_words());
  }
  return note;
}

void KeyWindows::begin(const Seen& seen, const Revocation& revocation) {
  until_.assign(revocation.connections(), 0);
  member_.assign(revocation.connections(), 0);
  for (std::uint32_t i = 0; i < until_.size(); ++i) {
    if (!revocation.about(i)) continue;
    const std::int64_t until = seen.holdings->until(i);
    if (until > revocation.time()) until_[i] = until;
    member_[i] = until_[i] != 0 || seen.after.connections[i].open;
  }
}

void KeyWindows::event(const Seen& seen, const Revocation& revocation) {
  const std::int64_t now = seen.time();
  for (const std::uint32_t i : seen.holdings->changed()) {
    if (!revocation.about(i)) continue;
    const std::int64_t until = seen.holdings->until(i);
    if (until > now && revocation.covers(i, seen.holdings->authorized_by(i))) {
      until_[i] = until;
      member_[i] = 1;
    } else if (until_[i] > now) {
      until_[i] = now;  // closed, dropped, of an older version or replaced by a newer permission
    }
  }
}

}  // namespace tablekey::replay
