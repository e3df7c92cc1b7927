#include "replay/explore/laws.h"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <vector>

#include "model/apply.h"
#include "model/law.h"
#include "replay/explore/dice.h"
#include "replay/explore/heap_noise.h"
#include "replay/explore/kept_run.h"
#include "replay/explore/watch_cache.h"
#include "replay/explore/watch_items.h"
#include "replay/explore/watch_keys.h"
#include "replay/explore/watch_tables.h"
#include "replay/explore/watch_timers.h"
#include "replay/gone_material.h"
#include "replay/invariants.h"
#include "replay/iv_reuse.h"
#include "replay/live_keys.h"
#include "scenarios/load.h"

namespace tablekey::replay::explore {
namespace {

constexpr auto kLaws = std::to_array<Law>({
    {"loads", "a generated scenario is accepted by the scenario reader"},
    {"own-laws", "a run keeps the laws that the program itself checks on the way"},
    {"secrets", "no key byte and no item's plaintext is in the trace or in a snapshot"},
    {"no-iv-reuse", "no (key, IV) pair and no nonce is used for two texts"},
    {"gone-material", "KMS uses no key material that is gone"},
    {"live-keys", "after a switch every live data key is under the current table key"},
    {"asked-key", "a table is encrypted under the key that was asked for"},
    {"key-state", "nothing is encrypted or decrypted under a key that is not enabled"},
    {"allowed", "nothing is readable that no policy and no grant allows"},
    {"forbidden", "nothing is unreadable that no rule forbids"},
    {"cache-serves", "a cached table key serves no longer than its rule says"},
    {"cache-misses", "a cached table key serves as long as its rule says"},
    {"writes-last", "a read finds what the last write made"},
    {"timers", "a connection ends for its age at that age, and for want of use after that time"},
    {"opens", "every stored item still decrypts, or its key is lawfully gone"},
    {"fold", "folding the events gives the state of the run, at every border and at the end"},
    {"snapshot", "a state that is restored is the state that was saved"},
    {"replay", "the run done again, elsewhere in memory, gives the same bytes"},
    {"resume", "a run that goes on from a border gives the bytes of the one that never stopped"},
});

/// The laws that are looked at event by event.
class Lints : public Observer {
 public:
  void event(const model::State&, events::Event::Reader event, std::uint64_t) override {
    ivs_.look(event);
    gone_.look(event);
  }
  std::optional<Finding> found() const {
    if (ivs_.reused() != 0) {
      return Finding{"no-iv-reuse", fmt::format("{} pairs came with another text", ivs_.reused())};
    }
    if (gone_.wrong() != 0) {
      return Finding{"gone-material",
                     fmt::format("{} calls used material that was gone", gone_.wrong())};
    }
    return std::nullopt;
  }

 private:
  IvReuse ivs_;
  GoneMaterial gone_;
};

/// All checks of one scenario, one after the other.
class Checking {
 public:
  Checking(const model::ScenarioView& scenario, const CheckOptions& options)
      : scenario_(scenario),
        options_(options),
        dice_(options.seed, "cut"),
        run_(std::make_unique<KeptRun>(scenario)) {}

  Checked all() {
    Checked checked;
    checked.finding = find(checked);
    checked.events = run_->events();
    checked.chain = run_->sink.chain();
    return checked;
  }

 private:
  bool wanted(std::string_view law) const { return options_.only.empty() || options_.only == law; }

  std::optional<Finding> find(Checked& checked) {
    if (auto found = watched_run(checked)) return found;
    using Step = std::optional<Finding> (Checking::*)();
    static constexpr std::pair<std::string_view, Step> kSteps[] = {
        {"secrets", &Checking::secrets}, {"opens", &Checking::opens},
        {"fold", &Checking::fold},       {"snapshot", &Checking::snapshot},
        {"replay", &Checking::replay},   {"resume", &Checking::resume},
    };
    for (const auto& [law, step] : kSteps) {
      if (!wanted(law)) continue;
      try {
        if (auto found = (this->*step)()) return found;
      } catch (const std::exception& error) {
        return Finding{std::string(law), error.what()};
      }
    }
    return std::nullopt;
  }

  std::optional<Finding> watched_run(Checked& checked) {
    WatchKeys keys(scenario_);
    WatchCache cache(scenario_);
    WatchItems items(scenario_);
    WatchTables tables(scenario_);
    WatchTimers timers;
    LiveKeys live;
    Lints lints;
    const std::initializer_list<Watch*> watches = {&tables, &keys, &cache, &items, &timers};
    for (Watch* watch : watches) run_->run.show(*watch);
    run_->run.show(live);
    run_->run.show(lints);
    std::optional<Finding> own;
    try {
      run_->turn(true);
      live.look_at_all(run_->run.state());
    } catch (const std::exception& error) {
      own = Finding{"own-laws", fmt::format("event {}: {}", run_->events(), error.what())};
    }
    for (const Watch* watch : watches) checked.asked += watch->asked();
    if (auto found = lints.found()) return found;
    if (!live.finding().held) return Finding{"live-keys", live.finding().detail};
    for (const Watch* watch : watches) {
      if (watch->found() && wanted(watch->found()->law)) return watch->found();
    }
    return own;
  }

