// One line of a Condition block, compiled: an operator, a condition key and the policy's values,
// and whether it holds for a request (kms.md 6.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/iam/address_block.h"
#include "model/iam/context.h"
#include "model/iam/moment.h"
#include "model/iam/text_pattern.h"

namespace tablekey::model::iam {

/// How a value of the request is compared with one of the policy, whatever the operator's name
/// puts before or behind it.
enum class Comparison : std::uint8_t {
  string_equals,
  string_equals_ignore_case,
  string_like,
  numeric_equals,
  numeric_less,
  numeric_less_equals,
  numeric_greater,
  numeric_greater_equals,
  date_equals,
  date_less,
  date_less_equals,
  date_greater,
  date_greater_equals,
  boolean,
  binary_equals,
  address,
  arn_like,
  null,
};

/// What a prefix says about a key with several values.
enum class SetOperator : std::uint8_t { none, for_all_values, for_any_value };

/// An operator's name taken apart: `ForAnyValue:StringNotLikeIfExists`.
struct ConditionOperator {
  Comparison comparison = Comparison::string_equals;
  SetOperator set = SetOperator::none;
  bool negated = false;
  bool if_exists = false;

  /// Nothing where there is no such operator. Names are compared with regard to case.
  static std::optional<ConditionOperator> parse(std::string_view name);
};

/// A number of the policy, kept as its text: Decimal is a view of it.
struct NumberText {
  std::string text;
};

/// Bytes of the policy, as base64.
struct BinaryText {
  std::string text;
};

/// A value that its operator cannot read, such as a letter where a number is compared; it equals
/// nothing.
struct UnreadableValue {};

using ConditionValue =
    std::variant<UnreadableValue, TextPattern, NumberText, Moment, bool, BinaryText, AddressBlock>;

/// Reads a value for that comparison. `variables` says whether the policy's version has them.
ConditionValue compile_value(Comparison comparison, std::string_view text, bool variables);

struct Condition {
  ConditionOperator op;
  std::string key;            ///< Folded.
  std::string operator_text;  ///< As written.
  std::string key_text;       ///< As written.
  std::vector<ConditionValue> values;
  std::vector<std::string> value_texts;  ///< As written, one for each value.

  bool holds(Context context) const;
};

}  // namespace tablekey::model::iam
