#include "replay/verbs/study_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "crypto/sha256.h"
#include "model/world.h"
#include "replay/verbs/console.h"
#include "replay/verbs/scenario_file.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "tablekey.study/1";
constexpr std::size_t kManifestBytesMax = std::size_t{64} * 1024 * 1024;

Json study_text_json(const StudyText& text) {
  Json out;
  out["source_name"] = text.name;
  out["seed_given"] = text.seed ? Json(*text.seed) : Json(nullptr);
  out["overrides"] = Json::array();
  for (const auto& [path, value] : text.set) {
    out["overrides"].push_back({{"path", path}, {"value", value}});
  }
  out["includes"] = Json::object();
  for (const auto& [path, include] : text.includes) out["includes"][path] = include;
  out["source"] = text.source;
  return out;
}

StudyText study_text_of(const Json& json) {
  StudyText text;
  text.name = json.at("source_name").get<std::string>();
  text.source = json.at("source").get<std::string>();
  if (!json.at("seed_given").is_null()) text.seed = json.at("seed_given").get<std::uint64_t>();
  for (const Json& one : json.at("overrides")) {
    text.set.emplace_back(one.at("path").get<std::string>(), one.at("value").get<std::string>());
  }
  for (const auto& [path, include] : json.at("includes").items()) {
    text.includes[path] = include.get<std::string>();
  }
  return text;
}

std::string sha256_hex(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  return hex(crypto::sha256({bytes, text.size()}));
}

// The command that makes it again, wherever the scenario file is.
std::string command_of(const StudyText& text) {
  std::vector<std::string> words = {"tablekey", "study", text.name};
  if (text.seed) words.insert(words.end(), {"--seed", fmt::format("{}", *text.seed)});
  for (const auto& [path, value] : text.set) {
    words.emplace_back("--set");
    words.push_back(path + "=" + value);
  }
  return command_line(words);
}

// The settings of the scenario itself; those that a point sets stand with its results.
Json differing_settings(const model::ScenarioView& scenario) {
  Json out = Json::object();
  model::Settings standard;
  for (const model::SettingRow& row : model::settings_table()) {
    const std::string value = row.get(scenario.settings());
    const bool has_standard = row.set(standard, row.standard).has_value();
    if (!has_standard || value != row.get(standard)) out[std::string(row.path)] = value;
  }
  return out;
}

// cache-theory.md 12: what else would give other numbers. Settings that name such a choice stand
// with their value.
Json choices_of(const model::ScenarioView& scenario) {
  Json out;
  out["boundary"] = "half-open: an entry of age T is expired";
  out["idle timer starts"] = "a load's when KMS has answered, a hit's when it is served";
  out["activity"] = "requests that are served; denied and failed ones are none";
  out["loading request"] = "counts neither as a use nor its bytes";
  out["polling sees"] = "disabled and deleted keys, not permissions";
  out["grace"] = "holds while KMS fails, not when it denies";
  out["closing a connection"] = "drops the entries of its own cache";
  for (const std::string_view path :
       {"model.table_key_cache.policy", "model.table_key_cache.scope",
        "model.table_key_cache.refresh_denied", "model.table_key_cache.late_answers",
        "model.table_key_cache.coalesce", "model.kms.key_state_propagation",
        "model.kms.propagation", "model.iam.propagation"}) {
    const model::SettingRow* row = model::find_setting(path);
    if (row != nullptr) out[std::string(path)] = row->get(scenario.settings());
  }
  return out;
}

void add_study(const scenarios::Study& study, Json& out) {
  out["points"] = study.points();
  out["repeat"] = study.repeat;
  out["seeds"] = {{"first", study.seed_of(0)}, {"last", study.seed_of(study.repeat - 1)}};
  out["confidence"] = study.confidence;
  out["warmup"] =
      study.warmup ? Json(sim::print(sim::Duration::nanoseconds(*study.warmup))) : Json(nullptr);
  out["stop"] = nullptr;
  if (study.stop) {
    out["stop"] = {{"of", study.measures[study.stop->measure].line},
                   {"half_width", study.stop->half_width},
                   {"relative", study.stop->relative},
                   {"min", study.stop->min}};
  }
  if (study.search) {
    const scenarios::StudySearch& search = *study.search;
    const bool golden = search.method == scenarios::StudySearch::Method::golden_section;
    out["optimise"] = {{"setting", search.path.text},
                       {"low", search.low},
                       {"high", search.high},
                       {"minimise", search.minimise_text},
                       {"method", golden ? "golden-section" : "bisection"},
                       {"tolerance", search.tolerance}};
  }
  out["axes"] = Json::object();
  for (const scenarios::Study::Axis& axis : study.axes) {
    Json values = Json::array();
    for (const scenarios::Node& value : axis.values) values.push_back(inline_text(value));
    out["axes"][axis.path.text] = std::move(values);
  }
  out["measures"] = Json::array();
  for (const auto& measure : study.measures) out["measures"].push_back(measure.line);
  out["expectations"] = Json::array();
  for (const auto& one : study.expectations) out["expectations"].push_back(one.check);
}

