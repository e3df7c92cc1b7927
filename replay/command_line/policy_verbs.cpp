// Verbs that decide requests by policies, without a run.
#include "replay/command_line/offer.h"
#include "replay/command_line/tree.h"
#include "replay/verbs/option_text.h"
#include "replay/verbs/policy_check.h"
#include "replay/verbs/policy_eval.h"

namespace tablekey::replay::command_line {
namespace {

void offer_files(CLI::App& verb, const std::string& name, std::vector<std::filesystem::path>& into,
                 const std::string& meaning) {
  verb.add_option(name, into, meaning)->option_text("FILE...");
}

void offer_policy_eval(CLI::App& app, CommandLine& line) {
  auto [verb, options] =
      offer_verb(app, line, "eval",
                 "Says whether a request is allowed, and which statement or grant decides.\n\n"
                 "  tablekey policy eval --policy key.json alice.json --request decrypt.json\n"
                 "  tablekey policy eval --jsonl cases.jsonl",
                 verbs::policy_eval);
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
  auto [verb, options] = offer_verb(app, line, "check",
                                    "Finds what AWS would refuse in policy documents.\n\n"
                                    "  tablekey policy check key.json alice.json\n"
                                    "  tablekey policy check --jsonl malformed.jsonl",
                                    verbs::policy_check);
  verb.add_option("FILE", options.files, "key or identity policies; with --jsonl, records");
  offer_files(verb, "--key-policy", options.key_policies, "documents that are key policies");
  offer_files(verb, "--identity-policy", options.identity_policies, "the other kind");
  offer_json(verb, options.json);
  verb.add_flag("--jsonl", options.jsonl, "read records, one a line ('-': standard input)");
}

}  // namespace

void offer_policy(CLI::App& app, CommandLine& line) {
  CLI::App& verb = add_verb(app, line, "policy",
                            "Decides requests by policies and grants, without a run.\n\n"
                            "  tablekey policy eval --policy key.json --request r.json\n"
                            "  tablekey policy check key.json");
  verb.footer("tablekey policy COMMAND --help says more of one.");
  verb.require_subcommand(1);
  offer_policy_eval(verb, line);
  offer_policy_check(verb, line);
  group_verbs(verb);
}

}  // namespace tablekey::replay::command_line
