// Drawn update expressions and what they do to the JSON of an item. Lists are kept as maps from
// index to element while an update is made, so nothing of the compiled form's order of writes is
// needed: elements go away or come under their own index, and the list is what is left, in order.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/model/dynamodb/items/drawn_expression.h"

namespace tablekey::model::items {

struct UpdateFails {};

// What a SET writes, from the item as it was. Throws where it can not.
using NewValue = std::function<slow::Json(const slow::Json& item)>;

struct DrawnAction {
  std::string keyword, text;
  slow::Steps path;
  NewValue value;      // of SET
  slow::Json operand;  // of ADD and DELETE
};

struct DrawnUpdate {
  std::string text;
  std::vector<DrawnAction> actions;
};

namespace slow {

inline std::string index_key(std::size_t index) { return fmt::format("{:012}", index); }

inline Json sparse(const Json& value) {
  if (type(value) == "L") {
    Json elements = Json::object();
    for (std::size_t i = 0; i < content(value).size(); ++i) {
      elements[index_key(i)] = sparse(content(value)[i]);
    }
    return {{"L", elements}};
  }
  if (type(value) != "M") return value;
  Json members = Json::object();
  for (const auto& [name, member] : content(value).items()) members[name] = sparse(member);
  return {{"M", members}};
}

inline Json dense(const Json& value) {
  if (type(value) == "L") {
    Json elements = Json::array();
    for (const auto& [key, element] : content(value).items()) elements.push_back(dense(element));
    return {{"L", elements}};
  }
  if (type(value) != "M") return value;
  Json members = Json::object();
  for (const auto& [name, member] : content(value).items()) members[name] = dense(member);
  return {{"M", members}};
}

// The members around a path's last step in a sparse item, and the key there.
inline std::pair<Json*, std::string> place(Json& item, const Steps& path) {
  Json* around = &item;
  for (std::size_t i = 0;; ++i) {
    const bool named = std::holds_alternative<std::string>(path[i]);
    const std::string key =
        named ? std::get<std::string>(path[i]) : index_key(std::get<std::size_t>(path[i]));
    if (!around->contains(named ? "M" : "L")) throw UpdateFails{};
    Json& members = (*around)[named ? "M" : "L"];
    if (i + 1 == path.size()) return {&members, key};
    if (!members.contains(key)) throw UpdateFails{};
    around = &members[key];
  }
}

inline Json sum(const Json& a, const Json& b, bool subtract) {
  if (type(a) != "N" || type(b) != "N") throw UpdateFails{};
  const SlowNumber x(content(a).get<std::string>()), y(content(b).get<std::string>());
  const SlowNumber result = subtract ? x.minus(y) : x.plus(y);
  if (!result.can_be_stored()) throw UpdateFails{};
  return {{"N", result.text()}};
}

// Members of a set in the order of the canonical JSON.
inline Json combined_set(const Json& a, const Json& b, bool remove) {
  Json members = Json::array();
  const auto has = [](const Json& set, const Json& member) {
    return std::find(content(set).begin(), content(set).end(), member) != content(set).end();
  };
  for (const Json& member : content(a)) {
    if (!remove || !has(b, member)) members.push_back(member);
  }
  for (const Json& member : content(b)) {
    if (!remove && !has(a, member)) members.push_back(member);
  }
  if (members.empty()) return nullptr;
  const Json unordered = {{type(a), members}};
  return document(*parse_value(unordered.dump()));
}

inline void apply(const DrawnAction& action, const Json& before, Json& item) {
  const auto [members, key] = place(item, action.path);
  if (action.keyword == "SET") {
    (*members)[key] = sparse(action.value(before));
  } else if (action.keyword == "REMOVE") {
    members->erase(key);
  } else if (!members->contains(key)) {
    if (action.keyword == "ADD") (*members)[key] = action.operand;
  } else {
    const Json current = (*members)[key];
    if (type(current) != type(action.operand)) throw UpdateFails{};
    const Json next = type(current) == "N"
                          ? sum(current, action.operand, false)
                          : combined_set(current, action.operand, action.keyword == "DELETE");
    if (next.is_null()) {
      members->erase(key);
    } else {
      (*members)[key] = next;
    }
  }
}

/// Null where the update is refused.
inline Json updated(const DrawnUpdate& update, const Json& before) {
  Json item = sparse({{"M", before}});
  try {
    for (const DrawnAction& action : update.actions) apply(action, before, item);
  } catch (const UpdateFails&) {
    return nullptr;
  }
  return content(dense(item));
}

}  // namespace slow

inline Reading must_exist(Reading reading) {
  return [reading](const slow::Json& item) {
    slow::Maybe value = reading(item);
    if (!value) throw UpdateFails{};
    return value;
  };
}

inline DrawnOperand drawn_set_operand(DrawnRequest& request, std::initializer_list<Type> types) {
  DrawnOperand operand = drawn_below(2) == 0 ? path_operand(request)
                                             : constant_operand(request, request.constant(types));
  operand.value = must_exist(operand.value);
  return operand;
}

// Of the two, one may be any value and one a list.
inline DrawnOperand drawn_list_operand(DrawnRequest& request) {
  if (drawn_below(2) == 0) {
    DrawnOperand operand = path_operand(request);
    operand.value = must_exist(operand.value);
    return operand;
  }
  List list;
  for (std::size_t left = drawn_below(3); left > 0; --left) list.push_back(request.constant());
  return constant_operand(request, list);
}

inline std::pair<std::string, NewValue> drawn_new_value(DrawnRequest& request) {
  switch (drawn_below(5)) {
    case 0: {
      const DrawnOperand a = drawn_set_operand(request, {Type::n});
      const DrawnOperand b = drawn_set_operand(request, {Type::n});
      const bool minus = drawn_below(2) == 0;
      const Reading x = a.value, y = b.value;
      return {a.text + (minus ? " - " : "+") + b.text, [x, y, minus](const slow::Json& item) {
                return slow::sum(*x(item), *y(item), minus);
              }};
    }
    case 1: {
      const DrawnOperand a = path_operand(request);
      DrawnOperand b = drawn_set_operand(request, {Type::s, Type::n, Type::l});
      if (b.path == a.path) b = constant_operand(request, request.constant());
      const Reading x = a.value, y = b.value;
      return {"if_not_exists(" + a.text + ", " + b.text + ")", [x, y](const slow::Json& item) {
                const slow::Maybe there = x(item);
                return there ? *there : *y(item);
              }};
    }
    case 2: {
      const DrawnOperand a = drawn_list_operand(request), b = drawn_list_operand(request);
      const Reading x = a.value, y = b.value;
      return {"list_append(" + a.text + ", " + b.text + ")", [x, y](const slow::Json& item) {
                slow::Json first = *x(item);
                const slow::Json second = *y(item);
                if (slow::type(first) != "L" || slow::type(second) != "L") throw UpdateFails{};
                for (const slow::Json& each : slow::content(second)) first["L"].push_back(each);
                return first;
              }};
    }
    default: {
      const DrawnOperand a = drawn_set_operand(request, {Type::s, Type::m, Type::l, Type::ns});
      const Reading x = a.value;
      return {a.text, [x](const slow::Json& item) { return *x(item); }};
    }
  }
}

/// Neither within the other, nor one for a list what is a map for the other.
inline bool may_stand_together(const slow::Steps& a, const slow::Steps& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i].index() != b[i].index()) return false;
    if (a[i] != b[i]) return true;
  }
  return false;
}

