// `explore --worst`: the search, its result and its timeline file.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "replay/explore/worst.h"
#include "replay/verbs/explore.h"
#include "replay/verbs/explore_progress.h"
#include "replay/verbs/output_file.h"
#include "replay/verbs/study_load.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;
using explore::Worst;

constexpr std::uint32_t kTries = 4'000;

std::string duration_text(std::int64_t nanoseconds) {
  return sim::print(sim::Duration::nanoseconds(nanoseconds));
}

std::filesystem::path file_of(const ExploreOptions& options) {
  return (options.output / "worst-exposure.yaml").lexically_normal();
}

void print_text(const Worst& worst, const ExploreOptions& options, Console& console) {
  console.out << fmt::format("worst     {}{} readable after {} at {}\n",
                             worst.at_least ? "at least " : "", duration_text(worst.exposure),
                             worst.by, duration_text(worst.revoked));
  if (worst.bound.nanoseconds) {
    const std::int64_t bound = *worst.bound.nanoseconds;
    console.out << fmt::format("theory    {} at most: {}\n", duration_text(bound), worst.bound.why);
    if (bound > 0) {
      console.out << fmt::format(
          "reached   {:.1f} % of it\n",
          100.0 * static_cast<double>(worst.exposure) / static_cast<double>(bound));
    }
  } else {
    console.out << fmt::format("theory    {}\n", worst.bound.why);
  }
  console.out << fmt::format("tries     {}\ntimeline  {}\n", grouped(worst.tries),
                             file_of(options).string());
}

void print_json(const Worst& worst, const ExploreOptions& options, Console& console) {
  Json out;
  out["format"] = "tablekey.worst/1";
  out["exposure_s"] = static_cast<double>(worst.exposure) / 1e9;
  out["at_least"] = worst.at_least;
  out["revoked_by"] = worst.by;
  out["revoked_at_s"] = static_cast<double>(worst.revoked) / 1e9;
  out["bound_s"] = worst.bound.nanoseconds
                       ? Json(static_cast<double>(*worst.bound.nanoseconds) / 1e9)
                       : Json(nullptr);
  out["bound"] = worst.bound.why;
  out["tries"] = worst.tries;
  out["file"] = file_of(options).string();
  console.out << out.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace

std::expected<std::string, std::string> parse_worst(std::string_view text) {
  if (text == "exposure") return std::string(text);
  return std::unexpected(
      fmt::format("there is no search for the worst '{}'; write exposure", text));
}

int explore_worst(const ExploreOptions& options, Console& console) {
  explore::WorstOptions how;
  if (!options.file.empty()) {
    auto text = read_text(options.file, scenarios::kSourceBytesMax);
    if (!text) return console.fail(kExitIo, text.error());
    how.text = std::move(*text);
    how.name = options.file.string();
  }
  how.set = options.set;
  if (options.seeds) how.seed = options.seeds->first;
  how.tries = options.tries.value_or(options.budget ? UINT32_MAX : kTries);
  if (options.reads) how.reads = *options.reads;
  how.threads = options.threads.value_or(0);
  Interruption interruption;
  ExploreProgress progress(options.progress, how.tries, "timelines");
  bool interrupted = false;
  how.stop = [&] {
    interrupted = interrupted || interruption.came();
    return interrupted || (options.budget && progress.seconds() * 1e9 >=
                                                 static_cast<double>(options.budget->count()));
  };
  how.look = [&](std::uint32_t done) { progress.show(done); };
  const auto worst = explore::worst_exposure(how);
  if (!worst) {
    console.err << worst.error().text;
    return kExitUsage;
  }
  if (worst->exposure < 0) {
    return console.fail(kExitDiffers, "no timeline took a key away from a table that was read");
  }
  auto file = OutputFile::create(file_of(options), options.force);
  if (!file) {
    return console.fail(kExitIo, file.error(), "--force replaces it, -o DIR writes elsewhere");
  }
  file->write(worst->timeline);
  if (const auto written = file->publish(); !written) return console.fail(kExitIo, written.error());
  options.json ? print_json(*worst, options, console) : print_text(*worst, options, console);
  return interrupted ? kExitInterrupted : kExitOk;
}

}  // namespace tablekey::replay::verbs
