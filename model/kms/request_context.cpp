// Condition keys stand here in lower case, as the engine compares them without regard to case. A
// parameter that the request omits counts with its default (kms.md 6.5).
#include "model/kms/request_context.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "events/text.h"
#include "model/kms/grant_terms.h"
#include "model/kms/key_changes.h"
#include "model/kms/names.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace {

using Operation = events::KmsOperation;
using events::text;

constexpr std::array<std::string_view, 7> kServiceGrantOperations{
    "DescribeKey",   "GenerateDataKey", "Decrypt",    "Encrypt",
    "ReEncryptFrom", "ReEncryptTo",     "RetireGrant"};
constexpr std::array<std::string_view, 2> kTableContextKeys{"aws:dynamodb:tableName",
                                                            "aws:dynamodb:subscriberId"};
constexpr std::int64_t kNanosecondsOfDay = 86'400LL * 1'000'000'000;
constexpr std::int32_t kDefaultRotationDays = 365;

template <class... Arguments>
std::string_view write(std::string& to, fmt::format_string<Arguments...> format,
                       Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(to), format, std::forward<Arguments>(arguments)...);
  return to;
}

/// The set "C" of kms.md 6.5: operations with an encryption context and an algorithm.
bool has_context(Operation operation) {
  switch (operation) {
    case Operation::ENCRYPT:
    case Operation::DECRYPT:
    case Operation::RE_ENCRYPT:
    case Operation::GENERATE_DATA_KEY:
    case Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT:
    case Operation::GENERATE_DATA_KEY_PAIR:
    case Operation::GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT:
      return true;
    default:
      return false;
  }
}

class Builder {
 public:
  Builder(const State& state, sim::Time now, const KmsRequest& request, const OperationRow& row,
          const Question& question, ContextBuffers& buffers)
      : state_(state),
        scenario_(state.scenario()),
        now_(now),
        request_(request),
        row_(row),
        question_(question),
        buffers_(buffers) {}

  iam::Request build() {
    built_.principal = principal_of(state_, request_, buffers_);
    built_.action = question_.action;
    add_given();
    add_caller();
    add_service();
    add_globals();
    if (question_.on_key()) {
      add_key();
    } else {
      built_.scope = iam::Scope::account;
      built_.resource = question_.resource;
      built_.resource_account = scenario_.realm_account(request_.realm);
    }
    if (has_context(row_.operation)) add_context();
    if (row_.operation == Operation::CREATE_GRANT) add_grant();
    if (request_.from_step()) add_parameters();
    built_.context = buffers_.entries;
    return built_;
  }

 private:
  void add(std::string_view key, std::string_view value) {
    buffers_.entries.push_back(iam::ContextEntry::one(key, value));
  }
  void add_if(std::string_view key, std::string_view value) {
    if (!value.empty()) add(key, value);
  }
  void add_flag(std::string_view key, bool value) { add(key, value ? "true" : "false"); }
  void add_number(std::string_view key, std::int64_t value) {
    add(key, write(buffers_.text(), "{}", value));
  }
  void add_list(std::string_view key, const std::vector<std::string_view>& values) {
    buffers_.entries.push_back(iam::ContextEntry::many(key, values));
  }

  // What the step says the request carries besides: a name given twice has several values.
  void add_given() {
    if (!request_.from_step()) return;
    const auto given = request_.parameters.getConditions();
    for (unsigned i = 0; i < given.size(); ++i) {
      const std::string_view name = text(given[i].getName());
      bool first = true;
      std::vector<std::string_view>& values = buffers_.list();
      for (unsigned j = 0; j < given.size(); ++j) {
        if (text(given[j].getName()) != name) continue;
        first = first && j >= i;
        values.push_back(text(given[j].getValue()));
      }
      if (!first) continue;
      if (values.size() == 1) {
        add(name, values.front());
      } else {
        add_list(name, values);
      }
    }
  }

