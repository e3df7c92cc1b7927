#include "replay/policy_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"

namespace tablekey::replay {
namespace {

/// The value of a reading, or its problem noted and an empty one.
template <class Value>
Value kept(JsonRead<Value> read, JsonProblems& problems) {
  if (read) return std::move(*read);
  problems.errors.push_back(std::move(read.error()));
  return {};
}

}  // namespace

JsonFields::JsonFields(const JsonPart& object, std::vector<std::string_view> known,
                       JsonProblems& problems)
    : whole_(object), members_(read_members(object, problems)), problems_(problems) {
  for (const JsonPartMember& member : members_) {
    if (std::ranges::find(known, member.key) != known.end()) continue;
    problems_.warnings.push_back({member.key_offset, whole_.path,
                                  fmt::format("'{}' has no meaning here", member.key),
                                  scenarios::did_you_mean(member.key, known)});
  }
}

const JsonPart* JsonFields::find(std::string_view name) const {
  const auto found = std::ranges::find(members_, name, &JsonPartMember::key);
  return found == members_.end() || found->value.is_null() ? nullptr : &found->value;
}

const JsonPart* JsonFields::need(std::string_view name, std::string hint) {
  const JsonPart* found = find(name);
  if (found == nullptr && whole_.is_object()) {
    problems_.errors.push_back(
        problem_with(whole_, fmt::format("'{}' is missing", name), std::move(hint)));
  }
  return found;
}

std::optional<std::string> JsonFields::text(std::string_view name) {
  const JsonPart* part = find(name);
  if (part == nullptr) return std::nullopt;
  return read_text_part(*part, problems_);
}

std::optional<std::string> read_text_part(const JsonPart& part, JsonProblems& problems) {
  auto text = text_of(part);
  if (text) return std::move(*text);
  problems.errors.push_back(std::move(text.error()));
  return std::nullopt;
}

std::vector<std::string> read_texts(const JsonPart& part, JsonProblems& problems) {
  std::vector<std::string> texts;
  if (!part.is_array()) {
    if (auto text = read_text_part(part, problems)) texts.push_back(std::move(*text));
    return texts;
  }
  for (const JsonPart& item : read_items(part, problems)) {
    if (auto text = read_text_part(item, problems)) texts.push_back(std::move(*text));
  }
  return texts;
}

std::vector<JsonPart> read_items(const JsonPart& part, JsonProblems& problems) {
  return kept(items_of(part), problems);
}

std::vector<JsonPartMember> read_members(const JsonPart& part, JsonProblems& problems) {
  return kept(members_of(part), problems);
}

}  // namespace tablekey::replay
