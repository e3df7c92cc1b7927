// Folds the trace up to the event, finds what it rests on, and walks its causes back.
#include "replay/why/why.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "model/apply.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/table_key_cache.h"
#include "replay/event_text.h"
#include "replay/metrics/answers.h"
#include "replay/steps.h"
#include "replay/why/telling.h"
#include "scenarios/explain_steps.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;
using events::KmsError;

constexpr std::size_t kChainNear = 8, kChainFar = 3;  // links shown at both ends

// What KMS had said where the event passes it on.
KmsError passed_on(events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::REQUEST_FAILED:
      return event.getRequestFailed().getKmsError();
    case Event::DATA_ANSWERED:
      return event.getDataAnswered().getKmsError();
    case Event::TABLE_REQUEST_REFUSED:
      return event.getTableRequestRefused().getKmsError();
    case Event::CONTROL_ANSWERED:
      return event.getControlAnswered().getKmsError();
    case Event::KEY_CHECKED:
      return event.getKeyChecked().getError();
    case Event::SERVICE_KEY_ANSWERED:
      return event.getServiceKeyAnswered().getError();
    case Event::KEY_REFRESHED:
      return event.getKeyRefreshed().getError();
    case Event::SSE_SWITCH_STALLED:
      return event.getSseSwitchStalled().getError();
    default:
      return KmsError::NONE;
  }
}

bool is_key_state(KmsError error) {
  return error == KmsError::DISABLED || error == KmsError::KMS_INVALID_STATE;
}

// The step that an event names, if the event is not KMS's (see kms_step).
std::optional<std::uint32_t> step_of(events::Event::Reader event) {
  using Event = events::Event;
  const auto counted = [](std::uint32_t step) {
    return step == 0 ? std::nullopt : std::optional(step - 1);
  };
  if (const auto step = kms_step(event)) return step;
  switch (event.which()) {
    case Event::TABLE_KEY_REQUESTED:
      return counted(event.getTableKeyRequested().getStep());
    case Event::REQUEST_WAITED:
      return counted(event.getRequestWaited().getStep());
    case Event::CLIENT_KEY_REQUESTED:
      return counted(event.getClientKeyRequested().getStep());
    case Event::DATA_ANSWERED:
      return counted(event.getDataAnswered().getStep());
    case Event::ITEM_WRITTEN:
      return counted(event.getItemWritten().getStep());
    case Event::CONTROL_REQUESTED:
      return counted(event.getControlRequested().getStep());
    case Event::CONTROL_ANSWERED:
      return counted(event.getControlAnswered().getStep());
    case Event::TABLE_REQUEST_REFUSED:
      return counted(event.getTableRequestRefused().getStep());
    case Event::TABLE_CREATION_STARTED:
      return counted(event.getTableCreationStarted().getStep());
    case Event::TABLE_DELETION_STARTED:
      return counted(event.getTableDeletionStarted().getStep());
    case Event::SSE_SWITCH_STARTED:
      return counted(event.getSseSwitchStarted().getStep());
    case Event::ROLE_ASSUMED:
      return counted(event.getRoleAssumed().getStep());
    case Event::IAM_ANSWERED:
      return event.getIamAnswered().getStep();
    case Event::CONNECTIONS_CLOSED:
      return event.getConnectionsClosed().getStep();
    case Event::FAULT_STARTED:
    case Event::FAULT_ENDED: {
      const auto fault = event.isFaultStarted() ? event.getFaultStarted() : event.getFaultEnded();
      return fault.getStep() == model::kNone ? std::nullopt : std::optional(fault.getStep());
    }
    default:
      return std::nullopt;
  }
}

class Teller {
 public:
  explicit Teller(const RecordedRun& recorded) : recorded_(recorded) {}

