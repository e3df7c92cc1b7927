#include "replay/verbs/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

std::string name_of_scenario(const Execution& execution) {
  return execution.scenario.reader().getName().cStr();
}

std::uint64_t failures(const Ending& ending) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      ending.outcomes, [](const Outcome& outcome) { return outcome.fails(); }));
}

std::uint64_t warnings(const Ending& ending) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      ending.outcomes,
      [](const Outcome& outcome) { return outcome.warn && outcome.met != Met::met; }));
}

// "books: met, all 5 expectations", "books: not met, 1 of 5 expectations".
std::string headline(const Verdict& verdict, const Console& console) {
  const Ending& ending = verdict.ending;
  const std::string name = name_of_scenario(verdict.execution);
  if (ending.outcomes.empty()) {
    return fmt::format("{}: {}, it expects nothing", name, console.on_out(Color::green, "met"));
  }
  const std::uint64_t failed = failures(ending);
  const std::uint64_t warned = warnings(ending);
  std::string line =
      failed == 0 ? fmt::format("{}: {}", name, console.on_out(Color::green, "met"))
                  : fmt::format("{}: {}, {} of {}", name, console.on_out(Color::red, "not met"),
                                failed, counted(ending.outcomes.size(), "expectation"));
  if (failed == 0 && warned == 0) {
    line += fmt::format(", {}", ending.outcomes.size() == 1
                                    ? "its one expectation"
                                    : fmt::format("all {} expectations", ending.outcomes.size()));
  }
  if (warned != 0) {
    line += fmt::format(", {} not met that only warn{}", warned, warned == 1 ? "s" : "");
  }
  return line;
}

std::string elapsed(const Verdict& verdict) {
  return sim::print(verdict.ending.now - verdict.execution.scenario.start);
}

void print_run(const Verdict& verdict, Console& console) {
  const Execution& execution = verdict.execution;
  console.out << execution.audience.summary.text(execution.run.state())
              << fmt::format("\nevents  {} in {} of simulated time\n",
                             grouped(verdict.ending.events), elapsed(verdict))
              << fmt::format("chain   {}\n", hex(verdict.ending.chain));
  if (execution.writer != nullptr) {
    console.out << fmt::format("trace   {}\n", execution.trace.string());
  }
}

void print_text(const Verdict& verdict, Console& console) {
  if (!verdict.ending.finished()) {
    console.out << fmt::format(
        "{}: stopped before its end; nothing can be said of what it expects\n\n",
        name_of_scenario(verdict.execution));
    return print_run(verdict, console);
  }
  if (failures(verdict.ending) != 0) {
    console.out << fmt::format("again: {}\n\n", verdict.again);
  }
  console.out << headline(verdict, console) << "\n\n";
  if (!verdict.ending.outcomes.empty()) console.out << text_of(verdict.ending.outcomes) << '\n';
  print_run(verdict, console);
}

Json stopped(const Ending& ending) {
  switch (ending.stop) {
    case sim::Stop::finished:
      return nullptr;
    case sim::Stop::interrupted:
      return "interrupted";
    case sim::Stop::deadline:
      return "time limit";
  }
  return nullptr;
}

// Beside the word for people, which has three values, stands the one that scripts ask for.
Json expectations(const Ending& ending) {
  Json list = json_of(ending.outcomes);
  for (std::size_t i = 0; i < ending.outcomes.size(); ++i) {
    list[i]["met"] = ending.outcomes[i].met == Met::met;
  }
  return list;
}

void print_json(const Verdict& verdict, Console& console) {
  const Execution& execution = verdict.execution;
  const Ending& ending = verdict.ending;
  Json document;
  document["format"] = "tablekey.run/1";
  document["scenario"] = name_of_scenario(execution);
  document["seed"] = execution.scenario.seed;
  document["command"] = verdict.again;
  document["verdict"] = nullptr;
  if (ending.finished()) document["verdict"] = failures(ending) == 0 ? "met" : "not met";
  document["expectations"] = expectations(ending);
  document["counts"] = execution.audience.summary.json(execution.run.state());
  document["events"] = ending.events;
  document["time"] = sim::print(ending.now);
  document["chain"] = hex(ending.chain);
  document["trace"] = nullptr;
  if (execution.writer != nullptr) document["trace"] = execution.trace.string();
  document["stopped"] = stopped(ending);
  document["resume"] = nullptr;
  if (!ending.finished() && !verdict.resume.empty()) document["resume"] = verdict.resume;
  console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

int say_stopped(const Verdict& verdict, Console& console) {
  const bool interrupted = verdict.ending.stop == sim::Stop::interrupted;
  console.note(fmt::format("{} after {}, {} into the run",
                           interrupted ? "interrupted" : "stopped at the time limit",
                           counted(verdict.ending.events, "event"), elapsed(verdict)));
  if (!verdict.resume.empty()) {
    console.note(fmt::format("  go on: {}", verdict.resume));
  } else if (verdict.execution.trace_is_there) {
    console.note(fmt::format("  {} holds this run to its end", verdict.execution.trace.string()));
  } else {
    console.note("  without a trace there is nothing to go on from");
  }
  return interrupted ? kExitInterrupted : kExitTimeLimit;
}

}  // namespace

std::string run_command(const std::string& file, std::uint64_t seed,
                        const std::vector<Setting>& set) {
  std::vector<std::string> words = {"tablekey", "run", file, "--seed", std::to_string(seed)};
  for (const auto& [path, value] : set) {
    words.emplace_back("--set");
    words.push_back(path + "=" + value);
  }
  return command_line(words);
}

int print_verdict(const Verdict& verdict, Console& console) {
  verdict.json ? print_json(verdict, console) : print_text(verdict, console);
  console.out.flush();
  if (!verdict.ending.finished()) return say_stopped(verdict, console);
  return failures(verdict.ending) == 0 ? kExitOk : kExitDiffers;
}

}  // namespace tablekey::replay::verbs
