#include "replay/explore/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "sim/time.h"

namespace tablekey::replay::explore {
namespace {

/// A YAML map in block style, whose leaves are in flow style. Names keep the order in which they
/// came.
struct Branch {
  std::string value;
  std::vector<std::pair<std::string, std::unique_ptr<Branch>>> below;

  Branch& at(std::string_view name) {
    for (auto& [known, branch] : below) {
      if (known == name) return *branch;
    }
    return *below.emplace_back(name, std::make_unique<Branch>()).second;
  }
  void put(std::string_view path, const std::string& text) {
    const std::size_t dot = path.find('.');
    if (dot == path.npos) {
      at(path).value = text;
    } else {
      at(path.substr(0, dot)).put(path.substr(dot + 1), text);
    }
  }
  void print(std::string& out, std::size_t indent) const {
    for (const auto& [name, branch] : below) {
      out.append(indent, ' ').append(name).append(":");
      if (branch->below.empty()) {
        out.append(" ").append(branch->value).append("\n");
      } else {
        out.append("\n");
        branch->print(out, indent + 2);
      }
    }
  }
};

void print_list(const std::vector<Part>& parts, Section section, std::string_view heading,
                std::string& out) {
  bool begun = false;
  for (const Part& part : parts) {
    if (part.section != section) continue;
    if (!std::exchange(begun, true)) out += fmt::format("\n{}:\n", heading);
    out += "  - { ";
    bool first = true;
    for (const Field& field : part.fields) {
      out +=
          fmt::format("{}{}: {}", std::exchange(first, false) ? "" : ", ", field.name, field.value);
    }
    out += " }\n";
  }
}

bool names(const std::vector<std::string>& needs, const std::string& name) {
  return std::find(needs.begin(), needs.end(), name) != needs.end();
}

}  // namespace

std::string_view value_of(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.name == name) return field.value;
  }
  return {};
}

std::string Story::text() const {
  std::string out = fmt::format("tablekey: 1\nname: explore-{}\nseed: {}\n", seed, seed);
  for (const Field& field : head) out += fmt::format("{}: {}\n", field.name, field.value);
  Branch tree;
  for (const Part& part : parts) {
    if (part.section != Section::resource) continue;
    for (const Field& field : part.fields) {
      tree.put("Resources." + part.name + "." + field.name, field.value);
    }
  }
  for (const Field& field : model) tree.put("model." + field.name, field.value);
  out += "\n";
  tree.print(out, 0);
  print_list(parts, Section::workload, "workload", out);
  print_list(parts, Section::step, "timeline", out);
  print_list(parts, Section::fault, "faults", out);
  return out;
}

const Part* Story::find(std::string_view name) const {
  for (const Part& part : parts) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

Story Story::without(std::size_t part) const {
  Story left = *this;
  std::vector<std::string> gone = {parts[part].name};
  left.parts.erase(left.parts.begin() + static_cast<std::ptrdiff_t>(part));
  while (!gone.empty()) {
    const std::string name = gone.back();
    gone.pop_back();
    const auto falls = [&](const Part& other) {
      const bool needed =
          std::any_of(other.fields.begin(), other.fields.end(),
                      [&](const Field& f) { return f.needed && names(f.needs, name); });
      return needed || names(other.needs, name);
    };
    for (const Part& other : left.parts) {
      if (falls(other)) gone.push_back(other.name);
    }
    std::erase_if(left.parts, falls);
    for (Part& other : left.parts) {
      std::erase_if(other.fields, [&](const Field& field) { return names(field.needs, name); });
    }
  }
  return left;
}

std::string duration_text(std::int64_t nanoseconds) {
  return sim::print(sim::Duration::nanoseconds(nanoseconds));
}

}  // namespace tablekey::replay::explore
