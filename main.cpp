// The front door: the command line becomes the options of one verb, which is called. What the verbs
// do is in replay/verbs; what is said here is help and what is wrong with a command line.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "crypto/harden.h"
#include "replay/query.h"
#include "replay/verbs/check.h"
#include "replay/verbs/descriptor_stream.h"
#include "replay/verbs/events.h"
#include "replay/verbs/explain.h"
#include "replay/verbs/export.h"
#include "replay/verbs/fold.h"
#include "replay/verbs/inspect.h"
#include "replay/verbs/option_text.h"
#include "replay/verbs/policy_check.h"
#include "replay/verbs/policy_eval.h"
#include "replay/verbs/profiles.h"
#include "replay/verbs/repair.h"
#include "replay/verbs/replay.h"
#include "replay/verbs/report.h"
#include "replay/verbs/resume.h"
#include "replay/verbs/run.h"
#include "replay/verbs/study.h"
#include "replay/verbs/verify.h"
#include "scenarios/characters.h"

namespace {

namespace verbs = tablekey::replay::verbs;
namespace sim = tablekey::sim;

constexpr const char* kExitCodes =
    "Exit codes: 0 all as expected, 1 an expectation not met or a replay that differs, 2 bad "
    "command\n"
    "line or input, 3 cannot read or write, 4 a bug in tablekey, 75 stopped at a time limit, 130\n"
    "interrupted. A trace that is not whole: 3 torn at its end, 4 damaged, 5 not a trace.";

struct CommandLine {
  verbs::RunOptions run;
  verbs::ResumeOptions resume;
  verbs::ReplayOptions replay;
  verbs::FoldOptions fold;
  verbs::InspectVerbOptions inspect;
  verbs::EventsOptions events;
  verbs::ExportOptions export_trace;
  verbs::ReportOptions report;
  verbs::CheckOptions check;
  verbs::ExplainOptions explain;
  verbs::ProfilesOptions profiles;
  verbs::StudyOptions study;
  verbs::StudyPlanOptions study_plan;
  verbs::StudyMergeOptions study_merge;
  verbs::PolicyEvalOptions policy_eval;
  verbs::PolicyCheckOptions policy_check;
  verbs::VerifyOptions verify;
  verbs::RepairOptions repair;

  std::string color = "auto";
  std::function<int(verbs::Console&)> chosen;
};

// "tablekey policy eval" for the verb's own part of the tree.
std::string full_name(const CLI::App& verb) {
  if (verb.get_parent() == nullptr) return "tablekey";
  return full_name(*verb.get_parent()) + " " + verb.get_name();
}

// Whether a verb stands for its verbs alone, or takes a file of its own as well.
bool only_verbs(const CLI::App& verb) {
  const bool positional = std::ranges::any_of(
      verb.get_options(), [](const CLI::Option* option) { return option->get_positional(); });
  return !positional && !verb.get_subcommands({}).empty();
}

// Help opens with a sentence and examples; the list of verbs shows the sentences alone.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(28); }

  std::string make_usage(const CLI::App* app, std::string) const override {
    if (app->get_parent() == nullptr) return "\nUsage: tablekey COMMAND [OPTIONS] FILE\n";
    std::string usage = "\nUsage: " + full_name(*app);
    usage += only_verbs(*app) ? " COMMAND [OPTIONS]" : " [OPTIONS]";
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_positional()) usage += " " + make_option_usage(option);
    }
    return usage + "\n";
  }
  std::string make_positionals(const CLI::App*) const override { return {}; }
  std::string make_subcommand(const CLI::App* sub) const override {
    const std::string description = sub->get_description();
    std::stringstream out;
    CLI::detail::format_help(out, sub->get_name(), description.substr(0, description.find('\n')),
                             12);
    return out.str();
  }
};

