// The laws of design.md 1 and 5 over drawn scenarios: what the events say is all there is, and
// nothing depends on how far a run was taken at once.
#include <algorithm>
#include <cstring>
#include <set>

#include "model/kms/operation.h"
#include "tests/model/drawn_story.h"

namespace tablekey::model::tests::laws_test {
namespace {

using Words = std::vector<std::uint64_t>;

Words words(Event::Reader event) {
  const kj::Array<capnp::word> canonical = capnp::canonicalize(event);
  Words found(canonical.size());
  std::memcpy(found.data(), canonical.begin(), canonical.size() * sizeof(capnp::word));
  return found;
}

/// Whether what an action names exists.
bool exists(const State& state, const Action& action) {
  const auto in = [&](const auto& list) { return action.a < list.size(); };
  switch (action.kind) {
    case ActionKind::end_run:
      return true;
    case ActionKind::create_key:
      return in(state.keys) && !state.keys[action.a].created;
    case ActionKind::delete_key:
      return in(state.keys) && state.keys[action.a].state == events::KeyState::PENDING_DELETION;
    case ActionKind::make_visible:
      return in(state.keys) && state.keys[action.a].changes_pending > 0;
    case ActionKind::rotate_key:
      return in(state.keys) && !state.keys[action.a].deleted;
    case ActionKind::expire_material:
      return in(state.keys) && action.b < state.keys[action.a].materials.size() &&
             state.keys[action.a].materials[action.b].present;
    case ActionKind::sync_material:
      return in(state.keys) && kms::described(state, action.a).getMultiRegion();
    case ActionKind::key_ready:
      return in(state.keys) && (state.keys[action.a].creating || state.keys[action.a].updating);
    case ActionKind::store_change:
      return in(state.stores) &&
             (state.stores[action.a].state == events::ConnectionState::CONNECTING ||
              state.stores[action.a].state == events::ConnectionState::DISCONNECTING);
    case ActionKind::end_fault:
      return std::count(state.faults.begin(), state.faults.end(), action.a) == 1;
    case ActionKind::step:
      return action.a < state.scenario().reader().getSteps().size();
    case ActionKind::create_table:
      return in(state.tables);
    case ActionKind::activate_table:
    case ActionKind::fail_creation:
      return in(state.tables) && state.tables[action.a].lifecycle == Lifecycle::creating;
    case ActionKind::finish_deletion:
      return in(state.tables) && state.tables[action.a].lifecycle == Lifecycle::deleting;
    case ActionKind::rewrap_data_keys:
    case ActionKind::complete_switch:  // also of a creation that failed: its grants are retired
      return in(state.tables) && state.tables[action.a].process.kind != ProcessKind::none;
    case ActionKind::open_connection:
    case ActionKind::request:
      return in(state.connections);
    case ActionKind::close_connection:
      return in(state.connections) && state.connections[action.a].open;
    case ActionKind::answer_kms:
      return in(state.calls) && state.calls[action.a].purpose != Purpose::free &&
             !state.calls[action.a].answered;
    case ActionKind::deliver_answer:
      return in(state.calls) && state.calls[action.a].answered;
    case ActionKind::resume_request:
      return in(state.waiters);
    case ActionKind::refresh_key:
      return in(state.connections) && action.b < state.cache.size() &&
             state.cache[action.b].entry.version != 0;
    case ActionKind::finish_backup:
    case ActionKind::expire_backup:
      return in(state.backups);
    case ActionKind::finish_export:
      return in(state.exports);
    case ActionKind::change_era:
      return action.a <= state.scenario().reader().getEras().size();
    default:  // what DynamoDB does with a table by itself
      return in(state.tables);
  }
}

void check_counts(const State& state) {
  std::vector<std::uint32_t> holders(state.tables.size());
  for (const Connection& connection : state.connections) {
    const auto index = static_cast<std::uint32_t>(&connection - state.connections.data());
    const CacheSlot& own = state.cache[index];
    RC_ASSERT((connection.open || (own.entry.version == 0 && own.call == kNone)));
  }
  for (const CacheSlot& slot : state.cache) {
    if (slot.entry.version != 0) ++holders[slot.table];
    if (slot.call == kNone) continue;
    RC_ASSERT(state.calls[slot.call].purpose == Purpose::data_request);
    RC_ASSERT(state.calls[slot.call].request.slot + 0U ==
              static_cast<std::uint32_t>(&slot - state.cache.data()));
  }
  for (std::size_t i = 0; i < state.tables.size(); ++i) {
    RC_ASSERT(state.tables[i].holders == holders[i]);
  }
  std::vector<std::uint32_t> live(state.keys.size());
  for (const Grant& grant : state.grants) live[grant.key] += grant.ended ? 0 : 1;
  for (std::size_t i = 0; i < state.keys.size(); ++i) {
    RC_ASSERT(state.keys[i].live_grants == live[i]);
  }
  std::uint64_t open = 0;
  for (const Call& call : state.calls) {
    open += call.purpose == Purpose::data_request ? 1 + call.waiting.size() : 0;
  }
  std::uint64_t resuming = 0;
  state.agenda().for_each_in_order([&](const sim::Due& due, const Action& action) {
    RC_ASSERT(due.time >= state.now());
    RC_ASSERT(exists(state, action));
    resuming += action.kind == ActionKind::resume_request;
  });
  const Counters& counters = state.counters;
  RC_ASSERT(counters.requests == counters.served + counters.failed + open + resuming);
}

Story drawn() { return StoryDrawer(*rc::gen::arbitrary<std::uint64_t>()).draw(); }

/// What a connection's own draws gave: everything of its events but the numbers of calls.
std::vector<Words> of_workload(const Play& play, std::uint32_t connections) {
  std::vector<Words> found;
  for (const KeptEvent& kept : play.all()) {
    const auto event = kept.read();
    const auto time = static_cast<std::uint64_t>(event.getTime());
    if (event.isItemRead() && event.getItemRead().getConnection() < connections) {
      const auto read = event.getItemRead();
      found.push_back({time, read.getConnection(), read.getItem(), read.getVersion(),
                       read.getTagHigh(), read.getTagLow(),
                       static_cast<std::uint64_t>(read.getLatency()),
                       static_cast<std::uint64_t>(read.getNext())});
    } else if (event.isItemWritten() && event.getItemWritten().getConnection() < connections) {
      const auto written = event.getItemWritten();
      found.push_back({time, written.getConnection(), written.getItem(), written.getVersion(),
                       written.getTagHigh(), written.getIvHead(),
                       static_cast<std::uint64_t>(written.getLatency())});
    } else if (event.isTableKeyRequested() &&
               event.getTableKeyRequested().getConnection() < connections) {
      const auto asked = event.getTableKeyRequested();
      found.push_back({time, asked.getConnection(), asked.getItem(),
                       static_cast<std::uint64_t>(asked.getLatency()),
                       static_cast<std::uint64_t>(asked.getNext())});
    }
  }
  return found;
}

}  // namespace

TEST_CASE("Drawn scenarios reach every kind of event, of miss, of refusal and of closing") {
  std::set<int> kinds, missed, kms_errors, exceptions, closed, deciders;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Play play(StoryDrawer(seed).draw());
    play.run();
    for (const KeptEvent& kept : play.all()) {
      const auto event = kept.read();
      kinds.insert(event.which());
      if (event.isTableKeyRequested()) {
        missed.insert(static_cast<int>(event.getTableKeyRequested().getWhy()));
      }
      if (event.isKmsAnswered()) {
        kms_errors.insert(static_cast<int>(event.getKmsAnswered().getError()));
        deciders.insert(static_cast<int>(event.getKmsAnswered().getDecidedBy()));
        CHECK(event.getKmsAnswered().getError() != KmsError::INVALID_CIPHERTEXT);
      }
      if (event.isTableRequestRefused()) {
        exceptions.insert(static_cast<int>(event.getTableRequestRefused().getException()));
      }
      if (event.isConnectionClosed()) {
        closed.insert(static_cast<int>(event.getConnectionClosed().getWhy()));
      }
    }
  }
  kinds.insert(Event::KEY_DELETED);  // its waiting period is longer than these runs
  // What further kinds there are has tests of its own.
  std::erase_if(kinds, [](int kind) { return kind > Event::CONNECTIONS_CLOSED; });
  CHECK(kinds.size() == Event::SSE_SWITCH_COMPLETED - Event::RUN_STARTED + 2);
  CHECK(missed.size() == 5);
  CHECK(closed.size() == 2);
  CHECK(kms_errors == std::set<int>{0, 1, 2, 3, 4, 8, 9, 10});
  CHECK(exceptions.size() == 5);
  CHECK(deciders.size() == 7);
}

