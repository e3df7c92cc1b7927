// Verbs about studies.
#include "replay/command_line/offer.h"
#include "replay/command_line/tree.h"
#include "replay/verbs/option_text.h"
#include "replay/verbs/study.h"

namespace tablekey::replay::command_line {
namespace {

template <class Options>
void offer_study_file(CLI::App& verb, Options& options) {
  offer_scenario(verb, options.scenario);
  offer(verb, "--repeat", "N", "runs of each point, instead of the study's own", options.repeat,
        verbs::parse_seed);
  offer_json(verb, options.json);
}

void offer_study_plan(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "plan",
                 "Says which runs a study consists of, and how to share them out.\n\n"
                 "  tablekey study plan orders.yaml\n"
                 "  tablekey study plan orders.yaml --shards 20",
                 verbs::study_plan);
  offer_study_file(verb, options);
  offer(verb, "--shards", "N", "also the commands of so many shards", options.shards,
        verbs::parse_threads);
}

void offer_study_merge(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "merge",
                 "Puts the shards of a study together, to the bytes that the study "
                 "has in one piece.\n\n"
                 "  tablekey study merge orders-*-of-20.study -o orders.study\n"
                 "  tablekey study merge a b c -o all --json",
                 verbs::study_merge);
  verb.add_option("DIR", options.shards, "folders of shards")->option_text("DIR...")->required();
  verb.add_option("-o,--output", options.output, "the folder of the whole")
      ->option_text("DIR")
      ->required();
  verb.add_flag("--force", options.force, "replace what another study left there");
  offer_json(verb, options.json);
}

}  // namespace

void offer_study(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(
      app, line, "study",
      "Runs a scenario over a grid of settings and many seeds, and says what differs.\n\n"
      "  tablekey study orders.yaml -o orders.study --threads 4\n"
      "  tablekey study orders.yaml --shard 3/20\n\n"
      "tablekey study plan says what would be run; tablekey study merge puts shards together.",
      verbs::study);
  offer_study_file(verb, options);
  verb.add_option("-o,--output", options.output, "the folder; else NAME.study beside the scenario")
      ->option_text("DIR");
  offer(verb, "--threads", "N", "runs at the same time; all cores if absent", options.threads,
        verbs::parse_threads);
  offer(verb, "--shard", "I/N", "only this part of the runs, to be put together by study merge",
        options.shard, verbs::parse_shard);
  verb.add_flag("--force", options.force, "replace what another study left there");
  offer(verb, "--progress", "auto|none|line|json",
        "progress on stderr; auto: a line if that is a terminal", options.progress,
        sim::parse_progress);
  offer(verb, "--time-limit", "30s", "stop after so much real time, with exit code 75",
        options.time_limit, verbs::parse_time_limit);
  offer_study_plan(verb, line);
  offer_study_merge(verb, line);
  group_verbs(verb);
  // The verb takes a file or one of the two; its own callback comes last.
  verb.get_option("FILE")->required(false);
  verb.callback([&line, &options, &verb] {
    if (!verb.get_subcommands().empty()) return;
    if (options.scenario.file.empty()) throw CLI::RequiredError("FILE");
    line.chosen = [&options](verbs::Console& console) { return verbs::study(options, console); };
  });
}

}  // namespace tablekey::replay::command_line
