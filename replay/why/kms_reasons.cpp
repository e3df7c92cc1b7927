// Why KMS answered as it did: the statement, grant, key state, quota or fault that decided, and who
// had brought that about.
#include <fmt/format.h>

#include <algorithm>

#include "model/iam/evaluate.h"
#include "model/kms/authorize.h"
#include "model/kms/quota.h"
#include "replay/why/telling.h"
#include "scenarios/explain_steps.h"

namespace tablekey::replay {
namespace {

using events::Decider;
using events::KmsError;
using Answered = events::Event::KmsAnswered::Reader;

std::string policy_name(model::iam::PolicyType type) {
  if (type == model::iam::PolicyType::key) return "the key policy";
  const std::string name(model::iam::name(type));
  return (std::string_view("aeiou").find(name[0]) == std::string_view::npos ? "a " : "an ") + name;
}

std::string statement_name(const model::kms::StatementSaid& said) {
  std::string name = fmt::format("statement {}", said.statement + 1);
  if (!said.sid.empty()) name += fmt::format(" \"{}\"", said.sid);
  return name;
}

// A change that takes effect later than it was made.
std::string took_effect(const Telling& tell, const History::Change& change) {
  if (change.visible <= change.time) return "";
  return fmt::format("; it took effect {} later, at {}",
                     Telling::lasting(change.visible - change.time), tell.at(change.visible));
}

std::string said_in_words(const model::kms::StatementSaid& one) {
  if (!one.matched) return "does not apply: " + one.failure;
  if (one.denies) return "denies it";
  return one.delegates ? "names the caller's account alone, and leaves it to policies of IAM"
                       : "allows it";
}

std::vector<std::string> statements(const std::vector<model::kms::StatementSaid>& said) {
  constexpr std::size_t kShown = 12;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(said.size(), kShown); ++i) {
    lines.push_back(fmt::format("  {} of {} ({}) {}", statement_name(said[i]),
                                policy_name(said[i].type), said[i].denies ? "Deny" : "Allow",
                                said_in_words(said[i])));
  }
  if (said.size() > kShown) {
    lines.push_back(fmt::format("  and {} more statements", said.size() - kShown));
  }
  return lines;
}

// What the statements come to together (kms.md 6.3).
std::string summary(const std::vector<model::kms::StatementSaid>& said) {
  const auto any = [&](auto holds) { return std::ranges::any_of(said, holds); };
  if (any([](const auto& one) { return one.matched && one.denies; })) {
    return "A Deny wins over every Allow.";
  }
  const bool key_policy = any([](const auto& one) {
    return one.type == model::iam::PolicyType::key && one.matched && !one.denies;
  });
  const bool identity = any([](const auto& one) {
    return one.type == model::iam::PolicyType::identity && one.matched && !one.denies;
  });
  if (!key_policy && identity) {
    return "Where the key policy neither allows nor leaves it to IAM, no identity policy counts.";
  }
  if (!key_policy) return "The key policy neither allows it to this caller nor leaves it to IAM.";
  return identity ? "" : "IAM has no policy of the caller that allows it.";
}

// What the policies say, statement by statement, and what was changed about them last.
std::vector<std::string> denied(const Telling& tell, const model::State& before, Answered answered,
                                std::int64_t time) {
  std::vector<std::string> reasons;
  const std::uint32_t session = answered.getCaller();
  const std::uint32_t key = answered.getKey();
  const std::string action = "kms:" + word_of(answered.getOperation());
  if (session != 0 && before.principals[before.sessions[session - 1].principal].effective_deleted) {
    reasons.push_back("The caller's principal had been deleted: its sessions may do nothing.");
  } else if (key < before.keys.size()) {
    reasons.push_back(fmt::format("No policy and no grant allowed {} to {} on {}.",
                                  tell.caller(session, answered.getAsService()), action,
                                  tell.key(key)));
  }
  const auto said =
      model::kms::statements_about(before, answered, sim::Time::from_nanoseconds(time));
  for (std::string& one : statements(said)) reasons.push_back(std::move(one));
  if (said.empty() && key < before.keys.size()) {
    reasons.emplace_back(
        "  (No statement is listed: what they say depends on the encryption context of the "
        "client's "
        "item.)");
  } else if (key < before.keys.size() && !answered.getAsService()) {
    std::string sum = summary(said);
    if (!sum.empty()) reasons.push_back(std::move(sum));
  }
  return reasons;
}

// Grants of a key that could have helped, and the caller's own that have ended.
void add_grants(const Telling& tell, const model::State& before, Answered answered,
                std::vector<std::string>& reasons) {
  const std::uint32_t key = answered.getKey();
  if (key >= before.keys.size()) return;
  std::size_t live = 0;
  bool only_tables = true;
  for (const std::uint32_t index : before.keys[key].grants) {
    const model::Grant& grant = before.grants[index];
    const bool of_table = answered.getAsService() && grant.table == answered.getTable();
    if (!grant.ended) ++live;
    if (!grant.ended && grant.table == model::kNone) only_tables = false;
    const History::Change* end = tell.history.grant_ended(index);
    if (!of_table || !grant.ended || end == nullptr) continue;
    reasons.push_back(fmt::format("DynamoDB's grant {} for table {} was ended by {}{}.",
                                  short_name_of_id(before, FieldMeaning::grant, index),
                                  tell.table(grant.table), tell.change(*end, "kms:RetireGrant"),
                                  took_effect(tell, *end)));
  }
  if (live == 0) {
    const bool never = before.keys[key].grants.empty();
    reasons.emplace_back(never ? "There was no grant on the key."
                               : "No grant on the key was left.");
    return;
  }
  const bool others = only_tables && !answered.getAsService();
  const std::string_view what = others ? "for DynamoDB, not for this caller" : "no help to it";
  reasons.push_back(live == 1 ? fmt::format("The grant on the key is {}.", what)
                              : fmt::format("The {} grants on the key are {}.", live, what));
}

void add_changes(const Telling& tell, const model::State& before, Answered answered,
                 std::vector<std::string>& reasons) {
  if (const auto* change = tell.history.key_policy(answered.getKey())) {
    reasons.push_back(fmt::format("The key policy was last replaced by {}{}.",
                                  tell.change(*change, "kms:PutKeyPolicy"),
                                  took_effect(tell, *change)));
  }
  if (answered.getCaller() == 0) return;
  const std::uint32_t principal = before.sessions[answered.getCaller() - 1].principal;
  if (const auto* change = tell.history.identity(principal)) {
    reasons.push_back(fmt::format("The caller's permissions were last changed by {}{}.",
                                  tell.change(*change, "IAM"), took_effect(tell, *change)));
  }
}

std::vector<std::string> throttled(const Telling& tell, const model::State& before,
                                   Answered answered) {
  const std::uint32_t key = answered.getKey();
  std::string where = "its account and Region";
  if (key < before.keys.size()) {
    where = fmt::format("account {} in {}",
                        before.scenario().realm_account(before.scenario().key_realms[key]),
                        before.scenario().realm_region(before.scenario().key_realms[key]));
  }
  std::vector<std::string> reasons = {
      fmt::format("The request quota of {} that kms:{} counts against was used up in that second.",
                  where, word_of(answered.getOperation()))};
  for (std::string& one : fault_reasons(tell, before)) reasons.push_back(std::move(one));
  return reasons;
}

// The statement or grant that allowed.
std::string allowed_by(const Telling& tell, const model::State& before, Answered answered) {
  const std::uint32_t number = answered.getDecider(), key = answered.getKey();
  switch (answered.getDecidedBy()) {
    case Decider::GRANT: {
      const auto* made = tell.history.grant_made(number);
      return fmt::format(
          "Grant {} on {} allowed it{}.", short_name_of_id(before, FieldMeaning::grant, number),
          tell.key(key),
          made == nullptr ? "" : ", made by " + tell.change(*made, "kms:CreateGrant"));
    }
    case Decider::KEY_POLICY:
    case Decider::ACCOUNT_ROOT: {
      std::string sid;
      if (key < before.keys.size() && before.keys[key].compiled &&
          number < before.keys[key].compiled->statement_count()) {
        sid = before.keys[key].compiled->sid(number);
      }
      return fmt::format("Statement {}{} of the key policy of {} allowed it to {}.", number + 1,
                         sid.empty() ? "" : " \"" + sid + "\"", tell.key(key),
                         tell.caller(answered.getCaller(), answered.getAsService()));
    }
    case Decider::IDENTITY_POLICY:
      return fmt::format(
          "An identity policy of {} allowed it, to which the key policy of {} leaves it.",
          tell.caller(answered.getCaller(), answered.getAsService()), tell.key(key));
    case Decider::OPERATOR:
      return "The step names nobody who makes the call (as:), so that nobody's permissions are "
             "asked.";
    case Decider::OWN_SERVICE:
      return "The key is an AWS owned key of DynamoDB's own.";
    default:
      return {};
  }
}

}  // namespace

