// How many requests does the policy engine decide in a second? The two key policies of the DynamoDB
// guide and the largest set of policies in the corpus, each beside the slow evaluator, which walks
// the same documents as JSON; and what compiling a policy costs, which happens once when it is put.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "tests/model/iam/drawn_case.h"
#include "tests/model/iam/seed_policies.h"

namespace tablekey {
namespace {

namespace iam = model::iam;
using slow::Json;

iam::DrawnCase seed_case(std::string_view key_policy, const std::string& action,
                         const std::string& via) {
  iam::DrawnCase asked;
  slow::Asked& who = asked.asked;
  who.type = "user";
  who.arn = "arn:aws:iam::111122223333:user/db-lead";
  who.account = "111122223333";
  who.unique_id = "AIDAEXAMPLEEXAMPLE12";
  who.action = action;
  who.resource = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  who.key_account = "111122223333";
  const auto add = [&](const char* key, const std::string& value) {
    who.context.push_back({key, false, {value}});
  };
  // What a simulated call brings (kms.md 6.5).
  add("kms:calleraccount", who.account);
  add("aws:principalarn", who.arn);
  add("aws:principalaccount", who.account);
  add("aws:principaltype", "User");
  add("aws:userid", who.unique_id);
  add("aws:username", "db-lead");
  if (!via.empty()) add("kms:viaservice", via);
  add("aws:viaawsservice", via.empty() ? "false" : "true");
  add("aws:requestedregion", "us-west-2");
  add("aws:currenttime", "2018-02-14T00:15:15Z");
  add("aws:securetransport", "true");
  add("kms:keyspec", "SYMMETRIC_DEFAULT");
  add("kms:keyusage", "ENCRYPT_DECRYPT");
  add("kms:keyorigin", "AWS_KMS");
  add("kms:encryptioncontext:aws:dynamodb:tablename", "Books");
  add("kms:encryptioncontext:aws:dynamodb:subscriberid", who.account);
  asked.papers.key = Json::parse(key_policy);
  return asked;
}

/// The largest set of policies of the corpus with its request; nothing where there is no corpus.
std::unique_ptr<iam::DrawnCase> largest_case() {
  std::ifstream in(std::string(TABLEKEY_SHARED_DIR) + "/corpus/policy/cases.jsonl");
  std::string largest;
  std::size_t size_max = 0;
  for (std::string line; std::getline(in, line);) {
    const Json row = Json::parse(line);
    const std::size_t size =
        row["key_policy"].dump().size() + row["identity_policies"].dump().size();
    if (size <= size_max) continue;
    size_max = size;
    largest = line;
  }
  if (largest.empty()) return nullptr;
  const Json row = Json::parse(largest);
  const Json& request = row["request"];
  const Json& principal = request["principal"];
  auto asked = std::make_unique<iam::DrawnCase>();
  slow::Asked& who = asked->asked;
  who.type = principal["type"];
  who.arn = principal["arn"];
  if (principal["account"].is_string()) who.account = principal["account"];
  who.role_arn = principal.value("role_arn", "");
  who.action = request["action"];
  who.resource = request["resource"];
  who.key_account = row["key"]["account"];
  for (const auto& [key, value] : request["context"].items()) {
    const bool several = value.is_array();
    who.context.push_back({key, several,
                           several ? value.get<std::vector<std::string>>()
                                   : std::vector<std::string>{value.get<std::string>()}});
  }
  if (!row["key_policy"].is_null()) asked->papers.key = row["key_policy"];
  for (const Json& policy : row["identity_policies"]) {
    asked->papers.identities.push_back(policy["document"]);
  }
  return asked;
}

void decide(benchmark::State& state, const iam::DrawnCase& asked) {
  const iam::EngineCase engine(asked);
  for (auto _ : state) {
    benchmark::DoNotOptimize(iam::evaluate(engine.request(), engine.policies()));
  }
  state.SetItemsProcessed(state.iterations());
}

void decide_slowly(benchmark::State& state, const iam::DrawnCase& asked) {
  for (auto _ : state) benchmark::DoNotOptimize(slow::decide(asked.asked, asked.papers));
  state.SetItemsProcessed(state.iterations());
}

const std::string kVia = "dynamodb.us-west-2.amazonaws.com";

void managed_allowed(benchmark::State& state) {
  decide(state, seed_case(iam::kManagedKeyPolicy, "kms:Decrypt", kVia));
}
void managed_denied(benchmark::State& state) {
  decide(state, seed_case(iam::kManagedKeyPolicy, "kms:Decrypt", ""));
}
void managed_slowly(benchmark::State& state) {
  decide_slowly(state, seed_case(iam::kManagedKeyPolicy, "kms:Decrypt", kVia));
}
void customer_allowed(benchmark::State& state) {
  decide(state, seed_case(iam::kCustomerKeyPolicy, "kms:Decrypt", kVia));
}
void customer_denied(benchmark::State& state) {
  decide(state, seed_case(iam::kCustomerKeyPolicy, "kms:Decrypt", ""));
}
void customer_slowly(benchmark::State& state) {
  decide_slowly(state, seed_case(iam::kCustomerKeyPolicy, "kms:Decrypt", kVia));
}

void largest(benchmark::State& state) {
  if (const auto asked = largest_case()) return decide(state, *asked);
  state.SkipWithError("skipped: no corpus");
}
void largest_slowly(benchmark::State& state) {
  if (const auto asked = largest_case()) return decide_slowly(state, *asked);
  state.SkipWithError("skipped: no corpus");
}

void compile(benchmark::State& state) {
  for (auto _ : state) {
    auto policy = iam::Policy::compile(iam::kManagedKeyPolicy, iam::PolicyKind::key);
    if (!policy) std::abort();
    benchmark::DoNotOptimize(policy);
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(iam::kManagedKeyPolicy.size()));
}

BENCHMARK(managed_allowed)->Name("iam/decide/managed_key_policy/allowed");
BENCHMARK(managed_denied)->Name("iam/decide/managed_key_policy/denied");
BENCHMARK(managed_slowly)->Name("iam/decide/managed_key_policy/slow_evaluator");
BENCHMARK(customer_allowed)->Name("iam/decide/customer_key_policy/allowed");
BENCHMARK(customer_denied)->Name("iam/decide/customer_key_policy/denied");
BENCHMARK(customer_slowly)->Name("iam/decide/customer_key_policy/slow_evaluator");
BENCHMARK(largest)->Name("iam/decide/largest_corpus_policy/engine");
BENCHMARK(largest_slowly)->Name("iam/decide/largest_corpus_policy/slow_evaluator");
BENCHMARK(compile)->Name("iam/compile/managed_key_policy");

}  // namespace
}  // namespace tablekey
