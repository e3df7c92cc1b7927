// Steps in words. A call of KMS is its operation, what it is about, then whatever else it says.
#include "scenarios/explain_steps.h"

#include <fmt/format.h>

#include "scenarios/draft.h"
#include "scenarios/expectation.h"
#include "scenarios/kms_words.h"
#include "scenarios/values.h"
#include "sim/time.h"

namespace tablekey::scenarios {
namespace {

class StepWriter {
 public:
  StepWriter(events::Scenario::Reader scenario, events::Step::Reader step)
      : scenario_(scenario), step_(step) {}
  [[nodiscard]] std::string caller() const;
  [[nodiscard]] std::string action() const;

 private:
  [[nodiscard]] std::string table(std::uint32_t index) const {
    return table_name(scenario_, index);
  }
  [[nodiscard]] std::string step_name(std::uint32_t index) const;
  [[nodiscard]] std::string reference(events::KeyReference::Reader key) const;
  [[nodiscard]] std::string blob(events::BlobReference::Reader blob) const;
  [[nodiscard]] std::string grant(events::GrantReference::Reader grant) const;
  [[nodiscard]] std::string subject(events::KmsCall::Reader call) const;
  [[nodiscard]] std::string contents(events::KmsCall::Reader call) const;
  [[nodiscard]] std::string circumstances(events::KmsCall::Reader call) const;
  [[nodiscard]] std::string terms(events::GrantTerms::Reader terms) const;
  [[nodiscard]] std::string import(events::KmsCall::Reader call) const;
  [[nodiscard]] std::string assume(events::Step::AssumeRole::Reader assume) const;
  [[nodiscard]] std::string iam(events::Step::Iam::Reader change) const;
  [[nodiscard]] std::string data(events::Step::Data::Reader data) const;

