// GetRecords: the key check is here, the records are the streams' (dynamodb.md 7.1).
#pragma once

#include "model/clients/request_work.h"

namespace tablekey::model {

/// Reads one page of a shard into the answer.
void run_records(RequestWork& work);

}  // namespace tablekey::model
