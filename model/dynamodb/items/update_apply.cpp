// Applying a compiled update. First every new value is worked out from the item as it was, then the
// writes are made: those to elements of one list in the order of their indexes, so that new
// elements append in that order, and removals from the last index back, so that no index moves
// under another.
#include <algorithm>
#include <utility>

#include "model/dynamodb/items/update.h"
#include "model/law.h"

namespace tablekey::model::items {
namespace {

using UpdateOperand = Update::Operand;
using UpdateAction = Update::Action;
using UpdateActionKind = Update::ActionKind;

struct Problem {
  enum class Kind : std::uint8_t { wrong_type, missing, number };
  Kind kind = Kind::missing;
  NumberError number = NumberError::overflow;
};

// An operand's value: a part of the item or of the expression, or `made`.
using Found = std::expected<const AttributeValue*, Problem>;

constexpr Problem kWrongType = {Problem::Kind::wrong_type, NumberError::overflow};
constexpr Problem kMissing = {Problem::Kind::missing, NumberError::overflow};

Found value_of(const UpdateOperand& operand, const AttributeMap& item, AttributeValue& made);

template <class T>
std::expected<const T*, Problem> operand_of(const UpdateOperand& operand, const AttributeMap& item,
                                            AttributeValue& made) {
  const Found found = value_of(operand, item, made);
  if (!found) return std::unexpected(found.error());
  const T* content = (*found)->as<T>();
  if (content == nullptr) return std::unexpected(kWrongType);
  return content;
}

Found arithmetic(const UpdateOperand& operand, const AttributeMap& item, AttributeValue& made) {
  AttributeValue left_made, right_made;
  const auto left = operand_of<Number>(operand.operands[0], item, left_made);
  if (!left) return std::unexpected(left.error());
  const auto right = operand_of<Number>(operand.operands[1], item, right_made);
  if (!right) return std::unexpected(right.error());
  const auto result =
      operand.kind == UpdateOperand::Kind::plus ? (*left)->plus(**right) : (*left)->minus(**right);
  if (!result) return std::unexpected(Problem{Problem::Kind::number, result.error()});
  made = *result;
  return &made;
}

Found appended(const UpdateOperand& operand, const AttributeMap& item, AttributeValue& made) {
  AttributeValue left_made, right_made;
  const auto left = operand_of<List>(operand.operands[0], item, left_made);
  if (!left) return std::unexpected(left.error());
  const auto right = operand_of<List>(operand.operands[1], item, right_made);
  if (!right) return std::unexpected(right.error());
  // A chain of appends grows one list.
  List* grown = left_made.as<List>();
  List both = *left == grown ? std::move(*grown) : **left;
  both.insert(both.end(), (*right)->begin(), (*right)->end());
  made = std::move(both);
  return &made;
}

Found value_of(const UpdateOperand& operand, const AttributeMap& item, AttributeValue& made) {
  const AttributeValue* there = nullptr;
  switch (operand.kind) {
    case UpdateOperand::Kind::constant:
      return &operand.constant;
    case UpdateOperand::Kind::path:
      there = find(item, operand.path);
      if (there == nullptr) return std::unexpected(kMissing);
      return there;
    case UpdateOperand::Kind::if_not_exists:
      there = find(item, operand.path);
      if (there == nullptr) return value_of(operand.operands[0], item, made);
      return there;
    case UpdateOperand::Kind::list_append:
      return appended(operand, item, made);
    case UpdateOperand::Kind::plus:
    case UpdateOperand::Kind::minus:
      break;
  }
  return arithmetic(operand, item, made);
}

// What a path's last step is taken from; null at the top level or where it is not there.
const AttributeValue* parent_of(const AttributeMap& item, const DocumentPath& path) {
  if (path.size() == 1) return nullptr;
  return find(item, DocumentPath(path.begin(), path.end() - 1));
}

bool takes_step(const AttributeValue& parent, const PathStep& step) {
  return std::holds_alternative<std::string>(step) ? parent.as<AttributeMap>() != nullptr
                                                   : parent.as<List>() != nullptr;
}

template <class Set>
bool change_set(AttributeValue& current, const AttributeValue& operand, UpdateActionKind kind) {
  Set* set = current.as<Set>();
  const Set* others = operand.as<Set>();
  if (set == nullptr || others == nullptr) return false;
  kind == UpdateActionKind::add ? set->add(*others) : set->remove(*others);
  return true;
}

bool is_empty_set(const AttributeValue& value) {
  const auto empty = [](const auto* set) { return set != nullptr && set->empty(); };
  return empty(value.as<StringSet>()) || empty(value.as<NumberSet>()) ||
         empty(value.as<BinarySet>());
}

// What an action will write.
struct Write {
  const UpdateAction* action = nullptr;
  bool remove = false;
  bool nothing = false;
  AttributeValue value;
  std::optional<Problem> problem;
};

class Application {
 public:
  Application(const AttributeMap& item, const std::vector<UpdateAction>& actions) : item_(item) {
    for (const UpdateAction& action : actions) writes_.push_back(planned(action));
  }