// An option whose text `parse` turns into a value. What parse() says of a bad text is what the user
// is told.
template <class Value, class Place>
CLI::Option* offer(CLI::App& verb, const std::string& name, const std::string& shown,
                   const std::string& meaning, Place& place,
                   std::expected<Value, std::string> (*parse)(std::string_view)) {
  const auto take = [name, &place, parse](const std::string& text) {
    const auto value = parse(text);
    if (!value) throw CLI::ValidationError(name, value.error());
    place = *value;
  };
  return verb.add_option_function<std::string>(name, take, meaning)->option_text(shown);
}

// A --color stands before the verb or after it.
void offer_color(CLI::App& app, std::string& color) {
  offer(app, "--color", "auto|always|never", "colour; auto: in a terminal, and not with NO_COLOR",
        color, verbs::parse_color);
}

void offer_json(CLI::App& verb, bool& json,
                const std::string& meaning = "print one JSON document") {
  verb.add_flag("--json", json, meaning);
}

void offer_trace(CLI::App& verb, std::filesystem::path& trace) {
  verb.add_option("TRACE", trace, "a trace")->required();
}

// --set may be given many times, each with one text.
void offer_settings(CLI::App& verb, std::vector<verbs::Setting>& into, const std::string& meaning) {
  const auto take = [&into](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      auto setting = verbs::parse_setting(text);
      if (!setting) throw CLI::ValidationError("--set", setting.error());
      into.push_back(std::move(*setting));
    }
  };
  verb.add_option_function<std::vector<std::string>>("--set", take, meaning)
      ->option_text("PATH=VALUE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void offer_scenario(CLI::App& verb, verbs::ScenarioChoices& scenario) {
  verb.add_option("FILE", scenario.file, "a scenario")->required();
  offer(verb, "--seed", "N", "instead of the scenario's own seed", scenario.seed,
        verbs::parse_seed);
  offer_settings(verb, scenario.set, "another value in the scenario file; may be given many times");
}

void offer_shell(CLI::App& verb, verbs::ShellChoices& shell) {
  offer(verb, "--pace", "60x", "simulated time for each second of real time; at once if absent",
        shell.pace, sim::parse_pace);
  offer(verb, "--progress", "auto|none|line|json",
        "progress on stderr; auto: a line if that is a terminal", shell.progress,
        sim::parse_progress);
  offer(verb, "--time-limit", "30s", "stop after so much real time, with exit code 75",
        shell.time_limit, verbs::parse_time_limit);
}

void offer_writer(CLI::App& verb, tablekey::events::WriterOptions& writer) {
  verb.add_flag_function(
      "--no-writer-thread", [&writer](std::int64_t) { writer.background = false; },
      "hash and write on the simulation's own thread; the bytes are the same");
  offer(verb, "--sync-every", "N", "have the disk keep every N chunks; else only at the end",
        writer.sync_every, verbs::parse_chunks);
}

// A verb with its help: a sentence, two examples, then what the caller adds. When it is the one on
// the command line it becomes `chosen`.
template <class Options>
CLI::App& offer_verb(CLI::App& app, CommandLine& line, const std::string& name,
                     const std::string& help, Options& options,
                     int (*call)(const Options&, verbs::Console&)) {
  CLI::App& verb = *app.add_subcommand(name, help);
  verb.formatter(std::make_shared<HelpFormatter>());
  verb.footer(kExitCodes);
  verb.set_help_flag("-h,--help", "print this help");
  offer_color(verb, line.color);
  verb.callback([&line, &options, call] {
    line.chosen = [&options, call](verbs::Console& console) { return call(options, console); };
  });
  return verb;
}

