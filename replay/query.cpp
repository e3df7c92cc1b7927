// Matching walks an event's own fields by name, so that a new event with a table or a connection is
// found like the others.
#include "replay/query.h"

#include <algorithm>

#include "model/apply.h"
#include "model/law.h"
#include "replay/data_answers.h"
#include "replay/query_fields.h"
#include "replay/steps.h"

namespace tablekey::replay {
namespace {

/// The data operation of a request, also where the kind of event says it.
std::optional<events::DataOperation> data_operation(events::Event::Reader event,
                                                    const EventFields& fields) {
  using enum events::DataOperation;
  if (event.isItemRead()) return GET_ITEM;
  if (event.isItemWritten()) return event.getItemWritten().getDeleted() ? DELETE_ITEM : PUT_ITEM;
  if (event.isItemsRead()) return event.getItemsRead().getScan() ? SCAN : QUERY;
  return fields.enumerant<events::DataOperation>(AskedField::operation);
}

/// The operation of a call of the control plane, also where the kind of event says it.
std::optional<events::TableOperation> table_operation(events::Event::Reader event,
                                                      const EventFields& fields) {
  using enum events::TableOperation;
  if (event.isTableCreationStarted()) return CREATE_TABLE;
  if (event.isSseSwitchStarted()) return UPDATE_TABLE;
  if (event.isTableDeletionStarted()) return DELETE_TABLE;
  return fields.enumerant<events::TableOperation>(AskedField::operation);
}

std::uint32_t backup_table(const model::State& state, std::uint32_t backup) {
  return backup < state.backups.size() ? state.backups[backup].table : model::kNone;
}

bool is_served(events::Event::Reader event) {
  return event.isItemRead() || event.isItemWritten() || event.isItemsRead();
}

// What a request, a KMS call or a table request came to; other events have no result.
bool result_matches(const EventQuery& query, events::Event::Reader event,
                    const EventFields& fields) {
  const auto exception = fields.enumerant<events::Exception>(AskedField::exception);
  auto kms_error = fields.enumerant<events::KmsError>(AskedField::error);
  if (!kms_error) kms_error = fields.enumerant<events::KmsError>(AskedField::kms_error);
  if (!kms_error) kms_error = fields.enumerant<events::KmsError>(AskedField::failed);
  const auto iam_error = fields.enumerant<events::IamError>(AskedField::error);
  const bool failed = (iam_error && *iam_error != events::IamError::NONE) ||
                      (exception && *exception != events::Exception::NONE) ||
                      (kms_error && *kms_error != events::KmsError::NONE);
  const bool has_result = is_served(event) || exception || kms_error || iam_error;
  switch (query.result) {
    case EventQuery::Result::any:
      return true;
    case EventQuery::Result::ok:
      return has_result && !failed;
    case EventQuery::Result::failed:
      return failed;
    case EventQuery::Result::named:
      return (query.exception && exception == query.exception) ||
             (query.kms_error && kms_error == query.kms_error);
  }
  return false;
}

bool has_connection(events::Event::Reader event, const EventFields& fields, std::uint32_t wanted) {
  if (!event.isConnectionsClosed()) return fields.number(AskedField::connection) == wanted;
  for (const std::uint32_t closed : event.getConnectionsClosed().getConnections()) {
    if (closed == wanted) return true;
  }
  return false;
}

bool has_workload(const model::State& state, events::Event::Reader event, const EventFields& fields,
                  std::uint32_t wanted) {
  if (event.isConnectionsClosed()) return event.getConnectionsClosed().getWorkload() == wanted;
  const auto connection = fields.number(AskedField::connection);
  return connection && *connection < state.connections.size() &&
         state.connections[*connection].workload == wanted;
}

/// The tables that an event is about besides the one in its own field.
std::vector<std::uint32_t> further_tables(const model::State& state, events::Event::Reader event,
                                          const EventFields& fields) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::DATA_ANSWERED:
      return tables_of(state, event.getDataAnswered());
    case Event::CLIENT_KEY_REQUESTED:
      return {model::at(state.connections, event.getClientKeyRequested().getConnection()).table};
    case Event::CONTROL_ANSWERED: {
      const auto effect = event.getControlAnswered().getEffect();
      if (effect.isRestoreStarted()) return {effect.getRestoreStarted().getTarget()};
      if (effect.isJob()) return {effect.getJob().getReplica()};
      if (effect.isBackupDeleted()) return {backup_table(state, effect.getBackupDeleted())};
      return {};
    }
    case Event::ITEMS_REPLICATED:
      return {event.getItemsReplicated().getSource()};
    case Event::EXPORT_FINISHED: {
      const std::uint32_t number = event.getExportFinished().getExport();
      return {number < state.exports.size() ? state.exports[number].table : model::kNone};
    }
    default:
      break;
  }
  const auto backup = fields.number(AskedField::backup);
  return backup ? std::vector{backup_table(state, *backup)} : std::vector<std::uint32_t>();
}

