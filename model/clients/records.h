// GetRecords: the key check is the requests', the records are the streams' (dynamodb.md 7.1).
#pragma once

#include "model/clients/request_work.h"
#include "model/dynamodb/streams.h"

namespace tablekey::model {

/// The stream that a GetRecords is about; none: there is no such stream.
StreamPlace stream_of(const RequestWork& work);

/// Reads one page of a shard into the answer.
void run_records(RequestWork& work);

}  // namespace tablekey::model
