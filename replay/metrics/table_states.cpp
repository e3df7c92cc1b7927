// table(Name), index(Name/index) and stream(Name): what callers would see at a moment, the end of
// the run unless the check says `at=`. A family of tables meets a check if each of its copies does.
#include <fmt/format.h>

#include <map>
#include <optional>

#include "model/dynamodb/backups.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/leakage.h"
#include "model/dynamodb/names.h"
#include "model/dynamodb/partitions.h"
#include "model/dynamodb/streams.h"
#include "model/kms/operation.h"
#include "replay/metrics/metric.h"
#include "replay/names.h"
#include "replay/table_facts.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

using scenarios::Comparison;
using scenarios::Statistic;

/// What was found of one table: a word, a number or a time.
struct Reading {
  std::string word;  // empty: it is a number or a time
  std::uint64_t number = 0;
  std::optional<sim::Time> time = std::nullopt;
};

Reading words(std::string_view text) { return {.word = std::string(text)}; }
Reading count(std::uint64_t number) { return {.word = {}, .number = number}; }

std::uint64_t backups_of(const model::State& state, std::uint32_t table) {
  std::uint64_t count = 0;
  for (const model::Backup& backup : state.backups) {
    if (backup.table == table && model::shown(backup)) ++count;
  }
  return count;
}

std::uint64_t leaked_from(const model::State& state, std::uint32_t table) {
  std::uint64_t count = 0;
  for (const model::LeakedSortKey& key : model::leakage(state)) {
    if (key.table == table) ++count;
  }
  return count;
}

std::string key_word(const model::State& state, std::uint32_t table) {
  const std::uint32_t key = state.tables[table].key;
  if (!model::dynamodb::table_exists(state, table) || key == model::kNone) return "none";
  const auto described = model::kms::described(state, key);
  if (described.getManager() == events::Key::Manager::OWNED) return "owned";
  return described.getLogicalId().cStr();
}

Reading inaccessible_since(const model::State& state, std::uint32_t table) {
  const sim::Time since = model::dynamodb::sse_description(state, table).inaccessible;
  if (since == sim::Time()) return words("none");
  return {.word = {}, .number = 0, .time = since};
}

Reading table_reading(const model::State& state, std::uint32_t table, Statistic statistic) {
  using namespace model::dynamodb;
  const bool exists = table_exists(state, table);
  switch (statistic) {
    case Statistic::sse_status: {
      const SseDescription shown = sse_description(state, table);
      if (!shown.present) return words("NONE");
      return words(shown.updating ? "UPDATING" : "ENABLED");
    }
    case Statistic::table_key:
      return words(key_word(state, table));
    case Statistic::inaccessible_since:
      return inaccessible_since(state, table);
    case Statistic::items:
      return count(items_in(state, table));
    case Statistic::partitions:
      return count(exists ? model::base_partitions(state, table).size() : 0);
    case Statistic::backups:
      return count(backups_of(state, table));
    case Statistic::leaked_sort_keys:
      return count(leaked_from(state, table));
    case Statistic::replica_status:
      return words(status_name(state.tables[table].detail->replica_status));
    default:
      return words(status_name(shown_status(state, table)));
  }
}

Reading index_reading(const model::State& state, std::uint32_t table, std::uint32_t index,
                      Statistic statistic) {
  model::IndexFacts facts;
  if (model::dynamodb::table_exists(state, table)) facts = model::index_facts(state, table, index);
  switch (statistic) {
    case Statistic::entries:
      return count(facts.exists ? facts.items : 0);
    case Statistic::waiting:
      return count(facts.exists ? facts.waiting : 0);
    default:
      return words(facts.exists ? facts.status : std::string_view("NONE"));
  }
}

Reading stream_reading(const model::State& state, std::uint32_t table, Statistic statistic) {
  const model::StreamPlace place = model::find_stream(state, table, false);
  if (!place) return count(0);
  if (statistic == Statistic::shards) return count(model::listed_shards(place).size());
  std::uint64_t records = 0;
  const sim::Duration retention = state.settings().dynamodb.stream_retention;
  for (const model::StreamRecord& record : place.stream->records) {
    if (state.now() - record.at < retention) ++records;
  }
  return count(records);
}

