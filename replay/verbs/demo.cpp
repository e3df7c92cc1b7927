#include "replay/verbs/demo.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "replay/verbs/demo_scenario.h"
#include "replay/verbs/output_file.h"
#include "replay/verbs/report.h"
#include "replay/verbs/run.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

struct Places {
  fs::path scenario, trace, page;
};

std::expected<void, std::string> write_scenario(const Places& places, bool force) {
  auto file = OutputFile::create(places.scenario, force);
  if (!file) return std::unexpected(file.error());
  file->write(demo_scenario());
  return file->publish();
}

int run_scenario(const Places& places, bool force, Console& console) {
  RunOptions options;
  options.scenario.file = places.scenario;
  options.trace = places.trace;
  options.writer.overwrite = force;
  options.shell.progress = sim::Progress::automatic;
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

void say_next(const Places& places, Console& console) {
  const auto line = [&](std::initializer_list<std::string> words, std::string_view what) {
    const std::vector<std::string> all(words);
    console.out << fmt::format("  {}\n    {}\n", what, command_line(all));
  };
  console.out << "\nnext:\n";
  line({"tablekey", "explain", places.scenario.string()}, "what was simulated, in sentences");
  line({"tablekey", "inspect", places.trace.string(), "--at", "3h1m", "--table", "Orders",
        "--hierarchy"},
       "who can still read");
  line({"tablekey", "fork", places.trace.string(), "--at", "3h", "--set",
        "model.table_key_cache.max_age=5m", "-o",
        (places.trace.parent_path() / "short.tk").string()},
       "what if keys were kept for five minutes at most");
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
  console.out << fmt::format(
      "A fleet and a batch job read the table Orders. At 2h DynamoDB's grants on its key are\n"
      "revoked, at 3h the key is disabled. Who can still read, and for how long?\n\n"
      "scenario  {}\n\n",
      places.scenario.string());
  const int ran = run_scenario(places, options.force, console);
  if (ran != kExitOk && ran != kExitDiffers) return ran;
  console.out << '\n';
  const int reported = write_report(places, options.force, console);
  if (reported != kExitOk) return reported;
  if (!options.no_open && desktop() && !open_page(places.page)) {
    console.note("the page could not be opened here; open it in a browser");
  }
  say_next(places, console);
  return ran;
}

}  // namespace tablekey::replay::verbs
