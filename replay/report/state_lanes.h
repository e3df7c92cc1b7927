// What keys, tables and KMS itself were from when until when: lanes of the report's timeline that
// stand above those of the caches.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay::report {

/// From a moment on (ns since the Unix epoch) it was so; an empty word: it did not exist.
struct Phase {
  std::int64_t from = 0;
  std::string word;  ///< "Enabled", "ACTIVE", …, as AWS spells it
  std::string note;  ///< "version 2 under OrdersKey"; may be empty
};

struct StateLane {
  enum class Kind : std::uint8_t { key, table_key, table, fault } kind = Kind::key;
  std::string name;
  std::vector<Phase> phases;
};

class StateLanes {
 public:
  /// Keys and tables that are watched at most, each: a picture has no room for more.
  static constexpr std::uint32_t kWatched = 12;

  /// Looks at what the event may have changed. Must see every event of a run.
  void event(const model::State& after, events::Event::Reader event);

  /// Those that ever were anything. Tables that were only CREATING and ACTIVE have no lane of their
  /// status.
  std::vector<StateLane> lanes() const;

 private:
  void look(const model::State& state, std::int64_t time);
  void look_at_key(const model::State& state, std::uint32_t key, std::int64_t time);
  void look_at_table(const model::State& state, std::uint32_t table, std::int64_t time);

  std::vector<StateLane> keys_, table_keys_, tables_;
  StateLane faults_{StateLane::Kind::fault, "faults", {}};
};

}  // namespace tablekey::replay::report