void offer_run(CLI::App& app, CommandLine& line) {
  verbs::RunOptions& options = line.run;
  CLI::App& verb = offer_verb(
      app, line, "run",
      "Runs a scenario, writes its trace and says whether what it expects was met.\n\n"
      "  tablekey run scenarios/library/books.yaml\n"
      "  tablekey run orders.yaml -o /tmp/orders.tk --seed 7 --set model.kms.latency=10ms",
      options, verbs::run);
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
  verbs::ResumeOptions& options = line.resume;
  CLI::App& verb = offer_verb(app, line, "resume",
                              "Goes on with an interrupted run; the trace becomes what it would "
                              "have been without a stop.\n\n"
                              "  tablekey resume books.tk\n"
                              "  tablekey resume books.tk --time-limit 10m",
                              options, verbs::resume);
  offer_trace(verb, options.trace);
  verb.add_flag("--force", options.writer.overwrite, "replace a finished trace of that name");
  offer_writer(verb, options.writer);
  offer_shell(verb, options.shell);
  offer_json(verb, options.json);
}

void offer_replay(CLI::App& app, CommandLine& line) {
  verbs::ReplayOptions& options = line.replay;
  CLI::App& verb =
      offer_verb(app, line, "replay",
                 "Decides a recorded run anew and reports the first event that differs.\n\n"
                 "  tablekey replay books.tk\n"
                 "  tablekey replay books.tk --set model.kms.latency=10ms",
                 options, verbs::replay);
  offer_trace(verb, options.trace);
  offer_settings(verb, options.set, "another default than this program's; may be given many times");
  verb.add_flag("--recorded-settings", options.recorded_settings,
                "every setting as the trace recorded it, whatever the defaults are now");
  offer_shell(verb, options.shell);
  offer_json(verb, options.json);
}

void offer_fold(CLI::App& app, CommandLine& line) {
  CLI::App& verb = offer_verb(
      app, line, "fold",
      "Applies the events of a trace and compares the state with every snapshot in it.\n\n"
      "  tablekey fold books.tk\n"
      "  tablekey fold books.tk --json",
      line.fold, verbs::fold);
  offer_trace(verb, line.fold.trace);
  offer_json(verb, line.fold.json);
}

void offer_inspect(CLI::App& app, CommandLine& line) {
  verbs::InspectVerbOptions& options = line.inspect;
  CLI::App& verb = offer_verb(app, line, "inspect",
                              "Shows the state of the simulated world at a moment of a trace.\n\n"
                              "  tablekey inspect books.tk --at 2h\n"
                              "  tablekey inspect books.tk --at 2018-02-14T00:30:00Z --table Books",
                              options, verbs::inspect);
  offer_trace(verb, options.trace);
  verb.add_option("--at", options.at, "since the start, or a time in ISO 8601; else the end")
      ->option_text("2h");
  verb.add_option("--table", options.table, "only this table, its key and its grants")
      ->option_text("NAME");
  verb.add_flag("--leakage", options.leakage,
                "only sort keys in plaintext metadata, and data keys unwrapped in memory");
  offer_json(verb, options.json);
}

void offer_events(CLI::App& app, CommandLine& line) {
  verbs::EventsOptions& options = line.events;
  CLI::App& verb = offer_verb(app, line, "events",
                              "Lists the events of a trace that match all filters.\n\n"
                              "  tablekey events books.tk type=KmsAnswered from=2h limit=20\n"
                              "  tablekey events books.tk --table Books --result failed --json",
                              options, verbs::events);
  offer_trace(verb, options.trace);
  verb.add_option("FILTER", options.filters, "name=value");
  // Each filter is an option too: --table Books is table=Books.
  for (const std::string_view name : tablekey::replay::query_names()) {
    const std::string filter(name);
    const auto take = [&options, filter](const std::string& text) {
      options.filters.push_back(filter + "=" + text);
    };
    verb.add_option_function<std::string>("--" + filter, take, "the same as " + filter + "=VALUE")
        ->option_text("VALUE");
  }
  offer_json(verb, options.json, "print one JSON document a line");
}