std::vector<std::string> fault_reasons(const Telling& tell, const model::State& before) {
  std::vector<std::string> reasons;
  const events::Scenario::Reader scenario = before.scenario().reader();
  const std::uint32_t steps = scenario.getSteps().size();
  for (const std::uint32_t fault : before.faults) {
    const bool of_step = fault < steps;
    const auto described = of_step ? scenario.getSteps()[fault].getFault()
                                   : scenario.getFaults()[fault - steps].getFault();
    std::string text = "A fault was on: " + scenarios::fault_line(scenario, described, !of_step);
    if (const auto* began = tell.history.fault(fault)) {
      text += fmt::format(", since {} (event {}", tell.at(began->time), began->number);
      if (of_step) text += ", " + tell.place(fault);
      text += ")";
    }
    reasons.push_back(text + ".");
  }
  return reasons;
}

std::vector<std::string> key_state_reasons(const Telling& tell, const model::State& before,
                                           std::uint32_t key) {
  if (key >= before.keys.size()) return {};
  std::vector<std::string> reasons;
  const model::KmsKey& facts = before.keys[key];
  reasons.push_back(
      fmt::format("{} was in key state {}.", tell.key(key), word_of(facts.effective)));
  const auto* shown = tell.history.key_state(key);
  const auto* effect = tell.history.key_effect(key);
  if (shown == nullptr) return reasons;
  std::string text = fmt::format("It became {} by {}", word_of(shown->state),
                                 tell.change(*shown, "an act of KMS itself"));
  if (effect != nullptr && effect->number != shown->number && effect->state == shown->state) {
    text += fmt::format("; requests see that since {}, {} later (event {})", tell.at(effect->time),
                        Telling::lasting(effect->time - shown->time), effect->number);
  } else if (facts.state != facts.effective) {
    text += fmt::format(", which had not reached KMS's data plane yet");
  }
  reasons.push_back(text + ".");
  return reasons;
}

