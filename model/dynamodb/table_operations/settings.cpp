// Settings that are changed at once: tags, Contributor Insights (dynamodb.md 6, 7.4).
#include <algorithm>
#include <array>
#include <string_view>

#include "model/dynamodb/control.h"
#include "model/dynamodb/table_states.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace settings {
namespace {

using events::TableOperation;

constexpr std::size_t kTagsMax = 50;

// A table that is being made has neither yet.
TableRefusal check_there(const Deciding& d, const TableRequest& request) {
  if (TableRefusal missing = existence_refusal(d, request)) return missing;
  return d.state.tables[request.table].lifecycle == Lifecycle::creating ? no_table(d, request)
                                                                        : TableRefusal();
}

TableRefusal check_tags(const Deciding& d, const TableRequest& request) {
  if (TableRefusal missing = check_there(d, request)) return missing;
  const auto& tags = d.state.tables[request.table].detail->tags;
  std::size_t count = tags.size();
  for (const auto tag : request.parameters.getTags()) {
    const std::string_view name(tag.getName());
    if (name.starts_with("aws:")) {
      return invalid("Tag keys starting with 'aws:' are reserved for system use");
    }
    const bool known =
        std::ranges::any_of(tags, [&](const auto& one) { return one.first == name; });
    count += known ? 0U : 1U;
  }
  return count <= kTagsMax ? TableRefusal()
                           : invalid("A resource can have at most 50 user created tags");
}

TableRefusal check_insights(const Deciding& d, const TableRequest& request) {
  if (TableRefusal missing = check_there(d, request)) return missing;
  return table_state_refusal(d, request, TableChange::protection);
}

// It needs to read the table, as whoever asks (dynamodb.md 6).
KmsNeed table_key(const Deciding& d, const TableRequest& request) {
  return request.call == nullptr ? table_key_need(d.state, request.table) : KmsNeed{};
}

void at_once(Deciding&, const TableRequest&, events::ControlAnswered::Builder event) {
  event.getEffect().setSettings();
}

constexpr std::array kRows{
    TableOperationRow{TableOperation::TAG_RESOURCE, nullptr, check_tags, nullptr, at_once, nullptr},
    TableOperationRow{TableOperation::UNTAG_RESOURCE, nullptr, check_there, nullptr, at_once,
                      nullptr},
    TableOperationRow{TableOperation::UPDATE_CONTRIBUTOR_INSIGHTS, nullptr, check_insights,
                      table_key, at_once, nullptr},
};

}  // namespace
}  // namespace settings

std::span<const TableOperationRow> setting_operations() { return settings::kRows; }

}  // namespace tablekey::model::dynamodb
