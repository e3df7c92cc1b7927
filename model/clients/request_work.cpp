// Taking a request apart, in the order in which DynamoDB finds fault with it.
#include "model/clients/request_work.h"

#include <fmt/format.h>

#include "events/text.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/partitions.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using Kind = events::ItemCall::Kind;
using events::text;

Refused from_json(const items::JsonError& error) { return invalid(error.message); }

bool returns_allowed(Kind kind, std::string_view returns) {
  if (returns.empty() || returns == "NONE") return true;
  if (kind == Kind::UPDATE) {
    return returns == "ALL_OLD" || returns == "UPDATED_OLD" || returns == "ALL_NEW" ||
           returns == "UPDATED_NEW";
  }
  return returns == "ALL_OLD" && (kind == Kind::PUT || kind == Kind::DELETE);
}

}  // namespace

std::expected<items::Placeholders, Refused> placeholders_of(capnp::List<events::Pair>::Reader names,
                                                            std::string_view values) {
  std::map<std::string, std::string, std::less<>> named;
  for (auto pair : names) named.emplace(text(pair.getName()), text(pair.getValue()));
  items::AttributeMap valued;
  if (!values.empty()) {
    auto parsed = items::parse_item(values);
    if (!parsed) return std::unexpected(from_json(parsed.error()));
    valued = std::move(*parsed);
  }
  items::Placeholders placeholders(std::move(named), std::move(valued));
  if (const auto bad = placeholders.invalid()) return std::unexpected(invalid(bad->message));
  return placeholders;
}

RequestWork::RequestWork(Deciding& deciding, const Request& request)
    : d(deciding), step(request.step), home(request.home) {
  if (home != kNone) {
    made_ = generated_call(d, request);
    call = made_->getRoot<events::DataCall>().asReader();
    caller = sender_of(d.state, request);
    request_ = request;
    return;
  }
  const auto described = d.state.scenario().reader().getSteps()[step - 1];
  call = described.getRequest();
  caller = d.state.scenario().caller(described.getCaller(), described.getSession().cStr());
}

const ItemSpace& RequestWork::space(std::uint32_t table) const {
  return d.state.scenario().items(at(d.state.tables, table).family);
}

// A workload's connection may use any copy.
std::uint32_t RequestWork::table_of(std::uint32_t family) const {
  if (home != kNone) {
    const std::uint32_t own = at(d.state.connections, home).table;
    if (d.state.tables[own].family == family) return own;
  }
  return at(d.state.scenario().families, family).first_table;
}

// Values that nobody wrote down: the client makes them.
Refused RequestWork::parse_generated(const Request& request) {
  for (auto from : call.getItems()) {
    ItemWork& to = items.emplace_back();
    to.kind = from.getKind();
    to.table = table_of(from.getTable());
    to.item = from.getItem();
    to.key = space(to.table).item_key(to.item);
    if (to.kind != Kind::PUT) continue;
    to.value = client_side->before_put(to.table, generated_value_of(d, request, to.item));
    if (auto refusal = items::validate_item(*to.value, space(to.table).key())) {
      return invalid(*refusal);
    }
    if (Refused bad = check_value(to, *to.value); bad.exception != events::Exception::NONE) {
      return bad;
    }
  }
  return {};
}

Refused RequestWork::parse_items() {
  if (request_) return parse_generated(*request_);
  for (auto from : call.getItems()) {
    ItemWork& to = items.emplace_back();
    if (Refused bad = parse_item(from, to); bad.exception != events::Exception::NONE) return bad;
  }
  return {};
}

Refused RequestWork::parse_item(events::ItemCall::Reader from, ItemWork& to) const {
  to.kind = from.getKind();
  to.table = table_of(from.getTable());
  to.item = from.getItem();
  to.returns = from.getReturnValues();
  to.consistent = from.getConsistentRead();
  const items::KeySchema& schema = space(to.table).key();
  const bool put = to.kind == Kind::PUT;
  auto parsed = items::parse_item(text(put ? from.getValue() : from.getKey()));
  if (!parsed) return from_json(parsed.error());
  if (!returns_allowed(to.kind, to.returns)) {
    return invalid(fmt::format("ReturnValues can not be {} here", to.returns));
  }
  if (Refused bad = parse_expressions(from, to); bad.exception != events::Exception::NONE) {
    return bad;
  }
  if (!put) {
    if (auto refusal = items::validate_key(*parsed, schema)) return invalid(*refusal);
    to.key = std::move(*parsed);
    return {};
  }
  if (auto refusal = items::validate_item(*parsed, schema)) return invalid(*refusal);
  to.key = items::key_of(*parsed, schema);
  if (client_side != nullptr) {
    parsed = client_side->before_put(to.table, *parsed);
    if (auto refusal = items::validate_item(*parsed, schema)) return invalid(*refusal);
  }
  to.value = std::move(*parsed);
  return check_value(to, *to.value);
}

Refused RequestWork::parse_expressions(events::ItemCall::Reader from, ItemWork& to) const {
  const items::KeySchema& schema = space(to.table).key();
  auto placeholders = placeholders_of(from.getNames(), text(from.getValues()));
  if (!placeholders) return placeholders.error();
  if (from.getUpdate().size() != 0) {
    auto update = items::Update::parse(text(from.getUpdate()), *placeholders);
    if (!update) return invalid(update.error().message);
    if (const auto touched = update->touches_key(schema)) return invalid(touched->message);
    to.update = std::move(*update);
  }
  if (from.getCondition().size() != 0) {
    auto condition = items::Condition::parse(text(from.getCondition()), *placeholders);
    if (!condition) return invalid(condition.error().message);
    if (const auto entered = condition->enters_key(schema)) return invalid(entered->message);
    to.condition = std::move(*condition);
  }
  if (from.getProjection().size() != 0) {
    auto projection = items::Projection::parse(text(from.getProjection()), *placeholders);
    if (!projection) return invalid(projection.error().message);
    to.projection = std::move(*projection);
  }
  if (const auto unused = placeholders->unused()) return invalid(unused->message);
  return {};
}

// Key attributes of indexes must fit where they are there.
Refused RequestWork::check_value(const ItemWork& work, const items::AttributeMap& value) const {
  for (const IndexShape* index : index_shapes(d.state, work.table)) {
    if (!index->key) continue;
    if (auto refusal = items::validate_index_key(value, *index->key, index->name)) {
      return invalid(*refusal);
    }
  }
  return {};
}

std::optional<items::AttributeMap> returned_values(const ItemWork& work, const Outcome& outcome) {
  if (work.returns == "ALL_OLD") return outcome.before;
  if (work.returns == "ALL_NEW") return outcome.after;
  if (!work.update) return std::nullopt;
  const auto part = [&](const std::optional<items::AttributeMap>& item) {
    return item ? std::optional(items::project(*item, work.update->paths())) : std::nullopt;
  };
  if (work.returns == "UPDATED_OLD") return part(outcome.before);
  if (work.returns == "UPDATED_NEW") return part(outcome.after);
  return std::nullopt;
}

}  // namespace tablekey::model
