// Compiling one call of KMS: what its parameters are read into, and how each is read. The readers
// report what no request could say (a list where AWS has a text, a name that does not exist); what
// AWS itself would answer with an exception goes through to the model, which answers with it.
#pragma once

#include <optional>
#include <string_view>

#include "scenarios/actions.h"
#include "scenarios/kms_operations.h"

namespace tablekey::scenarios {

struct CallReader {
  ActionContext& context;
  const KmsOperationRow& row;
  KmsCall& made;
  events::KmsCall::Builder call;

  [[nodiscard]] Diagnostics& diagnostics() const { return context.diagnostics; }
  [[nodiscard]] Draft& draft() const { return context.draft; }
};

struct KmsParameter {
  std::string_view name;
  void (*read)(CallReader&, const Node&, std::string_view field);
};
[[nodiscard]] const KmsParameter* find_parameter(std::string_view name);
// The lower-case parameters that every call takes besides those of its operation.
[[nodiscard]] const std::vector<std::string_view>& call_parameters();

// --- references (kms_references.cpp) ---
// A key as a request names it: by reference, by logical id, or as written.
void read_key_reference(CallReader& reader, const Node& node, std::string_view field,
                        events::KeyReference::Builder to);
void read_blob(CallReader& reader, const Node& node, std::string_view field);
// `attribute` is GrantId or GrantToken.
void read_grant_reference(CallReader& reader, const Node& node, std::string_view field,
                          std::string_view attribute, events::GrantReference::Builder to);
// A principal as an ARN: by reference or logical id, or as written.
[[nodiscard]] std::string read_principal_arn(CallReader& reader, const Node& node,
                                             std::string_view field);
void read_store_reference(CallReader& reader, const Node& node, std::string_view field);

// --- grants (kms_grants.cpp) ---
void read_grantee(CallReader& reader, const Node& node, std::string_view field);
void read_grantee_service(CallReader& reader, const Node& node, std::string_view field);
void read_retiring(CallReader& reader, const Node& node, std::string_view field);
void read_retiring_service(CallReader& reader, const Node& node, std::string_view field);
void read_grant_operations(CallReader& reader, const Node& node, std::string_view field);
void read_grant_name(CallReader& reader, const Node& node, std::string_view field);
void read_grant_constraints(CallReader& reader, const Node& node, std::string_view field);
// The shorthand `grant: { table, which, key }` or `grant: step`.
void read_grant_shorthand(CallReader& reader, const Node& node, std::string_view field);
// `table` of RevokeGrant and RetireGrant, and of a CreateGrant.
void apply_grant_table(CallReader& reader);

// --- imported material (kms_import.cpp) ---
void read_import_token(CallReader& reader, const Node& node, std::string_view field);
void read_wrapped_for(CallReader& reader, const Node& node, std::string_view field);
void read_material(CallReader& reader, const Node& node, std::string_view field);
void read_material_bytes(CallReader& reader, const Node& node, std::string_view field);
void read_key_material_id(CallReader& reader, const Node& node, std::string_view field);
// EncryptedKeyMaterial: key bytes have no place in a scenario.
void refuse_key_bytes(CallReader& reader, const Node& node, std::string_view field);
// A date, or +30d since the step.
void read_valid_to(CallReader& reader, const Node& node, std::string_view field);

// --- things that a call makes (kms_made.cpp) ---
void read_xks_key_id(CallReader& reader, const Node& node, std::string_view field);
void read_store_type(CallReader& reader, const Node& node, std::string_view field);
// The rest requires the parameters to be read.
void settle_created_key(CallReader& reader);
void settle_replica(CallReader& reader);
void settle_created_store(CallReader& reader);

// The row's own function in the table of actions.
[[nodiscard]] std::optional<StepAction> compile_kms_call(ActionContext& context,
                                                         const Action& action);

}  // namespace tablekey::scenarios
