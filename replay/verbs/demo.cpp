#include "replay/verbs/demo.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "replay/verbs/demo_scenario.h"
#include "replay/verbs/output_file.h"
#include "replay/verbs/report.h"
#include "replay/verbs/run.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Places {
  fs::path scenario, trace, page;
};

std::expected<void, std::string> write_scenario(const Places& places, bool force) {
  auto file = OutputFile::create(places.scenario, force);
  if (!file) return std::unexpected(file.error());
  file->write(demo_scenario());
  return file->publish();
}

struct Manner {
  bool force = false, json = false;
};

int run_scenario(const Places& places, Manner manner, Console& console) {
  RunOptions options;
  options.json = manner.json;
  options.scenario.file = places.scenario;
  options.trace = places.trace;
  options.writer.overwrite = manner.force;
  if (!manner.json) options.shell.progress = sim::Progress::automatic;
  return run(options, console);
}

int write_report(const Places& places, bool force, Console& console) {
  ReportOptions options;
  options.input = places.trace;
  options.output = places.page;
  options.force = force;
  return report(options, console);
}

// Whoever sits at a desktop sees the page; a script, or a machine far away, gets its path.
bool desktop() {
  const bool session =
      std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
  return session && std::getenv("CI") == nullptr && ::isatty(STDOUT_FILENO) == 1;
}

bool open_page(const fs::path& page) {
  std::string program = "xdg-open", path = fs::absolute(page).string();
  char* arguments[] = {program.data(), path.data(), nullptr};
  posix_spawn_file_actions_t quiet;
  ::posix_spawn_file_actions_init(&quiet);
  ::posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, program.c_str(), &quiet, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&quiet);
  if (failed != 0) return false;
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// What one may want next, and the command for it.
struct Suggestion {
  std::string_view what;
  std::string command;
};

std::vector<Suggestion> suggestions(const Places& places) {
  const auto line = [](std::vector<std::string> words) { return command_line(words); };
  return {
      {"what was simulated, in sentences", line({"tablekey", "explain", places.scenario})},
      {"who can still read", line({"tablekey", "inspect", places.trace, "--at", "3h1m", "--table",
                                   "Orders", "--hierarchy"})},
      {"what if keys were kept for five minutes at most",
       line({"tablekey", "fork", places.trace, "--at", "3h", "--set",
             "model.table_key_cache.max_age=5m", "-o", places.trace.parent_path() / "short.tk"})}};
}

// The run's own document, with where everything is.
int demo_json(const Places& places, bool force, Console& console) {
  std::ostringstream printed, silent;
  Console ran_on(printed, console.err, console.version), reported_on(silent, console.err);
  const int ran = run_scenario(places, {.force = force, .json = true}, ran_on);
  if (ran != kExitOk && ran != kExitDiffers) return ran;
  const int reported = write_report(places, force, reported_on);
  if (reported != kExitOk) return reported;
  Json document = {{"format", "tablekey.demo/1"},
                   {"scenario", places.scenario.string()},
                   {"trace", places.trace.string()},
                   {"report", places.page.string()},
                   {"run", Json::parse(printed.str())}};
  Json& next = document["next"] = Json::array();
  for (const Suggestion& one : suggestions(places)) {
    next.push_back({{"what", one.what}, {"command", one.command}});
  }
  console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  return ran;
}

}  // namespace

int demo(const DemoOptions& options, Console& console) {
  const Places places{options.output / "revoke-grant.yaml", options.output / "revoke-grant.tk",
                      options.output / "revoke-grant.html"};
  std::error_code failed;
  fs::create_directories(options.output, failed);
  if (failed) {
    return console.fail(
        kExitIo, fmt::format("cannot make {}: {}", options.output.string(), failed.message()));
  }
  if (auto written = write_scenario(places, options.force); !written) {
    return console.fail(kExitIo, written.error(),
                        "--force replaces it, -o DIR puts everything elsewhere");
  }
  if (options.json) return demo_json(places, options.force, console);
  console.out << fmt::format(
      "A fleet and a batch job read the table Orders. At 2h DynamoDB's grants on its key are\n"
      "revoked, at 3h the key is disabled. Who can still read, and for how long?\n\n"
      "scenario  {}\n\n",
      places.scenario.string());
  const int ran = run_scenario(places, {.force = options.force}, console);
  if (ran != kExitOk && ran != kExitDiffers) return ran;
  console.out << '\n';
  const int reported = write_report(places, options.force, console);
  if (reported != kExitOk) return reported;
  if (!options.no_open && desktop() && !open_page(places.page)) {
    console.note("the page could not be opened here; open it in a browser");
  }
  console.out << "\nnext:\n";
  for (const Suggestion& one : suggestions(places)) {
    console.out << fmt::format("  {}\n    {}\n", one.what, one.command);
  }
  return ran;
}

}  // namespace tablekey::replay::verbs
