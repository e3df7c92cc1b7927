// What is done to each attribute (dynamodb.md 8.1), and for which table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "model/clients/encryption/failure.h"
#include "model/clients/encryption/name_order.h"

namespace tablekey::model::encryption {

inline constexpr std::string_view kDescriptionAttribute = "*amzn-ddb-map-desc*";
inline constexpr std::string_view kSignatureAttribute = "*amzn-ddb-map-sig*";

enum class Action : std::uint8_t { do_nothing, sign_only, encrypt_and_sign };

/// `ENCRYPT_AND_SIGN` and so on.
std::string_view action_name(Action action);

struct AttributeActions {
  Action otherwise = Action::encrypt_and_sign;
  std::map<std::string, Action, std::less<>> named;

  [[nodiscard]] Action of(std::string_view attribute) const;
  /// Nothing is ever done: items pass as they are.
  [[nodiscard]] bool idle() const;
  /// Whether some attribute would be encrypted.
  [[nodiscard]] bool encrypts() const;
  /// Makes the attribute of a key or an index readable to DynamoDB: ENCRYPT_AND_SIGN becomes
  /// SIGN_ONLY, anything else stays. The clients that know their table's schema do this.
  void set_index_key(std::string_view attribute);
  bool operator==(const AttributeActions&) const = default;
};

/// The table as encryption knows it. Its name is part of every signature.
struct TableNames {
  std::string table;
  std::string partition;
  std::optional<std::string> sort;
  bool operator==(const TableNames&) const = default;
};

/// Everything but keys.
struct CryptoConfig {
  TableNames names;
  AttributeActions actions;
  NameOrder order = NameOrder::code_points;
  bool operator==(const CryptoConfig&) const = default;
};

/// What is wrong with a configuration, if anything: no table name (the two libraries then sign
/// different words), a primary key attribute that would be encrypted, an action for one of the
/// library's own attributes.
std::optional<Error> check(const CryptoConfig& config);

}  // namespace tablekey::model::encryption