void offer_export(CLI::App& app, CommandLine& line) {
  verbs::ExportOptions& options = line.export_trace;
  CLI::App& verb = offer_verb(app, line, "export",
                              "Writes a trace in another form.\n\n"
                              "  tablekey export books.tk --to cloudtrail\n"
                              "  tablekey export books.tk --to cloudtrail -o records.json",
                              options, verbs::export_trace);
  offer_trace(verb, options.trace);
  offer(verb, "--to", "cloudtrail", "the form: AWS CloudTrail's {\"Records\": […]}", options.form,
        verbs::parse_export_form)
      ->required();
  verb.add_option("--account", options.account,
                  "only the trail of this account; else those of all, told apart by "
                  "recipientAccountId")
      ->option_text("ID");
  verb.add_flag("--data-events", options.data_events,
                "also DynamoDB's records of requests for items, which a trail has to ask for");
  verb.add_option("-o,--output", options.output, "a file; else standard output")
      ->option_text("FILE");
  verb.add_flag("--force", options.force, "replace a file of that name");
}

void offer_check(CLI::App& app, CommandLine& line) {
  CLI::App& verb =
      offer_verb(app, line, "check",
                 "Finds everything that is wrong with scenario files, without a run.\n\n"
                 "  tablekey check orders.yaml\n"
                 "  tablekey check scenarios/library/*.yaml --json",
                 line.check, verbs::check);
  verb.add_option("FILE", line.check.files, "scenarios")->required();
  offer_json(verb, line.check.json);
}

void offer_explain(CLI::App& app, CommandLine& line) {
  verbs::ExplainOptions& options = line.explain;
  CLI::App& verb = offer_verb(
      app, line, "explain",
      "Says a scenario in sentences, with every setting and where its value comes from.\n\n"
      "  tablekey explain orders.yaml\n"
      "  tablekey explain orders.yaml --set model.table_key_cache.idle_timeout=1m",
      options, verbs::explain);
  offer_scenario(verb, options.scenario);
  offer_json(verb, options.json);
}

void offer_profiles(CLI::App& app, CommandLine& line) {
  verbs::ProfilesOptions& options = line.profiles;
  CLI::App& verb = offer_verb(app, line, "profiles",
                              "Lists the profiles, which choose among what AWS said and did over "
                              "the years, or prints one.\n\n"
                              "  tablekey profiles --json\n"
                              "  tablekey profiles 2018-11 > mine.yaml",
                              options, verbs::profiles);
  verb.add_option("NAME", options.name, "the profile to print");
  offer_json(verb, options.json);
}

void offer_files(CLI::App& verb, const std::string& name, std::vector<std::filesystem::path>& into,
                 const std::string& meaning) {
  verb.add_option(name, into, meaning)->option_text("FILE...");
}

void offer_policy_eval(CLI::App& app, CommandLine& line) {
  verbs::PolicyEvalOptions& options = line.policy_eval;
  CLI::App& verb =
      offer_verb(app, line, "eval",
                 "Says whether a request is allowed, and which statement or grant decides.\n\n"
                 "  tablekey policy eval --policy key.json alice.json --request decrypt.json\n"
                 "  tablekey policy eval --jsonl cases.jsonl",
                 options, verbs::policy_eval);
  verb.add_option("FILE", options.records, "the request; with --jsonl, records");
  offer_files(verb, "--request", options.requests,
              "the request: {\"principal\": …, \"action\": …, …}");
  offer_files(verb, "--policy", options.policies,
              "a key policy or identity policies, whichever they are");
  offer_files(verb, "--key-policy", options.key_policies, "the key's policy");
  offer_files(verb, "--identity-policy", options.identity_policies, "policies of the caller");
  offer_files(verb, "--boundary", options.boundaries, "the caller's permissions boundary");
  offer_files(verb, "--session-policy", options.session_policies,
              "policies of the caller's session");
  offer_files(verb, "--scp", options.scps, "service control policies of the caller's account");
  offer_files(verb, "--rcp", options.rcps, "resource control policies of the key's account");
  offer_files(verb, "--endpoint-policy", options.endpoint_policies,
              "the policy of the VPC endpoint");
  offer_files(verb, "--grants", options.grants, "the key's grants, as ListGrants answers");
  offer_json(verb, options.json);
  verb.add_flag("--jsonl", options.jsonl, "read records, one a line ('-': standard input)");
}

