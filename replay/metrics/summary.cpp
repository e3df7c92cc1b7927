// What a run did, in numbers.
#include "replay/metrics/summary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "replay/metrics/metric.h"
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
  }
  return "?";
}

std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
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
  for (const model::Table& table : end.tables) ++counts[table_status(table)];
  return counts;
}

std::string call_name(const std::pair<events::KmsOperation, events::KmsError>& call) {
  std::string text(scenarios::name_of(call.first));
  if (call.second != events::KmsError::NONE) {
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
      ++failed;
      ++failed_by_exception[event.getRequestFailed().getException()];
      return;
    case Event::TABLE_KEY_REQUESTED:
      ++key_requests_by_cause[event.getTableKeyRequested().getWhy()];
      return;
    case Event::KMS_ANSWERED:
      ++kms_calls[{event.getKmsAnswered().getOperation(), event.getKmsAnswered().getError()}];
      return;
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
    text += fmt::format("  table key  {} hits, {} misses, {} delayed hits\n", grouped(hits),
                        grouped(misses), grouped(delayed_hits));
  }
  if (!key_requests_by_cause.empty()) {
    text += fmt::format("    asked    {}\n", listed(key_requests_by_cause, name_of_cause));
  }
  text += fmt::format("  KMS calls  {}\n", grouped(kms_calls_total()));
  if (!kms_calls.empty()) text += fmt::format("    of them  {}\n", listed(kms_calls, call_name));
  const auto tables = statuses(end);
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
  object["tableKey"] = {{"hits", hits}, {"misses", misses}, {"delayedHits", delayed_hits}};
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
