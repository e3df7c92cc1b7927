// SSESpecification as requests give it (dynamodb.md 2.1, 2.3): which combinations are refused, in
// which era, and which key it comes to when the call is made.
#pragma once

#include <cstdint>
#include <string>

#include "model/dynamodb/table_operation.h"
#include "scenario.capnp.h"

namespace tablekey::model::dynamodb {

/// The shape: ValidationException in the words of dynamodb.md 2.1. `change`: of an UpdateTable.
TableRefusal sse_shape(const State& state, events::SseSpecification::Reader sse, bool change);

/// The key that a specification means.
struct KeyChoice {
  std::uint32_t key = kNone;  ///< kNone: the table is not encrypted, or the key was not found
  bool by_arn = false;        ///< the caller named it by its key ARN
  events::KmsError error = events::KmsError::NONE;  ///< KMS knows no such key
  std::string message;                              ///< KMS's
};

/// An alias is looked up now, and not again (dynamodb.md 2.3). `session`: 1 + session of the
/// caller.
KeyChoice chosen_key(const Deciding& d, std::uint32_t table, std::uint32_t session,
                     events::SseSpecification::Reader sse);

/// Whose a table's key is. kNone: a table without encryption is of the same type as one under the
/// AWS owned key, it has no SSEDescription.
events::Key::Manager manager_of(const State& state, std::uint32_t key);

/// The AWS owned or AWS managed key of a table's account and Region; kNone: the scenario has none.
std::uint32_t service_key(const State& state, std::uint32_t table, events::Key::Manager manager);

/// What the choice may not be in this era (dynamodb.md 0.3).
TableRefusal era_refusal(const State& state, std::uint32_t key, bool change);

}  // namespace tablekey::model::dynamodb
