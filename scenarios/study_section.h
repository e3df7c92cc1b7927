// Reading `study:` into a Study, and everything that is wrong with it: paths that lead nowhere,
// values that do not fit where they go, a grid without a point, measures that are none. A value of
// an axis is tried alone, not with all others: an error in one combination is nearly always one of
// its values, and the few others show when their point is made.
#pragma once

#include <functional>
#include <optional>

#include "scenarios/diagnostics.h"
#include "scenarios/draft.h"
#include "scenarios/node.h"
#include "scenarios/study.h"

namespace tablekey::scenarios {

// Checks a variant of the file as load() would, with all that is wrong in the diagnostics.
using Trial = std::function<void(const Node& root, Diagnostics& diagnostics)>;

// `root` is the file's tree with overrides applied; `draft` what it compiles to. Without `trial`
// (the file itself has errors) values are not tried. The study lacks its way to compile() then,
// which is the caller's to give. Whether it can be used is in the diagnostics.
[[nodiscard]] Study read_study(const Node& section, const Node& root, const Draft& draft,
                               const Trial& trial, Diagnostics& diagnostics);

// A line of `study.expect`: an expectation, or `mean(MEASURE) OP limit`, with min, max or a
// quantile instead of `mean`.
[[nodiscard]] std::expected<StudyExpectation, ExpectationError> parse_over_seeds(
    std::string_view line);

// Whether what is measured is a number, so that it can be averaged.
[[nodiscard]] bool is_number(const Expectation& expectation);

// `study.optimise`, in study_search.cpp. Adds the measures that it needs to the study's.
void read_search(const Node& section, const Node& root, const Draft& draft, const Trial& trial,
                 Study& study, Diagnostics& diagnostics);

// The index of a measure among the study's, by its line; it is added if `add` and new.
[[nodiscard]] std::optional<std::uint32_t> measure_named(const Node& line, std::size_t offset,
                                                         std::string_view text, bool add,
                                                         const Draft& draft, Study& study,
                                                         Diagnostics& diagnostics);
// Counts from the end of the warm-up (ns since the start) what has no `after` of its own.
void start_after(std::int64_t warmup, Expectation& expectation);
void check_over_seeds(const Node& line, const Draft& draft, StudyExpectation& expectation,
                      Diagnostics& diagnostics);
// Whether a path below `model.` is a setting; an error if not.
bool known_setting(const Node& path, Diagnostics& diagnostics);
// Whether the path leads somewhere, the value fits there, and nothing else breaks.
void try_value(const Node& path, const Node& value, const Node& root, const Trial& trial,
               Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
