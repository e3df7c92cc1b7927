#include "replay/explore/worst.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "model/kms/names.h"
#include "replay/explore/dice.h"
#include "replay/explore/draft.h"
#include "replay/explore/exposure_probe.h"
#include "replay/explore/story.h"
#include "replay/explore/worst_bound.h"
#include "replay/run.h"
#include "replay/threads.h"
#include "scenarios/load.h"

namespace tablekey::replay::explore {
namespace {

constexpr std::uint32_t kRound = 16;     // neighbours of one timeline, looked at side by side
constexpr std::uint32_t kPatience = 10;  // rounds without a gain before it begins elsewhere

constexpr std::string_view kOwnScenario = R"(tablekey: 1
name: worst-exposure
until: 1h
Resources:
  Client:
    Type: AWS::IAM::Role
    Properties:
      RoleName: client
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: "2012-10-17"
            Statement: { Effect: Allow, Action: "kms:*", Resource: "*" }
  OrdersKey:
    Type: AWS::KMS::Key
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Orders
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      SSESpecification: { SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt OrdersKey.Arn }
    Metadata: { tablekey: { Items: 5, CreatedBy: Client } }
)";

/// A timeline: when the scenario's own steps come, what is added, and the seed.
struct TriedTimeline {
  std::uint64_t seed = 1;
  std::map<std::string, std::int64_t> moved;  // steps of the file, by id
  std::optional<std::int64_t> revocation;     // of ours, where the file has none
  bool deletes = false;                       // ScheduleKeyDeletion instead of DisableKey
  std::vector<std::int64_t> reads;            // of ours
};

struct TriedOutcome {
  std::int64_t exposure = -1;
  bool at_least = false;
  std::int64_t revoked = 0;
  std::string by;
  std::vector<std::int64_t> loaded;  // since the start
};

/// What the scenario offers to the search.
struct Ground {
  std::int64_t start = 0, until = 0;
  std::string key, table, item, principal;    // logical ids; item: a key in YAML
  std::map<std::string, std::int64_t> steps;  // movable ones, by id
  bool revokes = false;                       // the file takes a key away itself
  std::vector<std::int64_t> spans;            // lifetimes and delays of the settings
};

class Search {
 public:
  explicit Search(const WorstOptions& options) : options_(options), dice_(options.seed, "worst") {
    if (options_.text.empty()) options_.text = kOwnScenario;
  }

  std::expected<Worst, WorstError> run() {
    const auto loaded = load(TriedTimeline{options_.seed, {}, {}, false, {}}, true);
    if (!loaded.ok()) return std::unexpected(WorstError{loaded.diagnostics.render(false)});
    const auto view = model::ScenarioView::make(loaded.scenario());
    if (!view) return std::unexpected(WorstError{"error: " + view.error() + "\n"});
    if (auto bad = survey(**view)) return std::unexpected(WorstError{"error: " + *bad + "\n"});
    worst_.bound = exposure_bound((*view)->settings());
    climb();
    worst_.timeline = text_of(best_);
    return worst_;
  }

 private:
  // ---- what there is to search ----