std::vector<std::string> kms_reasons(const Telling& tell, const model::State& before,
                                     events::Event::Reader event) {
  const Answered answered = event.getKmsAnswered();
  if (answered.getError() == KmsError::NONE) {
    std::string text = allowed_by(tell, before, answered);
    return text.empty() ? std::vector<std::string>() : std::vector{std::move(text)};
  }
  std::vector<std::string> reasons;
  const std::string message = answered.getEffect().getMessage().cStr();
  switch (answered.getDecidedBy()) {
    case Decider::KEY_STATE:
      if (answered.getError() == KmsError::NOT_FOUND) break;
      reasons = key_state_reasons(tell, before, answered.getKey());
      break;
    case Decider::QUOTA:
      reasons = throttled(tell, before, answered);
      break;
    case Decider::FAULT:
      reasons = fault_reasons(tell, before);
      break;
    case Decider::VALIDATION:
    case Decider::CRYPTOGRAPHY:
      break;
    default:
      reasons = denied(tell, before, answered, event.getTime());
      add_grants(tell, before, answered, reasons);
      add_changes(tell, before, answered, reasons);
  }
  if (!message.empty()) reasons.insert(reasons.begin(), fmt::format("KMS said: \"{}\"", message));
  return reasons;
}

}  // namespace tablekey::replay
