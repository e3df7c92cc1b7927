// The table of the distributions' kinds: each one's name and parameters, in the order in which they
// are written. Reading, printing and checking all follow it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/distribution.h"

namespace tablekey::sim {

enum class ParameterType : std::uint8_t { duration, shape, share };

struct ParameterSpec {
  std::string_view name;
  ParameterType type = ParameterType::duration;
  bool optional = false;
};

struct KindSpec {
  Distribution::Kind kind;
  std::string_view name;
  bool positional;  // whether parameters are written without their names
  std::string_view example;
  std::array<ParameterSpec, 3> parameter_slots;
  std::size_t parameter_count;

  [[nodiscard]] std::span<const ParameterSpec> parameters() const {
    return std::span(parameter_slots).first(parameter_count);
  }
};

/// All kinds, in the order of Distribution::Kind.
std::span<const KindSpec> distribution_kinds();

/// What is wrong with these parameters of this kind, if anything.
std::optional<std::string> parameter_problem(Distribution::Kind kind,
                                             std::span<const double> numbers,
                                             std::span<const Duration> durations);

}  // namespace tablekey::sim
