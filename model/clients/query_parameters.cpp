// Taking a Query or Scan apart.
#include <fmt/format.h>

#include "events/text.h"
#include "model/clients/queries.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/items/json.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::DataOperation;
using events::Exception;
using events::text;

Refused find_index(const RequestWork& work, QueryWork& query) {
  const ItemSpace& space = work.space(query.table);
  const std::string_view name = text(work.call.getIndex());
  query.schema = space.key();
  if (name.empty()) return {};
  const auto among = [&](const std::vector<IndexShape>& indexes, std::uint32_t& found) {
    for (std::uint32_t i = 0; i < indexes.size(); ++i) {
      if (indexes[i].name != name || !indexes[i].key) continue;
      found = i;
      query.schema = *indexes[i].key;
    }
  };
  among(space.local_indexes(), query.local);
  const bool left_out =
      query.local != kNone && !has_local_index(work.d.state, query.table, query.local);
  if (left_out) query.local = kNone;
  if (query.local == kNone && !left_out) among(space.global_indexes(), query.global);
  const bool readable =
      query.global == kNone || index_readable(work.d.state, query.table, query.global);
  if ((query.local == kNone && query.global == kNone) || !readable) {
    return invalid(fmt::format("The table does not have the specified index: {}", name));
  }
  if (query.global != kNone && work.call.getConsistentRead()) {
    return invalid("Consistent reads are not supported on global secondary indexes");
  }
  return {};
}

Refused parse_expressions(const RequestWork& work, QueryWork& query) {
  const auto call = work.call;
  auto placeholders = placeholders_of(call.getNames(), text(call.getValues()));
  if (!placeholders) return placeholders.error();
  if (call.getKeyCondition().size() != 0) {
    auto key =
        items::KeyCondition::parse(text(call.getKeyCondition()), *placeholders, query.schema);
    if (!key) return invalid(key.error().message);
    query.key = std::move(*key);
  } else if (!query.scan) {
    auto key = items::parse_item(text(call.getPartitionKey()));
    if (!key) return invalid(key.error().message);
    const items::AttributeValue* value = key->find(query.schema.partition.name);
    if (value == nullptr || value->type() != query.schema.partition.type) {
      return invalid("Query condition missed key schema element: " + query.schema.partition.name);
    }
    query.key = items::KeyCondition{*value, {}};
  }
  if (call.getFilter().size() != 0) {
    auto filter = items::Condition::parse(text(call.getFilter()), *placeholders,
                                          items::ExpressionKind::filter);
    if (!filter) return invalid(filter.error().message);
    if (const auto key = filter->mentions_key(query.schema); key && !query.scan) {
      return invalid(key->message);
    }
    query.filter = std::move(*filter);
  }
  if (call.getProjection().size() != 0) {
    auto projection = items::Projection::parse(text(call.getProjection()), *placeholders);
    if (!projection) return invalid(projection.error().message);
    query.projection = std::move(*projection);
  }
  if (const auto unused = placeholders->unused()) return invalid(unused->message);
  return {};
}

// Whether a global index can answer, and whether a local one must ask the table.
Refused parse_select(const RequestWork& work, QueryWork& query) {
  const std::string_view select = text(work.call.getSelect());
  const bool index = query.local != kNone || query.global != kNone;
  query.count_only = select == "COUNT";
  if (select == "SPECIFIC_ATTRIBUTES" && !query.projection) {
    return invalid(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
        "SPECIFIC_ATTRIBUTES");
  }
  if (!select.empty() && select != "SPECIFIC_ATTRIBUTES" && query.projection) {
    return invalid(
        fmt::format("Cannot specify the ProjectionExpression when choosing to get {}", select));
  }
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !index) {
    return invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  if (!index) return {};
  const ItemSpace& space = work.space(query.table);
  const IndexShape& shape = query.local != kNone ? space.local_indexes()[query.local]
                                                 : space.global_indexes()[query.global];
  bool beyond =
      select == "ALL_ATTRIBUTES" && shape.projection != events::SecondaryIndex::Projection::ALL;
  if (query.projection) {
    for (const items::DocumentPath& path : query.projection->paths) {
      beyond = beyond || !shape.projects(std::get<std::string>(path.front()), space.key());
    }
  }
  if (beyond && query.global != kNone) {
    return invalid(
        fmt::format("One or more parameter values were invalid: Select type "
                    "ALL_ATTRIBUTES is not supported for global secondary index {} "
                    "because its projection type is not ALL",
                    shape.name));
  }
  query.fetches = beyond;
  return {};
}

Refused check_numbers(const RequestWork& work) {
  const auto call = work.call;
  if (call.getHasLimit() && call.getLimit() < 1) {
    return invalid(
        fmt::format("1 validation error detected: Value '{}' at 'limit' failed to "
                    "satisfy constraint: Member must have value greater than or equal "
                    "to 1",
                    call.getLimit()));
  }
  if (call.getTotalSegments() > 1'000'000) {
    return invalid(
        "1 validation error detected: Value at 'totalSegments' failed to satisfy "
        "constraint: Member must have value less than or equal to 1000000");
  }
  if (call.getTotalSegments() != 0 && call.getSegment() >= call.getTotalSegments()) {
    return invalid(
        fmt::format("The Segment parameter is zero-based and must be less than "
                    "parameter TotalSegments: Segment: {} is not less than "
                    "TotalSegments: {}",
                    call.getSegment(), call.getTotalSegments()));
  }
  return {};
}

}  // namespace

Refused parse_query(const RequestWork& work, QueryWork& query) {
  const auto call = work.call;
  query.table = work.table_of(call.getTable());
  query.scan = call.getOperation() == DataOperation::SCAN;
  query.start = call.getExclusiveStart();
  if (call.getStartAfterStep() != 0) {
    const auto& results = work.d.state.results;
    const std::uint32_t before = call.getStartAfterStep() - 1;
    if (before < results.size()) query.start = results[before].last_item;
  }
  for (auto* check : {+[](const RequestWork&w, QueryWork&) { return check_numbers(w); },
                      &find_index, &parse_expressions, &parse_select}) {
    if (Refused bad = check(work, query); bad.exception != Exception::NONE) return bad;
  }
  return {};
}

}  // namespace tablekey::model
