// The whole command line: every verb that there is, one row each.
#pragma once

#include "replay/command_line/offer.h"

namespace tablekey::replay::command_line {

/// Adds every verb to `app`, of the program of that version. Once `app` has parsed a command line,
/// `line` holds what it asks for; both must stay where they are.
void offer_all(CLI::App& app, CommandLine& line, const std::string& version);

void offer_run(CLI::App& app, CommandLine& line);
void offer_resume(CLI::App& app, CommandLine& line);
void offer_replay(CLI::App& app, CommandLine& line);
void offer_fold(CLI::App& app, CommandLine& line);
void offer_inspect(CLI::App& app, CommandLine& line);
void offer_events(CLI::App& app, CommandLine& line);
void offer_export(CLI::App& app, CommandLine& line);
void offer_check(CLI::App& app, CommandLine& line);
void offer_explain(CLI::App& app, CommandLine& line);
void offer_profiles(CLI::App& app, CommandLine& line);
void offer_study(CLI::App& app, CommandLine& line);
void offer_test(CLI::App& app, CommandLine& line);
void offer_policy(CLI::App& app, CommandLine& line);
void offer_fork(CLI::App& app, CommandLine& line);
void offer_whatif(CLI::App& app, CommandLine& line);
void offer_diff(CLI::App& app, CommandLine& line);
void offer_compare(CLI::App& app, CommandLine& line);
void offer_stats(CLI::App& app, CommandLine& line);
void offer_report(CLI::App& app, CommandLine& line);
void offer_verify(CLI::App& app, CommandLine& line);
void offer_demo(CLI::App& app, CommandLine& line);
void offer_completion(CLI::App& app, CommandLine& line);
void offer_man(CLI::App& app, CommandLine& line);
void offer_repair(CLI::App& app, CommandLine& line);
void offer_explore(CLI::App& app, CommandLine& line);

}  // namespace tablekey::replay::command_line
