// `study:` — the same scenario over a grid of settings, each point with several seeds. Compiled it
// is a plain value: the file's tree, the axes, what is measured. Points are numbered and made one
// at a time, so that a large grid takes no more memory than a small one.
//
// The matrix is read as CI systems read theirs: every combination of the axes, the last axis
// fastest; `exclude` drops the combinations that match all keys of an entry; an entry of `include`
// adds its keys to every combination that its axis keys match (to all of them if it has none), and
// becomes a point of its own, behind the grid, if it matches none.
//
// Run k of every point has the seed + k, so that two points differ in their settings alone.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenario.capnp.h"
#include "scenarios/diagnostics.h"
#include "scenarios/expectation.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

// One setting of a point, as text for people and files.
struct StudySetting {
  std::string path;
  std::string value;
  bool operator==(const StudySetting&) const = default;
};

struct StudyMeasure {
  std::string line;         // as it was written
  Expectation expectation;  // counted from the end of the warm-up unless the line has `after`
  Place place;
};

// What is looked at over the seeds of a point.
enum class OverSeeds : std::uint8_t { every, mean, min, max, p50, p90, p95, p99, p99_9 };
[[nodiscard]] std::string_view name_of(OverSeeds over);

// A line of `expect`, of the scenario or of its study. Without a function around it a line about a
// number holds for the mean over seeds, one about a word in every run.
struct StudyExpectation {
  std::string name, check;  // as written
  bool warn = false;
  std::uint32_t line = 0;
  OverSeeds over = OverSeeds::every;
  Expectation expectation;
  Place place;
};

// More runs are made until the confidence interval of a measure's mean is narrow enough.
struct StudyStop {
  std::uint32_t measure = 0;  // into Study::measures
  double half_width = 0;      // in the measure's unit, or a share of the mean
  bool relative = true;
  std::uint32_t min = 10;  // runs

  // How many runs to make after `runs` did not do: half as many again.
  [[nodiscard]] std::uint32_t next(std::uint32_t runs) const { return runs + (runs + 1) / 2; }
};

// A setting that is searched for instead of a grid.
struct StudySearch {
  enum class Method : std::uint8_t { golden_section, bisection };
  struct Term {
    double weight = 1;
    std::uint32_t measure = 0;  // into Study::measures
  };
  Node path;
  double low = 0, high = 0;  // in seconds, of a rate a second, or a number
  enum class Unit : std::uint8_t { duration, rate, share, number, count };
  Unit unit = Unit::duration;
  std::vector<Term> minimise;  // their weighted sum; empty: the limit alone is searched for
  std::string minimise_text;
  std::optional<std::uint32_t> limit;  // into Study::expectations
  Method method = Method::golden_section;
  double tolerance = 0.01;          // of the value that is searched for
  std::uint32_t evaluations = 100;  // at most
};

// A point's scenario for one seed, or everything that is wrong with it.
struct StudyScenario {
  std::unique_ptr<capnp::MallocMessageBuilder> message;  // null when there are errors
  Diagnostics diagnostics;

  [[nodiscard]] bool ok() const { return message != nullptr; }
  // Requires ok().
  [[nodiscard]] events::Scenario::Reader scenario() const;
};

class Study {
 public:
  // Compiles a variant of the file for a seed as load() would.
  using Compile = std::function<StudyScenario(const Node& root, std::uint64_t seed)>;
  struct Axis {
    Node path;
    std::vector<Node> values;
  };
  // A value of an axis by their numbers.
  struct AxisValue {
    std::uint32_t axis = 0, value = 0;
  };
  // An entry of `include` that adds keys to points of the grid.
  struct Addition {
    std::vector<AxisValue> matches;
    std::vector<Member> adds;
  };
  static constexpr std::uint64_t kRunsMax = 1'000'000;

  std::string name;  // of the scenario
  std::uint64_t seed = 1;
  std::uint32_t repeat = 1;  // runs of a point; with `stop`, at most so many
  double confidence = 0.95;
  std::optional<std::int64_t> warmup;  // ns from the start
  std::vector<StudyMeasure> measures;
  std::vector<StudyExpectation> expectations;
  std::optional<StudyStop> stop;
  std::optional<StudySearch> search;

  std::vector<Axis> axes;
  std::vector<std::vector<AxisValue>> excluded;
  std::vector<Addition> additions;
  std::vector<std::vector<Member>> extra_points;
  bool base_point = true;  // there is neither matrix nor include: the file as it is

  Node root;
  Diagnostics sources;  // the texts that places are in, with nothing said about them
  Compile compile;

  // How many combinations the axes have, before anything is excluded.
  [[nodiscard]] std::uint64_t combinations() const;
  // Drops what `exclude` matches. Call once, when the axes are there.
  void settle_points();
  [[nodiscard]] std::uint64_t points() const;
  // What a point sets, in the order of the axes, then what `include` adds.
  [[nodiscard]] std::vector<StudySetting> settings_of(std::uint64_t point) const;
  // The paths that any point sets, in order of appearance: the columns of a table of results.
  [[nodiscard]] std::vector<std::string> paths() const;
  [[nodiscard]] std::uint64_t seed_of(std::uint32_t run) const { return seed + run; }
  // The scenario of run `run` of a point. Safe to call from several threads at once.
  [[nodiscard]] StudyScenario make(std::uint64_t point, std::uint32_t run) const;
  // The same for a value of the searched setting.
  [[nodiscard]] StudyScenario make_with(const std::string& path, const std::string& value,
                                        std::uint32_t run) const;

 private:
  [[nodiscard]] std::vector<std::uint32_t> combination(std::uint64_t index) const;
  [[nodiscard]] std::vector<Member> members_of(std::uint64_t point) const;
  [[nodiscard]] StudyScenario make_from(const std::vector<Member>& settings,
                                        std::uint32_t run) const;

  bool filtered_ = false;
  std::vector<std::uint32_t> kept_;  // combinations that are no excluded ones, if any are
};

// A node as YAML would write it on one line.
[[nodiscard]] std::string inline_text(const Node& node);

}  // namespace tablekey::scenarios
