#include "model/quirks.h"

#include <algorithm>
#include <array>

namespace tablekey::model {
namespace {

constexpr std::array kQuirkRows{
    QuirkRow{Quirk::cryptography_after_changes, "cryptography-after-changes",
             "a cryptographic call of the timeline sees the key changes of its instant"},
    QuirkRow{Quirk::retired_grants_serve, "retired-grants-serve",
             "a grant that DynamoDB retired serves until its end is visible"},
    QuirkRow{Quirk::every_structure_encrypted, "every-structure-encrypted",
             "a new era encrypts a table's indexes and stream with it"},
};

}  // namespace

std::span<const QuirkRow> quirk_table() { return kQuirkRows; }

std::optional<Quirk> find_quirk(std::string_view name) {
  const auto row = std::ranges::find(kQuirkRows, name, &QuirkRow::name);
  return row == kQuirkRows.end() ? std::nullopt : std::optional(row->quirk);
}

std::vector<std::string> Quirks::names() const {
  std::vector<std::string> names;
  for (const QuirkRow& row : kQuirkRows) {
    if (has(row.quirk)) names.emplace_back(row.name);
  }
  return names;
}

Quirks Quirks::all() {
  Quirks quirks;
  for (const QuirkRow& row : kQuirkRows) quirks.add(row.quirk);
  return quirks;
}

}  // namespace tablekey::model
