#include "model/clients/encryption/material_description.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "crypto/bytes.h"

namespace tablekey::model::encryption {
namespace {

void append_sized(std::vector<std::uint8_t>& out, std::string_view text) {
  std::array<std::uint8_t, 4> length{};
  crypto::store_big_endian<4>(text.size(), length.data());
  out.insert(out.end(), length.begin(), length.end());
  out.insert(out.end(), text.begin(), text.end());
}

/// Takes a text with its length off the front; nothing: the bytes end before it does.
std::optional<std::string> take(std::span<const std::uint8_t>& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  const std::uint64_t length = crypto::load_big_endian<4>(bytes.data());
  if (bytes.size() - 4 < length) return std::nullopt;
  const auto text = bytes.subspan(4, length);
  bytes = bytes.subspan(4 + length);
  return std::string(text.begin(), text.end());
}

}  // namespace

std::vector<std::uint8_t> serialize_description(const MaterialDescription& description) {
  std::vector<std::uint8_t> out(4);
  for (const auto& [name, value] : description) {
    append_sized(out, name);
    append_sized(out, value);
  }
  return out;
}

Expected<MaterialDescription> parse_description(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 4) {
    return refused(Failure::description_malformed, "Malformed material description version");
  }
  const auto version = bytes.first(4);
  if (!std::all_of(version.begin(), version.end(), [](std::uint8_t byte) { return byte == 0; })) {
    return refused(Failure::description_version,
                   fmt::format("Invalid material description version: {:02x}{:02x}{:02x}{:02x}",
                               version[0], version[1], version[2], version[3]));
  }
  bytes = bytes.subspan(4);
  MaterialDescription found;
  while (!bytes.empty()) {
    std::optional<std::string> name = take(bytes);
    std::optional<std::string> value;
    if (name) value = take(bytes);
    if (!value) return refused(Failure::description_malformed, "Invalid material description");
    found.insert_or_assign(std::move(*name), std::move(*value));
  }
  return found;
}

}  // namespace tablekey::model::encryption
