#include "model/iam/condition.h"

#include <algorithm>
#include <array>
#include <compare>
#include <span>

#include "model/iam/base64.h"
#include "model/iam/decimal.h"

namespace tablekey::model::iam {
namespace {

struct OperatorName {
  std::string_view name;
  Comparison comparison;
  bool negated;
};

/// Every operator of kms.md 6.4.
constexpr std::array<OperatorName, 27> kOperators = {{
    {"StringEquals", Comparison::string_equals, false},
    {"StringNotEquals", Comparison::string_equals, true},
    {"StringEqualsIgnoreCase", Comparison::string_equals_ignore_case, false},
    {"StringNotEqualsIgnoreCase", Comparison::string_equals_ignore_case, true},
    {"StringLike", Comparison::string_like, false},
    {"StringNotLike", Comparison::string_like, true},
    {"NumericEquals", Comparison::numeric_equals, false},
    {"NumericNotEquals", Comparison::numeric_equals, true},
    {"NumericLessThan", Comparison::numeric_less, false},
    {"NumericLessThanEquals", Comparison::numeric_less_equals, false},
    {"NumericGreaterThan", Comparison::numeric_greater, false},
    {"NumericGreaterThanEquals", Comparison::numeric_greater_equals, false},
    {"DateEquals", Comparison::date_equals, false},
    {"DateNotEquals", Comparison::date_equals, true},
    {"DateLessThan", Comparison::date_less, false},
    {"DateLessThanEquals", Comparison::date_less_equals, false},
    {"DateGreaterThan", Comparison::date_greater, false},
    {"DateGreaterThanEquals", Comparison::date_greater_equals, false},
    {"Bool", Comparison::boolean, false},
    {"BinaryEquals", Comparison::binary_equals, false},
    {"IpAddress", Comparison::address, false},
    {"NotIpAddress", Comparison::address, true},
    {"ArnEquals", Comparison::arn_like, false},
    {"ArnLike", Comparison::arn_like, false},
    {"ArnNotEquals", Comparison::arn_like, true},
    {"ArnNotLike", Comparison::arn_like, true},
    {"Null", Comparison::null, false},
}};

std::optional<bool> parse_bool(std::string_view text) {
  if (equal_folded(text, "true")) return true;
  if (equal_folded(text, "false")) return false;
  return std::nullopt;
}

template <class Value>
ConditionValue or_unreadable(const std::optional<Value>& value) {
  if (!value) return UnreadableValue{};
  return *value;
}

/// Whether `ordering`, of the request's value to the policy's, is what the comparison asks for.
bool ordering_fits(Comparison comparison, std::strong_ordering ordering) {
  switch (comparison) {
    case Comparison::numeric_less:
    case Comparison::date_less:
      return ordering < 0;
    case Comparison::numeric_less_equals:
    case Comparison::date_less_equals:
      return ordering <= 0;
    case Comparison::numeric_greater:
    case Comparison::date_greater:
      return ordering > 0;
    case Comparison::numeric_greater_equals:
    case Comparison::date_greater_equals:
      return ordering >= 0;
    default:
      return ordering == 0;
  }
}

/// Compares one value of the request, already read, with each of the policy's kind.
template <class Wanted, class Test>
bool any_of(const std::vector<ConditionValue>& values, Test test) {
  return std::ranges::any_of(values, [&](const ConditionValue& value) {
    const auto* wanted = std::get_if<Wanted>(&value);
    return wanted != nullptr && test(*wanted);
  });
}

TextPattern::Compare text_comparison(Comparison comparison) {
  switch (comparison) {
    case Comparison::string_equals_ignore_case:
      return TextPattern::Compare::any_case;
    case Comparison::arn_like:
      return TextPattern::Compare::arn;
    default:
      return TextPattern::Compare::exact;
  }
}

/// Whether a value of the request equals (or lies in, or is less than ...) any of the policy's.
bool matches_any(const Condition& condition, std::string_view text, Context context) {
  const Comparison comparison = condition.op.comparison;
  const std::vector<ConditionValue>& values = condition.values;
  switch (comparison) {
    case Comparison::numeric_equals:
    case Comparison::numeric_less:
    case Comparison::numeric_less_equals:
    case Comparison::numeric_greater:
    case Comparison::numeric_greater_equals: {
      const auto number = Decimal::parse(text);
      return number && any_of<NumberText>(values, [&](const NumberText& wanted) {
               const auto other = Decimal::parse(wanted.text);
               return other && ordering_fits(comparison, *number <=> *other);
             });
    }
    case Comparison::date_equals:
    case Comparison::date_less:
    case Comparison::date_less_equals:
    case Comparison::date_greater:
    case Comparison::date_greater_equals: {
      const auto moment = Moment::parse(text);
      return moment && any_of<Moment>(values, [&](const Moment& wanted) {
               return ordering_fits(comparison, *moment <=> wanted);
             });
    }
    case Comparison::boolean: {
      const auto flag = parse_bool(text);
      return flag && any_of<bool>(values, [&](bool wanted) { return wanted == *flag; });
    }
    case Comparison::address: {
      const auto address = AddressBlock::parse(text);
      return address && any_of<AddressBlock>(values, [&](const AddressBlock& wanted) {
               return wanted.contains(*address);
             });
    }
    case Comparison::binary_equals:
      return any_of<BinaryText>(
          values, [&](const BinaryText& wanted) { return base64_equal(wanted.text, text); });
    default: {
      const auto how = text_comparison(comparison);
      return any_of<TextPattern>(
          values, [&](const TextPattern& wanted) { return wanted.matches(text, how, context); });
    }
  }
}

/// What an absent key means: nothing to object to for a negated operator and for ForAllValues,
/// nothing that fits for the others (kms.md 6.4).
bool holds_without_value(const ConditionOperator& op) {
  if (op.if_exists || op.set == SetOperator::for_all_values) return true;
  return op.negated && op.set == SetOperator::none;
}

}  // namespace

std::optional<ConditionOperator> ConditionOperator::parse(std::string_view name) {
  ConditionOperator op;
  const auto take_prefix = [&](std::string_view prefix, SetOperator set) {
    if (op.set != SetOperator::none || !name.starts_with(prefix)) return;
    name.remove_prefix(prefix.size());
    op.set = set;
  };
  take_prefix("ForAllValues:", SetOperator::for_all_values);
  take_prefix("ForAnyValue:", SetOperator::for_any_value);
  op.if_exists = name.ends_with("IfExists");
  if (op.if_exists) name.remove_suffix(std::string_view("IfExists").size());
  const auto found = std::ranges::find(kOperators, name, &OperatorName::name);
  if (found == kOperators.end()) return std::nullopt;
  op.comparison = found->comparison;
  op.negated = found->negated;
  if (op.comparison == Comparison::null && op.if_exists) return std::nullopt;
  return op;
}

ConditionValue compile_value(Comparison comparison, std::string_view text, bool variables) {
  switch (comparison) {
    case Comparison::numeric_equals:
    case Comparison::numeric_less:
    case Comparison::numeric_less_equals:
    case Comparison::numeric_greater:
    case Comparison::numeric_greater_equals:
      if (!Decimal::parse(text)) return UnreadableValue{};
      return NumberText{std::string(text)};
    case Comparison::date_equals:
    case Comparison::date_less:
    case Comparison::date_less_equals:
    case Comparison::date_greater:
    case Comparison::date_greater_equals:
      return or_unreadable(Moment::parse(text));
    case Comparison::boolean:
    case Comparison::null:
      return or_unreadable(parse_bool(text));
    case Comparison::address:
      return or_unreadable(AddressBlock::parse(text));
    case Comparison::binary_equals:
      return BinaryText{std::string(text)};
    default: {
      const bool wildcards =
          comparison == Comparison::string_like || comparison == Comparison::arn_like;
      return TextPattern::compile(text, {.wildcards = wildcards, .variables = variables});
    }
  }
}

bool Condition::holds(Context context) const {
  const ContextEntry* entry = find(context, key);
  const auto present = entry == nullptr ? std::span<const std::string_view>() : entry->all();
  if (op.comparison == Comparison::null) {
    return any_of<bool>(values, [&](bool absent) { return absent == present.empty(); });
  }
  if (present.empty()) return holds_without_value(op);
  const auto in_policy = [&](std::string_view v) { return matches_any(*this, v, context); };
  const auto fits_one = [&](std::string_view v) { return in_policy(v) != op.negated; };
  switch (op.set) {
    case SetOperator::for_all_values:
      return std::ranges::all_of(present, fits_one);
    case SetOperator::for_any_value:
      return std::ranges::any_of(present, fits_one);
    case SetOperator::none:
      break;
  }
  return std::ranges::any_of(present, in_policy) != op.negated;
}

}  // namespace tablekey::model::iam
