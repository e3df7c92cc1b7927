#include "replay/why/telling.h"

#include <fmt/format.h>

#include "scenarios/explain_steps.h"

namespace tablekey::replay {

std::expected<EventAt, TraceError> event_at(const RecordedRun& recorded, std::uint64_t number) {
  auto before = recorded.state_after(number);
  if (!before) return std::unexpected(before.error());
  const auto frame = recorded.file().frame_of_event(number);
  if (!frame) {
    return std::unexpected(TraceError{TraceError::Kind::unfit, "the trace has no such event"});
  }
  auto chunk = recorded.file().chunk(*frame);
  if (!chunk) {
    return std::unexpected(TraceError{TraceError::Kind::unreadable, chunk.error().message});
  }
  return EventAt{number, std::move(*before), std::move(*chunk)};
}

std::string Telling::lasting(std::int64_t nanoseconds) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  if (nanoseconds < kMillisecond) return sim::print(sim::Duration::nanoseconds(nanoseconds));
  return sim::print(
      sim::Duration::nanoseconds((nanoseconds + kMillisecond / 2) / kMillisecond * kMillisecond));
}

std::string Telling::at(std::int64_t time) const {
  return lasting(time - recorded.scenario().start.nanoseconds());
}

std::string Telling::place(std::uint32_t step) const {
  const auto described = recorded.scenario().reader().getSteps()[step];
  const std::string id = described.getId().cStr();
  return fmt::format("{}:{}{}", recorded.identity().getSourceName().cStr(), described.getLine(),
                     id.empty() ? "" : " (" + id + ")");
}

std::string Telling::key(std::uint32_t key) const {
  const auto keys = recorded.scenario().reader().getKeys();
  if (key >= keys.size()) return "the key";
  return fmt::format("{} ({})", keys[key].getLogicalId().cStr(), before.key_arn(key));
}

std::string Telling::table(std::uint32_t table) const {
  return table < before.tables.size() ? before.table_name(table) : "the table";
}

std::string Telling::caller(std::uint32_t session, bool as_service) const {
  if (as_service) return "DynamoDB itself (dynamodb.amazonaws.com)";
  if (session == 0) return "the operator, whose permissions are not checked";
  return name_of_id(before, FieldMeaning::session, session - 1);
}

std::string Telling::connection(std::uint32_t connection) const {
  const std::string name = name_of_id(before, FieldMeaning::connection, connection);
  const std::uint32_t identity = before.connections[connection].identity;
  const bool of_step = before.connections[connection].workload == model::kNone;
  const std::string who = of_step ? "the timeline" : "connection " + name;
  if (identity == 0 || identity > before.latest_session.size()) return who;
  const std::uint32_t session = before.latest_session[identity - 1];
  if (session >= before.sessions.size()) return who;
  return fmt::format("{} as {}", who, before.session_arn(session));
}

std::string Telling::change(const History::Change& change, std::string_view otherwise) const {
  std::string what(otherwise);
  if (change.api) what = "kms:" + word_of(*change.api);
  if (change.step) {
    const events::Scenario::Reader scenario = recorded.scenario().reader();
    what = scenarios::step_line(scenario, scenario.getSteps()[*change.step]);
    constexpr std::string_view kOperator = "the operator (permissions not checked): ";
    if (what.starts_with(kOperator)) what.erase(0, kOperator.size());
  }
  std::string text = fmt::format("{} at {} (event {}", what, at(change.time), change.number);
  if (change.step) text += ", " + place(*change.step);
  return text + ")";
}

}  // namespace tablekey::replay
