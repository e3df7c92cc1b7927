// Verbs that look into traces or put them into another form.
#include "replay/command_line/offer.h"
#include "replay/command_line/tree.h"
#include "replay/query.h"
#include "replay/verbs/compare.h"
#include "replay/verbs/diff.h"
#include "replay/verbs/events.h"
#include "replay/verbs/export.h"
#include "replay/verbs/inspect.h"
#include "replay/verbs/option_text.h"
#include "replay/verbs/repair.h"
#include "replay/verbs/report.h"
#include "replay/verbs/stats.h"
#include "replay/verbs/verify.h"

namespace tablekey::replay::command_line {

void offer_inspect(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "inspect",
                 "Shows the state of the simulated world at a moment of a trace.\n\n"
                 "  tablekey inspect books.tk --at 2h\n"
                 "  tablekey inspect books.tk --at 2h --table Books --hierarchy\n"
                 "  tablekey inspect books.tk --watch key=BooksKey\n"
                 "  tablekey inspect books.tk --event 20 --changes",
                 verbs::inspect);
  offer_trace(verb, options.trace);
  verb.add_option("--at", options.at, "since the start, or a time in ISO 8601; else the end")
      ->option_text("2h");
  offer(verb, "--event", "N", "right after that event, instead of at a time", options.event,
        verbs::parse_seed);
  verb.add_option("--table", options.table, "only this table, its key and its grants")
      ->option_text("NAME");
  verb.add_flag("--hierarchy", options.hierarchy,
                "only the table's keys: what wraps what, and who holds it in plaintext until when");
  verb.add_flag("--changes", options.changes, "only what that event changed");
  verb.add_option("--watch", options.watch,
                  "every change of key=NAME, table=NAME, grant=ID or connection=WORKLOAD/0")
      ->option_text("WHAT");
  verb.add_option("--from", options.from, "of --watch: from that moment on")->option_text("1h");
  verb.add_option("--to", options.to, "of --watch: up to that moment")->option_text("2h");
  verb.add_flag("--leakage", options.leakage,
                "only sort keys in plaintext metadata, and data keys unwrapped in memory");
  offer_json(verb, options.json);
}

void offer_events(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "events",
                 "Lists the events of a trace that match all filters.\n\n"
                 "  tablekey events books.tk type=KmsAnswered from=2h limit=20\n"
                 "  tablekey events books.tk --table Books --result failed --json",
                 verbs::events);
  offer_trace(verb, options.trace);
  verb.add_option("FILTER", options.filters, "name=value");
  // Each filter is an option too: --table Books is table=Books.
  for (const std::string_view name : query_names()) {
    const std::string filter(name);
    const auto take = [&given = options, filter](const std::string& text) {
      given.filters.push_back(filter + "=" + text);
    };
    verb.add_option_function<std::string>("--" + filter, take, "the same as " + filter + "=VALUE")
        ->option_text("VALUE");
  }
  offer_json(verb, options.json, "print one JSON document a line");
}

void offer_export(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(app, line, "export",
                                    "Writes a trace in another form.\n\n"
                                    "  tablekey export books.tk --to cloudtrail\n"
                                    "  tablekey export books.tk --to csv --from 1h -o books.csv\n\n"
                                    "Forms:\n" +
                                        verbs::export_forms_help(),
                                    verbs::export_trace);
  offer_trace(verb, options.trace);
  offer(verb, "--to", "FORM", "one of the forms above", options.form, verbs::parse_export_form)
      ->required();
  verb.add_option("--account", options.account,
                  "only the trail of this account; else those of all, told apart by "
                  "recipientAccountId")
      ->option_text("ID");
  verb.add_flag("--data-events", options.data_events,
                "also DynamoDB's records of requests for items, which a trail has to ask for");
  verb.add_option("--from", options.from, "what happened from then on: 2h, or a time in ISO 8601")
      ->option_text("2h");
  verb.add_option("--until", options.until, "what happened up to then")->option_text("3h");
  verb.add_option("-o,--output", options.output,
                  "a file, or the folder of a form that is one; else standard output")
      ->option_text("FILE");
  verb.add_flag("--force", options.force, "replace what has that name");
  verb.add_flag("--json", options.json, "with -o: what was written, as a JSON document");
}

void offer_verify(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(
      app, line, "verify",
      "Says whether a trace is complete (0), torn at its end (3), damaged (4) or no trace (5).\n\n"
      "  tablekey verify books.tk\n"
      "  tablekey verify books.tk --json",
      verbs::verify);
  offer_trace(verb, options.trace);
  offer_json(verb, options.json);
}

void offer_repair(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "repair",
                 "Saves what is whole of a torn or damaged trace in a new file.\n\n"
                 "  tablekey repair books.tk -o books-repaired.tk\n"
                 "  tablekey repair books.tk.part -o books.tk",
                 verbs::repair);
  offer_trace(verb, options.trace);
  verb.add_option("-o,--output", options.output, "the new file")->option_text("NEW")->required();
  verb.add_flag("--force", options.force, "replace a file of that name");
  offer_json(verb, options.json);
}

void offer_diff(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(app, line, "diff",
                                    "Finds the first event in which two traces differ.\n\n"
                                    "  tablekey diff books.tk disabled.tk\n"
                                    "  tablekey diff books.tk disabled.tk --metrics",
                                    verbs::diff);
  verb.add_option("A", options.a, "a trace")->required();
  verb.add_option("B", options.b, "another")->required();
  verb.add_flag("--metrics", options.metrics,
                "instead, the expectations and counts in which they differ");
  offer_json(verb, options.json);
}

void offer_compare(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "compare",
                 "Puts what traces measured and counted side by side.\n\n"
                 "  tablekey compare books.tk disabled.tk\n"
                 "  tablekey compare a.tk b.tk c.tk --measure 'kms.calls(op=Decrypt).count'",
                 verbs::compare);
  verb.add_option("TRACE", options.traces, "two traces or more")
      ->option_text("TRACE...")
      ->required();
  verb.add_option("--measure", options.measures,
                  "one more measure, as `expect` writes them; may be given many times")
      ->option_text("MEASURE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb.add_flag("--differing", options.differing, "only rows that differ; exit code 1 if any does");
  offer_json(verb, options.json);
}

void offer_stats(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(app, line, "stats",
                                    "Counts what a trace holds: events by kind and over time, "
                                    "frames and bytes.\n\n"
                                    "  tablekey stats books.tk\n"
                                    "  tablekey stats books.tk --json",
                                    verbs::stats);
  offer_trace(verb, options.trace);
  offer_json(verb, options.json);
}

void offer_report(CLI::App& app, CommandLine& line) {
  auto [verb, options] = offer_verb(app, line, "report",
                                    "Writes one HTML file about a run or a study, which opens "
                                    "anywhere and needs nothing else.\n\n"
                                    "  tablekey report books.tk\n"
                                    "  tablekey report orders.study -o orders.html",
                                    verbs::report);
  verb.add_option("TRACE|STUDY", options.input, "a trace, or the folder of a study")->required();
  verb.add_option("-o,--output", options.output, "the page; else NAME.html beside it")
      ->option_text("FILE");
  verb.add_flag("--force", options.force, "replace a file of that name");
  offer_json(verb, options.json, "print the page's data as one JSON document; no page without -o");
}

}  // namespace tablekey::replay::command_line