  void add_caller() {
    if (request_.as_service) {
      add_flag("aws:principalisawsservice", true);
      add("aws:principalservicename", built_.principal.arn);
      return;
    }
    if (request_.session == 0) return;
    const Session& session = at(state_.sessions, request_.session - 1);
    const auto principal = scenario_.reader().getPrincipals()[session.principal];
    const std::string& id = scenario_.principal_ids[session.principal];
    add("kms:calleraccount", built_.principal.account);
    // For a role session aws:PrincipalArn is the role's own ARN.
    add("aws:principalarn",
        built_.principal.role_arn.empty() ? built_.principal.arn : built_.principal.role_arn);
    add("aws:principalaccount", built_.principal.account);
    add_flag("aws:principalisawsservice", false);
    switch (principal.getKind()) {
      case events::Principal::Kind::ROLE:
        add("aws:principaltype", "AssumedRole");
        add("aws:userid", write(buffers_.text(), "{}:{}", id, session.name));
        break;
      case events::Principal::Kind::USER:
        add("aws:principaltype", "User");
        add("aws:userid", id);
        add("aws:username", text(principal.getName()));
        break;
      default:
        add("aws:principaltype", "Account");
        add("aws:userid", built_.principal.account);
        break;
    }
    add_principal_tags(session, principal);
  }

  // Tags of the session before those of the role or user: the first of a name counts.
  void add_principal_tags(const Session& session, events::Principal::Reader principal) {
    if (session.step != 0) {
      const auto step = at(scenario_.reader().getSteps(), session.step - 1);
      if (step.isAssumeRole()) add_tags("aws:principaltag/", step.getAssumeRole().getTags());
    }
    add_tags("aws:principaltag/", principal.getTags());
  }
  void add_tags(std::string_view prefix, capnp::List<events::Pair>::Reader tags) {
    for (const auto tag : tags) {
      add(write(buffers_.text(), "{}{}", prefix, text(tag.getName())), text(tag.getValue()));
    }
  }

  void add_service() {
    add_flag("aws:viaawsservice", request_.via_service);
    if (request_.via_service) {
      add("kms:viaservice", regional_service(state_, request_, buffers_));
      std::vector<std::string_view>& called = buffers_.list();
      called.push_back(write(buffers_.text(), "{}.amazonaws.com", request_.service));
      add_list("aws:calledvia", called);
      add("aws:calledviafirst", called.front());
      add("aws:calledvialast", called.front());
    }
    if (request_.as_service && request_.table != kNone) {
      add("aws:sourcearn",
          write(buffers_.text(), "arn:aws:dynamodb:{}:{}:table/{}",
                state_.table_region(request_.table), table_account(), table_name()));
      add("aws:sourceaccount", table_account());
    }
  }

