// What an item is made of: the ten attribute types of DynamoDB (dynamodb.md 9). All are plain
// values: copied deeply, compared by content. Sets are kept sorted, so that order of writing never
// shows; maps are kept in the order of the names' UTF-8 bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/dynamodb/items/number.h"

namespace tablekey::model::items {

class AttributeValue;
struct Attribute;

using Bytes = std::vector<std::uint8_t>;
using List = std::vector<AttributeValue>;

struct Null {
  bool operator==(const Null&) const = default;
};

/// The members of a set: sorted, each once. DynamoDB knows no empty set; one can exist here only
/// between two steps of a calculation.
template <class T>
class SetOf {
 public:
  SetOf() = default;
  /// Duplicates are merged; whoever must refuse them compares the sizes.
  explicit SetOf(std::vector<T> members) : members_(std::move(members)) {
    std::sort(members_.begin(), members_.end());
    members_.erase(std::unique(members_.begin(), members_.end()), members_.end());
  }
  SetOf(std::initializer_list<T> members) : SetOf(std::vector<T>(members)) {}

  [[nodiscard]] const std::vector<T>& members() const { return members_; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] bool empty() const { return members_.empty(); }
  [[nodiscard]] auto begin() const { return members_.begin(); }
  [[nodiscard]] auto end() const { return members_.end(); }
  [[nodiscard]] bool contains(const T& member) const {
    return std::binary_search(members_.begin(), members_.end(), member);
  }
  void add(const SetOf& others) {
    std::vector<T> both;
    both.reserve(size() + others.size());
    std::set_union(begin(), end(), others.begin(), others.end(), std::back_inserter(both));
    members_ = std::move(both);
  }
  void remove(const SetOf& others) {
    std::vector<T> left;
    std::set_difference(begin(), end(), others.begin(), others.end(), std::back_inserter(left));
    members_ = std::move(left);
  }
  bool operator==(const SetOf&) const = default;

 private:
  std::vector<T> members_;
};

using StringSet = SetOf<std::string>;
using NumberSet = SetOf<Number>;
using BinarySet = SetOf<Bytes>;

/// An item, or a value of type M: attributes in the order of their names, each name once.
class AttributeMap {
 public:
  AttributeMap();
  /// A later value of one name replaces an earlier one.
  AttributeMap(std::initializer_list<Attribute> attributes);
  /// Of any order; nothing if a name is there twice.
  static std::optional<AttributeMap> of(std::vector<Attribute> attributes);
  AttributeMap(const AttributeMap&);
  AttributeMap(AttributeMap&&) noexcept;
  AttributeMap& operator=(const AttributeMap&);
  AttributeMap& operator=(AttributeMap&&) noexcept;
  ~AttributeMap();

  [[nodiscard]] const Attribute* begin() const;
  [[nodiscard]] const Attribute* end() const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const { return attributes_.empty(); }

  /// The value of that name, or null. Valid until the map changes.
  [[nodiscard]] const AttributeValue* find(std::string_view name) const;
  [[nodiscard]] AttributeValue* find(std::string_view name);
  [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// Adds or replaces; gives the value's place.
  AttributeValue& set(std::string name, AttributeValue value);
  /// Whether there was one.
  bool erase(std::string_view name);
  void reserve(std::size_t attributes);

  friend bool operator==(const AttributeMap& a, const AttributeMap& b);

 private:
  std::vector<Attribute> attributes_;
};

enum class Type : std::uint8_t { s, n, b, boolean, null, ss, ns, bs, l, m };

/// `S`, `N`, `B`, `BOOL`, `NULL`, `SS`, `NS`, `BS`, `L`, `M`.
std::string_view type_name(Type type);
/// Nothing of the ten: false, and `type` is left alone.
bool type_of_name(std::string_view name, Type& type);

class AttributeValue {
 public:
  AttributeValue() : value_(Null{}) {}
  // Each of the ten by its C++ type. A literal is taken for S, never for BOOL.
  AttributeValue(std::string value) : value_(std::move(value)) {}  // NOLINT: values convert
  AttributeValue(const char* value) : value_(std::string(value)) {}
  AttributeValue(Number value) : value_(value) {}
  AttributeValue(Bytes value) : value_(std::move(value)) {}
  AttributeValue(Null value) : value_(value) {}
  AttributeValue(StringSet value) : value_(std::move(value)) {}
  AttributeValue(NumberSet value) : value_(std::move(value)) {}
  AttributeValue(BinarySet value) : value_(std::move(value)) {}
  AttributeValue(List value) : value_(std::move(value)) {}
  AttributeValue(AttributeMap value) : value_(std::move(value)) {}
  static AttributeValue boolean(bool value) {
    AttributeValue made;
    made.value_.emplace<bool>(value);
    return made;
  }
  static AttributeValue number(std::int64_t value) { return Number::of(value); }

  [[nodiscard]] Type type() const { return static_cast<Type>(value_.index()); }

  /// The content, or null where the value is of another type: `value.as<std::string>()`.
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&value_);
  }
  template <class T>
  [[nodiscard]] T* as() {
    return std::get_if<T>(&value_);
  }
  template <class Visitor>
  decltype(auto) visit(Visitor&& visitor) const {
    return std::visit(std::forward<Visitor>(visitor), value_);
  }

  friend bool operator==(const AttributeValue& a, const AttributeValue& b) {
    return a.value_ == b.value_;
  }

 private:
  // In the order of Type.
  std::variant<std::string, Number, Bytes, bool, Null, StringSet, NumberSet, BinarySet, List,
               AttributeMap>
      value_;
};

struct Attribute {
  std::string name;
  AttributeValue value;
  bool operator==(const Attribute&) const = default;
};

inline const Attribute* AttributeMap::begin() const { return attributes_.data(); }
inline const Attribute* AttributeMap::end() const {
  return attributes_.data() + attributes_.size();
}
inline std::size_t AttributeMap::size() const { return attributes_.size(); }

}  // namespace tablekey::model::items
