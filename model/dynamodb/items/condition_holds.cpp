// Asking a compiled condition of an item. An attribute that is not there is equal to nothing,
// unequal to everything, and neither less nor greater; values of two types likewise.
#include <algorithm>
#include <compare>
#include <functional>

#include "model/dynamodb/items/condition.h"
#include "model/dynamodb/items/ordered_key.h"
#include "model/dynamodb/items/utf8.h"
#include "model/law.h"

namespace tablekey::model::items {
namespace {

using ConditionOperand = Condition::Operand;
using Operator = Condition::Operator;
using Node = Condition::Node;

// The value of an operand for one item; a size needs a place of its own.
class Value {
 public:
  Value(const ConditionOperand& operand, const AttributeMap& item) {
    if (operand.kind == ConditionOperand::Kind::constant) {
      value_ = &operand.constant;
      return;
    }
    value_ = find(item, operand.path);
    if (operand.kind == ConditionOperand::Kind::path || value_ == nullptr) return;
    const auto size = Condition::size_of(*value_);
    value_ = nullptr;
    if (!size) return;
    size_ = AttributeValue::number(static_cast<std::int64_t>(*size));
    value_ = &size_;
  }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;

  explicit operator bool() const { return value_ != nullptr; }
  const AttributeValue& operator*() const { return *value_; }
  const AttributeValue* operator->() const { return value_; }

 private:
  const AttributeValue* value_ = nullptr;
  AttributeValue size_;
};

bool equal(const Value& a, const Value& b) { return a && b && *a == *b; }

// Unordered where the two can not be compared.
std::partial_ordering order(const Value& a, const Value& b) {
  if (!a || !b || a->type() != b->type()) return std::partial_ordering::unordered;
  const Type type = a->type();
  if (type != Type::s && type != Type::n && type != Type::b) {
    return std::partial_ordering::unordered;
  }
  return compare_keys(*a, *b);
}

template <class T>
bool set_contains(const SetOf<T>& set, const AttributeValue& sought) {
  const auto* member = sought.as<T>();
  return member != nullptr && set.contains(*member);
}

struct Contains {
  const AttributeValue& sought;
  bool operator()(const std::string& text) const {
    const auto* part = sought.as<std::string>();
    return part != nullptr && text.find(*part) != std::string::npos;
  }
  bool operator()(const Bytes& bytes) const {
    const auto* part = sought.as<Bytes>();
    return part != nullptr &&
           (part->empty() ||
            std::search(bytes.begin(), bytes.end(), part->begin(), part->end()) != bytes.end());
  }
  bool operator()(const StringSet& set) const { return set_contains(set, sought); }
  bool operator()(const NumberSet& set) const { return set_contains(set, sought); }
  bool operator()(const BinarySet& set) const { return set_contains(set, sought); }
  bool operator()(const List& list) const {
    return std::find(list.begin(), list.end(), sought) != list.end();
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

bool begins_with(const AttributeValue& value, const AttributeValue& beginning) {
  if (const auto* text = value.as<std::string>(), *start = beginning.as<std::string>();
      text != nullptr && start != nullptr) {
    return text->starts_with(*start);
  }
  const auto *bytes = value.as<Bytes>(), *start = beginning.as<Bytes>();
  return bytes != nullptr && start != nullptr && start->size() <= bytes->size() &&
         std::equal(start->begin(), start->end(), bytes->begin());
}

bool function_holds(const Node& node, const AttributeMap& item) {
  const Value first(node.operands[0], item);
  if (node.op == Operator::attribute_exists) return static_cast<bool>(first);
  if (node.op == Operator::attribute_not_exists) return !first;
  const Value second(node.operands[1], item);
  if (!first || !second) return false;
  if (node.op == Operator::attribute_type) {
    return type_name(first->type()) == *second->as<std::string>();
  }
  if (node.op == Operator::begins_with) return begins_with(*first, *second);
  return first->visit(Contains{*second});
}

bool in_holds(const Node& node, const AttributeMap& item) {
  const Value tested(node.operands[0], item);
  return tested && std::any_of(node.operands.begin() + 1, node.operands.end(),
                               [&](const ConditionOperand& operand) {
                                 return equal(tested, Value(operand, item));
                               });
}

bool between_holds(const Node& node, const AttributeMap& item) {
  const Value tested(node.operands[0], item);
  return order(Value(node.operands[1], item), tested) <= 0 &&
         order(tested, Value(node.operands[2], item)) <= 0;
}

bool comparison_holds(const Node& node, const AttributeMap& item) {
  const Value left(node.operands[0], item), right(node.operands[1], item);
  switch (node.op) {
    case Operator::equal:
      return equal(left, right);
    case Operator::unequal:
      return !equal(left, right);
    case Operator::less:
      return order(left, right) < 0;
    case Operator::less_or_equal:
      return order(left, right) <= 0;
    case Operator::greater:
      return order(left, right) > 0;
    default:
      return order(left, right) >= 0;
  }
}

bool node_holds(const std::vector<Node>& nodes, std::uint32_t index, const AttributeMap& item) {
  const Node& node = nodes[index];
  switch (node.op) {
    case Operator::not_:
      return !node_holds(nodes, node.left, item);
    case Operator::and_:
      return node_holds(nodes, node.left, item) && node_holds(nodes, node.right, item);
    case Operator::or_:
      return node_holds(nodes, node.left, item) || node_holds(nodes, node.right, item);
    case Operator::between:
      return between_holds(node, item);
    case Operator::in:
      return in_holds(node, item);
    case Operator::attribute_exists:
    case Operator::attribute_not_exists:
    case Operator::attribute_type:
    case Operator::begins_with:
    case Operator::contains:
      return function_holds(node, item);
    default:
      return comparison_holds(node, item);
  }
}

struct SizeOf {
  std::optional<std::size_t> operator()(const std::string& text) const {
    return utf16_length(text);
  }
  std::optional<std::size_t> operator()(const Number&) const { return std::nullopt; }
  std::optional<std::size_t> operator()(bool) const { return std::nullopt; }
  std::optional<std::size_t> operator()(Null) const { return std::nullopt; }
  template <class Sized>
  std::optional<std::size_t> operator()(const Sized& sized) const {
    return sized.size();
  }
};

}  // namespace

std::optional<std::size_t> Condition::size_of(const AttributeValue& value) {
  return value.visit(SizeOf{});
}

bool Condition::holds(const AttributeMap& item) const {
  law(!nodes_.empty(), "a condition is parsed before it is asked");
  return node_holds(nodes_, static_cast<std::uint32_t>(nodes_.size() - 1), item);
}

}  // namespace tablekey::model::items