void offer_policy_check(CLI::App& app, CommandLine& line) {
  verbs::PolicyCheckOptions& options = line.policy_check;
  CLI::App& verb = offer_verb(app, line, "check",
                              "Finds what AWS would refuse in policy documents.\n\n"
                              "  tablekey policy check key.json alice.json\n"
                              "  tablekey policy check --jsonl malformed.jsonl",
                              options, verbs::policy_check);
  verb.add_option("FILE", options.files, "key or identity policies; with --jsonl, records");
  offer_files(verb, "--key-policy", options.key_policies, "documents that are key policies");
  offer_files(verb, "--identity-policy", options.identity_policies, "the other kind");
  offer_json(verb, options.json);
  verb.add_flag("--jsonl", options.jsonl, "read records, one a line ('-': standard input)");
}

void offer_policy(CLI::App& app, CommandLine& line) {
  CLI::App& verb = *app.add_subcommand("policy",
                                       "Decides requests by policies and grants, without a run.\n\n"
                                       "  tablekey policy eval --policy key.json --request r.json\n"
                                       "  tablekey policy check key.json");
  verb.formatter(std::make_shared<HelpFormatter>());
  verb.footer("tablekey policy COMMAND --help says more of one.");
  verb.set_help_flag("-h,--help", "print this help");
  offer_color(verb, line.color);
  verb.require_subcommand(1);
  offer_policy_eval(verb, line);
  offer_policy_check(verb, line);
  for (CLI::App* one : verb.get_subcommands({})) one->group("Commands");
}

template <class Options>
void offer_study_file(CLI::App& verb, Options& options) {
  offer_scenario(verb, options.scenario);
  offer(verb, "--repeat", "N", "runs of each point, instead of the study's own", options.repeat,
        verbs::parse_seed);
  offer_json(verb, options.json);
}

void offer_report(CLI::App& app, CommandLine& line) {
  verbs::ReportOptions& options = line.report;
  CLI::App& verb = offer_verb(app, line, "report",
                              "Writes one HTML file about a run or a study, which opens anywhere "
                              "and needs nothing else.\n\n"
                              "  tablekey report books.tk\n"
                              "  tablekey report orders.study -o orders.html",
                              options, verbs::report);
  verb.add_option("TRACE|STUDY", options.input, "a trace, or the folder of a study")->required();
  verb.add_option("-o,--output", options.output, "the page; else NAME.html beside it")
      ->option_text("FILE");
  verb.add_flag("--force", options.force, "replace a file of that name");
  offer_json(verb, options.json, "print the page's data as one JSON document; no page without -o");
}

void offer_study_plan(CLI::App& app, CommandLine& line) {
  verbs::StudyPlanOptions& options = line.study_plan;
  CLI::App& verb = offer_verb(app, line, "plan",
                              "Says which runs a study consists of, and how to share them out.\n\n"
                              "  tablekey study plan orders.yaml\n"
                              "  tablekey study plan orders.yaml --shards 20",
                              options, verbs::study_plan);
  offer_study_file(verb, options);
  offer(verb, "--shards", "N", "also the commands of so many shards", options.shards,
        verbs::parse_threads);
}

void offer_study_merge(CLI::App& app, CommandLine& line) {
  verbs::StudyMergeOptions& options = line.study_merge;
  CLI::App& verb = offer_verb(app, line, "merge",
                              "Puts the shards of a study together, to the bytes that the study "
                              "has in one piece.\n\n"
                              "  tablekey study merge orders-*-of-20.study -o orders.study\n"
                              "  tablekey study merge a b c -o all --json",
                              options, verbs::study_merge);
  verb.add_option("DIR", options.shards, "folders of shards")->option_text("DIR...")->required();
  verb.add_option("-o,--output", options.output, "the folder of the whole")
      ->option_text("DIR")
      ->required();
  verb.add_flag("--force", options.force, "replace what another study left there");
  offer_json(verb, options.json);
}

