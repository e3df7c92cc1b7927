// What a run did, in numbers.
#include "replay/metrics/summary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "model/dynamodb/control.h"
#include "model/dynamodb/names.h"
#include "replay/grouped.h"
#include "replay/metrics/kms_call.h"
#include "scenarios/expectation.h"

namespace tablekey::replay {
namespace {

using events::DataOperation;
using Json = nlohmann::ordered_json;

std::string_view name_of_cause(events::Miss why) {
  switch (why) {
    case events::Miss::COLD:
      return "cold";
    case events::Miss::IDLE:
      return "idle";
    case events::Miss::MAX_AGE:
      return "maxAge";
    case events::Miss::VERSION:
      return "version";
    case events::Miss::DROPPED:
      return "dropped";
    case events::Miss::MAX_USES:
      return "maxUses";
    case events::Miss::MAX_BYTES:
      return "maxBytes";
    case events::Miss::EVICTED:
      return "evicted";
    case events::Miss::EARLY:
      return "early";
    case events::Miss::UNCACHED:
      return "uncached";
    case events::Miss::INVALIDATED:
      return "invalidated";
    case events::Miss::RESTARTED:
      return "restarted";
  }
  return "?";
}

/// "GetItem 10, PutItem 2", nothing for an empty map.
template <class Map, class Name>
std::string listed(const Map& counts, const Name& name) {
  std::string text;
  for (const auto& [what, count] : counts) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", name(what), grouped(count));
  }
  return text;
}

std::map<std::string_view, std::uint64_t> statuses(const model::State& end) {
  std::map<std::string_view, std::uint64_t> counts;
  for (std::uint32_t table = 0; table < end.tables.size(); ++table) {
    ++counts[model::dynamodb::status_name(model::dynamodb::shown_status(end, table))];
  }
  return counts;
}

std::string call_name(const std::pair<events::KmsOperation, events::KmsError>& call) {
  std::string text(scenarios::name_of(call.first));
  if (call.second != events::KmsError::NONE) {
    text += fmt::format(" ({})", scenarios::name_of(call.second));
  }
  return text;
}

std::string_view name_of_job(events::ServiceJob job) {
  switch (job) {
    case events::ServiceJob::INDEXES:
      return "indexes";
    case events::ServiceJob::STREAMS:
      return "streams";
    case events::ServiceJob::BACKFILL:
      return "backfill";
    case events::ServiceJob::SPLIT:
      return "split";
    case events::ServiceJob::TIME_TO_LIVE:
      return "timeToLive";
    case events::ServiceJob::LOG_ARCHIVE:
      return "logArchive";
    case events::ServiceJob::SNAPSHOT:
      return "snapshot";
    case events::ServiceJob::REPLICATION:
      return "replication";
    case events::ServiceJob::CHECKER:
      return "checker";
  }
  return "?";
}

std::string control_name(const std::pair<events::TableOperation, events::Exception>& call) {
  std::string text(model::dynamodb::operation_name(call.first));
  if (call.second != events::Exception::NONE) {
    text += fmt::format(" ({})", scenarios::name_of(call.second));
  }
  return text;
}

std::string bill_text(const Bill& bill) {
  return fmt::format("{} (keys {}, {} requests {}, {} more free)",
                     model::print(bill.total().rounded()), model::print(bill.keys.rounded()),
                     grouped(bill.charged_requests), model::print(bill.requests.rounded()),
                     grouped(bill.free_requests));
}

// One line for an account, with its number where there are several.
std::string cost_text(const std::map<std::string, Bill>& bills) {
  std::string text;
  for (const auto& [account, bill] : bills) {
    text += text.empty() ? "  cost       " : "             ";
    if (bills.size() > 1) text += account + " ";
    text += bill_text(bill) + "\n";
  }
  return text;
}

Json cost_json(const std::map<std::string, Bill>& bills) {
  Json object;
  object["currency"] = "USD";
  Bill all;
  Json& list = object["accounts"] = Json::array();
  for (const auto& [account, bill] : bills) {
    all.add(bill);
    list.push_back({{"accountId", account},
                    {"total", model::print(bill.total().rounded())},
                    {"keys", model::print(bill.keys.rounded())},
                    {"requests", model::print(bill.requests.rounded())},
                    {"chargedRequests", bill.charged_requests},
                    {"freeRequests", bill.free_requests}});
  }
  object["total"] = model::print(all.total().rounded());
  return object;
}

}  // namespace