  std::optional<std::string> survey(const model::ScenarioView& view) {
    const auto scenario = view.reader();
    ground_.start = view.start.nanoseconds();
    ground_.until = view.until.nanoseconds() - ground_.start;
    for (const auto step : scenario.getSteps()) {
      const std::string id = step.getId().cStr();
      if (id.empty() || ground_.steps.contains(id)) continue;
      ground_.steps[id] = step.getAt() - ground_.start;
      if (!step.isKms()) continue;
      const auto operation = step.getKms().getOperation();
      ground_.revokes = ground_.revokes || operation == events::KmsOperation::DISABLE_KEY ||
                        operation == events::KmsOperation::SCHEDULE_KEY_DELETION ||
                        operation == events::KmsOperation::DELETE_IMPORTED_KEY_MATERIAL;
    }
    for (std::uint32_t i = 0; i < scenario.getTables().size(); ++i) {
      const auto table = scenario.getTables()[i];
      const auto key = scenario.getKeys()[table.getKey() == model::kNone ? 0 : table.getKey()];
      if (table.getByStep() || key.getManager() != events::Key::Manager::CUSTOMER) continue;
      ground_.table = table.getLogicalId().cStr();
      ground_.key = key.getLogicalId().cStr();
      ground_.item =
          "{ " + std::string(table.getHashKey().getName().cStr()) + ": " +
          (std::string_view(table.getHashKey().getType().cStr()) == "N" ? "1"
                                                                        : "\"item-00000000\"");
      if (table.getRangeKey().getName().size() != 0) {
        ground_.item +=
            ", " + std::string(table.getRangeKey().getName().cStr()) + ": " +
            (std::string_view(table.getRangeKey().getType().cStr()) == "N" ? "0" : "\"00000000\"");
      }
      ground_.item += " }";
      for (const std::uint32_t workload : view.families[i].workloads) {
        ground_.principal =
            scenario.getPrincipals()[scenario.getWorkloads()[workload].getPrincipal()]
                .getLogicalId()
                .cStr();
      }
      if (ground_.principal.empty()) {
        for (const auto principal : scenario.getPrincipals())
          ground_.principal = principal.getLogicalId().cStr();
      }
      break;
    }
    if (ground_.table.empty()) return "no table of the scenario is under a customer managed key";
    if (ground_.until < kMinute) return "the scenario is shorter than a minute";
    ground_.spans = spans_of(view.settings());
    return std::nullopt;
  }

  // ---- a timeline as a scenario ----

  std::string added(const TriedTimeline& timeline) const {
    std::string out;
    const auto step = [&](std::int64_t at, const std::string& id, const std::string& rest) {
      out += fmt::format("  - {{ at: {}, id: {}, {} }}\n", duration_text(at), id, rest);
    };
    if (timeline.revocation) {
      step(*timeline.revocation, "worst-revocation",
           timeline.deletes
               ? fmt::format("do: kms:ScheduleKeyDeletion, key: {}, PendingWindowInDays: 7",
                             ground_.key)
               : fmt::format("do: kms:DisableKey, key: {}", ground_.key));
    }
    for (std::size_t i = 0; i < timeline.reads.size(); ++i) {
      const std::string as = ground_.principal.empty() ? "" : ", as: " + ground_.principal;
      step(timeline.reads[i], fmt::format("worst-read-{}", i + 1),
           fmt::format("do: dynamodb:GetItem, table: {}, key: {}{}", ground_.table, ground_.item,
                       as));
    }
    return out;
  }

  /// The file with the steps added to its timeline, which must be in block style if there is one.
  std::string text_with(const std::string& steps) const {
    if (steps.empty()) return options_.text;
    const std::string heading = "\ntimeline:";
    const std::size_t found = ("\n" + options_.text).find(heading);
    if (found == std::string::npos) return options_.text + "\ntimeline:\n" + steps;
    // The position in the text, just behind the heading's line; list items keep their indentation.
    std::size_t at = options_.text.find('\n', found);
    if (at == std::string::npos) return options_.text + "\n" + steps;
    ++at;
    return options_.text.substr(0, at) + indented_as(at, steps) + options_.text.substr(at);
  }
  std::string indented_as(std::size_t at, const std::string& steps) const {
    // The first item of the file's own list says how far it is indented.
    std::size_t dash = at;
    while (dash < options_.text.size()) {
      const std::size_t end = std::min(options_.text.find('\n', dash), options_.text.size());
      const std::size_t first = options_.text.find_first_not_of(' ', dash);
      if (first < end && options_.text[first] == '-') {
        std::string out;
        for (std::size_t i = 0; i < steps.size();) {
          const std::size_t line_end = steps.find('\n', i);
          out += std::string(first - dash, ' ') + steps.substr(i + 2, line_end - i - 1);
          i = line_end + 1;
        }
        return out;
      }
      if (first < end && options_.text[first] != '#') break;
      dash = end + 1;
    }
    return steps;
  }

