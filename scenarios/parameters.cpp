// The order is CloudFormation's: a given value wins over the Default.
#include "scenarios/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "scenarios/characters.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

std::string member_text(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  return node != nullptr && node->is_scalar() ? node->text : std::string();
}

std::string type_of(const Node& declared) {
  const std::string type = member_text(declared, "Type");
  return type.empty() ? "String" : type;
}

bool is_list_type(std::string_view type) {
  return type == "CommaDelimitedList" || type.find("List<") != std::string_view::npos;
}

// A value that the account keeps; what the template has is only its name there.
bool is_stored(std::string_view type) { return type.starts_with("AWS::SSM::Parameter::Value"); }

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

Node list_of(std::string_view text, Place place) {
  Node list;
  list.kind = Node::Kind::sequence;
  list.place = place;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    list.items.push_back(text_node(std::string(part), place));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return list;
}

Node typed(const Node& value, std::string_view type, Place place) {
  if (value.is_sequence()) return value;
  if (is_list_type(type)) return list_of(value.text, place);
  Node node = text_node(value.text, place);
  node.resource = value.resource;  // a reference that the scenario gives stays one
  return node;
}

// One that a scenario gives, against what the template allows.
class GivenValue {
 public:
  GivenValue(const Node& key, const Node& value, const Node& declared, Diagnostics& diagnostics)
      : name_(key.text), value_(value), declared_(declared), diagnostics_(diagnostics) {}
  void check();

 private:
  void refuse(const std::string& why) {
    diagnostics_.error(value_.place, fmt::format("parameter '{}' {}", printable(name_), why));
  }
  void check_number();
  void check_length();

  std::string_view name_;
  const Node& value_;
  const Node& declared_;
  Diagnostics& diagnostics_;
};

void GivenValue::check() {
  if (!value_.is_scalar()) return;
  if (const Node* allowed = declared_.find("AllowedValues");
      allowed != nullptr && allowed->is_sequence()) {
    std::vector<std::string_view> words;
    for (const Node& word : allowed->items) words.push_back(word.text);
    if (std::ranges::find(words, value_.text) == words.end()) {
      (void)read_choice(value_, name_, words, diagnostics_);
      return;
    }
  }
  if (type_of(declared_) == "Number") return check_number();
  check_length();
}

void GivenValue::check_number() {
  const auto value = number_of(value_.text);
  const auto least = number_of(member_text(declared_, "MinValue"));
  const auto most = number_of(member_text(declared_, "MaxValue"));
  if (!value) return refuse("is a Number");
  if (least && *value < *least) {
    refuse(fmt::format("must be at least {}", member_text(declared_, "MinValue")));
  }
  if (most && *value > *most) {
    refuse(fmt::format("must be at most {}", member_text(declared_, "MaxValue")));
  }
}

void GivenValue::check_length() {
  const auto least = number_of(member_text(declared_, "MinLength"));
  const auto most = number_of(member_text(declared_, "MaxLength"));
  const auto length = static_cast<double>(characters_of(value_.text).size());
  if (least && length < *least) {
    refuse(fmt::format("has at least {} characters", member_text(declared_, "MinLength")));
  }
  if (most && length > *most) {
    refuse(fmt::format("has at most {} characters", member_text(declared_, "MaxLength")));
  }
}

}  // namespace

void check_parameters(Stack& stack) {
  const Node* given = stack.section("parameters");
  if (given == nullptr) return;
  const Node* declared = stack.section("Parameters");
  std::vector<std::string_view> names;
  if (declared != nullptr) {
    for (const Member& member : declared->members) names.push_back(member.key.text);
  }
  for (const Member& member : given->members) {
    const Node* one = declared == nullptr ? nullptr : declared->find(member.key.text);
    if (one == nullptr) {
      stack.diagnostics().error(
          member.key.place,
          fmt::format("no parameter '{}' in Parameters", printable(member.key.text)),
          did_you_mean(member.key.text, names));
      continue;
    }
    GivenValue(member.key, stack.resolve(member.value), *one, stack.diagnostics()).check();
  }
}

std::string parameter_stand_in(std::string_view name, const Node& declared) {
  const Node* allowed = declared.find("AllowedValues");
  if (allowed != nullptr && allowed->is_sequence() && !allowed->items.empty()) {
    return allowed->items.front().text;
  }
  const std::string type = type_of(declared);
  if (type == "Number" || type == "List<Number>") {
    const std::string least = member_text(declared, "MinValue");
    return least.empty() ? "1" : least;
  }
  std::string text(name);
  if (is_stored(type)) {
    const std::string path = member_text(declared, "Default");
    if (!path.empty()) text = path.substr(path.rfind('/') + 1);
  }
  constexpr double kLengthMax = 4096;  // CloudFormation's own limit of a value
  const double least =
      std::min(number_of(member_text(declared, "MinLength")).value_or(0), kLengthMax);
  const double most = number_of(member_text(declared, "MaxLength")).value_or(kLengthMax);
  while (static_cast<double>(text.size()) < least) text += 'x';
  if (most >= 1 && static_cast<double>(text.size()) > most) {
    text.resize(static_cast<std::size_t>(most));
  }
  return text;
}

std::optional<Node> Stack::parameter(const std::string& name, Place place) {
  const Node* parameters = section("Parameters");
  const Node* declared = parameters == nullptr ? nullptr : parameters->find(name);
  if (declared == nullptr) return std::nullopt;
  const std::string type = type_of(*declared);
  const Node* all_given = section("parameters");
  const Node* given = all_given == nullptr ? nullptr : all_given->find(name);
  if (given != nullptr && parameters_open_.insert(name).second) {
    const Node value = resolve(*given);
    parameters_open_.erase(name);
    if (value.is_scalar() || value.is_sequence()) return typed(value, type, place);
    return value;
  }
  const Node* standard = declared->find("Default");
  const bool usable = standard != nullptr && standard->is_scalar() && !is_stored(type);
  if (usable) return typed(*standard, type, place);
  Node open = unresolved_node(
      is_stored(type)
          ? fmt::format("the value of parameter '{}' is kept in an account", printable(name))
          : fmt::format("parameter '{}' has no Default", printable(name)),
      place, parameter_stand_in(name, *declared));
  for (const Member& member : parameters->members) {
    if (member.key.text == name) open.declared = member.key.place;
  }
  return open;
}

}  // namespace tablekey::scenarios
