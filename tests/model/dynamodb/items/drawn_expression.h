// Drawn expressions: each is a text with its placeholders, and what it means as a plain function
// over the JSON of an item, put together while the text is.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/model/dynamodb/items/drawn_items.h"
#include "tests/model/dynamodb/items/slow_values.h"

namespace tablekey::model::items {

/// The placeholders of one drawn request.
class DrawnRequest {
 public:
  /// Constants are often values of that item, so that conditions hold now and then.
  explicit DrawnRequest(const AttributeMap& item) {
    for (const Attribute& attribute : item) collect(attribute.value, {attribute.name});
  }

  std::string name(const std::string& name) {
    if (name.size() == 1 && drawn_below(2) == 0) return name;
    const std::string key = "#n" + std::to_string(names.size());
    names.emplace(key, name);
    return key;
  }
  std::string value(const AttributeValue& value) {
    const std::string key = ":v" + std::to_string(values.size());
    values.set(key, value);
    return key;
  }
  AttributeValue constant() {
    if (!known_.empty() && drawn_below(3) != 0) return known_[drawn_below(known_.size())];
    return drawn_value(1);
  }
  AttributeValue constant(std::initializer_list<Type> types) {
    for (int attempt = 0; attempt < 4; ++attempt) {
      AttributeValue value = constant();
      for (const Type type : types) {
        if (value.type() == type) return value;
      }
    }
    return drawn_key(*types.begin());
  }
  Placeholders placeholders() const { return {names, values}; }

  /// Often one that leads somewhere in the item.
  slow::Steps steps() {
    static const std::vector<std::string> kNames = {"a", "b", "c", "d", "\xC3\xA9", "x y"};
    if (!there_.empty() && drawn_below(4) != 0) return there_[drawn_below(there_.size())];
    slow::Steps steps = {kNames[drawn_below(kNames.size())]};
    if (drawn_below(2) == 0) return steps;
    if (!there_.empty() && drawn_below(2) == 0) steps = there_[drawn_below(there_.size())];
    if (drawn_below(2) == 0) {
      steps.emplace_back(drawn_below(4));
    } else {
      steps.emplace_back(kNames[drawn_below(kNames.size())]);
    }
    return steps;
  }

  std::map<std::string, std::string, std::less<>> names;
  AttributeMap values;

 private:
  void collect(const AttributeValue& value, const slow::Steps& path) {
    known_.push_back(value);
    there_.push_back(path);
    const auto below = [this, &path](const AttributeValue& inner, auto step) {
      slow::Steps longer = path;
      longer.emplace_back(std::move(step));
      collect(inner, longer);
    };
    if (const auto* list = value.as<List>()) {
      for (std::size_t i = 0; i < list->size(); ++i) below((*list)[i], i);
    }
    if (const auto* map = value.as<AttributeMap>()) {
      for (const Attribute& attribute : *map) below(attribute.value, attribute.name);
    }
    if (const auto* text = value.as<std::string>(); text != nullptr && !text->empty()) {
      const std::string first = text->substr(0, 1);
      if (static_cast<unsigned char>(first[0]) < 0x80) known_.push_back(first);
    }
    if (const auto* set = value.as<StringSet>()) known_.push_back(set->members()[0]);
    if (const auto* set = value.as<NumberSet>()) known_.push_back(set->members()[0]);
  }

  std::vector<AttributeValue> known_;
  std::vector<slow::Steps> there_;
};

struct DrawnPath {
  std::string text;
  slow::Steps steps;
};

inline DrawnPath drawn_path(DrawnRequest& request) {
  DrawnPath path;
  path.steps = request.steps();
  for (const auto& step : path.steps) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      path.text += (path.text.empty() ? "" : ".") + request.name(*name);
    } else {
      path.text += "[" + std::to_string(std::get<std::size_t>(step)) + "]";
    }
  }
  return path;
}

using Meaning = std::function<bool(const slow::Json&)>;
using Reading = std::function<slow::Maybe(const slow::Json&)>;

struct DrawnOperand {
  std::string text;
  Reading value;
  slow::Steps path;  // empty where it is none
};

struct DrawnCondition {
  std::string text;
  Meaning holds;
  bool parenthesised = false;
};

inline DrawnOperand path_operand(DrawnRequest& request) {
  DrawnPath path = drawn_path(request);
  const slow::Steps steps = path.steps;
  return {std::move(path.text), [steps](const slow::Json& item) { return slow::at(item, steps); },
          steps};
}

inline DrawnOperand size_operand(DrawnRequest& request) {
  const DrawnOperand inner = path_operand(request);
  const Reading read = inner.value;
  return {"size (" + inner.text + ")",
          [read](const slow::Json& item) { return slow::size(read(item)); },
          {}};
}

inline DrawnOperand constant_operand(DrawnRequest& request, const AttributeValue& value) {
  const slow::Json json = slow::document(value);
  return {request.value(value), [json](const slow::Json&) { return slow::Maybe(json); }, {}};
}

/// Beside `first`, of which it must be distinct.
inline DrawnOperand other_operand(DrawnRequest& request, const DrawnOperand& first,
                                  const AttributeValue& constant) {
  if (drawn_below(3) == 0) {
    DrawnOperand other = path_operand(request);
    if (other.path != first.path) return other;
  }
  if (drawn_below(8) == 0) return size_operand(request);
  return constant_operand(request, constant);
}

inline DrawnOperand first_operand(DrawnRequest& request) {
  return drawn_below(5) == 0 ? size_operand(request) : path_operand(request);
}