void offer_study(CLI::App& app, CommandLine& line) {
  verbs::StudyOptions& options = line.study;
  CLI::App& verb = offer_verb(
      app, line, "study",
      "Runs a scenario over a grid of settings and many seeds, and says what differs.\n\n"
      "  tablekey study orders.yaml -o orders.study --threads 4\n"
      "  tablekey study orders.yaml --shard 3/20\n\n"
      "tablekey study plan says what would be run; tablekey study merge puts shards together.",
      options, verbs::study);
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
  for (CLI::App* one : verb.get_subcommands({})) one->group("Commands");
  // The verb takes a file or one of the two; its own callback comes last.
  verb.get_option("FILE")->required(false);
  verb.callback([&line, &options, &verb] {
    if (!verb.get_subcommands().empty()) return;
    if (options.scenario.file.empty()) throw CLI::RequiredError("FILE");
    line.chosen = [&options](verbs::Console& console) { return verbs::study(options, console); };
  });
}

void offer_verify(CLI::App& app, CommandLine& line) {
  CLI::App& verb = offer_verb(
      app, line, "verify",
      "Says whether a trace is complete (0), torn at its end (3), damaged (4) or no trace (5).\n\n"
      "  tablekey verify books.tk\n"
      "  tablekey verify books.tk --json",
      line.verify, verbs::verify);
  offer_trace(verb, line.verify.trace);
  offer_json(verb, line.verify.json);
}

void offer_repair(CLI::App& app, CommandLine& line) {
  verbs::RepairOptions& options = line.repair;
  CLI::App& verb = offer_verb(app, line, "repair",
                              "Saves what is whole of a torn or damaged trace in a new file.\n\n"
                              "  tablekey repair books.tk -o books-repaired.tk\n"
                              "  tablekey repair books.tk.part -o books.tk",
                              options, verbs::repair);
  offer_trace(verb, options.trace);
  verb.add_option("-o,--output", options.output, "the new file")->option_text("NEW")->required();
  verb.add_flag("--force", options.force, "replace a file of that name");
  offer_json(verb, options.json);
}

void offer_all(CLI::App& app, CommandLine& line) {
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(std::string("tablekey COMMAND --help says more of one.\n\n") + kExitCodes);
  app.set_help_flag("-h,--help", "print this help");
  app.set_version_flag("--version", "tablekey " TABLEKEY_VERSION, "print the version");
  offer_color(app, line.color);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.require_subcommand(0, 1);
  for (const auto offer_one :
       {offer_run, offer_resume, offer_replay, offer_fold, offer_inspect, offer_events,
        offer_export, offer_report, offer_check, offer_explain, offer_profiles, offer_study,
        offer_policy, offer_verify, offer_repair}) {
    offer_one(app, line);
  }
  for (CLI::App* verb : app.get_subcommands({})) verb->group("Commands");
}

constexpr const char* kHelpHint = " --help lists all";

// The first word that is no option must be a verb, and the next one too where that verb has verbs
// of its own. CLI11 would speak of subcommands.
std::optional<int> refuse_verb(const std::vector<std::string>& words, const CLI::App& app,
                               verbs::Console& console) {
  const CLI::App* level = &app;
  for (std::size_t i = 0; i < words.size() && only_verbs(*level); ++i) {
    if (words[i].starts_with('-')) {
      if (words[i] == "--color") ++i;
      continue;
    }
    std::vector<std::string> names;
    for (const CLI::App* verb : level->get_subcommands({})) names.push_back(verb->get_name());
    if (std::ranges::find(names, words[i]) == names.end()) {
      const std::vector<std::string_view> views(names.begin(), names.end());
      std::string hint = tablekey::scenarios::did_you_mean(words[i], views);
      if (!hint.empty()) hint.resize(std::max<std::size_t>(hint.size() + 2, 42), ' ');
      return console.fail(verbs::kExitUsage, "no such command '" + words[i] + "'",
                          hint + full_name(*level) + kHelpHint);
    }
    level = level->get_subcommand(words[i]);
  }
  return std::nullopt;
}