  void add_globals() {
    add("aws:requestedregion", request_.region(state_));
    add("aws:securetransport", "true");
    std::string& time = buffers_.text();
    time = sim::print(now_);
    add("aws:currenttime", time);
    add_number("aws:epochtime", now_.nanoseconds() / 1'000'000'000);
  }

  std::string_view table_name() {
    const FamilyView& family = state_.family(request_.table);
    if (family.copies == 1) return family.name;
    return write(buffers_.text(), "{}-{}", family.name, request_.table - family.first_table);
  }

  std::string_view table_account() const { return state_.table_account(request_.table); }

  void add_key() {
    const events::Key::Reader key = described(state_, question_.key);
    built_.resource = write(buffers_.text(), "arn:aws:kms:{}:{}:key/{}", text(key.getRegion()),
                            text(key.getAccount()), scenario_.key_ids[question_.key]);
    built_.resource_account = text(key.getAccount());
    add_properties(spec_name(key.getSpec()), usage_name(key.getUsage()),
                   origin_name(key.getOrigin()), key.getMultiRegion());
    const KmsKey& facts = state_.keys[question_.key];
    if (key.getMultiRegion()) add("kms:multiregionkeytype", facts.primary ? "PRIMARY" : "REPLICA");
    for (const Tag& tag : facts.effective_tags) {
      add(write(buffers_.text(), "aws:resourcetag/{}", tag.name), tag.value);
    }
    add_aliases();
  }

  void add_properties(std::string_view spec, std::string_view usage, std::string_view origin,
                      bool multi_region) {
    add("kms:keyspec", spec);
    add("kms:keyusage", usage);
    add("kms:customermasterkeyspec", spec);
    add("kms:customermasterkeyusage", usage);
    add("kms:keyorigin", origin);
    add_flag("kms:multiregion", multi_region);
  }

  void add_aliases() {
    const auto aliases = state_.alias_index.effective_of_key(question_.key);
    if (!aliases.empty()) {
      std::vector<std::string_view>& names = buffers_.list();
      for (const std::uint32_t alias : aliases) names.push_back(state_.aliases[alias].name);
      add_list("kms:resourcealiases", names);
    }
    const bool named = request_.alias != kNone && row_.forms == KeyForms::any;
    if (named) add("kms:requestalias", at(state_.aliases, request_.alias).name);
  }

  // The pairs, their names and the algorithm.
  void add_context() {
    const bool table = request_.table != kNone && !question_.destination;
    if (table) {
      const std::string_view name = table_name();
      add("kms:encryptioncontext:aws:dynamodb:tablename", name);
      add("kms:encryptioncontext:aws:dynamodb:subscriberid", table_account());
      buffers_.encryption_context.emplace_back(kTableContextKeys[0], name);
      buffers_.encryption_context.emplace_back(kTableContextKeys[1], table_account());
    }
    for (const auto& [name, value] : request_.context) add_pair(name, value);
    if (request_.from_step()) {
      add_pairs(question_.destination ? request_.parameters.getDestinationEncryptionContext()
                                      : request_.parameters.getEncryptionContext());
    }
    add_context_keys();
    const std::string_view given =
        text(question_.destination ? request_.parameters.getDestinationEncryptionAlgorithm()
                                   : request_.parameters.getEncryptionAlgorithm());
    add("kms:encryptionalgorithm", given.empty() ? std::string_view("SYMMETRIC_DEFAULT") : given);
  }

  void add_pairs(capnp::List<events::Pair>::Reader pairs) {
    for (const auto pair : pairs) add_pair(text(pair.getName()), text(pair.getValue()));
  }
  void add_pair(std::string_view name, std::string_view value) {
    add(write(buffers_.text(), "kms:encryptioncontext:{}", name), value);
    buffers_.encryption_context.emplace_back(name, value);
  }
  void add_context_keys() {
    if (buffers_.encryption_context.empty()) return;
    std::vector<std::string_view>& names = buffers_.list();
    for (const auto& [name, value] : buffers_.encryption_context) names.push_back(name);
    add_list("kms:encryptioncontextkeys", names);
  }

  void add_grant() {
    if (request_.from_step()) return add_step_grant();
    if (request_.table != kNone) {
      add("kms:encryptioncontext:aws:dynamodb:tablename", table_name());
      add("kms:encryptioncontext:aws:dynamodb:subscriberid", table_account());
      buffers_.entries.push_back(
          iam::ContextEntry::many("kms:encryptioncontextkeys", kTableContextKeys));
    }
    add("kms:grantconstrainttype", "EncryptionContextSubset");
    buffers_.entries.push_back(
        iam::ContextEntry::many("kms:grantoperations", kServiceGrantOperations));
    const std::string_view service = regional_service(state_, request_, buffers_);
    add("kms:granteeprincipal", service);
    add("kms:retiringprincipal", service);
    add_flag("kms:grantisforawsresource", true);
  }

  void add_step_grant() {
    const events::GrantTerms::Reader terms = request_.parameters.getGrantTerms();
    add_pairs(terms.getPairs());
    add_context_keys();
    if (terms.getConstraint() == events::GrantTerms::Constraint::EQUALS) {
      add("kms:grantconstrainttype", "EncryptionContextEquals");
    } else if (terms.getConstraint() == events::GrantTerms::Constraint::SUBSET) {
      add("kms:grantconstrainttype", "EncryptionContextSubset");
    }
    std::vector<std::string_view>& operations = buffers_.list();
    for (const auto operation : terms.getOperations()) operations.push_back(text(operation));
    add_list("kms:grantoperations", operations);
    add_if("kms:granteeprincipal", text(terms.getGranteePrincipal()));
    add_if("kms:retiringprincipal", text(terms.getRetiringPrincipal()));
    add_if("kms:granteeserviceprincipal", text(terms.getGranteeServicePrincipal()));
    add_if("kms:retiringserviceprincipal", text(terms.getRetiringServicePrincipal()));
    add_if("kms:grantconstraintsourcearn", text(terms.getSourceArn()));
  }

  // Keys of single operations.
  void add_parameters() {
    const events::KmsCall::Reader call = request_.parameters;
    switch (row_.operation) {
      case Operation::CREATE_KEY:
        add_new_key(call);
        break;
      case Operation::PUT_KEY_POLICY:
      case Operation::REPLICATE_KEY:
        add_flag("kms:bypasspolicylockoutsafetycheck", call.getBypassPolicyLockoutSafetyCheck());
        add_if("kms:replicaregion", text(call.getReplicaRegion()));
        break;
      case Operation::UPDATE_PRIMARY_REGION:
        add_if("kms:primaryregion", text(call.getReplicaRegion()));
        break;
      case Operation::CREATE_GRANT:
      case Operation::LIST_GRANTS:
      case Operation::REVOKE_GRANT:
        add_flag("kms:grantisforawsresource", request_.via_service || request_.as_service);
        break;
      case Operation::RE_ENCRYPT:
        add_flag("kms:reencryptonsamekey", request_.key == request_.destination);
        break;
      case Operation::TAG_RESOURCE:
      case Operation::UNTAG_RESOURCE:
        break;
      default:
        add_key_parameters(call);
        return;
    }
    add_request_tags(call);
  }

  void add_key_parameters(events::KmsCall::Reader call) {
    switch (row_.operation) {
      case Operation::SCHEDULE_KEY_DELETION:
        add_number("kms:schedulekeydeletionpendingwindowindays", deletion_window(call));
        return add_trailing_days();
      case Operation::DISABLE_KEY:
        return add_trailing_days();
      case Operation::ENABLE_KEY_ROTATION:
        return add_number("kms:rotationperiodindays", call.getHasRotationPeriod()
                                                          ? call.getRotationPeriodInDays()
                                                          : kDefaultRotationDays);
      case Operation::IMPORT_KEY_MATERIAL:
        return add_import(call);
      case Operation::GET_PARAMETERS_FOR_IMPORT:
        add_if("kms:wrappingalgorithm", text(call.getWrappingAlgorithm()));
        return add_if("kms:wrappingkeyspec", text(call.getWrappingKeySpec()));
      default:
        return add_algorithm(call);
    }
  }

  void add_algorithm(events::KmsCall::Reader call) {
    const std::string_view algorithm = text(call.getEncryptionAlgorithm());
    switch (row_.operation) {
      case Operation::GENERATE_DATA_KEY_PAIR:
      case Operation::GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT:
        return add_if("kms:datakeypairspec", text(call.getKeySpec()));
      case Operation::GENERATE_MAC:
      case Operation::VERIFY_MAC:
        return add_if("kms:macalgorithm", algorithm);
      case Operation::SIGN:
      case Operation::VERIFY:
        add("kms:messagetype", "RAW");
        return add_if("kms:signingalgorithm", algorithm);
      case Operation::DERIVE_SHARED_SECRET:
        return add_if("kms:keyagreementalgorithm", algorithm);
      default:
        return;
    }
  }

  void add_new_key(events::KmsCall::Reader call) {
    const auto effective = [](std::string_view given, std::string_view otherwise) {
      return given.empty() ? otherwise : given;
    };
    add_properties(effective(text(call.getNewKeySpec()), "SYMMETRIC_DEFAULT"),
                   effective(text(call.getKeyUsage()), "ENCRYPT_DECRYPT"),
                   effective(text(call.getOrigin()), "AWS_KMS"), call.getMultiRegion());
    if (call.getMultiRegion()) add("kms:multiregionkeytype", "PRIMARY");
    add_flag("kms:bypasspolicylockoutsafetycheck", call.getBypassPolicyLockoutSafetyCheck());
  }

  void add_import(events::KmsCall::Reader call) {
    const std::string_view model = text(call.getExpirationModel());
    add("kms:expirationmodel", model.empty() ? std::string_view("KEY_MATERIAL_EXPIRES") : model);
    if (call.getValidTo() == 0) return;
    std::string& time = buffers_.text();
    time = sim::print(sim::Time::from_nanoseconds(call.getValidTo()));
    add("kms:validto", time);
  }

  void add_trailing_days() {
    const KmsKey& key = at(state_.keys, question_.key);
    const sim::Time since = std::max(key.last_used, key.creation_date);
    add_number("kms:trailingdayswithoutkeyusage", (now_ - since).count() / kNanosecondsOfDay);
  }

  void add_request_tags(events::KmsCall::Reader call) {
    if (call.getTags().size() == 0 && call.getTagKeys().size() == 0) return;
    add_tags("aws:requesttag/", call.getTags());
    std::vector<std::string_view>& names = buffers_.list();
    for (const auto tag : call.getTags()) names.push_back(text(tag.getName()));
    for (const auto name : call.getTagKeys()) names.push_back(text(name));
    add_list("aws:tagkeys", names);
  }

  const State& state_;
  const ScenarioView& scenario_;
  sim::Time now_;
  const KmsRequest& request_;
  const OperationRow& row_;
  const Question& question_;
  ContextBuffers& buffers_;
  iam::Request built_;
};

}  // namespace