inline DrawnCondition drawn_comparison(DrawnRequest& request) {
  static const std::vector<std::string> kOperators = {"=", "<>", "<", "<=", ">", ">="};
  const std::size_t op = drawn_below(kOperators.size());
  const DrawnOperand a = first_operand(request);
  const AttributeValue constant =
      op < 2 ? request.constant() : request.constant({Type::n, Type::s, Type::b});
  const DrawnOperand b = other_operand(request, a, constant);
  const Reading left = a.value, right = b.value;
  const Meaning holds = [op, left, right](const slow::Json& item) {
    const slow::Maybe x = left(item), y = right(item);
    if (op < 2) return (x && y && *x == *y) == (op == 0);
    const auto order = slow::order(x, y);
    if (!order) return false;
    return op == 2 ? *order < 0 : op == 3 ? *order <= 0 : op == 4 ? *order > 0 : *order >= 0;
  };
  return {a.text + kOperators[op] + b.text, holds};
}

inline DrawnCondition drawn_between_condition(DrawnRequest& request) {
  const DrawnOperand tested = first_operand(request);
  AttributeValue low = request.constant({Type::n, Type::s, Type::b}), high = low;
  if (drawn_below(3) != 0) high = drawn_key(low.type());
  const auto order = slow::order(slow::document(low), slow::document(high));
  if (order && *order > 0) std::swap(low, high);
  const DrawnOperand a = other_operand(request, tested, low);
  const DrawnOperand b = other_operand(request, tested, high);
  const Reading x = tested.value, lower = a.value, upper = b.value;
  const Meaning holds = [x, lower, upper](const slow::Json& item) {
    const auto below = slow::order(lower(item), x(item)), above = slow::order(x(item), upper(item));
    return below && above && *below <= 0 && *above <= 0;
  };
  return {tested.text + " between " + a.text + " and " + b.text, holds};
}

inline DrawnCondition drawn_in(DrawnRequest& request) {
  const DrawnOperand tested = first_operand(request);
  std::string list;
  std::vector<Reading> readings;
  for (std::size_t left = 1 + drawn_below(3); left > 0; --left) {
    const DrawnOperand one = other_operand(request, tested, request.constant());
    list += (list.empty() ? "" : ", ") + one.text;
    readings.push_back(one.value);
  }
  const Reading x = tested.value;
  const Meaning holds = [x, readings](const slow::Json& item) {
    for (const Reading& reading : readings) {
      const slow::Maybe a = x(item), b = reading(item);
      if (a && b && *a == *b) return true;
    }
    return false;
  };
  return {tested.text + " IN (" + list + ")", holds};
}

inline DrawnCondition drawn_function(DrawnRequest& request) {
  const DrawnOperand a = path_operand(request);
  const Reading x = a.value;
  switch (drawn_below(5)) {
    case 0:
      return {"attribute_exists(" + a.text + ")",
              [x](const slow::Json& item) { return x(item).has_value(); }};
    case 1:
      return {"attribute_not_exists(" + a.text + ")",
              [x](const slow::Json& item) { return !x(item).has_value(); }};
    case 2: {
      const std::string type(type_name(static_cast<Type>(drawn_below(10))));
      return {"attribute_type(" + a.text + "," + request.value(type) + ")",
              [x, type](const slow::Json& item) {
                const slow::Maybe value = x(item);
                return value && slow::type(*value) == type;
              }};
    }
    case 3: {
      AttributeValue constant = request.constant({Type::s, Type::b});
      DrawnOperand b = path_operand(request);
      if (b.path == a.path || drawn_below(3) != 0) b = constant_operand(request, constant);
      const Reading y = b.value;
      return {"begins_with(" + a.text + " , " + b.text + ")",
              [x, y](const slow::Json& item) { return slow::begins_with(x(item), y(item)); }};
    }
    default: {
      const DrawnOperand b = other_operand(request, a, request.constant());
      const Reading y = b.value;
      return {"contains(" + a.text + "," + b.text + ")",
              [x, y](const slow::Json& item) { return slow::contains(x(item), y(item)); }};
    }
  }
}

inline DrawnCondition drawn_condition(DrawnRequest& request, std::size_t depth);

inline DrawnCondition drawn_negation(DrawnRequest& request, std::size_t depth) {
  if (drawn_below(5) == 4) {
    const DrawnCondition inner = drawn_negation(request, depth);
    const Meaning holds = inner.holds;
    return {"NOT " + inner.text, [holds](const slow::Json& item) { return !holds(item); }};
  }
  if (depth > 0 && drawn_below(3) == 2) {
    DrawnCondition inner = drawn_condition(request, depth - 1);
    if (!inner.parenthesised) inner.text = "( " + inner.text + ")";
    inner.parenthesised = true;
    return inner;
  }
  switch (drawn_below(6)) {
    case 0:
      return drawn_between_condition(request);
    case 1:
      return drawn_in(request);
    case 2:
    case 3:
      return drawn_comparison(request);
    default:
      return drawn_function(request);
  }
}

inline DrawnCondition drawn_conjunction(DrawnRequest& request, std::size_t depth) {
  DrawnCondition all = drawn_negation(request, depth);
  while (drawn_below(3) == 2) {
    const DrawnCondition next = drawn_negation(request, depth);
    const Meaning a = all.holds, b = next.holds;
    all = {all.text + " AND " + next.text,
           [a, b](const slow::Json& item) { return a(item) && b(item); }};
  }
  return all;
}

inline DrawnCondition drawn_condition(DrawnRequest& request, std::size_t depth) {
  DrawnCondition any = drawn_conjunction(request, depth);
  while (drawn_below(3) == 2) {
    const DrawnCondition next = drawn_conjunction(request, depth);
    const Meaning a = any.holds, b = next.holds;
    any = {any.text + "\nor " + next.text,
           [a, b](const slow::Json& item) { return a(item) || b(item); }};
  }
  return any;
}

}  // namespace tablekey::model::items