  std::expected<AttributeMap, ExpressionError> run() {
    if (auto error = refusal()) return std::unexpected(std::move(*error));
    std::vector<Write*> order;
    for (Write& write : writes_) {
      if (!write.nothing) order.push_back(&write);
    }
    std::sort(order.begin(), order.end(),
              [](const Write* a, const Write* b) { return a->action->path < b->action->path; });
    AttributeMap result = item_;
    for (Write* write : order) {
      if (!write->remove) put(result, *write);
    }
    for (auto write = order.rbegin(); write != order.rend(); ++write) {
      if ((*write)->remove) take_away(result, (*write)->action->path);
    }
    return result;
  }

 private:
  [[nodiscard]] Write planned(const UpdateAction& action) const;
  void plan_set(Write& write) const;
  void plan_change(Write& write) const;
  [[nodiscard]] bool writable(const UpdateAction& action) const;
  [[nodiscard]] std::optional<ExpressionError> refusal() const;
  [[nodiscard]] std::optional<ExpressionError> section_refusal(std::uint32_t section) const;
  static void put(AttributeMap& item, Write& write);
  static void take_away(AttributeMap& item, const DocumentPath& path);

  const AttributeMap& item_;
  std::vector<Write> writes_;
};

Write Application::planned(const UpdateAction& action) const {
  Write write;
  write.action = &action;
  if (action.kind == UpdateActionKind::remove) {
    write.remove = true;
  } else if (action.kind == UpdateActionKind::set) {
    plan_set(write);
  } else {
    plan_change(write);
  }
  return write;
}

void Application::plan_set(Write& write) const {
  AttributeValue made;
  const Found found = value_of(write.action->value, item_, made);
  if (!found) {
    write.problem = found.error();
  } else if (*found == &made) {
    write.value = std::move(made);
  } else {
    write.value = **found;
  }
}

// ADD and DELETE, whose operand is a value of the expression.
void Application::plan_change(Write& write) const {
  const UpdateActionKind kind = write.action->kind;
  const AttributeValue& operand = write.action->value.constant;
  const AttributeValue* current = find(item_, write.action->path);
  if (current == nullptr) {
    write.nothing = kind == UpdateActionKind::remove_from_set;
    write.value = operand;
    return;
  }
  const auto *number = current->as<Number>(), *more = operand.as<Number>();
  if (kind == UpdateActionKind::add && number != nullptr && more != nullptr) {
    const auto sum = number->plus(*more);
    if (sum) {
      write.value = *sum;
    } else {
      write.problem = Problem{Problem::Kind::number, sum.error()};
    }
    return;
  }
  write.value = *current;
  const bool changed = change_set<StringSet>(write.value, operand, kind) ||
                       change_set<NumberSet>(write.value, operand, kind) ||
                       change_set<BinarySet>(write.value, operand, kind);
  if (!changed) write.problem = kWrongType;
  write.remove = is_empty_set(write.value);
}

bool Application::writable(const UpdateAction& action) const {
  if (action.path.size() == 1) return true;
  const AttributeValue* parent = parent_of(item_, action.path);
  return parent != nullptr && takes_step(*parent, action.path.back());
}

ExpressionError at(const UpdateAction& action, std::string message) {
  return {std::move(message), action.position, action.length};
}

ExpressionError bad_path(const UpdateAction& action) {
  return at(action, "The document path provided in the update expression is invalid for update");
}

std::optional<ExpressionError> Application::section_refusal(std::uint32_t section) const {
  for (const Write& write : writes_) {
    if (write.action->section == section && !writable(*write.action)) {
      return bad_path(*write.action);
    }
  }
  for (const Write& write : writes_) {
    if (write.action->section != section || !write.problem) continue;
    if (write.problem->kind != Problem::Kind::missing) continue;
    return at(*write.action,
              "The provided expression refers to an attribute that does not exist in the item");
  }
  return std::nullopt;
}

// DynamoDB's order: paths through what is no map or list, wrong types, then the sections from the
// last back to the first, then results that can not be stored.
std::optional<ExpressionError> Application::refusal() const {
  for (const Write& write : writes_) {
    const AttributeValue* parent = parent_of(item_, write.action->path);
    if (parent != nullptr && !takes_step(*parent, write.action->path.back())) {
      return bad_path(*write.action);
    }
  }
  for (const Write& write : writes_) {
    if (!write.problem || write.problem->kind != Problem::Kind::wrong_type) continue;
    return at(*write.action, "An operand in the update expression has an incorrect data type");
  }
  for (std::uint32_t section = writes_.back().action->section + 1; section-- > 0;) {
    if (auto error = section_refusal(section)) return error;
  }
  for (const Write& write : writes_) {
    if (!write.problem || write.problem->kind != Problem::Kind::number) continue;
    return at(*write.action, number_error_text(write.problem->number));
  }
  return std::nullopt;
}

// The same in the item that is being made.
AttributeValue* parent_in(AttributeMap& item, const DocumentPath& path) {
  AttributeValue* value = item.find(std::get<std::string>(path.front()));
  for (std::size_t i = 1; i + 1 < path.size() && value != nullptr; ++i) {
    if (const auto* name = std::get_if<std::string>(&path[i])) {
      auto* map = value->as<AttributeMap>();
      value = map == nullptr ? nullptr : map->find(*name);
    } else {
      auto* list = value->as<List>();
      const std::uint32_t index = std::get<std::uint32_t>(path[i]);
      value = list == nullptr || index >= list->size() ? nullptr : &(*list)[index];
    }
  }
  return value;
}

void Application::put(AttributeMap& item, Write& write) {
  const DocumentPath& path = write.action->path;
  const auto* name = std::get_if<std::string>(&path.back());
  if (path.size() == 1) {
    item.set(*name, std::move(write.value));
    return;
  }
  AttributeValue* parent = parent_in(item, path);
  law(parent != nullptr, "an update writes only where there is something around");
  if (name != nullptr) {
    parent->as<AttributeMap>()->set(*name, std::move(write.value));
    return;
  }
  List& list = *parent->as<List>();
  const std::uint32_t index = std::get<std::uint32_t>(path.back());
  if (index < list.size()) {
    list[index] = std::move(write.value);
  } else {
    list.push_back(std::move(write.value));
  }
}

void Application::take_away(AttributeMap& item, const DocumentPath& path) {
  const auto* name = std::get_if<std::string>(&path.back());
  if (path.size() == 1) {
    item.erase(*name);
    return;
  }
  AttributeValue* parent = parent_in(item, path);
  law(parent != nullptr, "an update removes only where there is something around");
  if (name != nullptr) {
    parent->as<AttributeMap>()->erase(*name);
    return;
  }
  List& list = *parent->as<List>();
  const std::uint32_t index = std::get<std::uint32_t>(path.back());
  if (index < list.size()) list.erase(list.begin() + index);
}

}  // namespace

std::expected<AttributeMap, ExpressionError> Update::apply(const AttributeMap& item) const {
  law(!actions_.empty(), "an update is parsed before it is applied");
  return Application(item, actions_).run();
}

std::vector<std::string> changed_attributes(const AttributeMap& before, const AttributeMap& after) {
  std::vector<std::string> names;
  const Attribute *old_one = before.begin(), *new_one = after.begin();
  while (old_one != before.end() || new_one != after.end()) {
    const bool only_old =
        new_one == after.end() || (old_one != before.end() && old_one->name < new_one->name);
    const bool only_new =
        old_one == before.end() || (new_one != after.end() && new_one->name < old_one->name);
    if (only_old) {
      names.push_back((old_one++)->name);
    } else if (only_new) {
      names.push_back((new_one++)->name);
    } else {
      if (old_one->value != new_one->value) names.push_back(old_one->name);
      ++old_one;
      ++new_one;
    }
  }
  return names;
}

}  // namespace tablekey::model::items
