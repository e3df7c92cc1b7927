// Turning, and keeping the vault in step with State.
#include "model/world.h"

#include "model/law.h"
#include "model/planted.h"

namespace tablekey::model {
namespace {

constexpr sim::Duration kSweepEvery = sim::Duration::seconds(10);

}  // namespace

World::World(const ScenarioView& scenario) : World(scenario, State(scenario)) {}

World::World(const ScenarioView& scenario, State state)
    : state_(std::move(state)),
      vault_(scenario),
      random_(crypto::DrawRoot(scenario.seed).choice_root()),
      next_sweep_(state_.now()) {}

std::optional<sim::Time> World::next_due() const {
  if (state_.ended()) return std::nullopt;
  if (state_.events() == 0) return state_.scenario().start;
  const auto due = state_.agenda().next();
  law(due.has_value(), "a run that has not ended has something to do");
  return due->time;
}

events::Event::Reader World::turn(events::Recorder& recorder) {
  events::Event::Builder out = recorder.begin();
  if (state_.events() == 0) {
    decide_start(state_, out);
  } else {
    decide(state_, random_, vault_, phases_, out);
  }
  const events::Event::Reader event = recorder.current();
  apply(state_, event);
  keep_house(event);
  return event;
}

events::Event::Reader World::repeat(events::Event::Reader recorded, events::Recorder& recorder) {
  recorder.repeat(recorded);
  const events::Event::Reader event = recorder.current();
  apply(state_, event);
  return event;
}

// A plaintext table key goes as soon as nobody may use it any more: at its last holder's time
// (sweep), when its last holder lost it, and when its table is gone. A backing key goes with its
// KMS key, and with the material that was imported.
void World::keep_house(events::Event::Reader event) {
  using Event = events::Event;
  if (planted(Planted::key_in_snapshot) && event.isTableKeyCreated()) {
    vault_.for_each_secret(state_, [&](std::span<const std::uint8_t> secret) {
      state_.keys.front().description.assign(secret.begin(), secret.end());
    });
  }
  switch (event.which()) {
    case Event::REQUEST_FAILED:
      release(event.getRequestFailed().getTable());
      break;
    case Event::DATA_ANSWERED:
      release_answered(event.getDataAnswered());
      break;
    case Event::CONNECTION_CLOSED:
      release(state_.connections[event.getConnectionClosed().getConnection()].table);
      break;
    case Event::CONNECTIONS_CLOSED:
      for (const std::uint32_t closed : event.getConnectionsClosed().getConnections()) {
        release(state_.connections[closed].table);
      }
      break;
    case Event::KEY_DELETED:
      vault_.forget_key(event.getKeyDeleted().getKey());
      break;
    case Event::KEY_MATERIAL_EXPIRED:
      vault_.forget_key(event.getKeyMaterialExpired().getKey());
      break;
    case Event::KMS_ANSWERED:
      if (event.getKmsAnswered().getEffect().isMaterialDeleted()) {
        vault_.forget_key(event.getKmsAnswered().getKey());
      }
      break;
    case Event::TABLE_DELETED:
      vault_.bury(event.getTableDeleted().getTable());
      break;
    case Event::TABLE_ENCRYPTED:  // the records that are kept are plaintext
      vault_.bury(event.getTableEncrypted().getTable());
      break;
    default:
      break;
  }
  if (state_.now() >= next_sweep_) {
    vault_.sweep(state_.now());
    next_sweep_ = state_.now() + kSweepEvery;
  }
}

// Of all its tables: a key may have been lost while another one was asked for.
void World::release_answered(events::DataAnswered::Reader answered) {
  release(state_.connections[answered.getConnection()].table);
  if (answered.getStep() == 0) return;
  const auto step = state_.scenario().reader().getSteps()[answered.getStep() - 1];
  for (const std::uint32_t family : ScenarioView::tables_of(step)) {
    release(state_.scenario().families[family].first_table);
  }
}

void World::release(std::uint32_t table) {
  if (state_.tables[table].holders == 0) vault_.forget(table);
}

}  // namespace tablekey::model
