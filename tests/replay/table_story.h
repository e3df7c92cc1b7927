// What the tests of DynamoDB's views have in common: steps of the control plane and data requests
// with all their parameters, added to a small world by hand.
#pragma once

#include <string>
#include <vector>

#include "tests/support/small_scenario.h"

namespace tablekey::test {

using FillTable = std::function<void(events::TableCall::Builder)>;

/// A call of the control plane about the small world's table; `table` kNone: about a name that is
/// none.
inline void control(SmallScenario& scenario, sim::Duration at, std::string id,
                    events::TableOperation operation, FillTable fill = {},
                    std::uint32_t table = 0) {
  scenario.step(at, std::move(id), [=](events::Step::Builder step) {
    auto call = step.initControl();
    call.setOperation(operation);
    call.setTable(table);
    if (table == events::K_NONE) call.setTableName("Nothing");
    if (fill) fill(call);
  });
}

/// An UpdateItem that sets attribute n of the first item which a step names.
inline void update_item(SmallScenario& scenario, sim::Duration at, std::string id,
                        const std::string& number, const std::string& condition = "",
                        std::uint32_t caller = events::K_NONE) {
  constexpr std::uint32_t kFirstGiven = 4;  // behind the generated items
  scenario.step(at, std::move(id), [=](events::Step::Builder step) {
    step.setCaller(caller);
    auto call = step.initRequest();
    call.setOperation(events::DataOperation::UPDATE_ITEM);
    auto item = call.initItems(1)[0];
    item.setKind(events::ItemCall::Kind::UPDATE);
    item.setTable(0);
    item.setItem(kFirstGiven);
    item.setKey(R"({"id":{"S":"given"}})");
    item.setUpdate("SET n = :n");
    item.setValues(R"({":n":{"N":")" + number + R"("}})");
    item.setCondition(condition);
  });
}

/// A Scan of the whole table.
inline void scan(SmallScenario& scenario, sim::Duration at, std::string id,
                 std::uint32_t limit = 0) {
  scenario.step(at, std::move(id), [=](events::Step::Builder step) {
    auto call = step.initRequest();
    call.setOperation(events::DataOperation::SCAN);
    call.setTable(0);
    if (limit == 0) return;
    call.setHasLimit(true);
    call.setLimit(static_cast<std::int32_t>(limit));
  });
}

/// A world whose only requests are those of its steps.
inline SmallScenario table_story() {
  SmallOptions options;
  options.connections = 0;
  return SmallScenario(options);
}

}  // namespace tablekey::test
