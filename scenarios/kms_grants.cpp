// Grants: the terms of a new one, and the shorthands for those that DynamoDB made.
#include <fmt/format.h>

#include "scenarios/characters.h"
#include "scenarios/kms_call.h"
#include "scenarios/pairs.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using Terms = events::GrantTerms::Builder;
using Op = events::KmsOperation;

}  // namespace

// ListGrants and CreateGrant share the parameter's name, likewise the next one.
void read_grantee(CallReader& reader, const Node& node, std::string_view field) {
  const std::string arn = read_principal_arn(reader, node, field);
  if (reader.row.operation == Op::LIST_GRANTS) {
    reader.call.setPrincipal(arn);
  } else {
    reader.call.getGrantTerms().setGranteePrincipal(arn);
  }
}

void read_retiring(CallReader& reader, const Node& node, std::string_view field) {
  const std::string arn = read_principal_arn(reader, node, field);
  if (reader.row.operation == Op::LIST_RETIRABLE_GRANTS) {
    reader.call.setPrincipal(arn);
  } else {
    reader.call.getGrantTerms().setRetiringPrincipal(arn);
  }
}

void read_grantee_service(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text != nullptr) reader.call.getGrantTerms().setGranteeServicePrincipal(*text);
}

void read_retiring_service(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text != nullptr) reader.call.getGrantTerms().setRetiringServicePrincipal(*text);
}

void read_grant_name(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text != nullptr) reader.call.getGrantTerms().setName(*text);
}

void read_grant_operations(CallReader& reader, const Node& node, std::string_view field) {
  const auto names = read_texts(node, field, reader.diagnostics());
  if (!names) return;
  auto list = reader.call.getGrantTerms().initOperations(count_of(*names));
  for (std::uint32_t i = 0; i < list.size(); ++i) list.set(i, (*names)[i]);
}

void read_grant_constraints(CallReader& reader, const Node& node, std::string_view field) {
  MapReader constraints(node, std::string(field),
                        {"EncryptionContextEquals", "EncryptionContextSubset", "SourceArn"},
                        reader.diagnostics());
  Terms terms = reader.call.getGrantTerms();
  const Node* equals = constraints.get("EncryptionContextEquals");
  const Node* subset = constraints.get("EncryptionContextSubset");
  if (equals != nullptr && subset != nullptr) {
    reader.diagnostics().error(subset->place, "a grant has one constraint on its context",
                               "either EncryptionContextEquals or EncryptionContextSubset");
    return;
  }
  if (const Node* context = equals != nullptr ? equals : subset) {
    const std::string_view name =
        equals != nullptr ? "EncryptionContextEquals" : "EncryptionContextSubset";
    terms.setConstraint(equals != nullptr ? events::GrantTerms::Constraint::EQUALS
                                          : events::GrantTerms::Constraint::SUBSET);
    const auto pairs = read_pairs(*context, name, reader.diagnostics());
    if (pairs) set_pairs(*pairs, terms.initPairs(count_of(*pairs)));
  }
  if (const Node* source = constraints.get("SourceArn")) {
    const std::string* text = read_text(*source, "SourceArn", reader.diagnostics());
    if (text != nullptr) terms.setSourceArn(*text);
  }
}

namespace {

// The grants that DynamoDB made for a table, on `key` or on the table's own.
void set_table_grant(CallReader& reader, std::uint32_t table,
                     events::GrantReference::Choice choice) {
  auto grants = reader.call.getGrant().initOfTable();
  grants.setTable(table);
  grants.setChoice(choice);
  grants.setKey(reader.draft().tables[table].key);
  const auto key = reader.call.getKeyId().asReader();
  if (key.isArn()) grants.setKey(key.getArn());
  if (key.isId()) grants.setKey(key.getId());
  if (key.isNone()) reader.call.getKeyId().setArn(grants.getKey());
}

bool check_grantee(CallReader& reader, const Node& grantee) {
  const std::string* text = read_text(grantee, "grantee", reader.diagnostics());
  if (text == nullptr) return false;
  const std::string regional = fmt::format("dynamodb.{}.amazonaws.com", reader.draft().region);
  if (*text == "dynamodb.amazonaws.com" || *text == regional) return true;
  reader.diagnostics().error(grantee.place,
                             fmt::format("grantee: no grants for '{}'", printable(*text)),
                             "write dynamodb.amazonaws.com");
  return false;
}

}  // namespace

void read_grant_shorthand(CallReader& reader, const Node& node, std::string_view field) {
  if (node.is_scalar()) {
    if (find_table(reader.draft(), node.text) != kNone) {
      reader.diagnostics().error(node.place,
                                 fmt::format("'{}' is a table and no grant", printable(node.text)),
                                 fmt::format("write {{ table: {} }}", printable(node.text)));
      return;
    }
    const auto step = read_step_result(reader.context, node, field, "GrantId", true);
    if (step) reader.call.getGrant().setStep(*step);
    return;
  }
  if (is_step_result(node)) {
    return read_grant_reference(reader, node, field, "GrantId", reader.call.getGrant());
  }
  MapReader grant(node, std::string(field), {"grantee", "table", "which"}, reader.diagnostics());
  if (!grant.is_map()) return;
  if (const Node* grantee = grant.get("grantee"); grantee != nullptr) {
    if (!check_grantee(reader, *grantee)) return;
  }
  auto choice = events::GrantReference::Choice::ALL;
  if (const Node* which = grant.get("which")) {
    const auto word =
        read_choice(*which, "which", {"all", "first", "second"}, reader.diagnostics());
    if (!word) return;
    choice = static_cast<events::GrantReference::Choice>(*word);
  }
  const Node* table_node = grant.require("table");
  if (table_node == nullptr) return;
  const std::uint32_t table = reader.context.table(*table_node);
  if (table != kNone) set_table_grant(reader, table, choice);
}

void apply_grant_table(CallReader& reader) {
  const std::uint32_t table = reader.context.required_table();
  if (table == kNone) return;
  if (reader.row.operation != Op::CREATE_GRANT) {
    return set_table_grant(reader, table, events::GrantReference::Choice::ALL);
  }
  reader.call.setTable(table);
  const Draft& draft = reader.draft();
  if (reader.call.getKeyId().isNone()) reader.call.getKeyId().setArn(draft.tables[table].key);
  // Terms of one's own get the table's encryption context, as DynamoDB's grants have it.
  Terms terms = reader.call.getGrantTerms();
  const bool own = reader.context.reader.get("GranteePrincipal") != nullptr;
  if (!own || reader.context.reader.get("Constraints") != nullptr) return;
  terms.setConstraint(events::GrantTerms::Constraint::SUBSET);
  const std::vector<TextPair> pairs = {{"aws:dynamodb:tableName", draft.tables[table].name},
                                       {"aws:dynamodb:subscriberId", draft.account}};
  set_pairs(pairs, terms.initPairs(count_of(pairs)));
}

}  // namespace tablekey::scenarios