TEST_CASE("Two runs of a scenario are one run") {
  rc::prop("equal chains and states", [] {
    const Story story = drawn();
    Play one(story), two(story);
    RC_ASSERT(one.run().chain() == two.run().chain());
    RC_ASSERT(one.state().save() == two.state().save());
    RC_ASSERT(one.state().ended());
  });
}

TEST_CASE("Folding a run's events gives its state") {
  rc::prop("fold equals run", [] {
    const Story story = drawn();
    Play play(story);
    play.run();
    State folded(play.scenario());
    for (const KeptEvent& event : play.all()) apply(folded, event.read());
    RC_ASSERT(folded.save() == play.state().save());
  });
}

TEST_CASE("A run goes on from any of its states as if it had never stopped") {
  rc::prop("restore and run on", [] {
    const Story story = drawn();
    Play play(story);
    play.run();
    const std::size_t cut = *rc::gen::inRange<std::size_t>(0, play.all().size());
    Play before(story);
    for (std::size_t i = 0; i < cut; ++i) before.turn();
    const std::vector<std::uint8_t> saved = before.state().save();
    Play after(story, saved);
    RC_ASSERT(after.state().save() == saved);
    after.run();
    RC_ASSERT(after.all().size() == play.all().size() - cut);
    for (std::size_t i = 0; i < after.all().size(); ++i) {
      RC_ASSERT(words(after.all()[i].read()) == words(play.all()[cut + i].read()));
    }
    RC_ASSERT(after.state().save() == play.state().save());
  });
}

