// Verbs about scenario files.
#include "replay/command_line/offer.h"
#include "replay/command_line/tree.h"
#include "replay/verbs/check.h"
#include "replay/verbs/explain.h"
#include "replay/verbs/option_text.h"
#include "replay/verbs/profiles.h"

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
      "Says a scenario in sentences, with every setting and where its value comes from.\n\n"
      "  tablekey explain orders.yaml\n"
      "  tablekey explain orders.yaml --set model.table_key_cache.idle_timeout=1m",
      verbs::explain);
  offer_scenario(verb, options.scenario);
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

}  // namespace tablekey::replay::command_line
