// From the text of a scenario file to a compiled scenario, or to everything that is wrong with it.
// This is the room's front door: parse, resolve, check and compile in one call, no files touched
// except through the reader that the caller supplies.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario.capnp.h"
#include "scenarios/diagnostics.h"
#include "scenarios/study.h"
#include "scenarios/whatif.h"

namespace tablekey::scenarios {

// One `path=value` of the command line. The path walks the file: maps by key, lists by the `name`
// or `id` of an entry or by its number from 0 (model.table_key_cache.idle_timeout,
// workload.web.arrivals.rate, timeline.disable.at). The value is YAML text and is checked as if it
// stood in the file.
struct Override {
  std::string path;
  std::string value;
};

struct LoadOptions {
  std::vector<Override> overrides;    // applied in order, before anything is checked
  std::optional<std::uint64_t> seed;  // wins over the file's `seed`
  bool run_alone = false;             // `study` and `whatif` are not looked at
  // Reads the file that `include:` names, relative to the scenario file; an error is a sentence
  // such as "no such file". Without it, `include` is refused.
  std::function<std::expected<std::string, std::string>(std::string_view path)> read_include;
  // Likewise for files of recorded arrivals, which may be larger. Without it, read_include serves.
  std::function<std::expected<std::string, std::string>(std::string_view path)> read_arrivals;
};

struct LoadResult {
  std::unique_ptr<capnp::MallocMessageBuilder> message;  // null when there are errors
  Diagnostics diagnostics;                               // errors, or only warnings and notes
  std::optional<Study> study;     // of a file that has one, when there are no errors
  std::optional<WhatIf> what_if;  // likewise

  [[nodiscard]] bool ok() const { return message != nullptr; }
  // Requires ok().
  [[nodiscard]] events::Scenario::Reader scenario() const;
};

// The largest source text, in bytes. A larger one is refused with a diagnostic.
inline constexpr std::size_t kSourceBytesMax = std::size_t{4} * 1024 * 1024;
// The largest file of recorded arrivals, likewise.
inline constexpr std::size_t kTraceBytesMax = std::size_t{64} * 1024 * 1024;

// Never throws for bad input. `file_name` is only used in messages.
[[nodiscard]] LoadResult load(std::string_view source_text, std::string file_name,
                              const LoadOptions& options = {});

// The scenario in sentences (who, what, when), then every setting with its value, meaning and
// source; those that the scenario sets itself are marked.
[[nodiscard]] std::string explain(events::Scenario::Reader scenario);

}  // namespace tablekey::scenarios
