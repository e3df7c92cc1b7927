#include "replay/verbs/explore.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "crypto/harden.h"
#include "replay/explore/explore.h"
#include "replay/explore/generate.h"
#include "replay/verbs/explore_progress.h"
#include "replay/verbs/option_text.h"
#include "replay/verbs/output_file.h"
#include "replay/verbs/study_load.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;
using explore::Explored;
using explore::Violation;

/// The file of a shrunk scenario: what it breaks and how to see it stands at its head.
std::string scenario_text(const Violation& violation, const std::string& name) {
  const explore::Finding& finding = violation.shrunk.finding;
  std::string head =
      fmt::format("# Breaks the law {}: {}.\n", finding.law, explore::sentence_of(finding.law));
  std::string_view detail = finding.detail;
  while (!detail.empty()) {
    const std::size_t end = std::min(detail.find('\n'), detail.size());
    head += fmt::format("# {}\n", detail.substr(0, end));
    detail.remove_prefix(std::min(end + 1, detail.size()));
  }
  head +=
      fmt::format("# Shrunk from seed {0}: tablekey explore --seeds {0}..{0}\n", violation.seed);
  head += fmt::format("# To see it: tablekey explore {}\n", name);
  return head + violation.shrunk.story.text();
}

std::uint64_t steps_of(const explore::Story& story) {
  return static_cast<std::uint64_t>(
      std::ranges::count(story.parts, explore::Section::step, &explore::Part::section));
}

class Report {
 public:
  Report(const ExploreOptions& options, Console& console) : options_(options), console_(console) {}

  int print(const Explored& explored) {
    for (const Violation& violation : explored.violations) {
      if (const auto code = write(violation)) return *code;
    }
    options_.json ? print_json(explored) : print_text(explored);
    return explored.violations.empty() ? kExitOk : kExitDiffers;
  }

 private:
  std::filesystem::path file_of(const Violation& violation) const {
    return (options_.output / fmt::format("explore-{}.yaml", violation.seed)).lexically_normal();
  }

  std::optional<int> write(const Violation& violation) {
    const std::filesystem::path path = file_of(violation);
    auto file = OutputFile::create(path, options_.force);
    if (!file)
      return console_.fail(kExitIo, file.error(), "--force replaces it, -o DIR writes elsewhere");
    file->write(scenario_text(violation, path.string()));
    if (const auto written = file->publish(); !written)
      return console_.fail(kExitIo, written.error());
    return std::nullopt;
  }

  void print_text(const Explored& explored) {
    for (const Violation& violation : explored.violations) {
      console_.out << fmt::format("{}  seed {} breaks {}: {}\n",
                                  console_.on_out(Color::red, "FAIL"), violation.seed,
                                  violation.finding.law,
                                  explore::sentence_of(violation.finding.law))
                   << fmt::format("      {}\n", violation.shrunk.finding.detail)
                   << fmt::format("      shrunk to {} after {} tries\n",
                                  counted(steps_of(violation.shrunk.story), "step"),
                                  violation.shrunk.tries)
                   << fmt::format("      tablekey explore {}\n", file_of(violation).string());
    }
    console_.out << fmt::format(
                        "seeds   {}, {}\n", grouped(explored.seeds),
                        explored.all ? "all that were asked for" : "as many as the budget allowed")
                 << fmt::format("events  {}, {} held against the books\n", grouped(explored.events),
                                grouped(explored.asked))
                 << fmt::format("broken  {}\n", counted(explored.violations.size(), "law"))
                 << fmt::format("digest  {}\n", hex(explored.digest));
  }