ManifestHead manifest_head_of(const Json& json) {
  ManifestHead head;
  head.text = study_text_of(json.at("text"));
  head.study = json.at("study").get<std::string>();
  head.version = json.at("version").get<std::string>();
  head.behaviour = json.at("behaviour").get<std::uint32_t>();
  if (json.contains("quirks")) head.quirks = json.at("quirks").get<std::vector<std::string>>();
  if (json.contains("shard")) {
    head.shard.index = json.at("shard").at("index").get<std::uint32_t>() - 1;
    head.shard.count = json.at("shard").at("count").get<std::uint32_t>();
  }
  for (const auto& [name, digest] : json.at("files").items()) {
    head.files[name] = digest.get<std::string>();
  }
  return head;
}

}  // namespace

bool ManifestHead::by_this_program() const {
  return behaviour == model::kBehaviourVersion && quirks == model::Quirks::all().names();
}

scenarios::LoadResult load_text(StudyText& text, const std::string& shown,
                                const ReadInclude& read) {
  scenarios::LoadOptions options;
  for (const auto& [path, value] : text.set) options.overrides.push_back({path, value});
  options.seed = text.seed;
  // What was read once is there for good; points that read more find it missing.
  const auto kept = std::make_shared<std::map<std::string, std::string>>(text.includes);
  options.read_include = [kept,
                          read](std::string_view path) -> std::expected<std::string, std::string> {
    const auto found = kept->find(std::string(path));
    if (found != kept->end()) return found->second;
    if (!read) return std::unexpected(std::string("it is not in the manifest"));
    auto include = read(path);
    if (include) kept->emplace(path, *include);
    return include;
  };
  scenarios::LoadResult loaded = scenarios::load(text.source, shown, options);
  text.includes = *kept;
  return loaded;
}

std::string digest_of(const StudyText& text) {
  Json json = study_text_json(text);
  json["behaviour"] = model::kBehaviourVersion;
  json["quirks"] = model::Quirks::all().names();
  return sha256_hex(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json manifest_of(const StudyText& text, const scenarios::LoadResult& loaded,
                 const StudyShard& shard, const std::string& version,
                 const std::map<std::string, std::string>& files) {
  const auto view = model::ScenarioView::make(loaded.scenario());
  Json out;
  out["format"] = kFormat;
  out["name"] = loaded.study->name;
  out["study"] = digest_of(text);
  out["version"] = version;
  out["behaviour"] = model::kBehaviourVersion;
  out["quirks"] = model::Quirks::all().names();
  out["command"] = command_of(text);
  if (shard.count > 1) out["shard"] = {{"index", shard.index + 1}, {"count", shard.count}};
  add_study(*loaded.study, out);
  if (view) {
    out["settings"] = differing_settings(**view);
    out["choices"] = choices_of(**view);
  }
  out["source_sha256"] = sha256_hex(text.source);
  out["text"] = study_text_json(text);
  out["files"] = Json::object();
  for (const auto& [name, digest] : files) out["files"][name] = digest;
  return out;
}

std::expected<ManifestHead, std::string> read_manifest(const std::filesystem::path& file) {
  const auto text = read_text(file, kManifestBytesMax);
  if (!text) return std::unexpected(text.error());
  try {
    const Json json = Json::parse(*text);
    if (json.at("format") == kFormat) return manifest_head_of(json);
    return std::unexpected(fmt::format("{} is of another format", file.string()));
  } catch (const nlohmann::json::exception&) {
    return std::unexpected(fmt::format("{} is no manifest of a study", file.string()));
  }
}

}  // namespace tablekey::replay::verbs
