#include "replay/verbs/scenario_file.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

std::unexpected<std::string> unreadable(const fs::path& file, int code) {
  return std::unexpected(
      fmt::format("cannot read {}: {}", file.string(), std::generic_category().message(code)));
}

// Someone who runs a trace wants to replay it.
bool is_trace(std::string_view source) { return source.starts_with("\x89TKT"); }

}  // namespace

std::expected<std::string, std::string> read_text(const fs::path& file, std::size_t bytes_max) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return unreadable(file, errno);
  std::string text;
  int code = 0;
  while (text.size() <= bytes_max) {
    char buffer[1 << 16];
    const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      code = errno;
      break;
    }
    text.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(descriptor);
  if (code != 0) return unreadable(file, code);
  return text;
}

std::expected<ScenarioFile, std::string> load_file(const ScenarioChoices& choices) {
  // One byte more than the limit is enough for load() to refuse it in its own words.
  auto source = read_text(choices.file, scenarios::kSourceBytesMax);
  if (!source) return std::unexpected(source.error());
  scenarios::LoadOptions options;
  for (const auto& [path, value] : choices.set) options.overrides.push_back({path, value});
  options.seed = choices.seed;
  options.read_include = [folder = choices.file.parent_path()](std::string_view path) {
    return read_text(folder / path, scenarios::kSourceBytesMax);
  };
  options.read_arrivals = [folder = choices.file.parent_path()](std::string_view path) {
    return read_text(folder / path, scenarios::kTraceBytesMax);
  };
  auto loaded = scenarios::load(*source, choices.file.string(), options);
  return ScenarioFile{std::move(*source), std::move(loaded)};
}

std::expected<ScenarioFile, int> load_or_complain(const ScenarioChoices& choices,
                                                  Console& console) {
  auto file = load_file(choices);
  if (!file) return std::unexpected(console.fail(kExitIo, file.error()));
  if (is_trace(file->source)) {
    const std::string replay[] = {"tablekey", "replay", choices.file.string()};
    return std::unexpected(console.fail(
        kExitUsage, fmt::format("{} is a trace, not a scenario", choices.file.string()),
        fmt::format("{} runs it again and compares", command_line(replay))));
  }
  console.err << file->loaded.diagnostics.render(console.color_err);
  if (!file->loaded.ok()) return std::unexpected(kExitUsage);
  return std::move(*file);
}

}  // namespace tablekey::replay::verbs
