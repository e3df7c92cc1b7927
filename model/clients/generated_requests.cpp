// What a workload sends besides the five operations of the hot path: updates, batches and
// transactions over generated values. The first item is drawn as every request's is, the others of
// a batch by draws of their own.
#include <algorithm>
#include <set>

#include "model/clients/client_requests.h"
#include "model/clients/operations.h"
#include "model/clients/requests.h"
#include "model/draws.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::DataOperation;
using Kind = events::ItemCall::Kind;

constexpr std::uint32_t kBatchItems = 10;

bool is_batch(DataOperation operation) {
  return operation == DataOperation::BATCH_GET_ITEM ||
         operation == DataOperation::BATCH_WRITE_ITEM ||
         operation == DataOperation::TRANSACT_GET_ITEMS ||
         operation == DataOperation::TRANSACT_WRITE_ITEMS;
}

Kind kind_of(DataOperation operation) {
  switch (operation) {
    case DataOperation::UPDATE_ITEM:
      return Kind::UPDATE;
    case DataOperation::BATCH_WRITE_ITEM:
    case DataOperation::TRANSACT_WRITE_ITEMS:
      return Kind::PUT;
    default:
      return Kind::GET;
  }
}

}  // namespace

// As many different items as a batch has, or as there are. An item that was drawn before gives way
// to the next one.
std::vector<std::uint32_t> generated_items(const Deciding& d, std::uint32_t connection,
                                           std::uint64_t ordinal, std::uint32_t item,
                                           DataOperation operation) {
  std::vector<std::uint32_t> drawn = {item};
  if (!is_batch(operation)) return drawn;
  const Connection& from = d.state.connections[connection];
  const WorkloadView& workload = d.state.scenario().workloads[from.workload];
  const std::uint64_t entity = workload.entity + connection - workload.first_connection;
  const std::uint32_t items = d.state.family(from.table).items;
  std::set<std::uint32_t> taken = {item};
  const std::uint32_t count = std::min(kBatchItems, items);
  for (std::uint32_t i = 1; i < count; ++i) {
    const sim::Bits128 bits = draw(d.random, entity, Draw::batch_item, ordinal * kBatchItems + i);
    auto other = static_cast<std::uint32_t>(workload.popularity ? workload.popularity->sample(bits)
                                                                : sim::below(items, bits));
    while (!taken.insert(other).second) other = (other + 1) % items;
    drawn.push_back(other);
  }
  return drawn;
}

void serve_generated(Deciding& d, const Serving& s) {
  RequestWork work(d);
  work.until[s.table] = s.usable_until;
  hold_key(d, s.table, s.usable_until);
  for (const std::uint32_t item :
       generated_items(d, s.connection, s.ordinal, s.item, s.operation)) {
    ItemWork& one = work.items.emplace_back();
    one.kind = kind_of(s.operation);
    one.table = s.table;
    one.item = item;
    one.generated = one.kind != Kind::GET;
    one.key = work.space(s.table).item_key(item);
  }
  run_operation(work, s.operation, {});
  const std::uint64_t bytes = s.via == events::Access::HIT ? request_bytes(d, s) : 0;
  if (s.key_jitter != 0 || s.refresh || bytes != 0) {
    work.answer.key_uses.push_back({s.connection, s.key_jitter, s.refresh, bytes});
  }
  auto event = d.out.initDataAnswered();
  event.setConnection(s.connection);
  event.setOperation(s.operation);
  event.setVia(s.via);
  write_answer(work.answer, event);
  event.setLatency(s.latency);
  const std::int64_t retry_at = retry_time(d, s, event.getException());
  event.setRetryAt(retry_at);
  event.setAttempt(s.attempt);
  // A user waits for the last attempt.
  event.setNext(s.closed && retry_at != 0 ? 0 : s.next);
}

}  // namespace tablekey::model
