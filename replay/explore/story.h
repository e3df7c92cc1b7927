// A scenario as the explorer makes and shrinks it: a small tree of plain values, each part of which
// can be left out. Its text is an ordinary scenario file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tablekey::replay::explore {

/// One value. Its name is a path below its part ("Properties.KeyPolicy"), its value YAML in flow
/// style.
struct Field {
  std::string name;
  std::string value;
  bool needed = false;                    ///< the part is none without it
  std::vector<std::string> simpler = {};  ///< other values, the simplest first
  std::vector<std::string> needs = {};    ///< parts that the value names
};

enum class Section : std::uint8_t { resource, workload, step, fault };

/// A resource, a workload, a step or a source of faults.
struct Part {
  Section section{};
  std::string name;  ///< logical id, name or id
  std::vector<Field> fields;
  std::vector<std::string> needs = {};  ///< parts without which it is none
};

struct Story {
  std::uint64_t seed = 0;
  std::vector<Field> head;   ///< until, profile
  std::vector<Field> model;  ///< settings, by their path below `model`
  std::vector<Part> parts;

  /// The scenario file.
  std::string text() const;
  /// The story without a part, and without all that needs it.
  Story without(std::size_t part) const;
  const Part* find(std::string_view name) const;
};

/// The value of a field; empty: there is none.
std::string_view value_of(const std::vector<Field>& fields, std::string_view name);

/// A duration as scenario files write it: 12m3s250ms; 0s.
std::string duration_text(std::int64_t nanoseconds);

}  // namespace tablekey::replay::explore
