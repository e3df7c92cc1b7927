// Cache rules (cache-theory.md 1) in the product's settings.
#include <algorithm>

#include "tests/theory/world_parts.h"

namespace tablekey::theory {
namespace {

// An idle entry is what the last T made of it: twice that is more than it remembers.
constexpr double kMemories = 4;

// Settings by name, in the order in which they are made.
class Settings {
 public:
  explicit Settings(Setup& setup) : setup_(setup) {}
  void set(std::string name, std::string value) {
    setup_.cache.emplace_back(std::move(name), std::move(value));
  }
  void fixed(double ttl) {
    set("policy", "fixed-connection");
    set("ttl", duration(ttl));
  }
  void idle(double ttl) {
    set("policy", "idle-connection");
    set("ttl", duration(ttl));
  }

 private:
  Setup& setup_;
};

void base_rule(World& world, const Words& words, const Parameters& p) {
  Settings settings(world.base);
  if (words.has("hybrid")) {
    settings.idle(p.one_of({"tau", "T"}));
    settings.set("max_age", duration(p.number("A")));
  } else if (words.any({"abs", "herd", "grace", "latency"}) && !words.has("idle")) {
    settings.fixed(p.one_of({"T", "A"}));
  } else if (words.any({"idle", "shared", "poll", "push"})) {
    const double timeout = p.one_of({"T", "tau"});
    settings.idle(timeout);
    world.memory = timeout;
  } else {
    throw CaseError{"no cache rule that is known here"};
  }
}

// An entry that only leaves for want of room, or of use.
void bounded_cache(World& world, const Parameters& p) {
  Settings settings(world.base);
  settings.set("policy", "fixed-connection");
  settings.set("scope", "router");
  settings.set("max_age", "none");
  settings.set("idle_timeout", p.has("T") ? duration(p.number("T")) : "none");
  settings.set("capacity", std::to_string(static_cast<std::uint64_t>(p.number("C"))));
}

void uses_rule(World& world, const Parameters& p) {
  Settings settings(world.base);
  settings.set("policy", "fixed-connection");
  settings.set("max_uses", std::to_string(static_cast<std::uint64_t>(p.number("n"))));
  settings.set("max_age", p.has("A") ? duration(p.number("A")) : "none");
}

void refresh_rule(World& world, const Words& words, const Parameters& p) {
  Settings settings(world.base);
  settings.fixed(p.number("T"));
  settings.set("refresh_after", duration(p.number("a")));
  const std::string denied =
      p.word_or("denied", words.any({"ignore", "ignored"}) ? "ignore" : "evict");
  const bool ignored = denied.starts_with("ignore") || p.number_or("ignore", 0) != 0;
  settings.set("refresh_denied", ignored ? "ignore" : "evict");
}

void jitter_rule(World& world, const Words& words, const Parameters& p) {
  Settings settings(world.base);
  const double length = p.number("T");
  if (words.has("idle")) {
    settings.idle(length);
    world.memory = length * (1 + p.number("j"));
  } else {
    settings.fixed(length);
  }
  settings.set("jitter", share(p.number("j")));
}

}  // namespace

void add_rule(World& world, const Words& words, const Parameters& p) {
  Settings settings(world.base);
  if (words.has("uses")) {
    uses_rule(world, p);
  } else if (words.has("bytes")) {
    settings.set("policy", "fixed-connection");
    settings.set("max_age", p.has("A") ? duration(p.number("A")) : "none");
    const double bytes = p.number("B") * world.bytes_scale;
    settings.set("max_bytes", std::to_string(static_cast<std::uint64_t>(bytes)));
  } else if (words.has("che")) {
    bounded_cache(world, p);
  } else if (words.has("refresh")) {
    refresh_rule(world, words, p);
  } else if (words.has("xfetch")) {
    settings.fixed(p.number("T"));
    settings.set("early_refresh", duration(p.one_of({"bd", "b"})));
  } else if (words.has("jitter") || (words.has("det") && p.has("j"))) {
    jitter_rule(world, words, p);
  } else {
    base_rule(world, words, p);
  }
  if (words.has("grace") && p.has("G")) {
    settings.set("stale_max", duration(p.number("T") + p.number("G")));
  }
  if (p.has("P")) settings.set("poll_interval", duration(p.number("P")));
  if (words.has("push")) {
    settings.set("push_delay", "exponential(mean=" + duration(p.number("m")) + ")");
    settings.set("push_loss", share(p.one_of({"loss", "f"})));
  }
  if (p.has("Lk") || p.has("L")) {
    world.base.kms.emplace_back("latency", "constant(" + duration(p.one_of({"Lk", "L"})) + ")");
  }
  if (words.has("herd")) settings.set("coalesce", "false");
  if (words.has("shared")) settings.set("scope", "router");
  if (world.memory > 0) world.memory = std::max(world.memory, world.gap) * kMemories;
}

}  // namespace tablekey::theory
