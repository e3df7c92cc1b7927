// The law that what was written is what is read: books on the versions of items.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "replay/explore/finding.h"

namespace tablekey::replay::explore {

class WatchItems : public Watch {
 public:
  explicit WatchItems(const model::ScenarioView& scenario);

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

 private:
  struct Record {
    std::uint32_t version = 0;
    bool deleted = false;
  };
  struct Table {
    bool followed = true;
    std::string name;
    std::uint32_t generated = 0;  // items that it had from its start, at version 1
    std::map<std::uint32_t, Record> records;
  };
  Record known(std::uint32_t table, std::uint32_t item) const;
  bool followed(std::uint32_t table) const { return tables_[table].followed; }
  void written(std::uint32_t table, std::uint32_t item, std::uint32_t version, bool deleted,
               std::uint64_t number);
  void read(std::uint32_t table, std::uint32_t item, std::uint32_t version, std::uint64_t number);
  void answered(events::DataAnswered::Reader event, std::uint64_t number);

  std::vector<Table> tables_;
};

}  // namespace tablekey::replay::explore