  void print_json(const Explored& explored) {
    Json out;
    out["format"] = "tablekey.explore/1";
    out["seeds"] = explored.seeds;
    out["complete"] = explored.all;
    out["events"] = explored.events;
    out["facts_checked"] = explored.asked;
    out["digest"] = hex(explored.digest);
    out["violations"] = Json::array();
    for (const Violation& violation : explored.violations) {
      out["violations"].push_back({{"seed", violation.seed},
                                   {"law", violation.finding.law},
                                   {"sentence", explore::sentence_of(violation.finding.law)},
                                   {"detail", violation.shrunk.finding.detail},
                                   {"file", file_of(violation).string()},
                                   {"steps", steps_of(violation.shrunk.story)},
                                   {"parts", violation.shrunk.story.parts.size()},
                                   {"tries", violation.shrunk.tries}});
    }
    console_.out << out.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  }

  const ExploreOptions& options_;
  Console& console_;
};

/// A scenario of the user's own is held to the same laws.
int look_at_file(const ExploreOptions& options, Console& console) {
  const auto file = load_or_complain({options.file, options.set, {}}, console);
  if (!file) return file.error();
  const explore::Checked checked = explore::check(file->loaded.scenario(), {.replays = 16});
  if (options.json) {
    Json out;
    out["format"] = "tablekey.explore/1";
    out["events"] = checked.events;
    out["facts_checked"] = checked.asked;
    out["digest"] = hex(checked.chain);
    out["violations"] = Json::array();
    if (checked.finding) {
      out["violations"].push_back({{"law", checked.finding->law},
                                   {"sentence", explore::sentence_of(checked.finding->law)},
                                   {"detail", checked.finding->detail}});
    }
    console.out << out.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else if (checked.finding) {
    console.out << fmt::format("{}  {} breaks {}: {}\n      {}\n",
                               console.on_out(Color::red, "FAIL"), options.file.string(),
                               checked.finding->law, explore::sentence_of(checked.finding->law),
                               checked.finding->detail);
  } else {
    console.out << fmt::format("ok    {}: {}, {} held against the books, no law is broken\n",
                               options.file.string(), counted(checked.events, "event"),
                               grouped(checked.asked));
  }
  return checked.finding ? kExitDiffers : kExitOk;
}

}  // namespace

std::expected<SeedRange, std::string> parse_seeds(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == text.npos) {
    const auto count = parse_seed(text);
    if (!count || *count == 0) {
      return std::unexpected(fmt::format("'{}' is no number of seeds; write 200 or 7..9", text));
    }
    return SeedRange{1, *count};
  }
  const auto first = parse_seed(text.substr(0, dots)), last = parse_seed(text.substr(dots + 2));
  if (!first || !last || *last < *first) {
    return std::unexpected(fmt::format("'{}' is no range of seeds; write 7..9", text));
  }
  return SeedRange{*first, *last};
}

int explore(const ExploreOptions& options, Console& console) {
  crypto::harden_process();
  if (options.worst) return explore_worst(options, console);
  if (!options.file.empty()) return look_at_file(options, console);
  if (!options.set.empty()) {
    return console.fail(kExitUsage, "--set is for a scenario file, or for --worst");
  }
  // With a budget and no number of seeds it goes on until the time is over.
  SeedRange seeds = options.seeds.value_or(SeedRange{});
  if (!options.seeds && options.budget) seeds.last = UINT64_MAX - 1;
  if (options.print) {
    console.out << explore::generate(seeds.first).text();
    return kExitOk;
  }
  Interruption interruption;
  ExploreProgress progress(options.progress, seeds.last - seeds.first + 1, "seeds");
  explore::ExploreOptions how;
  how.first = seeds.first;
  how.last = seeds.last;
  how.threads = options.threads.value_or(0);
  how.until_broken = options.until_broken;
  bool interrupted = false;
  how.stop = [&] {
    interrupted = interrupted || interruption.came();
    const bool over =
        options.budget && progress.seconds() * 1e9 >= static_cast<double>(options.budget->count());
    return interrupted || over;
  };
  how.look = [&](std::uint64_t done) { progress.show(done); };
  const Explored explored = explore::explore(how);
  const int code = Report(options, console).print(explored);
  return interrupted && code == kExitOk ? kExitInterrupted : code;
}

}  // namespace tablekey::replay::verbs
