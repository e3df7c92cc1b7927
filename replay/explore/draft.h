// What the parts of the generator tell each other while a story is made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/explore/dice.h"
#include "replay/explore/story.h"

namespace tablekey::replay::explore {

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kMinute = 60 * kSecond;

struct DraftKey {
  std::string name;
  bool imported = false, multi_region = false;
};

struct DraftTable {
  std::string name;
  std::string key;  ///< its customer managed key; empty: another kind
  bool ranged = false, stream = false, recovery = false, global = false;
  std::uint64_t items = 0;  ///< at its start
};

struct Draft {
  std::uint64_t seed = 0;
  Story story;
  std::string profile;
  std::int64_t until = 0;
  std::int64_t ttl = 0;              ///< of cached table keys
  std::int64_t propagation = 0;      ///< of grants and policies where it is fixed, else a guess
  std::int64_t key_propagation = 0;  ///< of key states, likewise
  std::vector<DraftKey> keys;
  std::vector<DraftTable> tables;
  std::vector<std::string> roles;  ///< the first may do everything
  std::vector<std::string> workloads;
  std::string encryptor;
  bool encryptor_has_versions = false;
  std::uint32_t steps = 0, restores = 0;
};

/// Names that a value mentions: "!GetAtt Key1.Arn" needs Key1.
Field needing(std::string name, std::string value, std::vector<std::string> needs,
              bool needed = false);

void draw_settings(Draft& draft);
void draw_resources(Draft& draft);
void draw_workloads(Draft& draft);
void draw_timeline(Draft& draft);
void draw_faults(Draft& draft);

/// A policy document that allows everything on KMS.
std::string allow_all();
/// Another document for an identity. What it names is added to `needs`.
std::string identity_policy(Dice& dice, const Draft& draft, std::vector<std::string>& needs);
/// A document for a key, in which `role` may stand out.
std::string key_policy(Dice& dice, const Draft& draft, std::vector<std::string>& needs);

/// Adds steps one by one (generate_steps.cpp), and those that belong together
/// (generate_episodes.cpp).
class Timeline {
 public:
  Timeline(Draft& draft, Dice& dice) : draft_(draft), dice_(dice) {}

  /// One operation at a time of its own.
  void operation();
  /// A handful of steps with a point: a grant's life, a key that comes and goes, reads at a
  /// boundary of the cache, a backup and its restore.
  void episode();

 private:
  friend class Episodes;
  Part& add(std::int64_t at, const std::string& action);
  std::int64_t moment();
  void as_someone(Part& step, unsigned operator_percent);
  void kms_key_operation();
  void kms_crypto_operation();
  void table_operation();
  void data_operation(std::int64_t at);
  void other_operation();
  void fault();
  void item_write(Part& step, const DraftTable& table);
  void item_read(Part& step, const DraftTable& table);
  std::string item_key(const DraftTable& table);

  Draft& draft_;
  Dice& dice_;
};

}  // namespace tablekey::replay::explore
