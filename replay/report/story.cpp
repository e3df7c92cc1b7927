#include "replay/report/story.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/event_text.h"
#include "replay/query.h"
#include "replay/report/words.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

struct Told {
  std::uint64_t number = 0, cause = 0;
  std::int64_t time = 0;
  events::Event::Which which{};
  std::string line;  // without its time
  events::Miss why{};
  bool refused = false;
};

// Fields that say nothing here.
void drop_noughts(std::string& line) {
  for (const char* field : {" keyJitter=0", " attempt=0", " servedAfter=0", " retryAt=0"}) {
    if (const std::size_t at = line.find(field); at != std::string::npos) {
      line.erase(at, std::string_view(field).size());
    }
  }
}

// One event of the trace, kept as words.
class Teller : public Observer {
 public:
  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    Told& one = told.emplace();
    one.number = number;
    one.cause = event.getCause();
    one.time = event.getTime();
    one.which = event.which();
    one.line = event_line(after, event);
    one.line.erase(0, one.line.find("  ") + 2);
    drop_noughts(one.line);
    if (event.isTableKeyRequested()) one.why = event.getTableKeyRequested().getWhy();
    if (event.isKmsAnswered()) {
      one.refused = event.getKmsAnswered().getError() != events::KmsError::NONE;
    }
  }
  std::optional<Told> told;
};

std::string_view reason(events::Miss why) {
  switch (why) {
    case events::Miss::IDLE:
      return "it was not used for longer than the cache keeps an idle key";
    case events::Miss::MAX_AGE:
      return "it had reached the age to which the cache keeps a key";
    case events::Miss::VERSION:
      return "the table has another table key now";
    case events::Miss::MAX_USES:
    case events::Miss::MAX_BYTES:
      return "it had served as much as the cache lets one key serve";
    case events::Miss::EVICTED:
      return "the cache made room for another one";
    case events::Miss::INVALIDATED:
      return "the cache was told, or saw, that the key had changed";
    case events::Miss::RESTARTED:
      return "its router restarted";
    default:
      return "the cache dropped it";
  }
}

class Story {
 public:
  Story(const RecordedRun& recorded, const model::State& end, const WatchedMoment& moment,
        const ExposureWindow& worst)
      : recorded_(recorded),
        end_(end),
        moment_(moment),
        worst_(worst),
        last_(moment.story_of(worst)),
        name_(entry_name(end, worst.entry)),
        revoked_(moment.revocation().time()) {}

  std::expected<Json, TraceError> tell() {
    permission();
    const auto& denial = moment_.revocation().first_denial();
    add_event(moment_.event_number(),
              fmt::format("{}: the revocation is accepted", moment_.label()));
    if (denial.number != 0 && denial.number != moment_.event_number()) {
      add_event(denial.number, "the change reaches KMS's data plane: it refuses from here on");
    }
    last_use();
    ending();
    if (failed_) return std::unexpected(*failed_);
    std::ranges::stable_sort(lines_, {}, &Line::time);
    Json out = Json::array();
    for (const Line& line : lines_) out.push_back(json(line));
    return out;
  }

 private:
  struct Line {
    std::int64_t time = 0;
    std::optional<std::uint64_t> number;
    std::string says, event;
  };

  std::optional<Told> fetch(const EventQuery& query) {
    Teller teller;
    const auto shown = show_events(recorded_, query, teller);
    if (!shown) failed_ = shown.error();
    return teller.told;
  }
  std::optional<Told> at(std::uint64_t number) {
    EventQuery query;
    query.first = query.last = number;
    return fetch(query);
  }
  // The first event that came of another.
  std::optional<Told> caused_by(const Told& earlier) {
    EventQuery query;
    query.cause = earlier.number;
    query.first = earlier.number + 1;
    query.to = sim::Time::from_nanoseconds(earlier.time) + sim::Duration::seconds(3600);
    query.limit = 1;
    return fetch(query);
  }

