// Turning the world into events, and writing State down in between.
#include "replay/run.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>

#include "events/format.h"
#include "events/schema_digest.h"
#include "model/law.h"
#include "sim/engine.h"
#include "trace.capnp.h"

namespace tablekey::replay {

Run::Run(const model::ScenarioView& scenario, events::ChunkSink& sink,
         std::uint32_t events_per_chunk)
    : sink_(sink), world_(scenario), recorder_(events_per_chunk, 0, sink) {}

Run::Run(const model::ScenarioView& scenario, events::ChunkSink& sink,
         std::uint32_t events_per_chunk, model::State state, SnapshotPlan plan)
    : sink_(sink),
      world_(scenario, std::move(state)),
      recorder_(events_per_chunk, world_.state().events(), sink),
      plan_(plan) {}

// A snapshot is taken before the turn after it, so that a run that stops at a border and one that
// goes on write the same frames.
void Run::take_snapshot_if_due() {
  const std::uint64_t number = world_.state().events();
  if (!recorder_.at_border() || number == 0 || !plan_.due(number)) return;
  std::vector<std::uint8_t> saved = world_.state().save();
  plan_.taken(number, saved.size());
  sink_.take_snapshot(std::move(saved), number, world_.state().now().nanoseconds());
}

// One event, between those who look on.
template <class Next>
void Run::observed(const Next& next) {
  take_snapshot_if_due();
  const std::uint64_t number = world_.state().events();
  if (!observers_.empty()) {
    const auto due = world_.next_due();
    model::law(due.has_value(), "a turn is taken when something is due");
    for (Observer* observer : observers_) {
      observer->before(world_.state(), due->nanoseconds());
    }
  }
  const events::Event::Reader event = next();
  for (Observer* observer : observers_) observer->event(world_.state(), event, number);
  recorder_.commit();
}

bool Run::turn() {
  observed([&] { return world_.turn(recorder_); });
  return true;
}

void Run::repeat(events::Event::Reader event) {
  observed([&] { return world_.repeat(event, recorder_); });
}

bool Run::run_slice(std::uint64_t turns_max, sim::Time up_to) {
  const sim::Turned turned = sim::take_turns(
      {turns_max, up_to}, [&] { return world_.next_due(); }, [&] { return turn(); });
  // A disk that refuses ends the run; whoever drives it asks the sink why.
  if (!sink_.status()) return false;
  return turned != sim::Turned::nothing_left;
}

namespace {

void set_quirks(model::Quirks quirks, events::Identity::Builder identity) {
  const auto names = quirks.names();
  if (names.empty()) return;  // as traces were before there were any
  auto list = identity.initQuirks(static_cast<unsigned>(names.size()));
  for (unsigned i = 0; i < names.size(); ++i) list.set(i, names[i]);
}

}  // namespace

std::vector<std::uint64_t> make_identity(const IdentityInput& input,
                                         const model::ScenarioView& scenario) {
  capnp::MallocMessageBuilder message;
  auto identity = message.initRoot<events::Identity>();
  identity.setFormatMajor(events::kFormatMajor);
  identity.setFormatMinor(events::kFormatMinor);
  const crypto::Digest schema = events::schema_digest();
  identity.setSchemaDigest(capnp::Data::Reader(schema.data(), schema.size()));
  identity.setBehaviourVersion(model::kBehaviourVersion);
  set_quirks(scenario.quirks(), identity);
  identity.setBranch(input.branch);
  if (!input.parent.empty()) {
    identity.setParent(capnp::Data::Reader(input.parent.data(), input.parent.size()));
  }
  identity.setScenario(input.scenario);
  identity.setSource(input.source);
  identity.setSourceName(input.source_name);
  auto overrides = identity.initOverrides(static_cast<unsigned>(input.overrides.size()));
  for (unsigned i = 0; i < input.overrides.size(); ++i) {
    overrides[i].setPath(input.overrides[i].first);
    overrides[i].setValue(input.overrides[i].second);
  }
  const auto table = model::settings_table();
  auto effective = identity.initEffective(static_cast<unsigned>(table.size()));
  for (unsigned i = 0; i < table.size(); ++i) {
    effective[i].setPath(std::string(table[i].path));
    effective[i].setValue(table[i].get(scenario.settings()));
  }
  identity.setEventsPerChunk(input.events_per_chunk);
  const kj::Array<capnp::word> canonical = capnp::canonicalize(identity.asReader());
  std::vector<std::uint64_t> words(canonical.size());
  std::memcpy(words.data(), canonical.begin(), canonical.size() * sizeof(capnp::word));
  return words;
}

std::span<const std::uint8_t> bytes_of(const std::vector<std::uint64_t>& words) {
  return {reinterpret_cast<const std::uint8_t*>(words.data()), words.size() * sizeof(words[0])};
}

}  // namespace tablekey::replay
