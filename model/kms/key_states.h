// Which operation is allowed in which state of a key: the one table (kms.md 2.3, 2.4).
#pragma once

#include <string>
#include <string_view>

#include "event.capnp.h"
#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/settings.h"

namespace tablekey::model::kms {

/// What the table asks about a key.
struct KeyFacts {
  events::KeyState state = events::KeyState::ENABLED;
  events::KeySpec spec = events::KeySpec::SYMMETRIC_DEFAULT;
  events::Origin origin = events::Origin::AWS_KMS;
  /// The key is the destination of a ReEncrypt or the new target of an UpdateAlias (note 10).
  bool destination = false;
};

/// The number of the note of kms.md 2.4 that refuses the operation, 0 if none does. 23 is its
/// "2/3", 404 that the key is deleted. What the key cannot do at all (6, 7, 9) comes before its
/// state.
unsigned refusing_note(events::KmsOperation operation, const KeyFacts& key, bool classic_era);

/// The exception of such a note.
events::KmsError note_error(unsigned note, PendingDeletionError pending_deletion_error);

/// Its message about the key of that ARN.
std::string note_message(unsigned note, const KeyFacts& key, std::string_view key_arn);

/// One cell as kms.md 2.3 prints it: `ok`, `4`, `?9`, `1 or 7`, `2/3`, `ok,12`, `n/a`.
std::string cell_text(events::KmsOperation operation, events::KeyState state, bool classic_era);

/// What the table says about a key: its exception and message. none: allowed. `destination`: the
/// key is the destination of a ReEncrypt or the target of an UpdateAlias (note 10).
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

}  // namespace tablekey::model::kms
