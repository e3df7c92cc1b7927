// UpdateTimeToLive and DescribeTimeToLive (dynamodb.md 6, 9).
#include <fmt/format.h>

#include <vector>

#include "model/dynamodb/backup_requests.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/item_content.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace time_to_live {
namespace {

using events::Exception;

// One change a table and hour (dynamodb.md 9).
constexpr sim::Duration kBetweenChanges = sim::Duration::hours(1);

TableRefusal verbatim(std::string text) { return refusal(Exception::VALIDATION, std::move(text)); }

TableRefusal validate(const Deciding&, const TableRequest& request) {
  const std::size_t size = request.parameters.getTtlAttribute().size();
  if (size >= 1 && size <= 255) return {};
  return invalid("AttributeName must be from 1 to 255 characters long");
}

TableRefusal state_refusal(const Deciding& d, const TableRequest& request) {
  if (request.table == kNone) return no_table(d, request);
  const Table& table = at(d.state.tables, request.table);
  const std::string name = d.state.table_name(request.table);
  switch (table.lifecycle) {
    case Lifecycle::live:
      return {};
    case Lifecycle::creating:
      if (table.process.backup != kNone) return no_table(d, request);
      return in_use("Table is being created: " + name);
    case Lifecycle::archiving:
      return in_use("Table is being archived: " + name);
    case Lifecycle::deleting:
      return in_use("Table is being deleted: " + name);
    case Lifecycle::archived:
      return invalid("Table is archived: " + name);
    default:
      return no_table(d, request);
  }
}

TableRefusal check(const Deciding& d, const TableRequest& request) {
  if (TableRefusal refused = state_refusal(d, request)) return refused;
  const TableDetail& detail = *d.state.tables[request.table].detail;
  const std::string_view wanted = request.parameters.getTtlAttribute().cStr();
  const std::string& present = detail.ttl_attribute;
  const bool enable = request.parameters.getTtlEnabled();
  if (!enable && present.empty()) return verbatim("TimeToLive is already disabled");
  if (!present.empty() && wanted != present) {
    return verbatim(
        fmt::format("TimeToLive is active on a different AttributeName: current "
                    "AttributeName is {}",
                    present));
  }
  if (enable && !present.empty()) return verbatim("TimeToLive is already enabled");
  if (detail.ttl_changed != sim::Time() && d.now - detail.ttl_changed < kBetweenChanges) {
    return verbatim("Time to live has been modified multiple times within a fixed interval");
  }
  return {};
}

KmsNeed need_table_key(const Deciding& d, const TableRequest& request) {
  return request.call == nullptr ? table_key_need(d.state, request.table) : KmsNeed{};
}

// What the attribute says in values that callers gave can only be seen by opening them.
void update(Deciding& d, const TableRequest& request, events::ControlAnswered::Builder event) {
  event.getEffect().setTimeToLive();
  if (!request.parameters.getTtlEnabled()) return;
  const std::string attribute = request.parameters.getTtlAttribute().cStr();
  std::vector<std::pair<std::uint32_t, std::int64_t>> found;
  for (const auto& [item, given] : d.state.tables[request.table].detail->given) {
    const State::ItemView view = d.state.item(request.table, item);
    if (view.version == 0 || !view.given) continue;
    const Vault::Opened opened = d.vault.open_item(d.state, request.table, item, d.now);
    const sim::Time expires = expiry_in(attribute, item_of(opened.plaintext.bytes()), d.now);
    if (expires != sim::Time()) found.emplace_back(item, expires.nanoseconds());
  }
  auto list = event.initExpiries(static_cast<unsigned>(found.size()));
  for (unsigned i = 0; i < found.size(); ++i) {
    list[i].setItem(found[i].first);
    list[i].setAt(found[i].second);
  }
}

TableRefusal check_described(const Deciding& d, const TableRequest& request) {
  const bool there = request.table != kNone && table_exists(d.state, request.table);
  return there ? TableRefusal{} : no_table(d, request);
}

void describe(Deciding&, const TableRequest&, events::ControlAnswered::Builder event) {
  set_listed(event, 1);
}

}  // namespace
}  // namespace time_to_live

const TableOperationRow& update_time_to_live_row() {
  static const TableOperationRow row{.operation = events::TableOperation::UPDATE_TIME_TO_LIVE,
                                     .validate = time_to_live::validate,
                                     .check = time_to_live::check,
                                     .kms = time_to_live::need_table_key,
                                     .effect = time_to_live::update};
  return row;
}

const TableOperationRow& describe_time_to_live_row() {
  static const TableOperationRow row{.operation = events::TableOperation::DESCRIBE_TIME_TO_LIVE,
                                     .check = time_to_live::check_described,
                                     .effect = time_to_live::describe};
  return row;
}

}  // namespace tablekey::model::dynamodb