TEST_CASE("Deciding changes no State, and a decision is the same when it is taken again") {
  rc::prop("decide is pure", [] {
    const auto scenario = drawn().make();
    State state(*scenario);
    Vault vault(*scenario), other(*scenario);
    const sim::Random random(crypto::DrawRoot(scenario->seed).choice_root());
    for (int turn = 0; !state.ended(); ++turn) {
      capnp::MallocMessageBuilder message, again;
      auto event = message.initRoot<Event>();
      if (turn == 0) {
        decide_start(state, event);
      } else {
        const bool look = turn % 7 == 0;
        const auto saved = look ? state.save() : std::vector<std::uint8_t>();
        PhaseMemo phases;
        decide(state, random, vault, phases, event);
        if (look) {
          auto twin = again.initRoot<Event>();
          PhaseMemo forgetful;
          decide(state, random, other, forgetful, twin);
          RC_ASSERT(state.save() == saved);
          RC_ASSERT(words(twin.asReader()) == words(event.asReader()));
        }
      }
      apply(state, event.asReader());
      if (event.isTableDeleted()) {
        // What World does for the vault that it drives.
        vault.bury(event.getTableDeleted().getTable());
        other.bury(event.getTableDeleted().getTable());
      }
    }
  });
}

TEST_CASE("Counts agree with what they count, and the agenda names what exists") {
  rc::prop("after every few events", [] {
    Play play(drawn());
    while (play.turn()) {
      if (play.all().size() % 3 == 0) check_counts(play.state());
    }
    check_counts(play.state());
  });
}

TEST_CASE("A table and a workload more change no value that others drew") {
  rc::prop("common random numbers", [] {
    Story story = drawn();
    // What one may do to another's data is shared on purpose: items of a common table, and steps.
    story.steps.clear();
    story.workloads.resize(1);
    std::uint32_t connections = story.workloads[0].connections;
    Play alone(story);
    alone.run();
    story.tables.push_back({.name = "Unrelated", .key = 1, .created = 2});
    story.workloads.push_back({.name = "unrelated",
                               .table = static_cast<std::uint32_t>(story.tables.size() - 1),
                               .connections = 3});
    story.set("kms.grants_per_key_max", "50000");
    Story quota = story;
    quota.tables.pop_back();
    quota.workloads.pop_back();
    Play reference(quota), joined(story);
    RC_ASSERT(of_workload(reference.run(), connections) == of_workload(joined.run(), connections));
  });
}

TEST_CASE("Whatever happens, every item of every table that has keys still opens") {
  rc::prop("open all at a random time", [] {
    Play play(drawn());
    play.run_to(static_cast<double>(*rc::gen::inRange(5, 60)));
    if (*rc::gen::arbitrary<bool>()) play.world().vault().clear();
    for (std::uint32_t table = 0; table < play.state().tables.size(); ++table) {
      if (play.state().tables[table].data_keys.empty()) continue;
      for (std::uint32_t i = 0; i < play.state().item_count(table); ++i) {
        if (play.state().item(table, i).version == 0) continue;
        play.world().vault().read(play.state(), table, i, play.state().now());
      }
    }
  });
}

TEST_CASE("A snapshot that ends early, goes on or is of another scenario is refused") {
  Play play(books_read_every(1, 60));
  play.run_to(30);
  const auto saved = play.state().save();
  for (std::size_t size = 0; size < saved.size(); ++size) {
    CHECK_THROWS_AS(State::restore(play.scenario(), std::span(saved).first(size)),
                    std::runtime_error);
  }
  auto longer = saved;
  longer.push_back(0);
  CHECK_THROWS(State::restore(play.scenario(), longer));
  Story other = books_read_every(1, 60);
  other.keys.push_back({});
  const auto scenario = other.make();
  CHECK_THROWS(State::restore(*scenario, saved));
  auto newer = saved;
  newer[0] ^= 0x80;
  CHECK_THROWS(State::restore(play.scenario(), newer));
}

}  // namespace tablekey::model::tests::laws_test
