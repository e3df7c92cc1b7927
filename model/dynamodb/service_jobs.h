// Work that DynamoDB does under a table's grants (dynamodb.md 5.3): each job has its own copy of
// the plaintext table key and asks KMS for it, as the service, when it is older than a setting
// allows.
#pragma once

#include <cstdint>

#include "model/decide.h"
#include "model/state.h"

namespace tablekey::model {

enum class ServiceKeyState : std::uint8_t {
  ready,   ///< the job may work now
  asking,  ///< its Decrypt is under way, and resumes it
  needed,  ///< it must ask first
};

/// How the job stands with the table's key at the state's present time (that of the due action is
/// `now`). A table that is not encrypted needs none.
ServiceKeyState service_key_state(const State& state, std::uint32_t table, events::ServiceJob job,
                                  sim::Time now);

/// Makes the event with which the job asks. `argument` comes back to the action that is resumed:
/// which index, which partition.
void request_service_key(Deciding& d, std::uint32_t table, events::ServiceJob job,
                         std::uint32_t argument);

/// Of the draws of a job's calls.
std::uint64_t service_job_entity(const State& state, std::uint32_t table, events::ServiceJob job);

/// Until when the copy may be used, if it is ready.
sim::Time service_key_until(const State& state, std::uint32_t table, events::ServiceJob job);

}  // namespace tablekey::model