std::string without(std::string text, std::string_view ending) {
  if (text.ends_with(ending)) text.resize(text.size() - ending.size());
  return text;
}

std::string nearest_option(const std::string& word, const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return tablekey::scenarios::did_you_mean(word.substr(0, word.find('=')), views);
}

// CLI11's exceptions in our own words.
int refuse(const CLI::ParseError& error, const CLI::App& app, verbs::Console& console) {
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().back();
  const CLI::App& verb = *chosen;
  const std::string help = full_name(verb) + " --help shows how";
  const std::vector<std::string> rest = app.remaining(true);
  if (!rest.empty()) {
    const bool option = rest.front().size() > 1 && rest.front().starts_with('-');
    const std::string meant = option ? nearest_option(rest.front(), verb) : std::string();
    return console.fail(
        verbs::kExitUsage,
        (option ? "no such option '" : "one argument too many: '") + rest.front() + "'",
        meant.empty() ? help : meant + "  " + help);
  }
  const std::string what = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    if (only_verbs(verb)) {
      return console.fail(verbs::kExitUsage, "no command", full_name(verb) + kHelpHint);
    }
    return console.fail(verbs::kExitUsage, without(what, " is required") + " is missing", help);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return console.fail(verbs::kExitUsage, what.substr(0, what.find(':')) + " needs a value", help);
  }
  return console.fail(verbs::kExitUsage, what, help);
}

// Reads the command line into `line`. An exit code: there is nothing left to do.
std::optional<int> read(const std::vector<std::string>& words, CLI::App& app,
                        verbs::Console& console) {
  if (const auto refused = refuse_verb(words, app, console)) return refused;
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    console.out << app.help();
    return verbs::kExitOk;
  } catch (const CLI::CallForVersion& version) {
    console.out << version.what() << '\n';
    return verbs::kExitOk;
  } catch (const CLI::ParseError& error) {
    return refuse(error, app, console);
  }
  return std::nullopt;
}

// A reader that went away is no error; a full disk is.
int close_output(int code, verbs::DescriptorBuffer& buffer, verbs::Console& console) {
  console.out.flush();
  if (buffer.error() == 0 || buffer.error() == EPIPE) return code;
  console.fail(verbs::kExitIo,
               "cannot write the result: " + std::generic_category().message(buffer.error()));
  return code == verbs::kExitOk ? verbs::kExitIo : code;
}

}  // namespace

int main(int count, char** arguments) {
  namespace crypto = tablekey::crypto;
  crypto::bind_symbols_at_start(arguments, std::getenv(crypto::kBindNowVariable));
  ::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of write(), and so is
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow
  verbs::DescriptorBuffer out_buffer(STDOUT_FILENO);
  verbs::DescriptorBuffer err_buffer(STDERR_FILENO);
  std::ostream out(&out_buffer);
  std::ostream err(&err_buffer);
  err << std::unitbuf;
  verbs::Console console(out, err, TABLEKEY_VERSION);

  std::vector<std::string> words(arguments + std::min(count, 1), arguments + count);
  CommandLine line;
  CLI::App app(
      "Simulates how Amazon DynamoDB encrypts tables with keys of AWS KMS.\n\n"
      "  tablekey run scenarios/library/books.yaml\n"
      "  tablekey check orders.yaml",
      "tablekey");
  offer_all(app, line);
  const auto done = read(words, app, console);
  console.color_out = verbs::wants_color(line.color, STDOUT_FILENO);
  console.color_err = verbs::wants_color(line.color, STDERR_FILENO);
  if (done) return close_output(*done, out_buffer, console);
  if (!line.chosen)
    return console.fail(verbs::kExitUsage, "no command", std::string("tablekey") + kHelpHint);

  words.insert(words.begin(), "tablekey");
  console.command = verbs::command_line(words);
  return close_output(verbs::guarded(console, line.chosen), out_buffer, console);
}
