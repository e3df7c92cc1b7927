// How a KMS failure looks to DynamoDB's client (dynamodb.md 10.1): exception and text.
#pragma once

#include <string>
#include <string_view>

#include "event.capnp.h"
#include "model/dynamodb/names.h"
#include "model/state.h"

namespace tablekey::model::dynamodb {

/// The exception with which DynamoDB answers a request that KMS refused.
events::Exception exception_for(events::KmsError error);
/// The same with what the settings say where AWS does not: throttling, and KMS that is down.
events::Exception exception_for(const Settings& settings, events::KmsError error);

/// Lower-case UUID form of 16 bytes, as AWS prints request and table ids.
std::string uuid(std::uint64_t high, std::uint64_t low);

/// `<prefix>: com.amazonaws.services.kms.model.<Class>: <message> (Service: AWSKMS; Status Code:
/// 400; Error Code: …`. `region`: of a replica whose key is in the way; it follows the prefix.
std::string kms_failure_message(events::KmsError error, std::string_view kms_message,
                                std::string_view request_id, std::string_view region = {});

/// The message of a data request that KMS refused the table's key.
std::string kms_request_message(const State& state, std::uint32_t table, events::KmsError error,
                                Uuid request_id);
/// The message of a failed data request, as the client sees it.
std::string request_message(const State& state, events::Event::RequestFailed::Reader failed);
/// The message of a refused CreateTable, UpdateTable or DeleteTable.
std::string table_message(const State& state, events::TableRequestRefused::Reader refused);

}  // namespace tablekey::model::dynamodb
