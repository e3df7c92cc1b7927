#include "replay/header_difference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "sim/time.h"

namespace tablekey::replay {
namespace {

using Settings = std::map<std::string, std::string>;

constexpr std::size_t kHeaderTextShown = 60;

std::string hex_of(capnp::Data::Reader bytes) {
  std::string text;
  if (bytes.size() == 0) return "(none)";
  for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::string branch_text(std::uint64_t branch) {
  return branch == 0 ? std::string("(none)") : fmt::format("{:016x}", branch);
}

Settings settings_of(const RecordedRun& run) {
  Settings settings;
  for (const auto setting : run.identity().getEffective()) {
    settings[setting.getPath().cStr()] = setting.getValue().cStr();
  }
  return settings;
}

void add(std::vector<FieldDifference>& out, std::string path, std::string a, std::string b) {
  if (a != b) out.push_back({std::move(path), std::move(a), std::move(b)});
}

std::string cut(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  if (text.size() <= kHeaderTextShown) return text;
  std::size_t end = kHeaderTextShown;  // never within a character
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// Times of a compiled scenario are nanoseconds since 1970.
std::string readable(const std::string& path, const std::string& value) {
  const std::string name = path.substr(path.rfind('.') + 1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = error == std::errc{} && end == value.data() + value.size();
  const bool time = name == "at" || name == "start" || name == "until" || name == "created" ||
                    name == "starts" || name == "ends" || name == "from" || name == "to";
  if (whole && time && number != 0) return sim::print(sim::Time::from_nanoseconds(number));
  return cut(value);
}

void compare_settings(const RecordedRun& a, const RecordedRun& b,
                      std::vector<FieldDifference>& out) {
  Settings first = settings_of(a), second = settings_of(b);
  for (const auto& [path, value] : first) second.try_emplace(path, "(no such setting)");
  for (const auto& [path, value] : second) first.try_emplace(path, "(no such setting)");
  for (const auto& [path, value] : first) add(out, path, value, second[path]);
}

}  // namespace

std::vector<FieldDifference> header_differences(const RecordedRun& a, const RecordedRun& b) {
  std::vector<FieldDifference> out;
  const auto first = a.identity(), second = b.identity();
  add(out, "behaviourVersion", std::to_string(first.getBehaviourVersion()),
      std::to_string(second.getBehaviourVersion()));
  add(out, "quirks", fmt::format("{}", fmt::join(a.scenario().quirks().names(), ", ")),
      fmt::format("{}", fmt::join(b.scenario().quirks().names(), ", ")));
  add(out, "schema", hex_of(first.getSchemaDigest()), hex_of(second.getSchemaDigest()));
  add(out, "branch", branch_text(first.getBranch()), branch_text(second.getBranch()));
  add(out, "parent", hex_of(first.getParent()), hex_of(second.getParent()));
  compare_settings(a, b, out);
  for (const auto& field : message_differences(capnp::toDynamic(first.getScenario()),
                                               capnp::toDynamic(second.getScenario()))) {
    if (field.path.starts_with("settings")) continue;  // said above, with their names
    const std::string path = field.path == "seed" ? "seed" : "scenario." + field.path;
    out.push_back({path, readable(path, field.recorded), readable(path, field.replayed)});
  }
  return out;
}

}  // namespace tablekey::replay
