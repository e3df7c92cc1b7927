// The operations that only show something (dynamodb.md 1.5): they are answered in every state, and
// need no key.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/dynamodb/control.h"
#include "model/dynamodb/streams.h"
#include "model/dynamodb/table_states.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace listing {
namespace {

using events::TableOperation;
using Answer = events::ControlAnswered::Builder;

constexpr std::int32_t kPageMax = 100;

TableRefusal check_page(const Deciding&, const TableRequest& request) {
  const std::int32_t limit = request.parameters.getLimit();
  if (!request.parameters.getHasLimit() || (limit >= 1 && limit <= kPageMax)) return {};
  return refusal(events::Exception::VALIDATION,
                 fmt::format("1 validation error detected: Value '{}' at 'limit' failed to satisfy "
                             "constraint: Member must have value {} than or equal to {}",
                             limit, limit < 1 ? "greater" : "less", limit < 1 ? 1 : kPageMax));
}

void list(Answer event, const TableRequest& request, std::size_t rows) {
  const std::size_t page = request.parameters.getHasLimit()
                               ? static_cast<std::size_t>(request.parameters.getLimit())
                               : static_cast<std::size_t>(kPageMax);
  set_listed(event, std::min(rows, page), rows > page);
}

/// Account and Region that the request asks: the caller's account, at the endpoint.
std::uint32_t realm_of(const State& state, const TableRequest& request) {
  const ScenarioView& scenario = state.scenario();
  const std::string_view region(request.parameters.getRegion());
  const std::uint32_t account =
      request.session == 0
          ? scenario.account_index(scenario.account)
          : at(scenario.principal_accounts, at(state.sessions, request.session - 1).principal);
  const std::uint32_t place = scenario.region_index(region.empty() ? scenario.region : region);
  return place == kNone ? kNone : scenario.realm(account, place);
}

template <class Count>
std::size_t count_tables(const State& state, std::uint32_t realm, Count count) {
  std::size_t rows = 0;
  for (const FamilyView& family : state.scenario().families) {
    if (family.realm != realm) continue;
    for (std::uint32_t copy = 0; copy < family.copies; ++copy) {
      rows += count(family.first_table + copy);
    }
  }
  return rows;
}

void list_tables(Deciding& d, const TableRequest& request, Answer event) {
  list(event, request, count_tables(d.state, realm_of(d.state, request), [&](std::uint32_t table) {
         return table_exists(d.state, table) ? std::size_t{1} : std::size_t{0};
       }));
}

void list_streams(Deciding& d, const TableRequest& request, Answer event) {
  if (request.table != kNone)
    return list(event, request, streams_of(d.state, request.table).size());
  list(event, request, count_tables(d.state, realm_of(d.state, request), [&](std::uint32_t table) {
         return streams_of(d.state, table).size();
       }));
}

TableRefusal check_stream(const Deciding& d, const TableRequest& request) {
  if (request.table != kNone && find_stream(d.state, request.table, false)) return {};
  return refusal(events::Exception::RESOURCE_NOT_FOUND,
                 fmt::format("Requested resource not found: Stream of table: {} not found",
                             requested_name(d.state, request)));
}

void describe_stream(Deciding& d, const TableRequest& request, Answer event) {
  list(event, request, listed_shards(find_stream(d.state, request.table, false)).size());
}

void show_one(Deciding&, const TableRequest&, Answer event) { set_listed(event, 1); }

void list_tags(Deciding& d, const TableRequest& request, Answer event) {
  set_listed(event, d.state.tables[request.table].detail->tags.size());
}

constexpr std::array kRows{
    TableOperationRow{TableOperation::DESCRIBE_TABLE, nullptr, existence_refusal, nullptr, show_one,
                      nullptr},
    TableOperationRow{TableOperation::LIST_TABLES, check_page, nullptr, nullptr, list_tables,
                      nullptr},
    TableOperationRow{TableOperation::LIST_STREAMS, check_page, nullptr, nullptr, list_streams,
                      nullptr},
    TableOperationRow{TableOperation::DESCRIBE_STREAM, check_page, check_stream, nullptr,
                      describe_stream, nullptr},
    TableOperationRow{TableOperation::DESCRIBE_LIMITS, nullptr, nullptr, nullptr, show_one,
                      nullptr},
    TableOperationRow{TableOperation::DESCRIBE_ENDPOINTS, nullptr, nullptr, nullptr, show_one,
                      nullptr},
    TableOperationRow{TableOperation::DESCRIBE_CONTRIBUTOR_INSIGHTS, nullptr, existence_refusal,
                      nullptr, show_one, nullptr},
    TableOperationRow{TableOperation::LIST_TAGS_OF_RESOURCE, nullptr, existence_refusal, nullptr,
                      list_tags, nullptr},
};

}  // namespace
}  // namespace listing

std::span<const TableOperationRow> listing_operations() { return listing::kRows; }

}  // namespace tablekey::model::dynamodb
