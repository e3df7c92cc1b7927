// The laws about KMS: what it answered is held against books that know the documents.
#pragma once

#include "replay/explore/finding.h"
#include "replay/explore/key_books.h"

namespace tablekey::replay::explore {

class WatchKeys : public Watch {
 public:
  explicit WatchKeys(const model::ScenarioView& scenario);

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

 private:
  bool lawful(const model::State& after, events::Event::KmsAnswered::Reader answered,
              std::int64_t time) const;
  void answered(const model::State& after, events::Event::KmsAnswered::Reader answered,
                std::int64_t time, std::uint64_t number);
  void served(const model::State& after, events::Event::KmsAnswered::Reader answered,
              std::int64_t time, std::uint64_t number);
  void refused(const model::State& after, events::Event::KmsAnswered::Reader answered,
               std::int64_t time, std::uint64_t number);

  KeyBooks books_;
};

}  // namespace tablekey::replay::explore
