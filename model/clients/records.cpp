// GetRecords answers even where its table is gone: a stream lives on for 24 hours.
#include "model/clients/records.h"

#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/limits.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using Iterator = events::DataCall::IteratorType;

// The step whose GetShardIterator is behind a GetRecords, page by page; nullopt: there is none.
std::optional<std::uint32_t> iterator_step(const State& state, events::DataCall::Reader call) {
  const auto steps = state.scenario().reader().getSteps();
  for (std::uint32_t left = steps.size(); left != 0; --left) {  // a page is behind the one before
    if (call.getOperation() != events::DataOperation::GET_RECORDS) return std::nullopt;
    if (call.getIteratorOfStep() != 0) return call.getIteratorOfStep() - 1;
    const std::uint32_t before = call.getSequenceOfStep();
    if (before == 0 || !steps[before - 1].isRequest()) return std::nullopt;
    call = steps[before - 1].getRequest();
  }
  return std::nullopt;
}

// What the step that gave the iterator was answered; null: it gave none.
const StepResult* giver_of(const State& state, events::DataCall::Reader call) {
  const std::uint32_t giver =
      call.getIteratorOfStep() != 0 ? call.getIteratorOfStep() : call.getSequenceOfStep();
  if (giver == 0 || giver > state.results.size()) return nullptr;
  const StepResult& result = state.results[giver - 1];
  const bool given = result.answered && result.exception == events::Exception::NONE;
  return given ? &result : nullptr;
}

// Where a page begins, and in which shard (index into Stream::shards).
struct Begin {
  StreamCursor cursor;
  std::uint32_t shard = 0;
};

// LATEST was settled when the iterator was made.
Begin begin_of(const State& state, events::DataCall::Reader call, const StepResult& given) {
  Begin begin;
  begin.cursor.sequence = given.last_sequence;
  begin.cursor.made = given.valid_to - kIteratorLifetime;
  begin.shard = given.last_item;
  begin.cursor.type = Iterator::AFTER_SEQUENCE_NUMBER;
  if (call.getIteratorOfStep() == 0) return begin;
  const auto steps = state.scenario().reader().getSteps();
  const Iterator type = steps[call.getIteratorOfStep() - 1].getRequest().getIterator();
  if (type != Iterator::LATEST) begin.cursor.type = type;
  return begin;
}

// The short form begins where another step's page ended, or at a border of the shard.
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

StreamPlace stream_of(const State& state, events::DataCall::Reader call) {
  const auto steps = state.scenario().reader().getSteps();
  const auto table_of = [&](events::DataCall::Reader one) {
    return at(state.scenario().families, one.getTable()).first_table;
  };
  const auto made = iterator_step(state, call);
  if (!made) return find_stream(state, table_of(call), call.getFormer());
  const auto origin = steps[*made].getRequest();
  const StepResult* given = *made < state.results.size() ? &state.results[*made] : nullptr;
  if (given == nullptr || given->valid_to == sim::Time()) {
    return find_stream(state, table_of(origin), origin.getFormer());
  }
  return find_stream_of(state, table_of(origin), origin.getFormer(),
                        given->valid_to - kIteratorLifetime);
}

bool has_iterator(const State& state, events::DataCall::Reader call) {
  return iterator_step(state, call).has_value();
}

bool lacks_iterator(const State& state, events::DataCall::Reader call) {
  return has_iterator(state, call) && giver_of(state, call) == nullptr;
}

void run_iterator(RequestWork& work) {
  using events::Exception;
  const StreamPlace place = stream_of(work.d.state, work.call);
  const std::vector<std::uint32_t> listed = listed_shards(place);
  const std::uint32_t shard = work.call.getShard();
  const auto refuse = [&](Exception exception, std::string message) {
    work.answer.refused = {exception, std::move(message)};
  };
  if (shard >= listed.size()) {
    return refuse(Exception::RESOURCE_NOT_FOUND, "Requested resource not found: Shard not found");
  }
  StreamCursor cursor = cursor_of(work);
  const bool named =
      cursor.type == Iterator::AT_SEQUENCE_NUMBER || cursor.type == Iterator::AFTER_SEQUENCE_NUMBER;
  if (named != (work.call.getSequenceOfStep() != 0)) {
    return refuse(Exception::VALIDATION,
                  named ? "SequenceNumber is required for iterator types AT_SEQUENCE_NUMBER and "
                          "AFTER_SEQUENCE_NUMBER"
                        : "SequenceNumber is only for iterator types AT_SEQUENCE_NUMBER and "
                          "AFTER_SEQUENCE_NUMBER");
  }
  if (named && cursor.sequence == 0) {
    return refuse(Exception::VALIDATION, "Invalid SequenceNumber: no record was returned");
  }
  const StreamPage page = shard_page(work.d.state, place, listed[shard], cursor, 1, work.d.now);
  if (page.exception != Exception::NONE) return refuse(page.exception, page.message);
  work.answer.last_sequence = cursor.type == Iterator::LATEST ? page.next : cursor.sequence;
  work.answer.last_item = listed[shard];
  work.answer.returned = 1;
}

void run_records(RequestWork& work) {
  const StreamPlace place = stream_of(work.d.state, work.call);
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
  const bool iterated = has_iterator(work.d.state, work.call);
  const StepResult* given = iterated ? giver_of(work.d.state, work.call) : nullptr;
  law(!iterated || given != nullptr, "a request without its iterator was refused before");
  const Begin begin = iterated ? begin_of(work.d.state, work.call, *given) : Begin{};
  const StreamPage page =
      iterated ? shard_page(work.d.state, place, begin.shard, begin.cursor, limit, work.d.now)
               : stream_page(work.d.state, place, work.call.getShard(), cursor_of(work), limit,
                             work.d.now);
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
  if (iterated) work.answer.last_item = begin.shard;
  work.answer.consume_reads(table, "", items::read_half_units(bytes, items::ReadMode::eventual));
}

}  // namespace tablekey::model