  std::expected<Why, TraceError> tell(std::uint64_t number) {
    if (auto folded = recorded_.fold(number, {&history_}); !folded) {
      return std::unexpected(folded.error());
    }
    auto event = event_at(recorded_, number);
    if (!event) return std::unexpected(event.error());
    auto after = recorded_.state_after(number + 1);
    if (!after) return std::unexpected(after.error());
    const Telling tell{recorded_, history_, event->before};
    why_.number = number;
    why_.time = event->reader().getTime();
    why_.start = recorded_.scenario().start.nanoseconds();
    why_.what = event_sentence(tell, *after, event->reader());
    if (auto done = chain(*event); !done) return std::unexpected(done.error());
    if (auto done = reasons(tell, *event, *after); !done) return std::unexpected(done.error());
    return std::move(why_);
  }

 private:
  using Done = std::expected<void, TraceError>;

  void add(std::vector<std::string> sentences) {
    for (std::string& one : sentences) why_.reasons.push_back(std::move(one));
  }

  Done reasons(const Telling& tell, const EventAt& event, const model::State& after) {
    const events::Event::Reader reader = event.reader();
    if (reader.isKmsAnswered()) add(kms_reasons(tell, event.before, reader));
    const KmsError passed = passed_on(reader);
    if (passed != KmsError::NONE || (answer_ != 0 && reader.isDataAnswered())) {
      if (auto done = because_of_kms(tell, event, passed); !done) return done;
    } else {
      own_reasons(tell, event);
    }
    add(cache_reasons(tell, after, reader));
    for (const std::uint32_t step : steps_) {
      const auto scenario = recorded_.scenario().reader();
      why_.reasons.push_back(fmt::format(
          "{} says at {}: {}.", tell.place(step), tell.at(scenario.getSteps()[step].getAt()),
          scenarios::step_line(scenario, scenario.getSteps()[step])));
    }
    return {};
  }

  // The answer of KMS that the event passes on, and why that was so.
  Done because_of_kms(const Telling& tell, const EventAt& event, KmsError passed) {
    if (answer_ == 0) {
      no_answer(tell, event, passed);
      return {};
    }
    auto answer = event_at(recorded_, answer_);
    if (!answer) return std::unexpected(answer.error());
    const Telling then{recorded_, history_, answer->before};
    const auto reader = answer->reader();
    if (reader.isCallLost()) {
      why_.reasons.push_back(
          fmt::format("The call to KMS that it waited for was lost at {} (event {}).",
                      tell.at(reader.getTime()), answer_));
      add(fault_reasons(then, answer->before));
      return {};
    }
    const auto kms = reader.getKmsAnswered();
    why_.reasons.push_back(
        fmt::format("KMS {} kms:{}, asked by {}{}, with {} at {} (event {}).",
                    kms.getDecidedBy() == events::Decider::FAULT ? "failed" : "refused",
                    word_of(kms.getOperation()), then.caller(kms.getCaller(), kms.getAsService()),
                    kms.getViaService() ? " through DynamoDB" : "", word_of(kms.getError()),
                    tell.at(reader.getTime()), answer_));
    add(kms_reasons(then, answer->before, reader));
    return {};
  }

  // KMS was not asked for this event: what it would say is known.
  void no_answer(const Telling& tell, const EventAt& event, KmsError passed) {
    const events::Event::Reader reader = event.reader();
    std::uint32_t table = model::kNone;
    if (reader.isKeyChecked()) table = reader.getKeyChecked().getTable();
    if (reader.isSseSwitchStalled()) table = reader.getSseSwitchStalled().getTable();
    std::uint32_t key =
        table < event.before.tables.size() ? event.before.tables[table].key : model::kNone;
    if (reader.isSseSwitchStalled()) key = reader.getSseSwitchStalled().getKey();
    if (reader.isRequestFailed()) {
      why_.reasons.emplace_back(
          "KMS was not asked again: what it had said last was still remembered "
          "(model.table_key_cache.negative_ttl).");
      key = event.before.tables[reader.getRequestFailed().getTable()].key;
    }
    if (is_key_state(passed)) add(key_state_reasons(tell, event.before, key));
    if (passed == KmsError::ACCESS_DENIED && table != model::kNone)
      ended_grants(tell, event.before, table);
    if (passed == KmsError::KMS_INTERNAL) add(fault_reasons(tell, event.before));
  }

