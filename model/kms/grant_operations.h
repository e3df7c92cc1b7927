// The operations that a grant may allow (kms.md 5.1), as a set of bits. The order of the enum is
// the API model's, in which ListGrants prints them whatever the order in which they were asked for.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace tablekey::model::kms {

enum class GrantOperation : std::uint8_t {
  decrypt,
  encrypt,
  generate_data_key,
  generate_data_key_without_plaintext,
  re_encrypt_from,
  re_encrypt_to,
  sign,
  verify,
  get_public_key,
  create_grant,
  retire_grant,
  describe_key,
  generate_data_key_pair,
  generate_data_key_pair_without_plaintext,
  generate_mac,
  verify_mac,
  derive_shared_secret,
};

inline constexpr std::size_t kGrantOperationCount = 17;

/// As the API spells it: `GenerateDataKeyWithoutPlaintext`.
std::string_view name(GrantOperation operation);

/// The operation of exactly that name; the API knows no other spelling of it.
std::optional<GrantOperation> grant_operation(std::string_view name);

/// The grant operation that an IAM action stands for, `kms:Decrypt` for Decrypt. Action names are
/// compared without regard to case (kms.md 6.2).
std::optional<GrantOperation> grant_operation_of_action(std::string_view action);

/// A set of grant operations: one word, compared as a set (kms.md 5.4). `bits` is stable, so that
/// events and snapshots may hold it: bit n is the enum's value n.
class GrantOperations {
 public:
  constexpr GrantOperations() = default;
  constexpr GrantOperations(std::initializer_list<GrantOperation> operations) {
    for (const GrantOperation operation : operations) add(operation);
  }
  /// Bits beyond the last operation are dropped.
  static constexpr GrantOperations from_bits(std::uint32_t bits) {
    GrantOperations set;
    set.bits_ = bits & ((1U << kGrantOperationCount) - 1);
    return set;
  }

  constexpr void add(GrantOperation operation) { bits_ |= bit(operation); }
  constexpr void add(GrantOperations others) { bits_ |= others.bits_; }
  constexpr bool contains(GrantOperation operation) const { return (bits_ & bit(operation)) != 0; }
  /// Whether every one of `others` is in this set.
  constexpr bool includes(GrantOperations others) const { return (others.bits_ & ~bits_) == 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::size_t size() const { return static_cast<std::size_t>(std::popcount(bits_)); }
  constexpr std::uint32_t bits() const { return bits_; }

  /// Calls `each(GrantOperation)` in the API model's order.
  template <class Each>
  constexpr void for_each(Each each) const {
    for (std::size_t i = 0; i < kGrantOperationCount; ++i) {
      const auto operation = static_cast<GrantOperation>(i);
      if (contains(operation)) each(operation);
    }
  }

  friend constexpr bool operator==(GrantOperations, GrantOperations) = default;

 private:
  static constexpr std::uint32_t bit(GrantOperation operation) {
    return 1U << static_cast<unsigned>(operation);
  }
  std::uint32_t bits_ = 0;
};

/// What a key is for, as far as grants care. KMS has one type for each pair of a family of key
/// specs and a key usage (kms.md 1.2).
enum class GrantKeyType : std::uint8_t {
  symmetric_encryption,   ///< SYMMETRIC_DEFAULT
  asymmetric_encryption,  ///< RSA or SM2 with ENCRYPT_DECRYPT
  signing,                ///< SIGN_VERIFY
  mac,                    ///< HMAC
  key_agreement,          ///< KEY_AGREEMENT
};

inline constexpr std::size_t kGrantKeyTypeCount = 5;

/// The operations that suit a key of that type: any other in a grant on it is a ValidationException
/// (kms.md 5.1).
GrantOperations operations_suiting(GrantKeyType type);

/// The types that a key of that KeySpec and KeyUsage may have; where `usage` is empty, those of
/// every usage that the spec allows. Empty for an unknown spec and for a pair that cannot be.
class GrantKeyTypes {
 public:
  static GrantKeyTypes of(std::string_view spec, std::string_view usage);
  static constexpr GrantKeyTypes only(GrantKeyType type) {
    GrantKeyTypes types;
    types.add(type);
    return types;
  }

  constexpr void add(GrantKeyType type) { bits_ |= static_cast<std::uint8_t>(1U << index(type)); }
  constexpr bool contains(GrantKeyType type) const { return (bits_ >> index(type) & 1U) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  /// Whether some one type of these suits all the operations: a key has one type.
  bool suit(GrantOperations operations) const;

  friend constexpr bool operator==(GrantKeyTypes, GrantKeyTypes) = default;

 private:
  static constexpr unsigned index(GrantKeyType type) { return static_cast<unsigned>(type); }
  std::uint8_t bits_ = 0;
};

}  // namespace tablekey::model::kms