void RunSummary::serve(DataOperation operation, events::Access via) {
  ++served;
  ++served_by_operation[operation];
  switch (via) {
    case events::Access::HIT:
      ++hits;
      return;
    case events::Access::MISS:
      ++misses;
      return;
    case events::Access::DELAYED_HIT:
      ++delayed_hits;
      return;
    case events::Access::STALE:
      ++stale;
      return;
  }
}

void RunSummary::event(const model::State& after, events::Event::Reader event,
                       std::uint64_t number) {
  using Event = events::Event;
  ++events;
  cost.event(after, event, number);
  switch (event.which()) {
    case Event::ITEM_READ:
      return serve(DataOperation::GET_ITEM, event.getItemRead().getVia());
    case Event::ITEM_WRITTEN:
      return serve(event.getItemWritten().getDeleted() ? DataOperation::DELETE_ITEM
                                                       : DataOperation::PUT_ITEM,
                   event.getItemWritten().getVia());
    case Event::ITEMS_READ:
      return serve(event.getItemsRead().getScan() ? DataOperation::SCAN : DataOperation::QUERY,
                   event.getItemsRead().getVia());
    case Event::REQUEST_FAILED:
      return fail(event.getRequestFailed().getException());
    case Event::DATA_ANSWERED:
      return answer(event.getDataAnswered());
    case Event::TABLE_KEY_REQUESTED:
      ++key_requests_by_cause[event.getTableKeyRequested().getWhy()];
      return;
    case Event::KMS_ANSWERED:
    case Event::KEY_POLLED:
    case Event::CALL_LOST: {
      const SentCall call = sent_call(after, event).value();
      ++kms_calls[{call.operation, call.error}];
      return;
    }
    default:
      return count_table_event(event);
  }
}

void RunSummary::fail(events::Exception exception) {
  ++failed;
  ++failed_by_exception[exception];
}

// A batch or a transaction is one request.
void RunSummary::answer(events::DataAnswered::Reader answered) {
  if (answered.getException() != events::Exception::NONE) return fail(answered.getException());
  serve(answered.getOperation(), answered.getVia());
}

void RunSummary::count_table_event(events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::TABLE_ACTIVATED:
      ++tables_created;
      return;
    case Event::TABLE_REQUEST_REFUSED:
      ++tables_refused;
      return;
    case Event::TABLE_DELETED:
      ++tables_deleted;
      return;
    case Event::SSE_SWITCH_COMPLETED:
      ++switches;
      return;
    case Event::SERVICE_KEY_REQUESTED:
      ++service_key_requests[event.getServiceKeyRequested().getJob()];
      return;
    case Event::CONTROL_ANSWERED: {
      const auto answered = event.getControlAnswered();
      const bool done = answered.getException() == events::Exception::NONE;
      ++(done ? control_answered : control_refused);
      ++control_calls[{answered.getOperation(), answered.getException()}];
      return;
    }
    default:
      return;
  }
}

std::uint64_t RunSummary::kms_calls_total() const {
  std::uint64_t total = 0;
  for (const auto& [call, count] : kms_calls) total += count;
  return total;
}

