// The five events that answer a request.
#include "replay/metrics/answers.h"

#include "replay/data_answers.h"

namespace tablekey::replay {
namespace {

using events::DataOperation;

template <class Served>
Answer served(const Served& from, DataOperation operation, std::int64_t time) {
  Answer answer;
  answer.connection = from.getConnection();
  answer.table = from.getTable();
  answer.operation = operation;
  answer.via = from.getVia();
  answer.latency = from.getLatency();
  answer.arrived = time;
  return answer;
}

Answer failed(events::Event::RequestFailed::Reader from, std::int64_t time) {
  Answer answer;
  answer.connection = from.getConnection();
  answer.table = from.getTable();
  answer.operation = from.getOperation();
  answer.exception = from.getException();
  answer.served = false;
  answer.latency = from.getLatency();
  answer.arrived = time;
  return answer;
}

Answer answered(events::DataAnswered::Reader from, std::int64_t time) {
  Answer answer;
  answer.connection = from.getConnection();
  answer.table = model::kNone;
  answer.operation = from.getOperation();
  answer.exception = from.getException();
  answer.served = was_served(from);
  answer.via = from.getVia();
  answer.latency = from.getLatency();
  answer.arrived = time;
  return answer;
}

}  // namespace

std::optional<Answer> answer_of(events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::ITEM_READ:
      return served(event.getItemRead(), DataOperation::GET_ITEM, event.getTime());
    case Event::ITEM_WRITTEN:
      return served(event.getItemWritten(),
                    event.getItemWritten().getDeleted() ? DataOperation::DELETE_ITEM
                                                        : DataOperation::PUT_ITEM,
                    event.getTime());
    case Event::ITEMS_READ:
      return served(event.getItemsRead(),
                    event.getItemsRead().getScan() ? DataOperation::SCAN : DataOperation::QUERY,
                    event.getTime());
    case Event::REQUEST_FAILED:
      return failed(event.getRequestFailed(), event.getTime());
    case Event::DATA_ANSWERED:
      return answered(event.getDataAnswered(), event.getTime());
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> arrival_before(const model::State& state) {
  if (!state.agenda().next()) return std::nullopt;
  const model::Action action = state.agenda().front();
  if (action.kind == model::ActionKind::resume_request) {
    if (action.a >= state.waiters.size()) return std::nullopt;
    return state.waiters[action.a].arrived.nanoseconds();
  }
  if (action.kind != model::ActionKind::deliver_answer || action.a >= state.calls.size()) {
    return std::nullopt;
  }
  const model::Call& call = state.calls[action.a];
  const bool of_request =
      call.purpose == model::Purpose::data_request || call.purpose == model::Purpose::client;
  if (!of_request) return std::nullopt;
  return call.request.arrived.nanoseconds();
}

}  // namespace tablekey::replay