inline DrawnAction drawn_action(DrawnRequest& request, const std::string& keyword,
                                const DrawnPath& path) {
  DrawnAction action = {keyword, path.text, path.steps, nullptr, nullptr};
  if (keyword == "SET") {
    auto [text, value] = drawn_new_value(request);
    action.text += " = " + text;
    action.value = std::move(value);
  } else if (keyword != "REMOVE") {
    AttributeValue operand = keyword == "ADD"
                                 ? request.constant({Type::n, Type::ss, Type::ns, Type::bs})
                                 : request.constant({Type::ss, Type::ns, Type::bs});
    if (keyword == "DELETE" && operand.type() == Type::s) operand = StringSet{""};
    action.operand = slow::document(operand);
    action.text += " " + request.value(operand);
  }
  return action;
}

inline DrawnUpdate drawn_update(DrawnRequest& request) {
  static const std::vector<std::string> kKeywords = {"SET", "REMOVE", "ADD", "DELETE"};
  DrawnUpdate update;
  const std::size_t first = drawn_below(4), sections = 1 + drawn_below(4);
  for (std::size_t i = 0; i < sections; ++i) {
    const std::string& keyword = kKeywords[(first + i) % 4];
    std::string text;
    for (std::size_t left = 1 + drawn_below(3); left > 0; --left) {
      const DrawnPath path = drawn_path(request);
      const bool fits = std::all_of(
          update.actions.begin(), update.actions.end(),
          [&](const DrawnAction& other) { return may_stand_together(other.path, path.steps); });
      if (!fits) continue;
      update.actions.push_back(drawn_action(request, keyword, path));
      text += (text.empty() ? "" : ", ") + update.actions.back().text;
    }
    if (!text.empty()) update.text += (update.text.empty() ? "" : " ") + keyword + " " + text;
  }
  return update;
}

}  // namespace tablekey::model::items
