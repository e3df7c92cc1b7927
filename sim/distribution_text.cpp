// The text of a distribution: reading it with errors that help, and printing the canonical form.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "sim/distribution_kinds.h"

namespace tablekey::sim {

namespace {

using Kind = Distribution::Kind;
using enum ParameterType;

constexpr double kShapeMin = 0.05;
constexpr double kShapeMax = 1000;

constexpr std::array<KindSpec, 8> kKinds{{
    {Kind::constant, "constant", true, "constant(5ms)", {{{"value"}}}, 1},
    {Kind::uniform, "uniform", true, "uniform(0s, 5m)", {{{"low"}, {"high"}}}, 2},
    {Kind::exponential, "exponential", false, "exponential(mean=6ms)", {{{"mean"}}}, 1},
    {Kind::lognormal,
     "lognormal",
     false,
     "lognormal(median=6ms, p99=40ms)",
     {{{"median"}, {"p99"}, {"cap", duration, true}}},
     3},
    {Kind::gamma, "gamma", false, "gamma(shape=2, mean=6ms)", {{{"shape", shape}, {"mean"}}}, 2},
    {Kind::weibull,
     "weibull",
     false,
     "weibull(shape=0.7, scale=6ms)",
     {{{"shape", shape}, {"scale"}}},
     2},
    {Kind::pareto,
     "pareto",
     false,
     "pareto(shape=2.5, minimum=6ms)",
     {{{"shape", shape}, {"minimum"}}},
     2},
    {Kind::hyperexponential,
     "hyperexponential",
     false,
     "hyperexponential(p=0.9, mean1=6ms, mean2=60ms)",
     {{{"p", share}, {"mean1"}, {"mean2"}}},
     3},
}};

const KindSpec& spec_of(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::optional<std::string> duration_problem(const KindSpec& spec, const ParameterSpec& parameter,
                                            Duration value) {
  const bool may_be_zero = spec.positional || parameter.optional;
  if (value < Duration() || (value == Duration() && !may_be_zero)) {
    return fmt::format("{}'s {} must {}", spec.name, parameter.name,
                       may_be_zero ? "not be negative" : "be longer than nothing");
  }
  if (value > Distribution::kLongestSample) {
    return fmt::format("{}'s {} must be at most {} (100 years)", spec.name, parameter.name,
                       print(Distribution::kLongestSample));
  }
  return std::nullopt;
}

std::optional<std::string> number_problem(const KindSpec& spec, const ParameterSpec& parameter,
                                          double value) {
  const double low = parameter.type == shape ? kShapeMin : 0.0;
  const double high = parameter.type == shape ? kShapeMax : 1.0;
  if (value >= low && value <= high) {
    return std::nullopt;
  }
  return fmt::format("{}'s {} must be from {} to {}", spec.name, parameter.name, low, high);
}

}  // namespace

std::span<const KindSpec> distribution_kinds() { return kKinds; }

std::optional<std::string> parameter_problem(Kind kind, std::span<const double> numbers,
                                             std::span<const Duration> durations) {
  const KindSpec& spec = spec_of(kind);
  for (std::size_t i = 0; i < spec.parameter_count; ++i) {
    const ParameterSpec& parameter = spec.parameter_slots[i];
    auto problem = parameter.type == duration ? duration_problem(spec, parameter, durations[i])
                                              : number_problem(spec, parameter, numbers[i]);
    if (problem) {
      return problem;
    }
  }
  if (kind == Kind::uniform && durations[1] < durations[0]) {
    return "uniform's high must be at least its low";
  }
  if (kind == Kind::lognormal && durations[1] < durations[0]) {
    return "lognormal's p99 must be at least its median";
  }
  if (kind == Kind::lognormal && durations[2] != Duration() && durations[2] < durations[1]) {
    return "lognormal's cap must be at least its p99";
  }
  return std::nullopt;
}

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// How many letters must be added, dropped or changed to make a into b.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

std::string unknown_kind(std::string_view name) {
  std::string known;
  for (const KindSpec& spec : kKinds) {
    if (edit_distance(name, spec.name) <= 2) {
      return fmt::format("no distribution '{}': did you mean '{}'?", name, spec.name);
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", spec.name);
  }
  return fmt::format("no distribution '{}': there are {}", name, known);
}

std::string parameter_names(const KindSpec& spec) {
  std::string names;
  for (const ParameterSpec& parameter : spec.parameters()) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", parameter.name);
  }
  return names;
}

std::expected<double, std::string> parse_number(std::string_view text, ParameterType type) {
  std::string_view digits = text;
  const bool percent = type == share && digits.ends_with('%');
  if (percent) {
    digits.remove_suffix(1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return std::unexpected(
        fmt::format("'{}' is not a number{}", text,
                    type == share ? ": write 0.9 or 90%" : ", such as 2 or 0.7"));
  }
  return percent ? value / 100.0 : value;
}

// Reads the arguments of one distribution into the places that its table gives them.
class ArgumentReader {
 public:
  explicit ArgumentReader(const KindSpec& spec) : spec_(spec) {}

  // One argument, trimmed, with or without its name. What is wrong with it, if anything.
  std::optional<std::string> read(std::string_view argument) {
    const std::size_t equals = argument.find('=');
    const bool named = equals != std::string_view::npos;
    if (!named && !spec_.positional) {
      return fmt::format("{} takes its parameters by name: write {}", spec_.name, spec_.example);
    }
    const std::string_view name = named ? trimmed(argument.substr(0, equals)) : std::string_view();
    const std::size_t i = named ? index_of(name) : position_++;
    if (i >= spec_.parameter_count) {
      return named ? fmt::format("{} has no '{}': it has {}", spec_.name, name,
                                 parameter_names(spec_))
                   : fmt::format("{} has too many parameters: write {}", spec_.name, spec_.example);
    }
    if (std::exchange(given_[i], true)) {
      return fmt::format("{}'s {} is given twice", spec_.name, spec_.parameter_slots[i].name);
    }
    return store(i, named ? trimmed(argument.substr(equals + 1)) : argument);
  }

  [[nodiscard]] std::optional<std::string> missing() const {
    std::string names;
    for (std::size_t i = 0; i < spec_.parameter_count; ++i) {
      if (!given_[i] && !spec_.parameter_slots[i].optional) {
        names += fmt::format("{}{}", names.empty() ? "" : " and ", spec_.parameter_slots[i].name);
      }
    }
    if (names.empty()) {
      return std::nullopt;
    }
    return fmt::format("{} needs {}: write {}", spec_.name, names, spec_.example);
  }

  [[nodiscard]] const std::array<double, 3>& numbers() const { return numbers_; }
  [[nodiscard]] const std::array<Duration, 3>& durations() const { return durations_; }

 private:
  [[nodiscard]] std::size_t index_of(std::string_view name) const {
    const auto parameters = spec_.parameters();
    const auto found = std::ranges::find(parameters, name, &ParameterSpec::name);
    return static_cast<std::size_t>(found - parameters.begin());
  }

  std::optional<std::string> store(std::size_t i, std::string_view value) {
    const ParameterSpec& parameter = spec_.parameter_slots[i];
    std::string error;
    if (parameter.type == duration) {
      const auto parsed = parse_duration(value);
      durations_[i] = parsed.value_or(Duration());
      error = parsed ? "" : parsed.error();
    } else {
      const auto parsed = parse_number(value, parameter.type);
      numbers_[i] = parsed.value_or(0);
      error = parsed ? "" : parsed.error();
    }
    if (error.empty()) {
      return std::nullopt;
    }
    return fmt::format("{}'s {}: {}", spec_.name, parameter.name, error);
  }

  const KindSpec& spec_;
  std::size_t position_ = 0;
  std::array<bool, 3> given_{};
  std::array<double, 3> numbers_{};
  std::array<Duration, 3> durations_{};
};

std::expected<Distribution, std::string> parse_bare(std::string_view text) {
  const bool number = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  if (!number) {
    const auto known = std::ranges::find(kKinds, text, &KindSpec::name);
    return std::unexpected(
        known != kKinds.end()
            ? fmt::format("{} needs its parameters: write {}", text, known->example)
            : fmt::format(
                  "'{}' is not a distribution: write 5ms or lognormal(median=6ms, p99=40ms)",
                  text));
  }
  const auto value = parse_duration(text);
  if (!value) {
    return std::unexpected(value.error());
  }
  if (auto problem = parameter_problem(Kind::constant, {}, std::array{*value})) {
    return std::unexpected(*problem);
  }
  return Distribution::constant(*value);
}

}  // namespace

std::expected<Distribution, std::string> Distribution::parse(std::string_view text) {
  text = trimmed(text);
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) {
    return parse_bare(text);
  }
  const std::string_view name = trimmed(text.substr(0, open));
  const auto spec = std::ranges::find(kKinds, name, &KindSpec::name);
  if (spec == kKinds.end()) {
    return std::unexpected(unknown_kind(name));
  }
  if (text.find(')') != text.size() - 1) {
    return std::unexpected(fmt::format("{} must end with one ')': write {}", name, spec->example));
  }
  ArgumentReader reader(*spec);
  std::string_view rest = trimmed(text.substr(open + 1, text.size() - open - 2));
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (auto problem = reader.read(trimmed(rest.substr(0, comma)))) {
      return std::unexpected(*problem);
    }
    if (comma + 1 == rest.size()) {
      return std::unexpected(fmt::format("{} has a comma too many", name));
    }
    rest = comma == rest.size() ? std::string_view() : rest.substr(comma + 1);
  }
  if (auto problem = reader.missing()) {
    return std::unexpected(*problem);
  }
  if (auto problem = parameter_problem(spec->kind, reader.numbers(), reader.durations())) {
    return std::unexpected(*problem);
  }
  return Distribution(spec->kind, reader.numbers(), reader.durations());
}

std::string Distribution::print() const {
  const KindSpec& spec = spec_of(kind_);
  std::string arguments;
  for (std::size_t i = 0; i < spec.parameter_count; ++i) {
    const ParameterSpec& parameter = spec.parameter_slots[i];
    if (parameter.optional && durations_[i] == Duration()) {
      continue;
    }
    arguments += arguments.empty() ? "" : ", ";
    arguments += spec.positional ? "" : fmt::format("{}=", parameter.name);
    arguments +=
        parameter.type == duration ? sim::print(durations_[i]) : fmt::format("{}", numbers_[i]);
  }
  return fmt::format("{}({})", spec.name, arguments);
}

}  // namespace tablekey::sim