  std::vector<scenarios::Override> overrides_of(const TriedTimeline& timeline) const {
    std::vector<scenarios::Override> out;
    for (const auto& [path, value] : options_.set) out.push_back({path, value});
    for (const auto& [id, at] : timeline.moved) {
      out.push_back({"timeline." + id + ".at", duration_text(at)});
    }
    return out;
  }

  scenarios::LoadResult load(const TriedTimeline& timeline, bool bare) const {
    scenarios::LoadOptions how;
    how.overrides = overrides_of(timeline);
    how.seed = timeline.seed;
    how.run_alone = true;
    return scenarios::load(bare ? options_.text : text_with(added(timeline)), options_.name, how);
  }

  /// A file that shows it: what differs from the user's own stands in comments where it is no step.
  std::string text_of(const TriedTimeline& timeline) const {
    std::string head = fmt::format("# The worst timeline that was found: --seed {}", timeline.seed);
    for (const auto& [path, value] : overrides_of(timeline)) {
      head += fmt::format(" --set '{}={}'", path, value);
    }
    return head + "\n" + text_with(added(timeline));
  }

  TriedOutcome look_at(const TriedTimeline& timeline) const {
    TriedOutcome outcome;
    const auto loaded = load(timeline, false);
    if (!loaded.ok()) return outcome;
    const auto view = model::ScenarioView::make(loaded.scenario());
    if (!view) return outcome;
    NoSink sink;
    Run run(**view, sink, 512, model::State(**view),
            {0, std::numeric_limits<std::uint64_t>::max()});
    ExposureProbe probe;
    run.show(probe);
    const sim::Time end = sim::Time::max();
    while (run.run_slice(20'000, end)) {
    }
    for (const std::int64_t at : probe.loaded()) outcome.loaded.push_back(at - ground_.start);
    const ExposureProbe::Window* window = probe.longest();
    if (window == nullptr) return outcome;
    outcome.exposure = window->length();
    outcome.at_least = !window->over;
    outcome.revoked = window->revoked - ground_.start;
    outcome.by = model::kms::operation_name(window->by);
    return outcome;
  }

  // ---- climbing ----

  std::int64_t clamp(std::int64_t at) const {
    return std::clamp<std::int64_t>(at, 0, ground_.until);
  }
  std::int64_t anywhere() {
    return static_cast<std::int64_t>(
               dice_.below(static_cast<std::uint64_t>(ground_.until / kSecond) + 1)) *
           kSecond;
  }

  // Instants that matter are where something began, plus how long something lasts.
  std::int64_t aimed(const TriedOutcome& from, std::int64_t now) {
    const auto nudge = [&](std::int64_t size) { return dice_.chance(50) ? size : -size; };
    switch (dice_.below(5)) {
      case 0:
      case 1: {
        // Any order of magnitude from a nanosecond to a quarter of an hour.
        std::int64_t size = static_cast<std::int64_t>(dice_.between(1, 9));
        for (std::uint64_t zeros = dice_.below(12); zeros > 0; --zeros) size *= 10;
        return clamp(now + nudge(size));
      }
      case 2:
        return anywhere();
      case 3: {
        std::int64_t at = from.revoked;
        if (!from.loaded.empty() && dice_.chance(70)) at = dice_.of(from.loaded);
        if (!ground_.spans.empty()) at += dice_.of(ground_.spans);
        return clamp(at - static_cast<std::int64_t>(dice_.below(2)));
      }
      default: {
        const std::int64_t span = ground_.spans.empty() ? kMinute : dice_.of(ground_.spans);
        return clamp(now + nudge(span) - static_cast<std::int64_t>(dice_.below(2)));
      }
    }
  }

  TriedTimeline fresh() {
    TriedTimeline timeline{options_.seed, {}, {}, false, {}};
    if (!ground_.revokes) timeline.revocation = anywhere();
    for (std::uint32_t i = 0; i < options_.reads; ++i) timeline.reads.push_back(anywhere());
    return timeline;
  }

  TriedTimeline neighbour(const TriedTimeline& from, const TriedOutcome& outcome) {
    TriedTimeline next = from;
    const std::uint64_t changes = dice_.between(1, 3);
    for (std::uint64_t i = 0; i < changes; ++i) {
      switch (dice_.below(8)) {
        case 0:
          if (next.revocation) next.deletes = !next.deletes;
          break;
        case 1:
          next.seed = dice_.between(1, 1'000'000);
          break;
        case 2:
        case 3:
          if (next.revocation) {
            next.revocation = aimed(outcome, *next.revocation);
          } else if (!ground_.steps.empty()) {
            auto step = ground_.steps.begin();
            std::advance(step, static_cast<std::ptrdiff_t>(dice_.below(ground_.steps.size())));
            const auto now = next.moved.find(step->first);
            next.moved[step->first] =
                aimed(outcome, now == next.moved.end() ? step->second : now->second);
          }
          break;
        default:
          if (!next.reads.empty()) {
            std::int64_t& read = next.reads[dice_.below(next.reads.size())];
            read = aimed(outcome, read);
          }
          break;
      }
    }
    return next;
  }

  // All of a round side by side; what was drawn before does not depend on how they end.
  std::vector<TriedOutcome> look_at_all(const std::vector<TriedTimeline>& timelines) const {
    std::vector<TriedOutcome> outcomes(timelines.size());
    for_each_parallel(timelines.size(), threads_or_all(options_.threads),
                      [&](std::size_t i) { outcomes[i] = look_at(timelines[i]); });
    return outcomes;
  }

  void note(const TriedTimeline& timeline, const TriedOutcome& outcome) {
    if (outcome.exposure <= worst_.exposure) return;
    worst_.exposure = outcome.exposure;
    worst_.at_least = outcome.at_least;
    worst_.revoked = outcome.revoked;
    worst_.by = outcome.by;
    best_ = timeline;
    best_outcome_ = outcome;
  }

  void climb() {
    TriedTimeline present{options_.seed, {}, {}, false, {}};
    TriedOutcome height;
    std::uint32_t waited = kPatience;
    bool polishing = false;
    while (worst_.tries < options_.tries && !(options_.stop && options_.stop())) {
      std::vector<TriedTimeline> round;
      // What is left at last goes into the best one.
      if (!polishing && worst_.tries >= options_.tries / 2 && worst_.exposure >= 0) {
        polishing = true;
        present = best_;
        height = best_outcome_;
      }
      const bool anew = !polishing && waited >= kPatience;
      const std::uint32_t size = std::min(kRound, options_.tries - worst_.tries);
      for (std::uint32_t i = 0; i < size; ++i) {
        round.push_back(anew ? fresh() : neighbour(present, height));
      }
      const std::vector<TriedOutcome> outcomes = look_at_all(round);
      worst_.tries += size;
      ++waited;
      if (anew) height = TriedOutcome();
      for (std::size_t i = 0; i < round.size(); ++i) {
        note(round[i], outcomes[i]);
        if (outcomes[i].exposure < height.exposure ||
            (outcomes[i].exposure == height.exposure && !anew))
          continue;
        if (outcomes[i].exposure > height.exposure) waited = 0;
        height = outcomes[i];
        present = round[i];
      }
      if (options_.look) options_.look(worst_.tries);
    }
  }

  /// Nobody keeps these runs.
  class NoSink : public events::ChunkSink {
   public:
    void identity(events::Bytes) override {}
    void chunk(events::Bytes, const events::ChunkInfo&) override {}
    void snapshot(events::Bytes, std::uint64_t, std::int64_t) override {}
    events::Digest chain() override { return {}; }
    events::Result<void> status() const override { return {}; }
  };

  WorstOptions options_;
  Dice dice_;
  Ground ground_;
  Worst worst_;
  TriedTimeline best_;
  TriedOutcome best_outcome_;
};

}  // namespace

std::expected<Worst, WorstError> worst_exposure(const WorstOptions& options) {
  return Search(options).run();
}

}  // namespace tablekey::replay::explore
