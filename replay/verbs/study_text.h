// Everything that a study is made from, as text: the scenario file, what it includes, and what was
// overridden. It stands in the manifest beside the results, so that they can be made again, put
// together and checked without the file.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "replay/study/schedule.h"
#include "scenarios/load.h"

namespace tablekey::replay::verbs {

struct StudyText {
  std::string name;    ///< of the scenario file, without its folder
  std::string source;  ///< its text
  std::map<std::string, std::string> includes;
  std::vector<std::pair<std::string, std::string>> set;
  std::optional<std::uint64_t> seed;

  bool operator==(const StudyText&) const = default;
};

/// The text as a scenario and its study; messages call the file `shown`. Includes are those of the
/// text alone unless `read` is given: then what it reads goes into the text.
using ReadInclude = std::function<std::expected<std::string, std::string>(std::string_view)>;
scenarios::LoadResult load_text(StudyText& text, const std::string& shown,
                                const ReadInclude& read = {});

/// What identifies a study: 64 hexadecimal digits over its text and the behaviour of this program.
/// Results of equal digests are equal, byte for byte.
std::string digest_of(const StudyText& text);

/// Whether the manifest is one of a whole study, or of one of its shards.
struct ManifestHead {
  StudyText text;
  std::string study;    ///< digest_of its text
  std::string version;  ///< of the program that wrote it
  std::uint32_t behaviour = 0;
  std::vector<std::string> quirks;
  StudyShard shard;
  std::map<std::string, std::string> files;  ///< name to SHA-256

  bool by_this_program() const;
};

/// manifest.json. `files` are those that stand beside it.
nlohmann::ordered_json manifest_of(const StudyText& text, const scenarios::LoadResult& loaded,
                                   const StudyShard& shard, const std::string& version,
                                   const std::map<std::string, std::string>& files);

/// The error says what is wrong with the file, as a sentence that names it.
std::expected<ManifestHead, std::string> read_manifest(const std::filesystem::path& file);

}  // namespace tablekey::replay::verbs
