// Which operation is allowed in which state of a key: the one table (kms.md 2.3, 2.4).
#pragma once

#include <string>
#include <string_view>

#include "event.capnp.h"
#include "model/kms/operation.h"
#include "model/settings.h"

namespace tablekey::model::kms {

/// What the table says about a key: its exception and message. none: allowed. `destination`: the key
/// is the destination of a ReEncrypt or the target of an UpdateAlias (note 10).
Refusal state_refusal(const State& state, const OperationRow& row, std::uint32_t key,
                      bool destination);

/// The same of a symmetric customer key of origin AWS_KMS, by its state alone.
events::KmsError state_refusal(events::KmsOperation operation, events::KeyState state,
                               PendingDeletionError pending_deletion_error);

/// The message of such a refusal, e.g. "<arn> is disabled." (kms.md 2.4).
std::string state_message(events::KmsOperation operation, events::KeyState state,
                          std::string_view key_arn);

/// Whether the operation uses key material. Such operations act on the state that KMS's data plane
/// sees, others on the one that was last written.
bool is_cryptographic(events::KmsOperation operation);

/// The name of the API operation, e.g. "GenerateDataKey".
std::string_view operation_name(events::KmsOperation operation);

/// The exception's name, e.g. "KMSInvalidStateException"; "AccessDenied" is CloudTrail's word and
/// not given here.
std::string_view exception_name(events::KmsError error);

/// The state as KeyMetadata spells it, e.g. "PendingDeletion".
std::string_view state_name(events::KeyState state);

}  // namespace tablekey::model::kms