  void add(const Told& told, std::string says) {
    lines_.push_back({told.time, told.number, std::move(says), told.line});
  }
  void add_event(std::uint64_t number, std::string says) {
    if (const auto told = at(number)) add(*told, std::move(says));
  }

  // From the request that asked KMS to the answer that the key came with.
  void permission() {
    if (last_.authorized == 0) return;
    const auto answered = at(last_.authorized);
    if (!answered) return;
    if (const auto asked = at(answered->cause);
        asked && asked->which == events::Event::TABLE_KEY_REQUESTED) {
      add(*asked, fmt::format("{} has no usable table key and asks KMS for it", name_));
    }
    add(*answered, fmt::format("KMS allows it: {} has the plaintext table key", name_));
  }

  void last_use() {
    if (last_.last_use == 0 || last_.last_use <= last_.authorized) return;
    const auto used = at(last_.last_use);
    if (!used) return;
    if (used->time < revoked_) {
      return add(*used, "the last request that it serves, before the revocation");
    }
    add(*used, fmt::format("the last request that it serves{}, {} after the revocation",
                           last_.uses > 1 ? fmt::format(", of {} with that old permission",
                                                        grouped(last_.uses))
                                          : std::string(),
                           span_text(used->time - revoked_)));
  }

  void ending() {
    const std::int64_t until = revoked_ + worst_.length;
    if (worst_.open) {
      lines_.push_back(
          {until, std::nullopt,
           fmt::format("the run ends, and {} can still use its plaintext table key", name_), ""});
      return;
    }
    const auto asked = last_.asked_again == 0 ? std::nullopt : at(last_.asked_again);
    const auto ended = last_.ended == 0 ? std::nullopt : at(last_.ended);
    if (ended && ended->time <= until) {
      add(*ended, fmt::format("with this {} loses the key", name_));
    } else {
      lines_.push_back({until, std::nullopt, by_itself(asked), ""});
    }
    if (asked) next_request(*asked);
  }

  std::string by_itself(const std::optional<Told>& asked) const {
    const std::int64_t until = revoked_ + worst_.length;
    const auto& denial = moment_.revocation().first_denial();
    if (denial.at == until) {
      return "until here KMS itself still allowed whoever asked: the window ends with the last "
             "permission";
    }
    std::string says = fmt::format("{} can no longer use its key", name_);
    if (asked) says += fmt::format(": {}", reason(asked->why));
    return says;
  }

  void next_request(const Told& asked) {
    add(asked, fmt::format("the next request on {} has to ask KMS again", name_));
    const auto answered = caused_by(asked);
    if (!answered || answered->which != events::Event::KMS_ANSWERED) return;
    add(*answered, answered->refused ? "KMS refuses" : "KMS allows it once more");
    if (!answered->refused) return;
    if (const auto failed = caused_by(*answered);
        failed && failed->which == events::Event::REQUEST_FAILED) {
      add(*failed, "and the client is told");
    }
  }

  Json json(const Line& line) const {
    Json out;
    out["at"] = seconds(line.time - end_.scenario().start.nanoseconds());
    out["since"] = seconds(line.time - revoked_);
    out["number"] = line.number ? Json(*line.number) : Json(nullptr);
    out["says"] = line.says;
    out["event"] = line.event.empty() ? Json(nullptr) : Json(line.event);
    return out;
  }

  const RecordedRun& recorded_;
  const model::State& end_;
  const WatchedMoment& moment_;
  const ExposureWindow& worst_;
  LastReader last_;
  std::string name_;
  std::int64_t revoked_;
  std::vector<Line> lines_;
  std::optional<TraceError> failed_;
};

}  // namespace

std::expected<Json, TraceError> story_of(const RecordedRun& recorded, const model::State& end,
                                         const WatchedMoment& moment, const ExposureWindow& worst) {
  return Story(recorded, end, moment, worst).tell();
}

}  // namespace tablekey::replay::report
