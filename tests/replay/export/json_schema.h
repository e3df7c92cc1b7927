// As much of JSON Schema (draft-07) as the schemas of these tests use, so that they need no other
// program. A keyword that it does not know is an error: nothing is taken for checked that is not.
#pragma once

#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>
#include <string>

namespace tablekey::test {

class JsonSchema {
 public:
  using Json = nlohmann::ordered_json;

  explicit JsonSchema(Json schema) : root_(std::move(schema)) {}

  /// What is wrong with the value, with its place; empty: nothing.
  std::string error(const Json& value) const { return error(root_, value, "$"); }
  /// The same for one of `definitions`.
  std::string error(const std::string& definition, const Json& value) const {
    return error(root_.at("definitions").at(definition), value, "$");
  }

 private:
  std::string error(const Json& schema, const Json& value, const std::string& place) const {
    if (schema.is_boolean()) return schema == true ? "" : place + " may not be there";
    for (const auto& [keyword, wanted] : schema.items()) {
      std::string wrong = check(schema, keyword, wanted, value, place);
      if (!wrong.empty()) return wrong;
    }
    return {};
  }
  bool fits(const Json& schema, const Json& value) const {
    return error(schema, value, "").empty();
  }

  std::string check(const Json& schema, const std::string& keyword, const Json& wanted,
                    const Json& value, const std::string& place) const {
    if (keyword == "$ref") return error(target(wanted.get<std::string>()), value, place);
    if (keyword == "const") return value == wanted ? "" : place + " is not " + wanted.dump();
    if (keyword == "type") return has_type(wanted, value) ? "" : place + " is no " + wanted.dump();
    if (keyword == "enum") {
      for (const Json& one : wanted) {
        if (value == one) return {};
      }
      return place + " is none of " + wanted.dump();
    }
    if (keyword == "if") {
      const char* branch = fits(wanted, value) ? "then" : "else";
      return schema.contains(branch) ? error(schema[branch], value, place) : "";
    }
    if (keyword == "not") return fits(wanted, value) ? place + " is what it must not be" : "";
    if (keyword == "allOf" || keyword == "anyOf" || keyword == "oneOf") {
      return combined(keyword, wanted, value, place);
    }
    if (value.is_object() && of_objects(keyword)) {
      return object(schema, keyword, wanted, value, place);
    }
    if (value.is_string() && of_texts(keyword)) return text(keyword, wanted, value, place);
    if (keyword == "items" || keyword == "minItems") return array(keyword, wanted, value, place);
    static const char* const kSilent[] = {"$schema",     "title", "description",
                                          "definitions", "then",  "else"};
    for (const char* silent : kSilent) {
      if (keyword == silent) return {};
    }
    if (of_objects(keyword) || of_texts(keyword)) return {};
    throw std::logic_error("unknown keyword " + keyword);
  }

  static bool of_objects(const std::string& keyword) {
    return keyword == "required" || keyword == "properties" || keyword == "additionalProperties";
  }
  static bool of_texts(const std::string& keyword) {
    return keyword == "pattern" || keyword == "minLength" || keyword == "maxLength";
  }

  const Json& target(const std::string& reference) const {
    return root_.at(Json::json_pointer(reference.substr(1)));
  }

  static bool has_type(const Json& wanted, const Json& value) {
    if (wanted.is_array()) {
      for (const Json& one : wanted) {
        if (has_type(one, value)) return true;
      }
      return false;
    }
    if (wanted == "object") return value.is_object();
    if (wanted == "array") return value.is_array();
    if (wanted == "string") return value.is_string();
    if (wanted == "boolean") return value.is_boolean();
    if (wanted == "integer") return value.is_number_integer();
    if (wanted == "null") return value.is_null();
    throw std::logic_error("unknown type " + wanted.dump());
  }

  std::string combined(const std::string& keyword, const Json& wanted, const Json& value,
                       const std::string& place) const {
    std::size_t fitting = 0;
    for (const Json& one : wanted) {
      const std::string wrong = error(one, value, place);
      if (wrong.empty()) ++fitting;
      if (!wrong.empty() && keyword == "allOf") return wrong;
    }
    const bool right = keyword == "allOf" || (keyword == "oneOf" ? fitting == 1 : fitting > 0);
    return right ? "" : place + " fits " + std::to_string(fitting) + " of " + keyword;
  }

  std::string object(const Json& schema, const std::string& keyword, const Json& wanted,
                     const Json& value, const std::string& place) const {
    if (keyword == "required") {
      for (const Json& name : wanted) {
        if (!value.contains(name)) return place + " lacks " + name.dump();
      }
      return {};
    }
    for (const auto& [name, inner] : value.items()) {
      const bool known = schema.contains("properties") && schema["properties"].contains(name);
      if (keyword == "properties" ? !known : known) continue;
      const Json& rule = keyword == "properties" ? wanted[name] : wanted;
      std::string wrong = error(rule, inner, place + "." + name);
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  static std::string text(const std::string& keyword, const Json& wanted, const Json& value,
                          const std::string& place) {
    const auto& text = value.get_ref<const std::string&>();
    if (keyword == "minLength") return text.size() < wanted ? place + " is too short" : "";
    if (keyword == "maxLength") return text.size() > wanted ? place + " is too long" : "";
    const std::regex pattern(wanted.get<std::string>());
    return std::regex_search(text, pattern) ? "" : place + " is not like " + wanted.dump();
  }

  std::string array(const std::string& keyword, const Json& wanted, const Json& value,
                    const std::string& place) const {
    if (!value.is_array()) return {};
    if (keyword == "minItems") return value.size() < wanted ? place + " has too few" : "";
    for (std::size_t i = 0; i < value.size(); ++i) {
      std::string wrong = error(wanted, value[i], place + "[" + std::to_string(i) + "]");
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  Json root_;
};

}  // namespace tablekey::test