class TableStateMetric : public Metric {
 public:
  TableStateMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation), tables_(find_tables(scenario, expectation.subject)) {
    if (expectation.filters.at) moment_ = time_of(*expectation.filters.at, scenario);
    if (tables_ && expectation.measure == scenarios::Measure::index) {
      index_ = find_index(scenario, *tables_, expectation.index);
    }
  }

  std::optional<std::int64_t> moment() const override { return moment_; }
  void at_moment(const model::State& state) override { read(state); }

  void finish(Outcome& outcome, const model::State& end) override {
    if (!tables_) {
      outcome.measured = "no such table";
      return;
    }
    if (expectation_.measure == scenarios::Measure::index && !index_) {
      outcome.measured = "no such index";
      return;
    }
    if (moment_ && *moment_ > end.now().nanoseconds() && !end.ended()) {
      outcome.measured = "nothing";
      outcome.note = "the run ended before that moment";
      return;
    }
    if (readings_.empty()) read(end);
    judge(outcome, end);
  }

 private:
  void read(const model::State& state) {
    if (!tables_) return;
    for (std::uint32_t table = tables_->first; table < tables_->end; ++table) {
      readings_.push_back(reading(state, table));
    }
  }

  Reading reading(const model::State& state, std::uint32_t table) const {
    switch (expectation_.measure) {
      case scenarios::Measure::index:
        return index_ ? index_reading(state, table, *index_, expectation_.statistic) : Reading{};
      case scenarios::Measure::stream:
        return stream_reading(state, table, expectation_.statistic);
      default:
        return table_reading(state, table, expectation_.statistic);
    }
  }

  void judge(Outcome& outcome, const model::State& end) const {
    std::map<std::string, std::uint32_t> seen;
    bool holds = true;
    for (const Reading& reading : readings_) {
      ++seen[text_of(reading, end.scenario())];
      holds = holds && fits(reading, end.scenario());
    }
    for (const auto& [text, tables] : seen) {
      if (!outcome.measured.empty()) outcome.measured += ", ";
      outcome.measured += seen.size() == 1 ? text : fmt::format("{} {}", tables, text);
    }
    if (seen.size() == 1) add_number(outcome, readings_.front(), end.scenario());
    outcome.met = met_if(holds);
  }

  // Moments are shown as the limit was written: since the start, unless it is a date.
  std::string text_of(const Reading& reading, const model::ScenarioView& scenario) const {
    if (!reading.word.empty()) return reading.word;
    if (!reading.time) return fmt::format("{}", reading.number);
    const bool date = expectation_.limit.moment.kind == scenarios::Moment::Kind::absolute;
    return date ? sim::print(*reading.time) : sim::print(*reading.time - scenario.start);
  }

  static void add_number(Outcome& outcome, const Reading& reading,
                         const model::ScenarioView& scenario) {
    if (!reading.word.empty()) return;
    if (!reading.time) {
      outcome.number = static_cast<double>(reading.number);
      return;
    }
    outcome.number = static_cast<double>((*reading.time - scenario.start).count()) / 1e9;
    outcome.unit = "s";
  }

  bool fits(const Reading& reading, const model::ScenarioView& scenario) const {
    const scenarios::Limit& limit = expectation_.limit;
    if (limit.kind == scenarios::Limit::Kind::count) {
      return compares(expectation_.comparison, reading.number, limit.count);
    }
    if (limit.kind == scenarios::Limit::Kind::moment) {
      // A table that is not inaccessible has no moment to compare.
      if (!reading.time) return expectation_.comparison == Comparison::not_equal;
      return compares(expectation_.comparison, reading.time->nanoseconds(),
                      time_of(limit.moment, scenario));
    }
    const std::string found = reading.time ? "inaccessible" : reading.word;
    return compares(expectation_.comparison, found, wanted_word(scenario));
  }

  // A key may be named in any of its ways; it is shown by its logical id.
  std::string wanted_word(const model::ScenarioView& scenario) const {
    const std::string& word = expectation_.limit.word;
    if (expectation_.statistic != Statistic::table_key) return word;
    const auto key = find_key(scenario, word);
    return key ? scenario.reader().getKeys()[*key].getLogicalId().cStr() : word;
  }

  scenarios::Expectation expectation_;
  std::optional<TableRange> tables_;
  std::optional<std::uint32_t> index_;
  std::optional<std::int64_t> moment_;
  std::vector<Reading> readings_;  // by copy
};

}  // namespace

std::unique_ptr<Metric> make_table_state_metric(const scenarios::Expectation& expectation,
                                                const model::ScenarioView& scenario) {
  return std::make_unique<TableStateMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