bool has_table(const model::State& state, events::Event::Reader event, const EventFields& fields,
               const std::vector<std::uint32_t>& wanted) {
  const auto is_wanted = [&](std::uint32_t table) {
    return std::find(wanted.begin(), wanted.end(), table) != wanted.end();
  };
  const auto own = fields.number(AskedField::table);
  if (own && is_wanted(*own)) return true;
  const std::vector<std::uint32_t> further = further_tables(state, event, fields);
  return std::any_of(further.begin(), further.end(), is_wanted);
}

/// The key of what a call of the control plane began.
std::uint32_t begun_key(events::ControlAnswered::Reader answered) {
  const auto effect = answered.getEffect();
  if (effect.isRestoreStarted()) return effect.getRestoreStarted().getKey();
  return effect.isExportStarted() ? effect.getExportStarted().getKey() : model::kNone;
}

/// Whether the event is about the key: its own, one that it makes or moves to, or the second of
/// two.
bool has_key(events::Event::Reader event, const EventFields& fields, std::uint32_t wanted) {
  // What a change is of is in the same field as a key.
  const bool of_key = event.isChangeVisible()
                          ? EventContext(event).meaning("key") == FieldMeaning::key
                          : fields.meaning(AskedField::key) == FieldMeaning::key;
  if (of_key && fields.number(AskedField::key) == wanted) {
    return true;
  }
  if (fields.number(AskedField::to_key) == wanted) return true;
  if (event.isControlAnswered()) return begun_key(event.getControlAnswered()) == wanted;
  if (!event.isKmsAnswered()) return false;
  const auto effect = event.getKmsAnswered().getEffect();
  return effect.getDestinationKey() == wanted ||
         (effect.isKeyMade() && effect.getKeyMade().getKey() == wanted);
}

/// Whether the event made, ended, used or asked about a grant whose id begins so.
bool has_grant(const model::State& state, events::Event::Reader event, std::string_view wanted) {
  if (!event.isKmsAnswered()) return false;
  const auto answered = event.getKmsAnswered();
  const auto effect = answered.getEffect();
  const auto is = [&](std::uint32_t grant) {
    const std::string id = name_of_id(state, FieldMeaning::grant, grant);
    return !id.empty() && id.starts_with(wanted);
  };
  const bool decided =
      answered.getDecidedBy() == events::Decider::GRANT && is(answered.getDecider());
  const bool decided_too = effect.getDestinationDecidedBy() == events::Decider::GRANT &&
                           is(effect.getDestinationDecider());
  return is(answered.getGrant()) || decided || decided_too ||
         (effect.isGrantCreated() && is(effect.getGrantCreated().getGrant())) ||
         (effect.isGrantEnded() && is(effect.getGrantEnded().getGrant()));
}

/// The step that the event names, whichever way it counts them.
std::optional<std::uint32_t> step_in(events::Event::Reader event, const EventFields& fields) {
  if (event.isKmsAnswered()) return kms_step(event);
  const auto number = fields.number(AskedField::step);
  if (!number) return std::nullopt;
  if (fields.meaning(AskedField::step) == FieldMeaning::step_index) return number;
  return *number == 0 ? std::nullopt : std::optional(*number - 1);
}

bool has_step(events::Event::Reader event, const EventFields& fields,
              const std::vector<std::uint32_t>& wanted) {
  const auto step = step_in(event, fields);
  return step && std::find(wanted.begin(), wanted.end(), *step) != wanted.end();
}

/// Whether the principal calls, is what the event is about, or has the connection.
bool has_principal(const model::State& state, const EventFields& fields, std::uint32_t wanted) {
  for (const AskedField field : {AskedField::caller, AskedField::session, AskedField::principal}) {
    const auto number = fields.number(field);
    if (!number) continue;
    const FieldMeaning meaning = fields.meaning(field);
    if (meaning == FieldMeaning::principal && *number == wanted) return true;
    const std::uint32_t session = meaning == FieldMeaning::caller ? *number - 1 : *number;
    const bool session_like = meaning == FieldMeaning::caller || meaning == FieldMeaning::session;
    if (session_like && session < state.sessions.size() &&
        state.sessions[session].principal == wanted) {
      return true;
    }
  }
  const auto connection = fields.number(AskedField::connection);
  if (!connection || *connection >= state.connections.size()) return false;
  const std::uint32_t identity = state.connections[*connection].identity;
  return identity != 0 && state.scenario().identities[identity - 1].principal == wanted;
}

