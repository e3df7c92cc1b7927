// Steps of the backup family, what was answered to them, and what is in a table: shared by the
// tests of backups, restores, recovery, exports and time to live.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/dynamodb/backups.h"
#include "model/dynamodb/names.h"
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests {
// Its names are its own: other fixtures use the same words.
inline namespace backup_steps {

using events::TableOperation;
using CallFill = std::function<void(events::TableCall::Builder)>;

inline Fill control(TableOperation operation, std::uint32_t table, CallFill more = {}) {
  return [=](events::Step::Builder step) {
    auto call = step.initControl();
    call.setOperation(operation);
    call.setTable(table);
    if (more) more(call);
  };
}
inline Fill create_backup(std::uint32_t table, const std::string& name = "nightly") {
  return control(TableOperation::CREATE_BACKUP, table,
                 [=](events::TableCall::Builder call) { call.setBackupName(name); });
}
/// `step`: the CreateBackup whose backup is meant.
inline Fill with_backup(TableOperation operation, std::uint32_t step) {
  return control(operation, kNone,
                 [=](events::TableCall::Builder call) { call.initBackup().setStep(step); });
}
inline Fill restore_backup(std::uint32_t step, std::uint32_t target, CallFill more = {}) {
  return control(TableOperation::RESTORE_TABLE_FROM_BACKUP, kNone,
                 [=](events::TableCall::Builder call) {
                   call.initBackup().setStep(step);
                   call.setTarget(target);
                   if (more) more(call);
                 });
}
/// `seconds` after the start; 0: as late as possible.
inline Fill restore_to(std::uint32_t table, double seconds, std::uint32_t target,
                       CallFill more = {}) {
  return control(TableOperation::RESTORE_TABLE_TO_POINT_IN_TIME, table,
                 [=](events::TableCall::Builder call) {
                   call.setTarget(target);
                   call.setUseLatestRestorableTime(seconds == 0);
                   if (seconds != 0) call.setRestoreTime(at_seconds(seconds));
                   if (more) more(call);
                 });
}
inline Fill recovery(std::uint32_t table, bool enabled) {
  return control(TableOperation::UPDATE_CONTINUOUS_BACKUPS, table,
                 [=](events::TableCall::Builder call) { call.setPointInTimeRecovery(enabled); });
}
inline Fill time_to_live(std::uint32_t table, const std::string& attribute, bool enabled) {
  return control(TableOperation::UPDATE_TIME_TO_LIVE, table, [=](events::TableCall::Builder call) {
    call.setTtlAttribute(attribute);
    call.setTtlEnabled(enabled);
  });
}
/// `Enabled: false`: the restored table is under the AWS owned key.
inline void to_owned(events::TableCall::Builder call) {
  auto sse = call.initSse();
  sse.setGiven(true);
  sse.setHasEnabled(true);
}

/// A table that a restore of `source` makes.
inline TableSpec restored_table(const std::string& name) {
  TableSpec table;
  table.name = name;
  table.created = 0;
  table.items = 0;
  return table;
}

/// Adds to what a story says of its tables.
inline void more_of_tables(Story& story, std::function<void(events::Scenario::Builder)> more) {
  const auto before = story.more;
  story.more = [=](events::Scenario::Builder scenario) {
    if (before) before(scenario);
    more(scenario);
  };
}
inline void shares_items(Story& story, std::uint32_t table, std::uint32_t source) {
  more_of_tables(story, [=](events::Scenario::Builder scenario) {
    scenario.getTables()[table].setByStep(true);
    scenario.getTables()[table].setSpace(source);
  });
}

/// What DynamoDB said to a step: its exception, or what KMS made of its process later.
struct Reply {
  std::string exception;  // empty: success
  std::string message;
  KmsError kms = KmsError::NONE;
};

inline Reply reply_to(const Play& play, std::size_t step) {
  Reply reply;
  bool answered = false;
  for (const KeptEvent& kept : play.all()) {
    const Event::Reader event = kept.read();
    if (event.isControlAnswered() && event.getControlAnswered().getStep() == step + 1) {
      const auto told = event.getControlAnswered();
      reply = {std::string(dynamodb::exception_name(told.getException())), told.getMessage().cStr(),
               told.getKmsError()};
      answered = true;
    }
    if (event.isTableRequestRefused() && event.getTableRequestRefused().getStep() == step + 1) {
      const auto told = event.getTableRequestRefused();
      reply = {std::string(dynamodb::exception_name(told.getException())), "", told.getKmsError()};
    }
  }
  REQUIRE(answered);
  return reply;
}
inline std::string exception_of(const Play& play, std::size_t step) {
  return reply_to(play, step).exception;
}

/// Everything in a table: the plaintext of each item.
using Contents = std::map<std::uint32_t, std::vector<std::uint8_t>>;

inline Contents contents_of(Play& play, std::uint32_t table) {
  Contents contents;
  const State& state = play.state();
  for (std::uint32_t item = 0; item < state.item_count(table); ++item) {
    if (state.item(table, item).version == 0) continue;
    const auto opened = play.world().vault().open_item(state, table, item, state.now());
    const auto bytes = opened.plaintext.bytes();
    contents[item] = {bytes.begin(), bytes.end()};
  }
  return contents;
}

/// Books with a second table that restores make of it.
inline Story restorable(double until) {
  Story story = books(until);
  story.tables.push_back(restored_table("Restored"));
  shares_items(story, 1, 0);
  story.keys.push_back({"Owned", Manager::OWNED, ""});
  story.set("dynamodb.backups.restore", "constant(20s)");
  story.set("dynamodb.backups.available_after", "constant(0s)");
  return story;
}

inline std::string item_text(const std::string& id, const std::string& text) {
  return R"({"id":{"S":")" + id + R"("},"text":{"S":")" + text + R"("}})";
}
inline Fill put(std::uint32_t table, std::uint32_t item, const std::string& id,
                const std::string& text) {
  return data(Operation::PUT_ITEM, table, item, item_text(id, text));
}
inline Fill remove(std::uint32_t table, std::uint32_t item) {
  return data(Operation::DELETE_ITEM, table, item);
}

}  // namespace backup_steps
}  // namespace tablekey::model::tests
