#include "replay/command_line/tree.h"

namespace tablekey::replay::command_line {
namespace {

// In the order in which help lists them.
constexpr void (*kVerbs[])(CLI::App&, CommandLine&) = {
    offer_run,      offer_resume, offer_replay,  offer_fold,       offer_fork,
    offer_whatif,   offer_diff,   offer_compare, offer_inspect,    offer_events,
    offer_stats,    offer_export, offer_report,  offer_check,      offer_explain,
    offer_profiles, offer_study,  offer_test,    offer_explore,    offer_policy,
    offer_verify,   offer_repair, offer_demo,    offer_completion, offer_man,
};

}  // namespace

void offer_all(CLI::App& app, CommandLine& line, const std::string& version) {
  format_help(app, "tablekey COMMAND --help says more of one.\n\n");
  app.set_version_flag("--version", "tablekey " + version, "print the version");
  offer_color(app, line.color);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.require_subcommand(0, 1);
  for (const auto offer_one : kVerbs) offer_one(app, line);
  group_verbs(app);
}

}  // namespace tablekey::replay::command_line
