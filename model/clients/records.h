// GetShardIterator and GetRecords: the key check is the requests', the records are the streams'
// (dynamodb.md 7.1). An iterator that a GetShardIterator gave serves 15 minutes, and so does each
// that a page of it gave. A GetRecords that names its type and shard itself makes its iterator with
// it, and anew for each further page.
#pragma once

#include "model/clients/request_work.h"
#include "model/dynamodb/streams.h"

namespace tablekey::model {

/// The stream that a GetRecords or a GetShardIterator is about; none: there is no such stream.
StreamPlace stream_of(const State& state, events::DataCall::Reader call);

/// Whether the pages behind a GetRecords began with the iterator of a GetShardIterator.
bool has_iterator(const State& state, events::DataCall::Reader call);

/// Whether it wants the iterator of a step that was given none.
bool lacks_iterator(const State& state, events::DataCall::Reader call);

/// Makes an iterator.
void run_iterator(RequestWork& work);
/// Reads one page of a shard into the answer.
void run_records(RequestWork& work);

}  // namespace tablekey::model