std::string_view regional_service(const State& state, const KmsRequest& request,
                                  ContextBuffers& buffers) {
  return write(buffers.text(), "{}.{}.amazonaws.com", request.service, request.region(state));
}

iam::Principal principal_of(const State& state, const KmsRequest& request,
                            ContextBuffers& buffers) {
  iam::Principal caller;
  if (request.as_service || request.session == 0) {
    caller.type = iam::PrincipalType::service;
    caller.arn = write(buffers.text(), "{}.amazonaws.com", request.service);
    return caller;
  }
  const ScenarioView& scenario = state.scenario();
  const Session& session = at(state.sessions, request.session - 1);
  const auto principal = scenario.reader().getPrincipals()[session.principal];
  caller.account = text(principal.getAccount());
  caller.unique_id = scenario.principal_ids[session.principal];
  caller.arn = scenario.principal_arns[session.principal];
  switch (principal.getKind()) {
    case events::Principal::Kind::ROLE:
      caller.type = iam::PrincipalType::assumed_role;
      caller.role_arn = scenario.principal_arns[session.principal];
      caller.arn = write(buffers.text(), "arn:aws:sts::{}:assumed-role/{}/{}",
                         text(principal.getAccount()), text(principal.getName()), session.name);
      break;
    case events::Principal::Kind::USER:
      caller.type = iam::PrincipalType::user;
      break;
    default:
      caller.type = iam::PrincipalType::root;
      break;
  }
  return caller;
}

iam::Request policy_request(const State& state, sim::Time now, const KmsRequest& request,
                            const OperationRow& row, const Question& question,
                            ContextBuffers& buffers) {
  buffers.clear();
  return Builder(state, now, request, row, question, buffers).build();
}

}  // namespace tablekey::model::kms
