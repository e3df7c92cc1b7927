// The schema's enumerants are the API's names in another case, so the words are made from them.
#include "model/dynamodb/names.h"

#include <capnp/schema.h>

#include <string>
#include <vector>

namespace tablekey::model::dynamodb {
namespace {

using Words = std::vector<std::string>;
using Make = std::string (*)(std::string);

std::string capitalised(std::string name) {
  if (name.front() >= 'a') name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return name;
}

// createTable: CREATE_TABLE
std::string shouted(std::string name) {
  std::string words;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') words += '_';
    words += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return words;
}

std::string as_exception(std::string name) {
  if (name == "none") return "";
  const bool bare = name == "internalServerError" || name == "serviceUnavailable";
  return capitalised(name) + (bare ? "" : "Exception");
}

template <class Enum>
Words words_of(Make make) {
  Words words;
  for (auto enumerant : capnp::Schema::from<Enum>().getEnumerants()) {
    words.push_back(make(enumerant.getProto().getName().cStr()));
  }
  return words;
}

template <class Enum, Make make>
std::string_view name_of(Enum value) {
  static const Words words = words_of<Enum>(make);
  const auto place = static_cast<std::size_t>(value);
  return place < words.size() ? std::string_view(words[place]) : std::string_view("?");
}

template <class Enum, Make make>
std::optional<Enum> named(std::string_view name) {
  static const Words words = words_of<Enum>(make);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view exception_name(events::Exception exception) {
  return name_of<events::Exception, as_exception>(exception);
}
std::optional<events::Exception> exception_named(std::string_view name) {
  return named<events::Exception, as_exception>(name);
}
std::string_view operation_name(events::DataOperation operation) {
  return name_of<events::DataOperation, capitalised>(operation);
}
std::optional<events::DataOperation> data_operation_named(std::string_view name) {
  return named<events::DataOperation, capitalised>(name);
}
std::string_view operation_name(events::TableOperation operation) {
  return name_of<events::TableOperation, capitalised>(operation);
}
std::optional<events::TableOperation> table_operation_named(std::string_view name) {
  return named<events::TableOperation, capitalised>(name);
}
std::string_view status_name(events::TableStatus status) {
  return name_of<events::TableStatus, shouted>(status);
}
std::string_view status_name(events::ReplicaStatus status) {
  return name_of<events::ReplicaStatus, shouted>(status);
}
std::optional<events::TableStatus> status_named(std::string_view name) {
  return named<events::TableStatus, shouted>(name);
}

}  // namespace tablekey::model::dynamodb
