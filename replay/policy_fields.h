// The members of a JSON object by name: what is missing, of the wrong kind or misspelt is noted
// with its place, and reading goes on, so that one look shows everything that is wrong.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/policy_json.h"

namespace tablekey::replay {

/// What was found wrong: errors leave no meaning, warnings were passed over.
struct JsonProblems {
  std::vector<JsonProblem> errors;
  std::vector<JsonProblem> warnings;
};

class JsonFields {
 public:
  /// Members that are not among `known` are warnings with the name that was meant. A part that is
  /// no object is an error, and then has no members.
  JsonFields(const JsonPart& object, std::vector<std::string_view> known, JsonProblems& problems);

  /// The member, or null where it is absent or JSON's null.
  const JsonPart* find(std::string_view name) const;
  /// The same; that there is none is an error with this hint.
  const JsonPart* need(std::string_view name, std::string hint);

  /// A text; nullopt where it is absent, or is no text and so an error.
  std::optional<std::string> text(std::string_view name);
  std::string text_or_empty(std::string_view name) { return text(name).value_or(""); }

  const JsonPart& whole() const { return whole_; }
  JsonProblems& problems() const { return problems_; }

 private:
  JsonPart whole_;
  std::vector<JsonPartMember> members_;
  JsonProblems& problems_;
};

/// A text, or nullopt and an error.
std::optional<std::string> read_text_part(const JsonPart& part, JsonProblems& problems);

/// The items of a list of texts; a text alone is a list of one. What is neither is an error.
std::vector<std::string> read_texts(const JsonPart& part, JsonProblems& problems);

/// The items of a list, none and an error where the part is no list.
std::vector<JsonPart> read_items(const JsonPart& part, JsonProblems& problems);

/// The members of an object, none and an error where the part is no object.
std::vector<JsonPartMember> read_members(const JsonPart& part, JsonProblems& problems);

}  // namespace tablekey::replay
