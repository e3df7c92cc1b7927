#include "replay/verbs/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "replay/verbs/scenario_file.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

std::string_view name(scenarios::Severity severity) {
  switch (severity) {
    case scenarios::Severity::error:
      return "error";
    case scenarios::Severity::warning:
      return "warning";
    case scenarios::Severity::note:
      return "note";
  }
  return "error";
}

Json diagnostic_json(const scenarios::Diagnostics& all, const scenarios::Diagnostic& diagnostic) {
  Json json = {{"file", diagnostic.file},
               {"line", diagnostic.line},
               {"column", diagnostic.column},
               {"span", diagnostic.span},
               {"severity", name(diagnostic.severity)},
               {"message", diagnostic.message},
               {"hint", diagnostic.hint}};
  json["notes"] = Json::array();
  for (const scenarios::Note& note : diagnostic.notes) {
    json["notes"].push_back({{"file", all.source_name(note.place.source)},
                             {"line", note.place.line},
                             {"column", note.place.column},
                             {"message", note.message}});
  }
  return json;
}

// One file: what is found goes to `out`, or into the document. Returns its exit code.
int check_file(const std::filesystem::path& path, Console& console, Json* document) {
  const auto file = load_file({.file = path, .set = {}, .seed = {}});
  if (!file) {
    if (document != nullptr) {
      document->push_back({{"file", path.string()}, {"ok", false}, {"unreadable", file.error()}});
    }
    return console.fail(kExitIo, file.error());
  }
  const scenarios::Diagnostics& found = file->loaded.diagnostics;
  if (document == nullptr) {
    console.out << found.render(console.color_out);
    if (file->loaded.ok()) {
      console.out << fmt::format(
          "{}: {}{}\n", path.string(), console.on_out(Color::green, "no errors"),
          found.warnings() == 0 ? std::string() : ", " + counted(found.warnings(), "warning"));
    } else {
      console.out << fmt::format("{}: {}\n", path.string(),
                                 console.on_out(Color::red, counted(found.errors(), "error")));
    }
    return file->loaded.ok() ? kExitOk : kExitUsage;
  }
  Json entry = {{"file", path.string()},
                {"ok", file->loaded.ok()},
                {"errors", found.errors()},
                {"warnings", found.warnings()}};
  entry["diagnostics"] = Json::array();
  for (const auto& diagnostic : found.all()) {
    entry["diagnostics"].push_back(diagnostic_json(found, diagnostic));
  }
  document->push_back(std::move(entry));
  return file->loaded.ok() ? kExitOk : kExitUsage;
}

}  // namespace

int check(const CheckOptions& options, Console& console) {
  int code = kExitOk;
  Json files = Json::array();
  for (const auto& path : options.files) {
    code = std::max(code, check_file(path, console, options.json ? &files : nullptr));
  }
  if (options.json) {
    const Json document = {{"format", "tablekey.check/1"}, {"files", files}};
    console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  }
  return code;
}

}  // namespace tablekey::replay::verbs
