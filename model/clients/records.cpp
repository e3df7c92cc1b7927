// GetRecords answers even where its table is gone: a stream lives on for 24 hours.
#include "model/clients/records.h"

#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/limits.h"

namespace tablekey::model {
namespace {

// An iterator that a step makes begins where another step's page ended, or at a border of the
// shard.
StreamCursor cursor_of(const RequestWork& work) {
  StreamCursor cursor;
  cursor.type = work.call.getIterator();
  cursor.made = work.d.now;
  const std::uint32_t before = work.call.getSequenceOfStep();
  const auto& results = work.d.state.results;
  if (before != 0 && before <= results.size()) {
    cursor.sequence = results[before - 1].last_sequence;
  }
  return cursor;
}

std::string_view event_name(events::StreamEventName name) {
  switch (name) {
    case events::StreamEventName::INSERT:
      return "INSERT";
    case events::StreamEventName::MODIFY:
      return "MODIFY";
    default:
      return "REMOVE";
  }
}

}  // namespace

StreamPlace stream_of(const RequestWork& work) {
  return find_stream(work.d.state, work.table_of(work.call.getTable()), work.call.getFormer());
}

void run_records(RequestWork& work) {
  const StreamPlace place = stream_of(work);
  const std::uint32_t connection =
      work.d.state.scenario().step_connection(work.caller, place.table);
  if (shard_crowded(work.d.state, place, work.call.getShard(), connection, work.d.now)) {
    work.answer.refused = {events::Exception::THROTTLING,
                           "Rate exceeded: more than two processes read from the same shard"};
    return;
  }
  const auto limit = work.call.getHasLimit() && work.call.getLimit() > 0
                         ? static_cast<std::uint32_t>(work.call.getLimit())
                         : 0U;
  const StreamPage page =
      stream_page(work.d.state, place, work.call.getShard(), cursor_of(work), limit, work.d.now);
  work.answer.refused = {page.exception, page.message};
  if (page.exception != events::Exception::NONE) return;
  const std::uint32_t table = place.table;
  std::size_t bytes = 0;
  work.answer.result = "[";
  for (const StreamRecord* record : page.records) {
    const items::AttributeMap images =
        open_stream_record(work.d.state, work.d.vault, place, *record, work.until[table]);
    if (work.answer.result.size() > 1) work.answer.result += ',';
    work.answer.result.append("{\"eventName\":\"").append(event_name(record->name));
    work.answer.result.append("\",\"dynamodb\":").append(items::to_json(images)).append("}");
    work.answer.reads.push_back(
        {table,
         record->item,
         record->new_version != 0 ? record->new_version : record->old_version,
         {record->tag_high, record->tag_low}});
    bytes += items::item_size(images);
  }
  work.answer.result += ']';
  work.answer.returned = static_cast<std::uint32_t>(page.records.size());
  work.answer.last_sequence = page.next;
  work.answer.consume_reads(table, "", items::read_half_units(bytes, items::ReadMode::eventual));
}

}  // namespace tablekey::model
