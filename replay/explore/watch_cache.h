// The laws about cached table keys: one serves as long as the configured rule lets it, to the
// nanosecond, and no longer (dynamodb.md 4.3, 4.4; cache-theory.md 1). The books know when an entry
// was made and used from what requests were served by, and nothing of the program's own cache.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "replay/explore/finding.h"

namespace tablekey::replay::explore {

class WatchCache : public Watch {
 public:
  explicit WatchCache(const model::ScenarioView& scenario);

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

 private:
  /// How an entry is shared, by whom, and the table.
  using Place = std::tuple<int, std::uint64_t, std::uint32_t>;
  struct Entry {
    bool there = false;
    std::uint32_t version = 0;
    std::int64_t made = 0, used = 0;
    std::uint32_t made_factor = 0, used_factor = 0;  // drawn, times 2^31
    std::uint64_t uses = 0;
    bool sure = true;  ///< the books know all that happened to it
  };
  /// A request as far as the cache is concerned.
  struct Served {
    std::uint32_t connection = 0;
    events::Access via{};
    std::uint32_t factor = 0;
    bool uses = true;  ///< it counts as a use
  };

  Place place(const model::State& after, std::uint32_t connection) const;
  Entry& entry_of(const model::State& after, std::uint32_t connection);
  static std::int64_t until(const Entry& entry, const model::CacheFigures& figures);
  void served(const model::State& after, const Served& served, std::uint64_t number);
  void hit(const model::State& after, const Entry& entry, std::uint64_t number);
  void missed(const model::State& after, events::Event::TableKeyRequested::Reader asked,
              std::uint64_t number);
  void failed(const model::State& after, events::Event::RequestFailed::Reader event);
  void answered(const model::State& after, events::DataAnswered::Reader event,
                std::uint64_t number);
  void closed(const model::State& after, std::uint32_t connection);
  void doubt_table(std::uint32_t table);
  void doubt_all();
  /// Rules that renew or end entries behind requests, which these books do not follow.
  static bool plain(const model::Settings& settings);

  std::map<Place, Entry> entries_;
  std::set<std::uint32_t> asking_;  // connections with a Decrypt under way
  std::int64_t now_ = 0;
  bool rules_changed_ = false;
};

}  // namespace tablekey::replay::explore
