// Verbs about scenario files.
#include "replay/command_line/offer.h"
#include "replay/command_line/tree.h"
#include "replay/verbs/check.h"
#include "replay/verbs/explain.h"
#include "replay/verbs/option_text.h"
#include "replay/verbs/profiles.h"
#include "replay/verbs/study.h"
#include "replay/verbs/test.h"

namespace tablekey::replay::command_line {

void offer_check(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "check",
                 "Finds everything that is wrong with scenario files, without a run.\n\n"
                 "  tablekey check orders.yaml\n"
                 "  tablekey check scenarios/library/*.yaml --json",
                 verbs::check);
  verb.add_option("FILE", options.files, "scenarios")->required();
  offer_json(verb, options.json);
}

void offer_explain(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(
      app, line, "explain",
      "Says a scenario in sentences, with every setting and its source; or why an event came.\n\n"
      "  tablekey explain orders.yaml --set model.table_key_cache.idle_timeout=1m\n"
      "  tablekey explain orders.tk --event 1160",
      verbs::explain);
  offer_scenario(verb, options.scenario);
  offer(verb, "--event", "N", "FILE is a trace: what this event of it came of", options.event,
        verbs::parse_seed);
  offer_json(verb, options.json);
}

void offer_profiles(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "profiles",
                 "Lists the profiles, which choose among what AWS said and did over "
                 "the years, or prints one.\n\n"
                 "  tablekey profiles --json\n"
                 "  tablekey profiles 2018-11 > mine.yaml",
                 verbs::profiles);
  verb.add_option("NAME", options.name, "the profile to print");
  offer_json(verb, options.json);
}

void offer_test(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(
      app, line, "test",
      "Runs every scenario and golden trace below a folder as a test.\n\n"
      "  tablekey test runbooks\n"
      "  tablekey test runbooks --junit report.xml --threads 4\n\n"
      "A scenario passes if what it expects is met and, where a trace NAME.tk lies beside it, its\n"
      "events are the trace's. A trace alone is replayed.",
      verbs::test);
  verb.add_option("DIR", options.places, "folders, scenarios and traces")
      ->option_text("DIR...")
      ->required();
  offer(verb, "--threads", "N", "tests at the same time; all cores if absent", options.threads,
        verbs::parse_threads);
  verb.add_flag("--update", options.update, "replace golden traces that differ");
  verb.add_option("--junit", options.junit, "also write the results as JUnit's XML")
      ->option_text("FILE");
  offer_json(verb, options.json);
}

}  // namespace tablekey::replay::command_line
