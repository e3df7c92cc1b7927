// Families: which part of the theory a case is about, and so which experiment.
#include "tests/theory/experiment.h"

#include "tests/theory/experiments.h"

namespace tablekey::theory {
namespace {

std::optional<double> quantile_asked(const Words& words, const Parameters& p) {
  if (!words.has("quantile")) return std::nullopt;
  return p.has("p") ? p.number("p") : 0.5;
}

bool all_cold(const Words& words) { return words.has("allcold") || words.all({"all", "cold"}); }

bool only_at_once(const Words& words) {
  return words.any({"resident", "occupancy", "p0", "atom"}) || all_cold(words);
}

bool about_age(const Words& words) { return words.has("age") && !words.has("uses"); }

// bytes_exp.hit is about sizes with an exponential distribution.
bool about_traffic(const Words& words) {
  return words.any({"hit", "miss", "rate", "calls", "delayed", "block"});
}

bool about_windows(const Words& words) {
  if (about_traffic(words)) return false;
  return only_at_once(words) ||
         words.any({"exp", "max", "stale", "serve", "deny", "quantile", "kmsdelay"}) ||
         words.all({"kms", "delay"});
}

}  // namespace

std::optional<Experiment> experiment_of(const Case& given) {
  const Parameters& p = given.parameters;
  const Words words(given.family, p.word_or("rule", ""));
  if (auto made = special_experiment(words, p)) return made;
  if (words.has("finite")) return cold_start(world_of(given, words), p.number("t"));
  if (words.any({"outage", "avail"})) return outage(world_of(given, words), p.number("D"));
  if (words.has("life")) {
    const auto longer = p.has("t") ? std::optional(p.number("t")) : std::nullopt;
    return lives(world_of(given, words), quantile_asked(words, p), longer);
  }
  if (about_windows(words) && !about_age(words)) {
    Revoking how;
    how.quantile = quantile_asked(words, p);
    how.at_once = only_at_once(words);
    how.allowed_on = p.number_or("Y", 0);
    return revoked(world_of(given, words), words, how);
  }
  auto measured = steady_quantity(words);
  if (!measured) return std::nullopt;
  World world = world_of(given, words);
  if (about_age(words)) world.memory = 0;  // an age counts from the load, however long ago
  return steady(std::move(world), std::move(*measured));
}

}  // namespace tablekey::theory
