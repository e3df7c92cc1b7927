// Reading and writing each setting of the cache, and working out what a policy and the settings
// given beside it come to.
#include "model/dynamodb/cache/figures.h"

#include <fmt/format.h>

#include "events/shares.h"
#include "model/dynamodb/cache/rule.h"
#include "model/law.h"
#include "model/setting_rows.h"

namespace tablekey::model {
namespace {

using events::kWhole;
using setting_rows::read;
using setting_rows::Result;
using setting_rows::write;

constexpr std::array<std::string_view, 5> kScopes = {"connection", "principal", "caller", "router",
                                                     "none"};
constexpr std::array<std::string_view, 2> kAuthorizations = {"shared", "principal"};
constexpr std::array<std::string_view, 2> kDeniedRefresh = {"ignore", "evict"};
constexpr std::array<std::string_view, 2> kLateAnswers = {"ignore", "overwrite"};
constexpr std::array<std::string_view, 2> kThrottling = {"unavailable", "denied"};

/// A setting that may be `none`. What it counts is more than nothing.
template <class Value>
Result read_or_none(std::optional<Value>& to, std::string_view text) {
  to.reset();
  if (text == "none") return {};
  Value value{};
  if (auto result = read(value, text); !result) return result;
  if constexpr (std::is_same_v<Value, sim::Duration>) {
    if (value.count() == 0) {
      return std::unexpected(std::string("must be longer than 0s, or none"));
    }
  } else if constexpr (std::is_integral_v<Value>) {
    if (value == 0) return std::unexpected(std::string("must be at least 1, or none"));
  }
  to = std::move(value);
  return {};
}

template <class Value>
std::string write_or_none(const std::optional<Value>& value) {
  return value ? write(*value) : "none";
}

/// Between two words, kept as a flag that is set by the second.
Result read_flag(bool& to, const std::array<std::string_view, 2>& words, std::string_view text) {
  return setting_rows::read_word(to, words, text);
}

/// A share in canonical text: 25%, 0.5%.
Result read_share(std::uint32_t& to, std::string_view text) {
  const auto wrong = [&] {
    return std::unexpected(fmt::format("expected a share from 0% to 100%, found '{}'", text));
  };
  if (!text.ends_with('%')) return wrong();
  const std::string_view digits = text.substr(0, text.size() - 1);
  std::uint64_t millionths = 0, scale = kWhole / 100;
  bool fraction = false;
  if (digits.empty()) return wrong();
  for (const char c : digits) {
    if (c == '.' && !fraction) {
      fraction = true;
    } else if (c < '0' || c > '9') {
      return wrong();
    } else if (!fraction) {
      millionths = millionths * 10 + static_cast<std::uint64_t>(c - '0') * (kWhole / 100);
    } else {
      scale /= 10;
      millionths += static_cast<std::uint64_t>(c - '0') * scale;
    }
    if (millionths > kWhole) return wrong();
  }
  to = static_cast<std::uint32_t>(millionths);
  return {};
}

std::string write_share(std::uint32_t millionths) {
  std::string text = fmt::format("{}", millionths / (kWhole / 100));
  if (const std::uint32_t rest = millionths % (kWhole / 100); rest != 0) {
    text += fmt::format(".{:04}", rest);
    while (text.back() == '0') text.pop_back();
  }
  return text + "%";
}

Result read_jitter(std::uint32_t& to, std::string_view text) {
  if (auto result = read_share(to, text); !result) return result;
  if (to == kWhole) return std::unexpected(std::string("jitter must be below 100%"));
  return {};
}

/// "a=x b=y", the value ttl standing for that setting's.
void assign_all(CacheFigures& figures, std::string_view settings) {
  static constexpr std::array<std::string_view, kCacheSettings> kNames = {"authorization",
                                                                          "capacity",
                                                                          "coalesce",
                                                                          "early_refresh",
                                                                          "grace",
                                                                          "idle_timeout",
                                                                          "jitter",
                                                                          "late_answers",
                                                                          "max_age",
                                                                          "max_bytes",
                                                                          "max_uses",
                                                                          "negative_ttl",
                                                                          "poll_interval",
                                                                          "push_delay",
                                                                          "push_loss",
                                                                          "refresh_after",
                                                                          "refresh_denied",
                                                                          "scope",
                                                                          "stale_max",
                                                                          "storm_fan_out",
                                                                          "storm_grace",
                                                                          "storm_in_flight",
                                                                          "storm_interval",
                                                                          "storm_sleep",
                                                                          "throttle_counts_as",
                                                                          "ttl"};
  while (!settings.empty()) {
    const std::string_view pair = settings.substr(0, settings.find(' '));
    settings.remove_prefix(std::min(settings.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    const auto setting =
        static_cast<CacheSetting>(setting_rows::place_of(kNames, pair.substr(0, equals)));
    const std::string_view value = pair.substr(equals + 1);
    const bool done =
        assign(figures, setting, value == "ttl" ? sim::print(figures.ttl) : std::string(value))
            .has_value();
    law(done, "a policy's settings can be set");
  }
}

}  // namespace

Result assign(CacheFigures& figures, CacheSetting setting, std::string_view text) {
  switch (setting) {
    case CacheSetting::authorization:
      return read_flag(figures.by_principal, kAuthorizations, text);
    case CacheSetting::capacity:
      return read_or_none(figures.capacity, text);
    case CacheSetting::coalesce:
      return read(figures.coalesce, text);
    case CacheSetting::early_refresh:
      return read_or_none(figures.early_refresh, text);
    case CacheSetting::grace:
      return read_or_none(figures.grace, text);
    case CacheSetting::idle_timeout:
      return read_or_none(figures.idle_timeout, text);
    case CacheSetting::jitter:
      return read_jitter(figures.jitter_millionths, text);
    case CacheSetting::late_answers:
      return read_flag(figures.late_answers_overwrite, kLateAnswers, text);
    case CacheSetting::max_age:
      return read_or_none(figures.max_age, text);
    case CacheSetting::max_bytes:
      return read_or_none(figures.max_bytes, text);
    case CacheSetting::max_uses:
      return read_or_none(figures.max_uses, text);
    case CacheSetting::negative_ttl:
      return read(figures.negative_ttl, text);
    case CacheSetting::poll_interval:
      return read_or_none(figures.poll_interval, text);
    case CacheSetting::push_delay:
      return read_or_none(figures.push_delay, text);
    case CacheSetting::push_loss:
      return read_share(figures.push_loss_millionths, text);
    case CacheSetting::refresh_after:
      return read_or_none(figures.refresh_after, text);
    case CacheSetting::refresh_denied:
      return read_flag(figures.refresh_denied_evicts, kDeniedRefresh, text);
    case CacheSetting::scope:
      return setting_rows::read_word(figures.scope, kScopes, text);
    case CacheSetting::stale_max:
      return read(figures.stale_max, text);
    case CacheSetting::storm_fan_out:
      return read(figures.storm_fan_out, text);
    case CacheSetting::storm_grace:
      return read_or_none(figures.storm_grace, text);
    case CacheSetting::storm_in_flight:
      return read(figures.storm_in_flight, text);
    case CacheSetting::storm_interval:
      return read(figures.storm_interval, text);
    case CacheSetting::storm_sleep:
      return read(figures.storm_sleep, text);
    case CacheSetting::throttle_counts_as:
      return read_flag(figures.throttling_denies, kThrottling, text);
    case CacheSetting::ttl:
      return read(figures.ttl, text);
  }
  return std::unexpected(std::string("no such setting"));
}

std::string text_of(const CacheFigures& figures, CacheSetting setting) {
  const auto flag = [](bool set, const std::array<std::string_view, 2>& words) {
    return std::string(words[set ? 1 : 0]);
  };
  switch (setting) {
    case CacheSetting::authorization:
      return flag(figures.by_principal, kAuthorizations);
    case CacheSetting::capacity:
      return write_or_none(figures.capacity);
    case CacheSetting::coalesce:
      return write(figures.coalesce);
    case CacheSetting::early_refresh:
      return write_or_none(figures.early_refresh);
    case CacheSetting::grace:
      return write_or_none(figures.grace);
    case CacheSetting::idle_timeout:
      return write_or_none(figures.idle_timeout);
    case CacheSetting::jitter:
      return write_share(figures.jitter_millionths);
    case CacheSetting::late_answers:
      return flag(figures.late_answers_overwrite, kLateAnswers);
    case CacheSetting::max_age:
      return write_or_none(figures.max_age);
    case CacheSetting::max_bytes:
      return write_or_none(figures.max_bytes);
    case CacheSetting::max_uses:
      return write_or_none(figures.max_uses);
    case CacheSetting::negative_ttl:
      return write(figures.negative_ttl);
    case CacheSetting::poll_interval:
      return write_or_none(figures.poll_interval);
    case CacheSetting::push_delay:
      return write_or_none(figures.push_delay);
    case CacheSetting::push_loss:
      return write_share(figures.push_loss_millionths);
    case CacheSetting::refresh_after:
      return write_or_none(figures.refresh_after);
    case CacheSetting::refresh_denied:
      return flag(figures.refresh_denied_evicts, kDeniedRefresh);
    case CacheSetting::scope:
      return std::string(kScopes[static_cast<std::size_t>(figures.scope)]);
    case CacheSetting::stale_max:
      return write(figures.stale_max);
    case CacheSetting::storm_fan_out:
      return write(figures.storm_fan_out);
    case CacheSetting::storm_grace:
      return write_or_none(figures.storm_grace);
    case CacheSetting::storm_in_flight:
      return write(figures.storm_in_flight);
    case CacheSetting::storm_interval:
      return write(figures.storm_interval);
    case CacheSetting::storm_sleep:
      return write(figures.storm_sleep);
    case CacheSetting::throttle_counts_as:
      return flag(figures.throttling_denies, kThrottling);
    case CacheSetting::ttl:
      return write(figures.ttl);
  }
  return {};
}

void CacheFigures::resolve() {
  CacheFigures made;
  made.policy = policy;
  made.given = given;
  const auto give = [&](std::size_t setting) {
    if (!given[setting]) return;
    law(assign(made, static_cast<CacheSetting>(setting), *given[setting]).has_value(),
        "what was given was read before");
  };
  give(static_cast<std::size_t>(CacheSetting::ttl));  // policies refer to it
  assign_all(made, cache_policies()[policy].settings);
  for (std::size_t setting = 0; setting < kCacheSettings; ++setting) give(setting);
  if (made.scope == CacheScope::none) made.coalesce = false;  // nothing is there to wait for
  std::size_t count = 0;
  for (const CacheRule* rule : cache_rules()) {
    if (rule->active(made)) made.rules[count++] = rule;
  }
  for (const RenewalRule* rule : renewal_rules()) {
    made.renews_early = made.renews_early || rule->active(made);
  }
  made.counts_bytes = made.max_bytes.has_value();
  *this = std::move(made);
}

}  // namespace tablekey::model
