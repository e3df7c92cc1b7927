// An event in a sentence. The kinds that people ask about have one of their own; the others are
// said as `events` lists them.
#include <fmt/format.h>

#include "model/dynamodb/errors.h"
#include "replay/data_answers.h"
#include "replay/event_text.h"
#include "replay/metrics/answers.h"
#include "replay/why/telling.h"
#include "scenarios/expectation.h"

namespace tablekey::replay {
namespace {

std::string error_name(events::KmsError error) { return std::string(scenarios::name_of(error)); }

std::string tables(const Telling& tell, const model::State& after, events::Event::Reader event,
                   const Answer& answer) {
  if (!event.isDataAnswered()) return tell.table(answer.table);
  std::string names;
  for (const std::uint32_t table : tables_of(after, event.getDataAnswered())) {
    names += (names.empty() ? "" : ", ") + tell.table(table);
  }
  return names;
}

std::string request(const Telling& tell, const model::State& after, events::Event::Reader event,
                    const Answer& answer) {
  std::string text =
      fmt::format("{} on {} by {}", word_of(answer.operation), tables(tell, after, event, answer),
                  tell.connection(answer.connection));
  if (answer.exception == events::Exception::NONE) {
    return fmt::format("{} was served, {} after it came.", text, Telling::lasting(answer.latency));
  }
  std::string message;
  if (event.isRequestFailed()) {
    message = model::dynamodb::request_message(after, event.getRequestFailed());
  } else {
    message = event.getDataAnswered().getMessage().cStr();
  }
  text += fmt::format(" failed with {}", scenarios::name_of(answer.exception));
  return message.empty() ? text + "." : fmt::format("{}: \"{}\"", text, message);
}

std::string kms_sentence(const Telling& tell, events::Event::KmsAnswered::Reader answered) {
  std::string about;
  if (answered.getKey() < tell.before.keys.size()) about = " on " + tell.key(answered.getKey());
  if (answered.getTable() != model::kNone)
    about += ", for table " + tell.table(answered.getTable());
  const bool failed = answered.getError() != events::KmsError::NONE;
  std::string who = tell.caller(answered.getCaller(), answered.getAsService());
  if (answered.getViaService()) who += " through DynamoDB";
  return fmt::format("KMS {} kms:{}{}, asked by {}{}.", failed ? "refused" : "did",
                     word_of(answered.getOperation()), about, who,
                     failed ? ", with " + error_name(answered.getError()) : "");
}

std::string refused(const Telling& tell, const model::State& after,
                    events::TableRequestRefused::Reader refusal) {
  return fmt::format("{} of {} by {} failed with {}: \"{}\"", word_of(refusal.getOperation()),
                     tell.table(refusal.getTable()), tell.caller(refusal.getSession(), false),
                     scenarios::name_of(refusal.getException()),
                     model::dynamodb::table_message(after, refusal));
}

std::string control(const Telling& tell, events::ControlAnswered::Reader answered) {
  const std::string text = fmt::format(
      "{}{} by {}", word_of(answered.getOperation()),
      answered.getTable() == model::kNone ? "" : " of " + tell.table(answered.getTable()),
      tell.caller(answered.getSession(), false));
  if (answered.getException() == events::Exception::NONE) return text + " was accepted.";
  return fmt::format("{} failed with {}: \"{}\"", text, scenarios::name_of(answered.getException()),
                     answered.getMessage().cStr());
}

std::string checked(const Telling& tell, events::KeyChecked::Reader checked) {
  const std::string table = tell.table(checked.getTable());
  if (checked.getUsable()) {
    return fmt::format("DynamoDB found that it can use the key of {} again.", table);
  }
  return fmt::format("DynamoDB found that it cannot use the key of {}: KMS says {}.", table,
                     error_name(checked.getError()));
}

}  // namespace

std::string event_sentence(const Telling& tell, const model::State& after,
                           events::Event::Reader event) {
  using Event = events::Event;
  if (const auto answer = answer_of(event)) return request(tell, after, event, *answer);
  switch (event.which()) {
    case Event::KMS_ANSWERED:
      return kms_sentence(tell, event.getKmsAnswered());
    case Event::TABLE_REQUEST_REFUSED:
      return refused(tell, after, event.getTableRequestRefused());
    case Event::CONTROL_ANSWERED:
      return control(tell, event.getControlAnswered());
    case Event::KEY_CHECKED:
      return checked(tell, event.getKeyChecked());
    case Event::TABLE_KEY_REQUESTED: {
      const auto asked = event.getTableKeyRequested();
      return fmt::format("{} on {} by {} asked KMS for the table key.",
                         word_of(asked.getOperation()), tell.table(asked.getTable()),
                         tell.connection(asked.getConnection()));
    }
    case Event::SERVICE_KEY_ANSWERED: {
      const auto job = event.getServiceKeyAnswered();
      return fmt::format(
          "DynamoDB's own work on {} ({}) {}.", tell.table(job.getTable()), word_of(job.getJob()),
          job.getError() == events::KmsError::NONE
              ? "got the table key"
              : "could not get the table key: KMS says " + error_name(job.getError()));
    }
    case Event::KEY_REFRESHED: {
      const auto refresh = event.getKeyRefreshed();
      return fmt::format("The cached table key of {} {}.", tell.table(refresh.getTable()),
                         refresh.getError() == events::KmsError::NONE
                             ? "was renewed behind the requests"
                             : "could not be renewed behind the requests: KMS says " +
                                   error_name(refresh.getError()));
    }
    case Event::KEY_POLLED: {
      const auto poll = event.getKeyPolled();
      const bool failed = poll.getError() != events::KmsError::NONE;
      return fmt::format(
          "A cache that polls asked kms:DescribeKey about {}, {}: it {} the table key of {}.",
          tell.key(poll.getKey()),
          failed ? "which failed with " + error_name(poll.getError())
                 : "which was " + word_of(poll.getState()),
          poll.getPurged() ? "dropped" : "kept", tell.table(poll.getTable()));
    }
    case Event::SSE_SWITCH_STALLED: {
      const auto stalled = event.getSseSwitchStalled();
      return fmt::format("The move of {} to another key cannot go on: KMS says {}.",
                         tell.table(stalled.getTable()), error_name(stalled.getError()));
    }
    default:
      return event_line(after, event);
  }
}

}  // namespace tablekey::replay
