#include "replay/explore/worst_bound.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "replay/explore/story.h"
#include "sim/time.h"

namespace tablekey::replay::explore {
namespace {

std::string setting(const model::Settings& settings, std::string_view path) {
  const model::SettingRow* row = model::find_setting(path);
  return row == nullptr ? std::string() : row->get(settings);
}

// The part of a text behind `before` and up to the next comma or bracket, as a duration.
std::optional<std::int64_t> behind(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == text.npos) return std::nullopt;
  text.remove_prefix(at + before.size());
  const auto value = sim::parse_duration(text.substr(0, text.find_first_of(",)")));
  return value ? std::optional(value->count()) : std::nullopt;
}

// The longest that a distribution gives; nothing: any time.
std::optional<std::int64_t> longest(std::string_view text) {
  if (text.starts_with("constant(")) return behind(text, "constant(");
  if (text.starts_with("uniform(")) return behind(text, ", ");
  return behind(text, "cap=");
}

// One way of a call takes half of the latency, and of an odd number the larger half.
std::optional<std::int64_t> way_back(const model::Settings& settings) {
  const auto whole = longest(setting(settings, "model.kms.latency"));
  return whole ? std::optional((*whole + 1) / 2) : std::nullopt;
}

}  // namespace

WorstBound exposure_bound(const model::Settings& settings) {
  const model::CacheFigures& figures = settings.cache;
  const auto propagation = longest(setting(settings, "model.kms.key_state_propagation"));
  if (figures.scope != model::CacheScope::none && !figures.max_age) {
    return {std::nullopt,
            "no rule ends a cached key that is used often enough: the exposure has no bound"};
  }
  if (!propagation) {
    return {std::nullopt, "model.kms.key_state_propagation has no longest value"};
  }
  std::int64_t bound = *propagation;
  std::string why = fmt::format("{} until KMS knows", duration_text(*propagation));
  if (const auto back = way_back(settings)) {
    bound += *back;
    why += fmt::format(" + {} for its last answer", duration_text(*back));
  } else {
    why += " + the way of its last answer, which has no longest value";
  }
  if (figures.scope != model::CacheScope::none) {
    std::int64_t age = figures.max_age->count();
    age += static_cast<std::int64_t>(static_cast<sim::Uint128>(age) * figures.jitter_millionths /
                                     1'000'000);
    if (figures.grace) age += figures.grace->count();
    bound += age;
    why += fmt::format(" + {} that a cached key lives", duration_text(age));
  }
  return {bound, why};
}

std::vector<std::int64_t> spans_of(const model::Settings& settings) {
  std::vector<std::int64_t> spans;
  const model::CacheFigures& figures = settings.cache;
  if (figures.idle_timeout) spans.push_back(figures.idle_timeout->count());
  if (figures.max_age) spans.push_back(figures.max_age->count());
  if (figures.refresh_after) spans.push_back(figures.refresh_after->count());
  for (const std::string_view path : {"model.kms.key_state_propagation", "model.kms.latency"}) {
    if (const auto most = longest(setting(settings, path)); most && *most > 0)
      spans.push_back(*most);
  }
  return spans;
}

}  // namespace tablekey::replay::explore