  void ended_grants(const Telling& tell, const model::State& before, std::uint32_t table) {
    why_.reasons.push_back(
        "DynamoDB asks as itself, which it may by its grants for the table alone.");
    for (std::uint32_t i = 0; i < before.grants.size(); ++i) {
      if (before.grants[i].table != table || !before.grants[i].ended) continue;
      const auto* end = history_.grant_ended(i);
      if (end == nullptr) continue;
      why_.reasons.push_back(fmt::format("Grant {} was ended by {}.",
                                         short_name_of_id(before, FieldMeaning::grant, i),
                                         tell.change(*end, "kms:RetireGrant")));
    }
  }

  // Failures that DynamoDB decides without KMS.
  void own_reasons(const Telling& tell, const EventAt& event) {
    const events::Event::Reader reader = event.reader();
    if (reader.isKeyPolled() && reader.getKeyPolled().getPurged()) {
      return add(key_state_reasons(tell, event.before, reader.getKeyPolled().getKey()));
    }
    const auto answer = answer_of(reader);
    std::uint32_t table = model::kNone;
    if (answer && answer->exception != events::Exception::NONE) table = answer->table;
    if (reader.isTableRequestRefused()) table = reader.getTableRequestRefused().getTable();
    const bool refused = reader.isControlAnswered() &&
                         reader.getControlAnswered().getException() != events::Exception::NONE;
    if (refused) table = reader.getControlAnswered().getTable();
    if (table >= event.before.tables.size()) {
      if (answer && answer->exception == events::Exception::INTERNAL_SERVER_ERROR) {
        add(fault_reasons(tell, event.before));
      }
      return;
    }
    const auto status = model::dynamodb::shown_status(event.before, table);
    why_.reasons.push_back(fmt::format(
        "DynamoDB decided this without asking KMS: table {} was {} then.", tell.table(table),
        status == events::TableStatus::NONE ? "not there" : word_of(status)));
    const model::Table& facts = event.before.tables[table];
    if (facts.detail->inaccessible) {
      why_.reasons.push_back(
          fmt::format("DynamoDB had found at {} that it cannot use the table's key "
                      "(INACCESSIBLE_ENCRYPTION_CREDENTIALS).",
                      tell.at(facts.detail->inaccessible_since.nanoseconds())));
      add(key_state_reasons(tell, event.before, facts.key));
    }
    if (answer && answer->exception == events::Exception::INTERNAL_SERVER_ERROR) {
      add(fault_reasons(tell, event.before));
    }
  }

  // The causes, back to an event that nothing but the scenario brought about.
  Done chain(const EventAt& event) {
    std::vector<std::uint64_t> numbers = {event.number};
    std::uint64_t cause = event.reader().getCause();
    note(event.number, event.reader(), true);
    bool near = true;
    while (cause < numbers.back()) {
      const auto reader = read(cause);
      if (!reader) return std::unexpected(reader.error());
      // What a request was told is decided before the request before it was.
      near = near && !answer_of(*reader);
      note(cause, *reader, near);
      numbers.push_back(cause);
      if (cause == 0) break;
      cause = reader->getCause();
    }
    return show(numbers);
  }

  void note(std::uint64_t number, events::Event::Reader reader, bool near) {
    if (!near) return;
    const bool refused =
        reader.isCallLost() ||
        (reader.isKmsAnswered() && reader.getKmsAnswered().getError() != KmsError::NONE);
    if (answer_ == 0 && number != 0 && refused) answer_ = number;
    if (const auto step = step_of(reader); step && steps_.empty()) steps_.push_back(*step);
  }

