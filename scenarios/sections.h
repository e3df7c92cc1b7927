// The sections of a scenario that are ours: model, workload, timeline, expect and study. Each takes
// its part of the file, already resolved, and adds to the draft.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.h"
#include "scenarios/draft.h"
#include "scenarios/expectation.h"
#include "scenarios/node.h"
#include "scenarios/stack.h"

namespace tablekey::scenarios {

void compile_model(const Node& section, Draft& draft, Diagnostics& diagnostics);
// The settings of a map such as `model:`, as canonical texts by path.
void read_settings(const Node& section, std::map<std::string, std::string>& settings,
                   Diagnostics& diagnostics);
// A distribution: `exponential(mean=30d)`, `{ dist: lognormal, median: 6ms, p99: 40ms }`, or a
// duration alone, as canonical text. Nothing after an error.
[[nodiscard]] std::optional<std::string> read_distribution(const Node& node, std::string_view field,
                                                           Diagnostics& diagnostics);
void compile_eras(const Node& section, const LoadOptions& options, Draft& draft,
                  Diagnostics& diagnostics);
// Puts eras in order and works out what holds in each: once the timeline is read.
void settle_eras(Draft& draft);
void compile_workload(const Node& section, Draft& draft, Diagnostics& diagnostics);
void compile_timeline(const Node& section, Stack& stack, Draft& draft);
// `faults:` — what goes wrong at random; once the timeline is read.
void compile_faults(const Node& section, Draft& draft, Diagnostics& diagnostics);
// Before the timeline is compiled: which steps' answers checks are about.
void note_asked_answers(const Node& section, Draft& draft);
void compile_expect(const Node& section, Draft& draft, Diagnostics& diagnostics);

// Says that a check's names exist, each at its place in the line. `line` is the scalar that holds
// it.
void check_mentions(const Expectation& expectation, const Node& line, const Draft& draft,
                    Diagnostics& diagnostics);

// References in our sections: `!Ref Name`, the logical id, or the thing's own name. kNone after an
// error.
[[nodiscard]] std::uint32_t read_principal(const Node& node, std::string_view field,
                                           const Draft& draft, Diagnostics& diagnostics);
[[nodiscard]] std::uint32_t read_table(const Node& node, std::string_view field, const Draft& draft,
                                       Diagnostics& diagnostics);
[[nodiscard]] std::uint32_t read_workload(const Node& node, std::string_view field,
                                          const Draft& draft, Diagnostics& diagnostics);
[[nodiscard]] std::uint32_t read_encryptor(const Node& node, const Draft& draft,
                                           Diagnostics& diagnostics);
// RoleSessionName: 2 to 64 of letters, digits and =,.@_+-. Empty after an error.
[[nodiscard]] std::string read_session(const Node& node, std::string_view field,
                                       Diagnostics& diagnostics);

// `workload: default`, or `default` as one of its entries: every table that no other workload uses
// gets one connection with a request a second (default_workload.cpp).
[[nodiscard]] bool is_default_workload(const Node& node);
void add_default_workloads(Draft& draft, Place place);

// Defaults that the file leaves open. How many items a table starts with: settled once the workload
// is read, since steps number their items from there. Who creates it and when: once the timeline is
// read.
void settle_items(Draft& draft);
void settle_creation(Draft& draft, Diagnostics& diagnostics);

inline constexpr std::uint32_t kItemsStandard = 100;  // of a table that a workload uses

// GetItem, PutItem … by name.
[[nodiscard]] const std::vector<std::string_view>& operation_names();

}  // namespace tablekey::scenarios