std::string RunSummary::text(const model::State& end) const {
  const auto data_name = [](DataOperation operation) { return scenarios::name_of(operation); };
  std::string text = fmt::format("  events     {}\n", grouped(events));
  text += fmt::format("  requests   {}: {} served, {} failed\n", grouped(requests()),
                      grouped(served), grouped(failed));
  if (served != 0) text += fmt::format("    served   {}\n", listed(served_by_operation, data_name));
  if (failed != 0) {
    text += fmt::format("    failed   {}\n", listed(failed_by_exception, [](events::Exception e) {
                          return scenarios::name_of(e);
                        }));
  }
  if (served != 0) {
    text += fmt::format("  table key  {} hits, {} misses, {} delayed hits{}\n", grouped(hits),
                        grouped(misses), grouped(delayed_hits),
                        stale == 0 ? "" : fmt::format(", {} stale", grouped(stale)));
  }
  if (!key_requests_by_cause.empty()) {
    text += fmt::format("    asked    {}\n", listed(key_requests_by_cause, name_of_cause));
  }
  text += fmt::format("  KMS calls  {}\n", grouped(kms_calls_total()));
  if (!kms_calls.empty()) text += fmt::format("    of them  {}\n", listed(kms_calls, call_name));
  const auto tables = statuses(end);
  if (!service_key_requests.empty()) {
    text += fmt::format("    service  {}\n", listed(service_key_requests, name_of_job));
  }
  if (!control_calls.empty()) {
    text += fmt::format("  control    {}: {} done, {} refused\n",
                        grouped(control_answered + control_refused), grouped(control_answered),
                        grouped(control_refused));
    text += fmt::format("    of them  {}\n", listed(control_calls, control_name));
  }
  if (!tables.empty()) {
    text += fmt::format("  tables     {}\n",
                        listed(tables, [](std::string_view status) { return status; }));
  }
  return text + cost_text(cost.bills(end));
}

Json RunSummary::json(const model::State& end) const {
  Json object;
  object["events"] = events;
  Json& data = object["requests"] = Json::object();
  data["answered"] = requests();
  data["served"] = served;
  data["failed"] = failed;
  data["servedByOperation"] = Json::object();
  for (const auto& [operation, count] : served_by_operation) {
    data["servedByOperation"][std::string(scenarios::name_of(operation))] = count;
  }
  data["failedByException"] = Json::object();
  for (const auto& [exception, count] : failed_by_exception) {
    data["failedByException"][std::string(scenarios::name_of(exception))] = count;
  }
  object["tableKey"] = {
      {"hits", hits}, {"misses", misses}, {"delayedHits", delayed_hits}, {"stale", stale}};
  Json& causes = object["tableKey"]["requestedBecause"] = Json::object();
  for (const auto& [why, count] : key_requests_by_cause) {
    causes[std::string(name_of_cause(why))] = count;
  }
  object["kmsCalls"] = {{"total", kms_calls_total()}};
  Json& calls = object["kmsCalls"]["byOperation"] = Json::array();
  for (const auto& [call, count] : kms_calls) {
    calls.push_back({{"operation", scenarios::name_of(call.first)},
                     {"result", scenarios::name_of(call.second)},
                     {"count", count}});
  }
  Json& jobs = object["kmsCalls"]["forServiceJobs"] = Json::object();
  for (const auto& [job, count] : service_key_requests) jobs[std::string(name_of_job(job))] = count;
  object["controlPlane"] = {{"done", control_answered}, {"refused", control_refused}};
  Json& asked = object["controlPlane"]["byOperation"] = Json::array();
  for (const auto& [call, count] : control_calls) {
    asked.push_back({{"operation", model::dynamodb::operation_name(call.first)},
                     {"result", scenarios::name_of(call.second)},
                     {"count", count}});
  }
  object["tables"] = Json::object();
  for (const auto& [status, count] : statuses(end)) object["tables"][std::string(status)] = count;
  object["tableRequests"] = {{"created", tables_created},
                             {"deleted", tables_deleted},
                             {"switched", switches},
                             {"refused", tables_refused}};
  object["cost"] = cost_json(cost.bills(end));
  return object;
}

}  // namespace tablekey::replay