  // DynamoDB encrypted a table itself when it came to a new era (dynamodb.md 2.9): what an index or
  // a stream of it was told before is plaintext where it was told.
  bool was_plaintext() const {
    bool was = false;
    for (const KeptChunks::Chunk& chunk : run_->sink.chunks()) {
      for_each_event(chunk, [&](events::Event::Reader event) {
        if (!event.isTableEncrypted()) return;
        const auto& table = run_->run.state().tables[event.getTableEncrypted().getTable()];
        was = was || !table.detail->global_indexes.empty() || !table.detail->streams.empty();
      });
    }
    return was;
  }

  std::optional<Finding> secrets() {
    if (was_plaintext()) return std::nullopt;
    std::vector<std::uint8_t> bytes = run_->sink.bytes();
    for (const auto& [events, state] : run_->states) {
      bytes.insert(bytes.end(), state.begin(), state.end());
    }
    const auto last = run_->run.state().save();
    bytes.insert(bytes.end(), last.begin(), last.end());
    const std::size_t places = count_secrets_in(bytes, run_->run.state(), run_->run.vault());
    if (places == 0) return std::nullopt;
    return Finding{"secrets",
                   fmt::format("{} places of the trace or its snapshots hold a secret", places)};
  }

  std::optional<Finding> opens() {
    const model::State& state = run_->run.state();
    model::Vault& vault = run_->run.vault();
    vault.clear();
    for (std::uint32_t table = 0; table < state.tables.size(); ++table) {
      if (state.tables[table].data_keys.empty()) continue;
      for (std::uint32_t item = 0; item < state.item_count(table); ++item) {
        if (state.item(table, item).version == 0) continue;
        vault.read(state, table, item, state.now());
      }
    }
    return std::nullopt;
  }

  std::optional<Finding> fold() {
    model::State folded(scenario_);
    for (const KeptChunks::Chunk& chunk : run_->sink.chunks()) {
      for_each_event(chunk, [&](events::Event::Reader event) { apply(folded, event); });
      const auto kept = run_->states.find(folded.events());
      if (kept == run_->states.end() || folded.save() == kept->second) continue;
      return Finding{"fold", fmt::format("the state after {} events differs", folded.events())};
    }
    if (folded.save() == run_->run.state().save()) return std::nullopt;
    return Finding{"fold", "the state at the end differs"};
  }

  std::optional<Finding> snapshot() {
    for (const auto& [events, state] : run_->states) {
      if (model::State::restore(scenario_, state).save() == state) continue;
      return Finding{"snapshot",
                     fmt::format("the state after {} events does not come back", events)};
    }
    return std::nullopt;
  }

  std::optional<Finding> replay() {
    for (unsigned i = 0; i < options_.replays; ++i) {
      const HeapNoise noise(i);
      KeptRun again(scenario_);
      again.turn(false);
      if (auto found = compare("replay", again, 0)) return found;
    }
    return std::nullopt;
  }

  std::optional<Finding> resume() {
    if (run_->states.empty()) return std::nullopt;
    auto from = run_->states.begin();
    std::advance(from, static_cast<std::ptrdiff_t>(dice_.below(run_->states.size())));
    KeptRun rest(scenario_, model::State::restore(scenario_, from->second));
    rest.turn(false);
    return compare("resume", rest, from->first / kEventsPerChunk);
  }

  // The chunks of `other` are those of the run from chunk `first` on.
  std::optional<Finding> compare(std::string_view law, KeptRun& other, std::size_t first) {
    const auto& expected = run_->sink.chunks();
    const auto& found = other.sink.chunks();
    for (std::size_t i = 0; i < found.size() && first + i < expected.size(); ++i) {
      if (found[i].words == expected[first + i].words) continue;
      return Finding{std::string(law),
                     fmt::format("events from {} on differ", expected[first + i].info.first_event)};
    }
    if (first + found.size() == expected.size()) return std::nullopt;
    return Finding{std::string(law),
                   fmt::format("{} chunks and not {}", first + found.size(), expected.size())};
  }

  const model::ScenarioView& scenario_;
  CheckOptions options_;
  Dice dice_;
  std::unique_ptr<KeptRun> run_;
};

}  // namespace

std::span<const Law> laws() { return kLaws; }

std::string_view sentence_of(std::string_view law) {
  const auto found = std::ranges::find(kLaws, law, &Law::name);
  return found == kLaws.end() ? std::string_view() : found->sentence;
}

Checked check(const std::string& text, const CheckOptions& options) {
  scenarios::LoadOptions loading;
  loading.run_alone = true;
  const scenarios::LoadResult loaded = scenarios::load(text, "explored.yaml", loading);
  if (!loaded.ok()) return {Finding{"loads", loaded.diagnostics.render(false)}, 0, 0, {}};
  return check(loaded.scenario(), options);
}

Checked check(events::Scenario::Reader compiled, const CheckOptions& options) {
  const auto scenario = model::ScenarioView::make(compiled);
  if (!scenario) return {Finding{"loads", scenario.error()}, 0, 0, {}};
  return Checking(**scenario, options).all();
}

}  // namespace tablekey::replay::explore