  events::Scenario::Reader scenario_;
  events::Step::Reader step_;
};

// A text field that was given, behind its name.
std::string with(std::string_view name, capnp::Text::Reader value) {
  return value.size() == 0 ? ""
                           : fmt::format(",{}{} {}", name.empty() ? "" : " ", name, text(value));
}

std::string StepWriter::step_name(std::uint32_t index) const {
  const std::string id = text(scenario_.getSteps()[index].getId());
  return id.empty() ? fmt::format("step {}", index + 1) : id;
}

std::string StepWriter::reference(events::KeyReference::Reader key) const {
  switch (key.which()) {
    case events::KeyReference::ARN:
      return key_name(scenario_, key.getArn());
    case events::KeyReference::ID:
      return key_name(scenario_, key.getId()) + " (by its id)";
    case events::KeyReference::TEXT:
      return fmt::format("'{}'", text(key.getText()));
    case events::KeyReference::NONE:
      break;
  }
  return "";
}

std::string StepWriter::blob(events::BlobReference::Reader blob) const {
  std::string out;
  switch (blob.which()) {
    case events::BlobReference::STEP:
      out = ", the ciphertext of " + step_name(blob.getStep());
      break;
    case events::BlobReference::TABLE:
      out = ", the wrapped table key of " + table(blob.getTable());
      break;
    case events::BlobReference::BYTES:
      out = fmt::format(", {} as ciphertext", plural(blob.getBytes().size(), "byte"));
      break;
    case events::BlobReference::NONE:
      return "";
  }
  if (blob.getFlipBit() != 0) out += fmt::format(" with bit {} inverted", blob.getFlipBit() - 1);
  if (blob.getTruncateTo() != kNone) {
    out += fmt::format(" cut to {}", plural(blob.getTruncateTo(), "byte"));
  }
  return out;
}

std::string StepWriter::grant(events::GrantReference::Reader grant) const {
  static constexpr std::string_view kChoices[] = {"all grants", "the first grant",
                                                  "the second grant"};
  switch (grant.which()) {
    case events::GrantReference::STEP:
      return fmt::format(", the {} of {}", grant.getToken() ? "token" : "grant",
                         step_name(grant.getStep()));
    case events::GrantReference::OF_TABLE:
      return fmt::format(", {} for table {}",
                         kChoices[static_cast<std::size_t>(grant.getOfTable().getChoice())],
                         table(grant.getOfTable().getTable()));
    case events::GrantReference::TEXT:
      return fmt::format(", {} '{}'", grant.getToken() ? "token" : "grant", text(grant.getText()));
    case events::GrantReference::NONE:
      break;
  }
  return "";
}

// What the call is about.
std::string StepWriter::subject(events::KmsCall::Reader call) const {
  std::string out;
  if (call.getNewKey() != kNone) {
    out += fmt::format(" {}{}", text(scenario_.getKeys()[call.getNewKey()].getLogicalId()),
                       call.getKeyId().isNone() ? "" : ", a replica of");
  }
  const std::string key = reference(call.getKeyId());
  const bool re_encrypt = call.getOperation() == events::KmsOperation::RE_ENCRYPT;
  if (!key.empty()) {
    out += fmt::format(" {}{}", call.getNewKey() != kNone ? "" : re_encrypt ? "from " : "on ", key);
  }
  const std::string destination = reference(call.getDestinationKeyId());
  if (!destination.empty()) out += " to " + destination;
  if (call.getStore() != kNone) {
    const auto store = scenario_.getCustomKeyStores()[call.getStore()];
    out += fmt::format("{}{}", call.getNewKey() == kNone ? " " : ", in store ",
                       text(store.getLogicalId()));
  }
  out += with("store", call.getStoreId()) + with("", call.getAliasName());
  return out + with("to", call.getReplicaRegion());
}

std::string StepWriter::terms(events::GrantTerms::Reader terms) const {
  std::string out = with("for", terms.getGranteePrincipal()) +
                    with("for", terms.getGranteeServicePrincipal()) +
                    with("retired by", terms.getRetiringPrincipal()) +
                    with("retired by", terms.getRetiringServicePrincipal());
  std::string operations;
  for (auto operation : terms.getOperations()) {
    operations += fmt::format("{}{}", operations.empty() ? "" : " ", text(operation));
  }
  if (!operations.empty()) out += ", operations " + operations;
  if (terms.getConstraint() != events::GrantTerms::Constraint::NONE) {
    const bool equals = terms.getConstraint() == events::GrantTerms::Constraint::EQUALS;
    out += fmt::format(", if the context {} {}", equals ? "is" : "has", pairs(terms.getPairs()));
  }
  return out + with("from", terms.getSourceArn()) + with("named", terms.getName());
}

std::string StepWriter::import(events::KmsCall::Reader call) const {
  std::string out;
  if (call.getMaterial() != kNone) {
    out += fmt::format(", material '{}'", text(scenario_.getMaterials()[call.getMaterial()]));
  }
  if (call.getMaterialBytes() != 32) {
    out += fmt::format(" ({})", plural(call.getMaterialBytes(), "byte"));
  }
  if (call.getOperation() == events::KmsOperation::IMPORT_KEY_MATERIAL) {
    out += call.getImportToken() == 0 ? std::string(", with a token that KMS never gave")
                                      : ", token of " + step_name(call.getImportToken() - 1);
  }
  if (call.getWrappedFor() != 0) out += ", wrapped for " + step_name(call.getWrappedFor() - 1);
  if (call.getValidTo() != 0) {
    out += ", valid to " + sim::print(sim::Time::from_nanoseconds(call.getValidTo()));
  }
  return out + with("as", call.getImportType()) + with("", call.getExpirationModel()) +
         with("material id", call.getKeyMaterialId());
}

// What it sends along.
std::string StepWriter::contents(events::KmsCall::Reader call) const {
  std::string out = blob(call.getBlob()) + grant(call.getGrant());
  if (call.getTable() != kNone) {
    out += fmt::format(", with the encryption context of {}", table(call.getTable()));
  }
  if (call.getEncryptionContext().size() != 0) {
    out += ", context " + pairs(call.getEncryptionContext());
  }
  if (call.getDestinationEncryptionContext().size() != 0) {
    out += ", new context " + pairs(call.getDestinationEncryptionContext());
  }
  out += with("", call.getNewKeySpec()) + with("for", call.getKeyUsage()) +
         with("origin", call.getOrigin()) + with("", call.getKeySpec());
  if (call.getHasNumberOfBytes())
    out += fmt::format(", {}", plural(call.getNumberOfBytes(), "byte"));
  if (call.getPlaintext().size() + call.getPlaintextBytes() != 0) {
    out += fmt::format(", plaintext of {}",
                       plural(call.getPlaintext().size() + call.getPlaintextBytes(), "byte"));
  }
  if (call.getHasPendingWindow())
    out += fmt::format(
        ", waiting {}",
        plural(static_cast<std::uint64_t>(std::max(call.getPendingWindowInDays(), 0)), "day"));
  if (call.getHasRotationPeriod())
    out += fmt::format(
        ", every {}",
        plural(static_cast<std::uint64_t>(std::max(call.getRotationPeriodInDays(), 0)), "day"));
  if (call.getTags().size() != 0) out += ", tags " + pairs(call.getTags());
  return out + terms(call.getGrantTerms()) + import(call) + with("principal", call.getPrincipal());
}

// Where it is sent, by what way, and what it is only tried for.
std::string StepWriter::circumstances(events::KmsCall::Reader call) const {
  std::string out = with("in", call.getRegion()) + with("through", call.getViaService());
  if (call.getConditions().size() != 0) out += ", request " + pairs(call.getConditions());
  const std::uint32_t tokens = call.getGrantTokens().size();
  if (tokens != 0) out += fmt::format(", with {}", plural(tokens, "grant token"));
  if (call.getBypassPolicyLockoutSafetyCheck()) out += ", without the lock-out check";
  if (call.getDryRun()) out += ", as a dry run";
  return out;
}

std::string StepWriter::assume(events::Step::AssumeRole::Reader assume) const {
  std::string out =
      fmt::format("sts:AssumeRole {}, session {}", principal_name(scenario_, assume.getPrincipal()),
                  text(assume.getSessionName()));
  if (assume.getPolicy().size() != 0) out += ", with a session policy";
  if (assume.getTags().size() != 0) out += ", tagged " + pairs(assume.getTags());
  return out;
}

std::string StepWriter::iam(events::Step::Iam::Reader change) const {
  static constexpr std::string_view kDone[] = {"is given the policy", "loses the policy",
                                               "is given a permissions boundary",
                                               "loses its permissions boundary", "is deleted"};
  const std::string name = text(change.getPolicy().getName());
  const auto operation = static_cast<std::size_t>(change.getOperation());
  return fmt::format("iam: {} {}{}{}", principal_name(scenario_, change.getPrincipal()),
                     kDone[operation], name.empty() ? "" : " ", name);
}

std::string StepWriter::data(events::Step::Data::Reader data) const {
  const std::string value = text(data.getValue());
  return fmt::format("dynamodb:{} on {}{}{}", name_of(data.getOperation()), table(data.getTable()),
                     value.empty() ? "" : ", ", value);
}

std::string StepWriter::action() const {
  switch (step_.which()) {
    case events::Step::ASSUME_ROLE:
      return assume(step_.getAssumeRole());
    case events::Step::KMS: {
      const auto call = step_.getKms();
      return fmt::format("kms:{}{}{}{}", name_of(call.getOperation()), subject(call),
                         contents(call), circumstances(call));
    }
    case events::Step::CREATE_TABLE:
      return "dynamodb:CreateTable " + table(step_.getCreateTable().getTable());
    case events::Step::DELETE_TABLE:
      return "dynamodb:DeleteTable " + table(step_.getDeleteTable().getTable());
    case events::Step::UPDATE_TABLE:
      return fmt::format("dynamodb:UpdateTable {} to {}", table(step_.getUpdateTable().getTable()),
                         key_name(scenario_, step_.getUpdateTable().getToKey()));
    case events::Step::DATA:
      return data(step_.getData());
    case events::Step::CLOSE_CONNECTIONS: {
      const auto close = step_.getCloseConnections();
      return fmt::format("net:CloseConnections {} of {}", print_share(close.getShareMillionths()),
                         text(scenario_.getWorkloads()[close.getWorkload()].getName()));
    }
    case events::Step::IAM:
      return iam(step_.getIam());
    case events::Step::FAULT:
      return fault_line(scenario_, step_.getFault(), false);
    case events::Step::CONTROL:
      return control_line(scenario_, step_.getControl());
    case events::Step::REQUEST:
      return request_line(scenario_, step_.getRequest());
  }
  return "?";
}

std::string StepWriter::caller() const {
  const bool nobody = step_.isAssumeRole() || step_.isCloseConnections() || step_.isFault();
  if (nobody) return "";
  if (step_.isKms() && step_.getKms().getService().size() != 0) {
    return text(step_.getKms().getService()) + ": ";
  }
  std::string name = principal_name(scenario_, step_.getCaller());
  if (step_.getSession().size() != 0) name += "/" + text(step_.getSession());
  return name + ": ";
}

}  // namespace

std::string text(capnp::Text::Reader value) { return {value.cStr(), value.size()}; }

std::string span(std::int64_t nanoseconds) {
  return sim::print(sim::Duration::nanoseconds(nanoseconds));
}

std::string plural(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string pairs(capnp::List<events::Pair>::Reader list) {
  std::string out;
  for (auto pair : list) {
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", text(pair.getName()),
                       text(pair.getValue()));
  }
  return "{" + out + "}";
}

std::string principal_name(events::Scenario::Reader scenario, std::uint32_t index) {
  if (index == kNone) return "the operator (permissions not checked)";
  const auto principal = scenario.getPrincipals()[index];
  if (principal.getKind() != events::Principal::Kind::ROOT) return text(principal.getName());
  return fmt::format("root of {}", text(principal.getAccount()));
}

std::string table_name(events::Scenario::Reader scenario, std::uint32_t index) {
  if (index == events::K_NONE) return {};
  const auto table = scenario.getTables()[index];
  if (table.getRegion().size() == 0) return text(table.getName());
  return fmt::format("{} ({})", text(table.getName()), text(table.getRegion()));
}

std::string key_name(events::Scenario::Reader scenario, std::uint32_t index) {
  const auto key = scenario.getKeys()[index];
  switch (key.getManager()) {
    case events::Key::Manager::AWS:
      return "the AWS managed key alias/aws/dynamodb";
    case events::Key::Manager::OWNED:
      return "the AWS owned key";
    default:
      return text(key.getLogicalId());
  }
}

std::string key_particulars(events::Scenario::Reader scenario, events::Key::Reader key) {
  std::string out;
  if (key.getSpec() != events::KeySpec::SYMMETRIC_DEFAULT) {
    out += fmt::format(", {} for {}", name_of(key.getSpec()), name_of(key.getUsage()));
  }
  if (key.getOrigin() != events::Origin::AWS_KMS) {
    out += fmt::format(", origin {}", name_of(key.getOrigin()));
  }
  if (key.getMaterial() != kNone) {
    out += fmt::format(", with imported material '{}'",
                       text(scenario.getMaterials()[key.getMaterial()]));
  }
  if (key.getStore() != kNone) {
    out += ", in store " + text(scenario.getCustomKeyStores()[key.getStore()].getLogicalId());
  }
  if (key.getPrimary() != kNone) {
    out += ", a replica of " + text(scenario.getKeys()[key.getPrimary()].getLogicalId());
  } else if (key.getMultiRegion()) {
    out += ", multi-Region";
  }
  if (key.getRegion() != scenario.getRegion()) out += ", in " + text(key.getRegion());
  if (key.getAccount() != scenario.getAccount()) out += ", of account " + text(key.getAccount());
  if (key.getRotationPeriodInDays() != 0) {
    out += fmt::format(", rotated every {}", plural(key.getRotationPeriodInDays(), "day"));
  }
  if (key.getTags().size() != 0) out += ", tagged " + pairs(key.getTags());
  if (key.getByStep()) out += ", made by a step";
  return out;
}

std::string step_line(events::Scenario::Reader scenario, events::Step::Reader step) {
  const StepWriter writer(scenario, step);
  return writer.caller() + writer.action();
}

}  // namespace tablekey::scenarios
