#include "model/dynamodb/items/limits.h"

#include <algorithm>
#include <numeric>

namespace tablekey::model::items {
namespace {

// Published as approximate: two digits a byte and one byte more.
std::size_t number_size(const Number& number) {
  return (static_cast<std::size_t>(number.digits()) + 1) / 2 + 1;
}

constexpr std::size_t kDocumentBytes = 3, kElementBytes = 1;

struct ValueSize {
  std::size_t operator()(const std::string& text) const { return text.size(); }
  std::size_t operator()(const Number& number) const { return number_size(number); }
  std::size_t operator()(const Bytes& bytes) const { return bytes.size(); }
  std::size_t operator()(bool) const { return 1; }
  std::size_t operator()(Null) const { return 1; }
  template <class T>
  std::size_t operator()(const SetOf<T>& set) const {
    return std::accumulate(
        set.begin(), set.end(), std::size_t{0},
        [this](std::size_t sum, const T& member) { return sum + (*this)(member); });
  }
  std::size_t operator()(const List& list) const {
    return std::accumulate(
        list.begin(), list.end(), kDocumentBytes + kElementBytes * list.size(),
        [](std::size_t sum, const AttributeValue& value) { return sum + value_size(value); });
  }
  std::size_t operator()(const AttributeMap& map) const {
    return kDocumentBytes + kElementBytes * map.size() + item_size(map);
  }
};

}  // namespace

std::size_t value_size(const AttributeValue& value) { return value.visit(ValueSize{}); }

std::size_t item_size(const AttributeMap& item) {
  return std::accumulate(item.begin(), item.end(), std::size_t{0},
                         [](std::size_t sum, const Attribute& attribute) {
                           return sum + attribute.name.size() + value_size(attribute.value);
                         });
}

std::size_t levels(const AttributeValue& value) {
  std::size_t inner = 0;
  if (const auto* list = value.as<List>()) {
    for (const AttributeValue& element : *list) inner = std::max(inner, levels(element));
    return inner + 1;
  }
  if (const auto* map = value.as<AttributeMap>()) {
    for (const Attribute& attribute : *map) inner = std::max(inner, levels(attribute.value));
    return inner + 1;
  }
  return 0;
}

std::uint64_t read_half_units(std::size_t bytes, ReadMode mode) {
  constexpr std::size_t kStep = 4096;
  const std::uint64_t steps = std::max<std::uint64_t>(1, (bytes + kStep - 1) / kStep);
  switch (mode) {
    case ReadMode::eventual:
      return steps;
    case ReadMode::strong:
      return 2 * steps;
    case ReadMode::transactional:
      break;
  }
  return 4 * steps;
}

std::uint64_t write_units(std::size_t bytes, bool transactional) {
  constexpr std::size_t kStep = 1024;
  const std::uint64_t steps = std::max<std::uint64_t>(1, (bytes + kStep - 1) / kStep);
  return transactional ? 2 * steps : steps;
}

}  // namespace tablekey::model::items
