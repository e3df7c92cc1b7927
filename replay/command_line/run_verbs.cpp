// Verbs that run a scenario or what a trace holds of a run.
#include "replay/command_line/offer.h"
#include "replay/command_line/tree.h"
#include "replay/verbs/demo.h"
#include "replay/verbs/fold.h"
#include "replay/verbs/fork.h"
#include "replay/verbs/option_text.h"
#include "replay/verbs/replay.h"
#include "replay/verbs/resume.h"
#include "replay/verbs/run.h"
#include "replay/verbs/study.h"
#include "replay/verbs/whatif.h"

namespace tablekey::replay::command_line {

void offer_run(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(
      app, line, "run",
      "Runs a scenario, writes its trace and says whether what it expects was met.\n\n"
      "  tablekey run scenarios/library/books.yaml\n"
      "  tablekey run orders.yaml -o /tmp/orders.tk --seed 7 --set model.kms.latency=10ms",
      verbs::run);
  offer_scenario(verb, options.scenario);
  verb.add_option("-o,--output", options.trace, "the trace; else NAME.tk beside the scenario")
      ->option_text("TRACE");
  verb.add_flag("--no-trace", options.no_trace,
                "write no trace; the digest is printed all the same");
  verb.add_flag("--force", options.writer.overwrite, "replace a trace of that name");
  offer(verb, "--codec", "none|zstd", "compress the trace; the digest is the same",
        options.writer.codec, verbs::parse_codec);
  offer_writer(verb, options.writer);
  offer_shell(verb, options.shell);
  offer_json(verb, options.json);
}

void offer_resume(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "resume",
                 "Goes on with an interrupted run; the trace becomes what it would "
                 "have been without a stop.\n\n"
                 "  tablekey resume books.tk\n"
                 "  tablekey resume books.tk --time-limit 10m",
                 verbs::resume);
  offer_trace(verb, options.trace);
  verb.add_flag("--force", options.writer.overwrite, "replace a finished trace of that name");
  offer_writer(verb, options.writer);
  offer_shell(verb, options.shell);
  offer_json(verb, options.json);
}

void offer_replay(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "replay",
                 "Decides a recorded run anew and reports the first event that differs.\n\n"
                 "  tablekey replay books.tk\n"
                 "  tablekey replay books.tk --set model.kms.latency=10ms",
                 verbs::replay);
  offer_trace(verb, options.trace);
  offer_settings(verb, options.set, "another default than this program's; may be given many times");
  verb.add_flag("--recorded-settings", options.recorded_settings,
                "every setting as the trace recorded it, whatever the defaults are now");
  offer(verb, "--threads", "N", "so many parts between snapshots at the same time", options.threads,
        verbs::parse_threads);
  verb.add_option("--from-snapshot", options.from_snapshot,
                  "only from the last snapshot at or before that moment on")
      ->option_text("2h");
  offer_shell(verb, options.shell);
  offer_json(verb, options.json);
}

void offer_fold(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(
      app, line, "fold",
      "Applies the events of a trace and compares the state with every snapshot in it.\n\n"
      "  tablekey fold books.tk\n"
      "  tablekey fold books.tk --json",
      verbs::fold);
  offer_trace(verb, options.trace);
  offer_json(verb, options.json);
}

void offer_fork(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(
      app, line, "fork",
      "Keeps the past of a trace and runs another future from a time on.\n\n"
      "  tablekey fork books.tk --at 2h --do 'kms:DisableKey key=BooksKey' -o disabled.tk\n"
      "  tablekey fork books.tk --at 2h --set model.table_key_cache.idle_timeout=1m -o short.tk",
      verbs::fork);
  offer_trace(verb, options.trace);
  verb.add_option("--at", options.at, "since the start, or a time in ISO 8601")
      ->option_text("2h")
      ->required();
  verb.add_option("--do", options.steps,
                  "a step more: an operation and name=value words, or a map in YAML; may be given "
                  "many times")
      ->option_text("STEP")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  offer_settings(verb, options.set,
                 "model.…: from that time on; anything else in the scenario file, if it reaches "
                 "no event before; may be given many times");
  verb.add_option("-o,--output", options.output, "the new trace")->option_text("NEW")->required();
  verb.add_option("--include-from", options.beside,
                  "where files are that the scenario includes; else the trace's own folder")
      ->option_text("DIR");
  verb.add_flag("--force", options.writer.overwrite, "replace a trace of that name");
  offer_writer(verb, options.writer);
  offer_shell(verb, options.shell);
  offer_json(verb, options.json);
}

void offer_whatif(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "whatif",
                 "Runs the alternatives of a scenario from one common past, and compares them.\n\n"
                 "  tablekey whatif scenarios/library/five-ways-to-revoke.yaml -o futures\n"
                 "  tablekey whatif orders.yaml --json",
                 verbs::whatif);
  offer_scenario(verb, options.scenario);
  verb.add_option("-o,--output", options.output,
                  "the folder of the traces; else NAME.whatif beside the scenario")
      ->option_text("DIR");
  verb.add_option("--measure", options.measures,
                  "one more measure, as `expect` writes them; may be given many times")
      ->option_text("MEASURE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  offer(verb, "--threads", "N", "alternatives at the same time; all cores if absent",
        options.threads, verbs::parse_threads);
  verb.add_flag("--all", options.all, "also the counts that are equal in all of them");
  verb.add_flag("--force", options.force, "replace traces that are there");
  offer_json(verb, options.json);
}

void offer_demo(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(app, line, "demo",
                                    "Shows what tablekey does: a scenario, its run and the report, "
                                    "in a folder.\n\n"
                                    "  tablekey demo --no-open\n"
                                    "  tablekey demo -o /tmp/demo",
                                    verbs::demo);
  verb.add_option("-o,--output", options.output, "the folder; else tablekey-demo")
      ->option_text("DIR");
  verb.add_flag("--force", options.force, "replace what an earlier demonstration left there");
  verb.add_flag("--no-open", options.no_open, "do not open the report, only say where it is");
  verb.add_flag("--json", options.json,
                "one JSON document: where everything is, and what came out");
}

}  // namespace tablekey::replay::command_line