bool place_matches(const EventQuery& query, const model::State& state, events::Event::Reader event,
                   const EventFields& fields) {
  if (!query.tables.empty() && !has_table(state, event, fields, query.tables)) return false;
  if (query.key && !has_key(event, fields, *query.key)) return false;
  if (!query.steps.empty() && !has_step(event, fields, query.steps)) return false;
  if (query.principal && !has_principal(state, fields, *query.principal)) return false;
  if (!query.grant.empty() && !has_grant(state, event, query.grant)) return false;
  if (query.workload && !has_workload(state, event, fields, *query.workload)) return false;
  if (!query.connection) return true;
  const std::uint32_t first =
      query.workload ? state.scenario().workloads[*query.workload].first_connection : 0;
  return has_connection(event, fields, first + *query.connection);
}

bool operation_matches(const EventQuery& query, events::Event::Reader event,
                       const EventFields& fields) {
  if (!query.operation && !query.kms_operation && !query.table_operation) return true;
  if (query.operation && data_operation(event, fields) == query.operation) return true;
  if (query.table_operation && table_operation(event, fields) == query.table_operation) return true;
  return query.kms_operation &&
         fields.enumerant<events::KmsOperation>(AskedField::operation) == query.kms_operation;
}

/// The numbers of the events that the query can match at all: [first, end).
std::expected<std::pair<std::uint64_t, std::uint64_t>, TraceError> bounds_of(
    const events::TraceFile& file, const EventQuery& query) {
  std::uint64_t first = query.first;
  std::uint64_t end = file.event_count();
  if (query.last < end) end = query.last + 1;
  const auto until = [&](std::int64_t time) -> std::expected<std::uint64_t, TraceError> {
    auto events = file.events_until(time);
    if (events) return *events;
    return std::unexpected(
        TraceError{TraceError::Kind::unreadable, std::string(events.error().message)});
  };
  if (query.from != sim::Time::min()) {
    const auto before = until(query.from.nanoseconds() - 1);
    if (!before) return std::unexpected(before.error());
    first = std::max(first, *before);
  }
  if (query.to != sim::Time::max()) {
    const auto to = until(query.to.nanoseconds());
    if (!to) return std::unexpected(to.error());
    end = std::min(end, *to);
  }
  return std::pair{first, std::max(first, end)};
}

}  // namespace

bool EventQuery::matches(const model::State& after, events::Event::Reader event,
                         std::uint64_t number) const {
  if (number < first || number > last) return false;
  const sim::Time time = sim::Time::from_nanoseconds(event.getTime());
  if (time < from || time > to) return false;
  if (type && event.which() != *type) return false;
  if (cause && (event.getCause() != *cause || number == 0)) return false;
  const EventFields fields(event);
  return place_matches(*this, after, event, fields) && operation_matches(*this, event, fields) &&
         result_matches(*this, event, fields);
}

std::expected<std::uint64_t, TraceError> show_events(const RecordedRun& recorded,
                                                     const EventQuery& query, Observer& observer) {
  const events::TraceFile& file = recorded.file();
  const auto bounds = bounds_of(file, query);
  if (!bounds) return std::unexpected(bounds.error());
  const auto [first, end] = *bounds;
  if (first >= end) return 0;
  auto state = recorded.state_after(first);
  if (!state) return std::unexpected(state.error());
  std::uint64_t shown = 0;
  std::uint64_t number = first;
  while (number < end && shown < query.limit) {
    const auto frame = file.frame_of_event(number);
    model::law(frame.has_value(), "an event within the file lies in a frame");
    const auto chunk = file.chunk(*frame);
    if (!chunk) {
      return std::unexpected(
          TraceError{TraceError::Kind::unreadable, std::string(chunk.error().message)});
    }
    const std::uint64_t chunk_end = std::min(end, chunk->first_event() + chunk->size());
    for (; number < chunk_end && shown < query.limit; ++number) {
      const auto event = (*chunk)[static_cast<std::uint32_t>(number - chunk->first_event())];
      model::apply(*state, event);
      if (!query.matches(*state, event, number)) continue;
      observer.event(*state, event, number);
      ++shown;
    }
  }
  return shown;
}

}  // namespace tablekey::replay
