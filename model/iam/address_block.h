// IP addresses and CIDR blocks, as conditions of the IP family compare them (kms.md 6.4).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tablekey::model::iam {

/// A block of addresses, or one address. An IPv4 block holds no IPv6 address and the reverse.
struct AddressBlock {
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t byte_count = 0;   ///< 4 or 16.
  std::uint8_t prefix_bits = 0;  ///< Leading bits that an address of the block shares.

  /// `203.0.113.0/24`, `2001:db8::/32`; without a prefix a single address. Nothing where the text
  /// is neither.
  static std::optional<AddressBlock> parse(std::string_view text);

  /// Whether every address of `other` is in this block.
  bool contains(const AddressBlock& other) const;
};

}  // namespace tablekey::model::iam
