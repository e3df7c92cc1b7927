// Three events end a call.
#include "replay/metrics/kms_call.h"

#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"

namespace tablekey::replay {
namespace {

SentCall answered(events::Event::KmsAnswered::Reader from) {
  return {from.getOperation(), from.getError(),  from.getKey(),
          from.getTable(),     from.getCaller(), from.getAsService()};
}

SentCall polled(const model::State& after, events::KeyPolled::Reader from) {
  SentCall call;
  call.operation = events::KmsOperation::DESCRIBE_KEY;
  call.error = from.getError();
  call.table = from.getTable();
  call.as_service = true;
  const model::Table& table = model::at(after.tables, from.getTable());
  const std::uint32_t version = model::needed_version(table);
  if (version != 0) call.key = model::at(table.keys, version - 1).key;
  return call;
}

SentCall lost(const model::State& after, events::CallLost::Reader from) {
  const model::Call& call = model::at(after.calls, from.getCall());
  SentCall sent{call.operation, call.error, call.key, call.table, call.session, call.as_service};
  if (sent.error == events::KmsError::NONE) sent.error = events::KmsError::DEPENDENCY_TIMEOUT;
  return sent;
}

}  // namespace

std::optional<SentCall> sent_call(const model::State& after, events::Event::Reader event) {
  switch (event.which()) {
    case events::Event::KMS_ANSWERED:
      return answered(event.getKmsAnswered());
    case events::Event::KEY_POLLED:
      return polled(after, event.getKeyPolled());
    case events::Event::CALL_LOST:
      return lost(after, event.getCallLost());
    default:
      return std::nullopt;
  }
}

}  // namespace tablekey::replay
