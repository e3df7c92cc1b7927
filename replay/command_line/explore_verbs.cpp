// The verb that looks for bugs in tablekey itself.
#include "replay/command_line/offer.h"
#include "replay/command_line/tree.h"
#include "replay/verbs/explore.h"
#include "replay/verbs/option_text.h"
#include "replay/verbs/study.h"

namespace tablekey::replay::command_line {

void offer_explore(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(
      app, line, "explore",
      "Makes random scenarios, runs them and checks the laws of the simulated world.\n\n"
      "  tablekey explore --seeds 1000 --budget 10m\n"
      "  tablekey explore --seeds 17..17 -o found\n\n"
      "A scenario that breaks a law is shrunk and written as explore-SEED.yaml; given that file\n"
      "(or any other scenario), explore checks the same laws on it. With --worst exposure it\n"
      "looks for the worst timeline under a scenario's settings, or those of --set, instead.",
      verbs::explore);
  verb.add_option("FILE", options.file, "a scenario to check instead of random ones");
  offer_settings(verb, options.set, "another value in that scenario; may be given many times");
  offer(verb, "--seeds", "N|A..B", "the first N seeds, or those from A to B; 200 if absent",
        options.seeds, verbs::parse_seeds);
  offer(verb, "--budget", "10m", "begin no seed after so much real time", options.budget,
        verbs::parse_time_limit);
  offer(verb, "--threads", "N", "seeds at the same time; all cores if absent", options.threads,
        verbs::parse_threads);
  verb.add_option("-o,--output", options.output,
                  "where shrunk scenarios go; else the current folder")
      ->option_text("DIR");
  offer(verb, "--worst", "exposure",
        "search for the timeline that keeps data readable longest after its key is taken away",
        options.worst, verbs::parse_worst);
  offer(verb, "--tries", "N", "timelines that this search looks at; 4,000 if absent", options.tries,
        verbs::parse_threads);
  offer(verb, "--reads", "N", "reads that it may place; 8 if absent", options.reads,
        verbs::parse_threads);
  verb.add_flag("--until-broken", options.until_broken, "stop at the first seed that breaks a law");
  verb.add_flag("--print", options.print, "only print the scenario of the first seed");
  verb.add_flag("--force", options.force, "replace files of those names");
  offer_json(verb, options.json);
  offer(verb, "--progress", "auto|none|line|json",
        "progress on stderr; auto: a line if that is a terminal", options.progress,
        sim::parse_progress);
}

}  // namespace tablekey::replay::command_line