  std::expected<events::Event::Reader, TraceError> read(std::uint64_t number) {
    const bool here = chunk_ && number >= chunk_->first_event() &&
                      number - chunk_->first_event() < chunk_->size();
    if (!here) {
      const auto frame = recorded_.file().frame_of_event(number);
      auto chunk = frame ? recorded_.file().chunk(*frame)
                         : events::Result<events::DecodedChunk>(std::unexpected(
                               events::Error{events::Error::Kind::content, "no such event"}));
      if (!chunk) {
        return std::unexpected(TraceError{TraceError::Kind::unreadable, chunk.error().message});
      }
      chunk_.emplace(std::move(*chunk));
    }
    return (*chunk_)[static_cast<std::uint32_t>(number - chunk_->first_event())];
  }

  // Both ends of a long chain, and how much lies between.
  Done show(const std::vector<std::uint64_t>& numbers) {
    std::set<std::uint64_t> shown;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (i < kChainNear || i + kChainFar >= numbers.size()) shown.insert(numbers[i]);
    }
    std::vector<Why::Link> links;
    for (const std::uint64_t number : numbers) {
      if (!shown.contains(number)) {
        if (!links.empty()) ++links.back().skipped;
        continue;
      }
      auto state = recorded_.state_after(number + 1);
      if (!state) return std::unexpected(state.error());
      const auto reader = read(number);
      if (!reader) return std::unexpected(reader.error());
      links.push_back({number, reader->getTime(), event_line(*state, *reader), 0});
    }
    why_.chain = std::move(links);
    return {};
  }

  const RecordedRun& recorded_;
  History history_;
  Why why_;
  std::optional<events::DecodedChunk> chunk_;
  std::uint64_t answer_ = 0;          // of KMS, which the event passes on
  std::vector<std::uint32_t> steps_;  // of the timeline, that brought it about
};

std::string since(const Why& why, std::int64_t time) { return Telling::lasting(time - why.start); }

// The line without its own time, which is said before it.
std::string without_time(const std::string& line) {
  const std::size_t gap = line.find("  ");
  return gap == std::string::npos ? line : line.substr(gap + 2);
}

}  // namespace

std::expected<Why, TraceError> why_event(const RecordedRun& recorded, std::uint64_t number) {
  return Teller(recorded).tell(number);
}

std::string text_of(const Why& why) {
  std::string text =
      fmt::format("Event {}, at {} since the start ({}):\n{}\n", why.number, since(why, why.time),
                  sim::print(sim::Time::from_nanoseconds(why.time)), why.what);
  if (!why.reasons.empty()) text += "\nWhy:\n";
  for (const std::string& reason : why.reasons) text += "  " + reason + "\n";
  text += "\nWhat led to it, the last first (a request is scheduled by the one before it):\n";
  for (const Why::Link& link : why.chain) {
    text += fmt::format("{:>9}  {:<14}  {}\n", link.number, since(why, link.time),
                        without_time(link.line));
    if (link.skipped != 0) text += fmt::format("{:>9}  {} events between\n", "…", link.skipped);
  }
  return text;
}

Json json_of(const Why& why) {
  Json chain = Json::array();
  for (const Why::Link& link : why.chain) {
    Json one = {{"number", link.number},
                {"at", sim::print(sim::Time::from_nanoseconds(link.time))},
                {"event", without_time(link.line)}};
    if (link.skipped != 0) one["skipped"] = link.skipped;
    chain.push_back(std::move(one));
  }
  Json reasons = Json::array();
  for (const std::string& reason : why.reasons) {
    const std::size_t begin = reason.find_first_not_of(' ');
    reasons.push_back(reason.substr(begin == std::string::npos ? 0 : begin));
  }
  return {{"format", "tablekey.explain-event/1"},
          {"number", why.number},
          {"at", sim::print(sim::Time::from_nanoseconds(why.time))},
          {"what", why.what},
          {"why", std::move(reasons)},
          {"chain", std::move(chain)}};
}

}  // namespace tablekey::replay
