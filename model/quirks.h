// Rules that this program has and an older one of the same behaviour version had not. A trace names
// those that it was made under (Identity.quirks); what it does not name goes by the old rule, so
// that it is folded and executed again as it was (log-format-notes 10).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tablekey::model {

enum class Quirk : std::uint8_t {
  /// A cryptographic call of the timeline comes with the clients' requests of its instant, after
  /// what changes keys and policies there (dynamodb.md 11.4). Before: in the order of the file.
  cryptography_after_changes,
  /// What DynamoDB retired serves its service's calls until the end is visible, though the table
  /// has
  /// moved on (kms.md 5.3). Before: only grants that are the table's own at present.
  retired_grants_serve,
  /// A table that DynamoDB encrypts by itself is encrypted with all its indexes and its stream
  /// (dynamodb.md 2.9). Before: those with values that callers gave stayed in plaintext for good.
  every_structure_encrypted,
};

struct QuirkRow {
  Quirk quirk{};
  std::string_view name;  ///< as a trace has it; never changed
  std::string_view rule;  ///< what holds under it, a sentence
};
/// All of them, oldest first.
std::span<const QuirkRow> quirk_table();
/// By its name in a trace; nullopt: a later program's.
std::optional<Quirk> find_quirk(std::string_view name);

/// A set of them.
class Quirks {
 public:
  static Quirks none() { return {}; }
  /// What a new run is made under.
  static Quirks all();

  bool has(Quirk quirk) const { return (bits_ >> static_cast<unsigned>(quirk) & 1U) != 0; }
  void add(Quirk quirk) { bits_ |= 1U << static_cast<unsigned>(quirk); }
  /// As a trace has them.
  std::vector<std::string> names() const;
  bool operator==(const Quirks&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace tablekey::model
