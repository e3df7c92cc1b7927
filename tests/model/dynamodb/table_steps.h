// Steps of the control plane and what they were answered, for the tests of tables' lives.
#pragma once

#include <string>
#include <utility>

#include "model/dynamodb/control.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/names.h"
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests {
// Its names are its own: other fixtures use the same words.
inline namespace table_steps {

using CallBuilder = events::TableCall::Builder;
using TableOperation = events::TableOperation;

inline Fill table_call(TableOperation operation, std::uint32_t table,
                       std::function<void(CallBuilder)> more = {}) {
  return [=](events::Step::Builder step) {
    auto call = step.initControl();
    call.setOperation(operation);
    call.setTable(table);
    if (more) more(call);
  };
}

/// SSESpecification of a request: every field as it may be given or not.
struct Sse {
  int enabled = -1;  // -1: not given
  std::string type = {};
  std::uint32_t key = kNone;
  std::string text = {};  // the key by another name
  bool empty_text = false;
};

inline void fill_sse(events::SseSpecification::Builder out, const Sse& sse) {
  out.setGiven(true);
  out.setHasEnabled(sse.enabled >= 0);
  out.setEnabled(sse.enabled > 0);
  out.setSseType(sse.type);
  if (sse.key != kNone) out.initKmsMasterKeyId().setArn(sse.key);
  if (!sse.text.empty() || sse.empty_text) out.initKmsMasterKeyId().setText(sse.text);
}

inline Fill switch_to(const Sse& sse, std::function<void(CallBuilder)> more = {}) {
  return table_call(TableOperation::UPDATE_TABLE, 0, [=](CallBuilder call) {
    fill_sse(call.initSse(), sse);
    if (more) more(call);
  });
}
inline Fill switch_to_key(std::uint32_t key) { return switch_to({1, "KMS", key}); }
inline Fill switch_to_alias(const std::string& name) { return switch_to({1, "KMS", kNone, name}); }

/// What a step was answered: the exception as AWS names it (`ok` for none), its text, and the
/// status that was shown.
struct TableReply {
  std::string exception = "none";
  std::string message;
  events::TableStatus status{};
};

inline std::string exception_text(events::Exception exception) {
  return exception == events::Exception::NONE ? "ok"
                                              : std::string(dynamodb::exception_name(exception));
}

inline TableReply table_reply(const Play& play, std::size_t step) {
  TableReply reply;
  for (const KeptEvent& kept : play.all()) {
    const auto event = kept.read();
    if (event.isControlAnswered() && event.getControlAnswered().getStep() == step + 1) {
      const auto answer = event.getControlAnswered();
      reply = {exception_text(answer.getException()), answer.getMessage().cStr(),
               answer.getStatus()};
    } else if (event.isTableRequestRefused() &&
               event.getTableRequestRefused().getStep() == step + 1) {
      const auto refused = event.getTableRequestRefused();
      reply = {exception_text(refused.getException()),
               dynamodb::table_message(play.state(), refused),
               {}};
    } else if ((event.isSseSwitchStarted() && event.getSseSwitchStarted().getStep() == step + 1) ||
               (event.isTableDeletionStarted() &&
                event.getTableDeletionStarted().getStep() == step + 1) ||
               (event.isTableCreationStarted() &&
                event.getTableCreationStarted().getStep() == step + 1)) {
      reply = {"ok", "", {}};
    }
  }
  return reply;
}

inline std::string status_of(const Play& play, std::uint32_t table = 0) {
  return std::string(dynamodb::status_name(dynamodb::shown_status(play.state(), table)));
}

/// Books with two customer keys and alias names; the checker looks every minute.
inline Story two_key_story(double until = 300) {
  Story story = books(until);
  story.keys.push_back({});
  for (KeySpec& key : story.keys) {
    const std::string name = &key == &story.keys[0] ? "alias/a" : "alias/b";
    key.more = [=](events::Key::Builder out) { out.initAliases(1).set(0, name); };
  }
  story.keys.push_back({.name = "owned", .manager = Manager::OWNED});
  story.keys.push_back(
      {.name = "managed",
       .manager = Manager::AWS,
       .policy = std::string(iam::kManagedKeyPolicy),
       .more = [](events::Key::Builder out) { out.initAliases(1).set(0, "alias/aws/dynamodb"); }});
  story.set("dynamodb.key_check.period", "60s");
  return story;
}

}  // namespace table_steps
}  // namespace tablekey::model::tests
