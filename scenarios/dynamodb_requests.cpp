// Data requests: those without options in their short form, all others with their parameters.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/dynamodb_call.h"
#include "scenarios/dynamodb_items.h"
#include "scenarios/item.h"
#include "scenarios/kms_operations.h"
#include "scenarios/pairs.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using events::DataOperation;
using ItemCallKind = events::ItemCall::Kind;
using Iterator = events::DataCall::IteratorType;

class RequestReader {
 public:
  RequestReader(ActionContext& context, DataOperation operation, DataCallStep& made)
      : context_(context),
        operation_(operation),
        call_(made.message->initRoot<events::DataCall>()),
        diagnostics_(context.diagnostics) {
    call_.setOperation(operation);
  }
  bool read();

 private:
  // An entry about one item, before the list of them has its size.
  struct Entry {
    const Node* node;
    ItemCallKind kind;
    std::uint32_t table;
    const Node* shared;  // of a BatchGetItem: what its table says besides Keys
  };
  bool read_one(ItemCallKind kind);
  bool read_query();
  bool read_records();
  bool read_shard_iterator();
  bool read_batch_get();
  bool read_batch_write();
  bool read_transaction();
  bool add(const std::vector<Entry>& entries);
  bool fits_encryptor();
  bool read_entry(const Entry& entry, events::ItemCall::Builder to);

  // The one table that a node names; a family is none.
  std::uint32_t table_of(const Node& node) { return context_.table(node); }
  std::uint32_t own_table();
  void read_query_options(const DraftTable& table);
  void read_start(const DraftTable& table, std::uint32_t index);
  void read_segments();
  bool read_iterator(const Node& node);
  [[nodiscard]] std::uint32_t stream_of_step(std::uint32_t step) const;
  void read_place_in_stream();
  [[nodiscard]] const Node* get(std::string_view name) const { return context_.reader.get(name); }
  bool flag(std::string_view name, bool standard) {
    const Node* node = get(name);
    return node == nullptr ? standard : read_boolean(*node, name, diagnostics_).value_or(standard);
  }
  bool is_list(const Node& node, std::string_view field) {
    if (node.is_sequence()) return true;
    diagnostics_.error(node.place,
                       fmt::format("{} must be a list, this is {}", field, kind_name(node)));
    return false;
  }
  bool is_map(const Node& node, std::string_view field) {
    if (node.is_map()) return true;
    diagnostics_.error(node.place,
                       fmt::format("{} must be a map, this is {}", field, kind_name(node)));
    return false;
  }

  ActionContext& context_;
  DataOperation operation_;
  events::DataCall::Builder call_;
  Diagnostics& diagnostics_;
};

std::uint32_t RequestReader::own_table() {
  for (const std::string_view name : {"table", "TableName", "StreamArn"}) {
    if (const Node* node = get(name)) return table_of(*node);
  }
  return kNone;
}

bool RequestReader::read_one(ItemCallKind kind) {
  const std::uint32_t table = own_table();
  if (table == kNone) return false;
  call_.setTable(table);
  return read_item_call(context_, context_.reader, kind, table, call_.initItems(1)[0]);
}

bool RequestReader::read_entry(const Entry& entry, events::ItemCall::Builder to) {
  if (entry.shared == nullptr) {
    MapReader map(*entry.node, "a request for an item",
                  {"TableName", "table", "Key", "Item", "ConditionExpression", "UpdateExpression",
                   "ProjectionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues",
                   "ReturnValuesOnConditionCheckFailure"},
                  diagnostics_);
    return map.is_map() && read_item_call(context_, map, entry.kind, entry.table, to);
  }
  // One key of a table's Keys, with what the table says for all of them.
  Node whole = *entry.shared;
  std::erase_if(whole.members, [](const Member& member) { return member.key.text == "Keys"; });
  Node name;
  name.text = "Key";
  name.place = entry.node->place;
  whole.members.push_back({name, *entry.node});
  MapReader map(whole, "a table of RequestItems",
                {"Key", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"},
                diagnostics_);
  return read_item_call(context_, map, ItemCallKind::GET, entry.table, to);
}

bool RequestReader::add(const std::vector<Entry>& entries) {
  auto list = call_.initItems(static_cast<std::uint32_t>(entries.size()));
  bool good = true;
  for (std::uint32_t i = 0; i < list.size(); ++i) good &= read_entry(entries[i], list[i]);
  return good;
}

// The table that a key of RequestItems names.
Node named_table(const Member& member) {
  Node name = member.key;
  name.quoted = true;
  return name;
}

bool RequestReader::read_batch_get() {
  const Node* requests = get("RequestItems");
  if (requests == nullptr || !is_map(*requests, "RequestItems")) return false;
  std::vector<Entry> entries;
  for (const Member& member : requests->members) {
    const std::uint32_t table = table_of(named_table(member));
    const Node* keys = member.value.find("Keys");
    if (table == kNone) return false;
    if (keys == nullptr || !keys->is_sequence()) {
      diagnostics_.error(member.value.place, "RequestItems of a BatchGetItem has lists of 'Keys'",
                         "for example Orders: { Keys: [{ id: a }, { id: b }] }");
      return false;
    }
    for (const Node& key : keys->items)
      entries.push_back({&key, ItemCallKind::GET, table, &member.value});
  }
  return add(entries);
}

bool RequestReader::read_batch_write() {
  const Node* requests = get("RequestItems");
  if (requests == nullptr || !is_map(*requests, "RequestItems")) return false;
  std::vector<Entry> entries;
  for (const Member& member : requests->members) {
    const std::uint32_t table = table_of(named_table(member));
    if (table == kNone || !is_list(member.value, member.key.text)) return false;
    for (const Node& request : member.value.items) {
      MapReader map(request, "a write request", {"PutRequest", "DeleteRequest"}, diagnostics_);
      const Node* put = map.get("PutRequest");
      const Node* remove = map.get("DeleteRequest");
      if ((put == nullptr) == (remove == nullptr)) {
        diagnostics_.error(request.place, "a write request has a PutRequest or a DeleteRequest",
                           "for example { PutRequest: { Item: { id: a } } }");
        return false;
      }
      entries.push_back({put != nullptr ? put : remove,
                         put != nullptr ? ItemCallKind::PUT : ItemCallKind::DELETE, table,
                         nullptr});
    }
  }
  return add(entries);
}

bool RequestReader::read_transaction() {
  const Node* list = get("TransactItems");
  if (list == nullptr || !is_list(*list, "TransactItems")) return false;
  const bool reads = operation_ == DataOperation::TRANSACT_GET_ITEMS;
  const std::vector<std::pair<std::string_view, ItemCallKind>> kinds =
      reads ? std::vector<std::pair<std::string_view, ItemCallKind>>{{"Get", ItemCallKind::GET}}
            : std::vector<std::pair<std::string_view, ItemCallKind>>{
                  {"Put", ItemCallKind::PUT},
                  {"Update", ItemCallKind::UPDATE},
                  {"Delete", ItemCallKind::DELETE},
                  {"ConditionCheck", ItemCallKind::CONDITION_CHECK}};
  std::vector<std::string_view> names;
  for (const auto& [name, kind] : kinds) names.push_back(name);
  std::vector<Entry> entries;
  for (const Node& item : list->items) {
    MapReader map(item, "an entry of TransactItems", names, diagnostics_);
    const auto found =
        std::ranges::find_if(kinds, [&](const auto& one) { return map.get(one.first) != nullptr; });
    if (found == kinds.end()) {
      if (map.is_map()) {
        diagnostics_.error(item.place,
                           fmt::format("an entry of TransactItems has one of {}", one_of(names)));
      }
      return false;
    }
    const Node* body = map.get(found->first);
    const Node* table = body->find("TableName");
    if (table == nullptr) table = body->find("table");
    if (table == nullptr) {
      diagnostics_.error(body->place, fmt::format("{} lacks 'TableName'", found->first));
      return false;
    }
    const std::uint32_t index = table_of(*table);
    if (index == kNone) return false;
    entries.push_back({body, found->second, index, nullptr});
  }
  if (const Node* token = get("ClientRequestToken")) {
    const std::string* text = read_text(*token, "ClientRequestToken", diagnostics_);
    if (text != nullptr) call_.setClientRequestToken(*text);
  }
  return add(entries);
}

void RequestReader::read_segments() {
  const auto number = [&](std::string_view name) -> std::uint32_t {
    const Node* node = get(name);
    if (node == nullptr) return 0;
    return static_cast<std::uint32_t>(
        read_count(*node, name, {0, 1'000'000}, diagnostics_).value_or(0));
  };
  call_.setSegment(number("Segment"));
  call_.setTotalSegments(number("TotalSegments"));
}

// The key of an item, or what an earlier page ended with.
void RequestReader::read_start(const DraftTable& table, std::uint32_t index) {
  const Node* node = get("ExclusiveStartKey");
  if (node == nullptr) return;
  if (is_step_result(*node)) {
    const auto step =
        read_step_result(context_, *node, "ExclusiveStartKey", "LastEvaluatedKey", false);
    if (step) call_.setStartAfterStep(1 + *step);
    return;
  }
  Node key = *node;  // of an index it has that one's key attributes too
  std::erase_if(key.members, [&](const Member& member) {
    return member.key.text != table.hash.name && member.key.text != table.range.name;
  });
  const auto value = read_item(key, "ExclusiveStartKey", ItemShape::key, table, diagnostics_);
  if (!value) return;
  call_.setExclusiveStart(item_ordinal(*value, ItemShape::key, item_space(context_.draft, index)));
}

void RequestReader::read_query_options(const DraftTable& table) {
  call_.setBackward(!flag("ScanIndexForward", true));
  call_.setConsistentRead(flag("ConsistentRead", false));
  if (const Node* select = get("Select")) {
    const std::vector<std::string_view> words = {"ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES",
                                                 "SPECIFIC_ATTRIBUTES", "COUNT"};
    const auto choice = read_choice(*select, "Select", words, diagnostics_);
    if (choice) call_.setSelect(std::string(words[*choice]));
  }
  if (const Node* limit = get("Limit")) {
    const auto count = read_count(*limit, "Limit", {0, 1'000'000'000}, diagnostics_);
    call_.setLimit(static_cast<std::int32_t>(count.value_or(0)));
    call_.setHasLimit(count.has_value());
  }
  read_start(table, call_.getTable());
  read_segments();
}

const DraftIndex* index_named(const DraftTable& table, std::string_view name) {
  for (const auto* indexes : {&table.local_indexes, &table.global_indexes}) {
    const auto found = std::ranges::find(*indexes, name, &DraftIndex::name);
    if (found != indexes->end()) return &*found;
  }
  return nullptr;
}

bool RequestReader::read_query() {
  const std::uint32_t index = own_table();
  if (index == kNone) return false;
  const DraftTable& table = context_.draft.tables[index];
  call_.setTable(index);
  const DraftIndex* queried = nullptr;
  if (const Node* name = get("IndexName")) {
    const std::string* text = read_text(*name, "IndexName", diagnostics_);
    if (text == nullptr) return false;
    call_.setIndex(*text);
    queried = index_named(table, *text);  // one that is none is the run's business
  }
  const auto texts = read_expressions(context_.reader, diagnostics_);
  if (!texts) return false;
  const bool known = get("IndexName") == nullptr || queried != nullptr;
  if (known && !check_expressions(*texts, table, queried, diagnostics_)) return false;
  if (texts->key_condition != nullptr) call_.setKeyCondition(texts->key_condition->text);
  if (texts->filter != nullptr) call_.setFilter(texts->filter->text);
  if (texts->projection != nullptr) call_.setProjection(texts->projection->text);
  set_pairs(texts->names, call_.initNames(count_of(texts->names)));
  call_.setValues(texts->values);
  read_query_options(table);
  const Node* key = get("key");
  if (operation_ != DataOperation::QUERY || key == nullptr) return true;
  DraftTable keyed = table;
  if (queried != nullptr) keyed.hash = queried->hash;
  const auto value = read_item(*key, "key", ItemShape::partition, keyed, diagnostics_);
  if (value) call_.setPartitionKey(*value);
  return value.has_value();
}

// The step that gave the iterator: a GetShardIterator, or the page before.
bool RequestReader::read_iterator(const Node& node) {
  const bool first = is_result_of(context_.draft, node, "ShardIterator");
  const auto step = read_step_result(context_, node, "ShardIterator",
                                     first ? "ShardIterator" : "NextShardIterator", true);
  if (!step) return false;
  if (first) {
    call_.setIteratorOfStep(1 + *step);
  } else {
    call_.setIterator(Iterator::AFTER_SEQUENCE_NUMBER);
    call_.setSequenceOfStep(1 + *step);
  }
  const std::uint32_t table = stream_of_step(*step);
  if (call_.getTable() == kNone) call_.setTable(table);
  if (call_.getTable() == kNone) {
    diagnostics_.error(node.place, "GetRecords lacks 'table': the step with its iterator is below",
                       "write table:, or the step further up");
    return false;
  }
  if (table == kNone || table == call_.getTable()) return true;
  diagnostics_.error(node.place, fmt::format("ShardIterator: it is of the stream of {}",
                                             printable(context_.draft.tables[table].name)));
  return false;
}

// The table whose stream a step is about; kNone: it is not read yet.
std::uint32_t RequestReader::stream_of_step(std::uint32_t step) const {
  for (const DraftStep& one : context_.draft.steps) {
    if (step < one.first || step >= one.first + one.times) continue;
    const auto* call = std::get_if<DataCallStep>(&one.action);
    return call == nullptr ? kNone
                           : call->message->getRoot<events::DataCall>().asReader().getTable();
  }
  return kNone;
}

void RequestReader::read_place_in_stream() {
  const bool gives = operation_ == DataOperation::GET_SHARD_ITERATOR;
  call_.setFormer(flag("FormerStream", false));
  if (const Node* type = get("ShardIteratorType")) {
    std::vector<std::string_view> words = {"TRIM_HORIZON", "LATEST"};
    if (gives) words.insert(words.end(), {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"});
    const auto choice = read_choice(*type, "ShardIteratorType", words, diagnostics_);
    call_.setIterator(static_cast<Iterator>(choice.value_or(0)));
  }
  if (const Node* shard = get("Shard")) {
    call_.setShard(static_cast<std::uint32_t>(
        read_count(*shard, "Shard", {0, 1'000'000}, diagnostics_).value_or(0)));
  }
}

bool RequestReader::read_records() {
  const bool bare = get("table") == nullptr && get("StreamArn") == nullptr;
  if (!bare) {
    call_.setTable(own_table());
    if (call_.getTable() == kNone) return false;
  }
  read_place_in_stream();
  if (const Node* limit = get("Limit")) {
    const auto count = read_count(*limit, "Limit", {0, 1'000'000}, diagnostics_);
    call_.setLimit(static_cast<std::int32_t>(count.value_or(0)));
    call_.setHasLimit(count.has_value());
  }
  const Node* iterator = get("ShardIterator");
  return iterator == nullptr || read_iterator(*iterator);
}

bool RequestReader::read_shard_iterator() {
  const std::uint32_t table = own_table();
  if (table == kNone) return false;
  call_.setTable(table);
  read_place_in_stream();
  const Node* number = get("SequenceNumber");
  if (number == nullptr) return true;
  const auto step = read_step_result(context_, *number, "SequenceNumber", "SequenceNumber", true);
  if (!step) return false;
  call_.setSequenceOfStep(1 + *step);
  return true;
}

bool RequestReader::read() {
  const std::size_t before = diagnostics_.errors();
  call_.setReturnConsumedCapacity(get("ReturnConsumedCapacity") != nullptr);
  if (const Node* encryptor = get("encryptor")) {
    call_.setEncryptor(read_encryptor(*encryptor, context_.draft, diagnostics_));
  }
  const auto compile = [&] {
    switch (operation_) {
      case DataOperation::GET_ITEM:
        return read_one(ItemCallKind::GET);
      case DataOperation::PUT_ITEM:
        return read_one(ItemCallKind::PUT);
      case DataOperation::DELETE_ITEM:
        return read_one(ItemCallKind::DELETE);
      case DataOperation::UPDATE_ITEM:
        return read_one(ItemCallKind::UPDATE);
      case DataOperation::QUERY:
      case DataOperation::SCAN:
        return read_query();
      case DataOperation::BATCH_GET_ITEM:
        return read_batch_get();
      case DataOperation::BATCH_WRITE_ITEM:
        return read_batch_write();
      case DataOperation::TRANSACT_GET_ITEMS:
      case DataOperation::TRANSACT_WRITE_ITEMS:
        return read_transaction();
      case DataOperation::GET_RECORDS:
        return read_records();
      case DataOperation::GET_SHARD_ITERATOR:
        return read_shard_iterator();
    }
    return false;
  };
  return compile() && fits_encryptor() && diagnostics_.errors() == before;
}

// The records of a caching provider's key store are its own.
bool RequestReader::fits_encryptor() {
  const Node* node = get("encryptor");
  if (node == nullptr || call_.getEncryptor() == kNone) return true;
  const DraftEncryptor& encryptor = context_.draft.encryptors[call_.getEncryptor()];
  if (encryptor.key_store == kNone) return true;
  bool own = call_.getItems().size() == 0 && call_.getTable() == encryptor.key_store;
  for (auto item : call_.asReader().getItems()) own = own || item.getTable() == encryptor.key_store;
  if (!own) return true;
  diagnostics_.error(node->place,
                     fmt::format("encryptor: {} makes the records of its key store by itself",
                                 printable(encryptor.logical_id)),
                     "a new version: do: tablekey:NewMaterialVersion");
  return false;
}

// Whether a check asks what the step returned, or one of its occurrences.
bool is_asked_about(const ActionContext& context) {
  const std::string& id = context.step.id;
  return !id.empty() &&
         std::ranges::any_of(context.draft.asked_answers, [&](std::string_view asked) {
           return asked == id || (asked.starts_with(id) && asked[id.size()] == '-');
         });
}

// GetItem, PutItem, DeleteItem, Query and Scan with nothing but an item or a key. An event of that
// form does not say what was returned.
bool is_plain(const ActionContext& context, DataOperation operation) {
  if (static_cast<int>(operation) > static_cast<int>(DataOperation::SCAN)) return false;
  if (is_asked_about(context)) return false;
  for (const Action& action : actions()) {
    if (action.name != context.step.name) continue;
    return std::ranges::none_of(action.parameters, [&](std::string_view name) {
      const bool plain = name == "table" || name == "TableName" || name == "key" || name == "Key" ||
                         name == "item" || name == "Item";
      return !plain && context.reader.get(name) != nullptr;
    });
  }
  return false;
}

std::optional<StepAction> plain_request(ActionContext& context, DataOperation operation) {
  DataRequest step;
  step.operation = operation;
  const Node* table = context.reader.get("table");
  if (table == nullptr) table = context.reader.get("TableName");
  step.table = context.table(*table);
  if (step.table == kNone) return std::nullopt;
  if (operation == DataOperation::SCAN) return step;
  const bool put = operation == DataOperation::PUT_ITEM;
  const Node* node = context.reader.get(put ? "item" : "key");
  if (node == nullptr) node = context.reader.get(put ? "Item" : "Key");
  const ItemShape shape = put                                 ? ItemShape::item
                          : operation == DataOperation::QUERY ? ItemShape::partition
                                                              : ItemShape::key;
  const auto value = read_item(*node, put ? "item" : "key", shape, context.draft.tables[step.table],
                               context.diagnostics);
  if (!value) return std::nullopt;
  step.item = item_ordinal(*value, shape, item_space(context.draft, step.table));
  step.value = *value;
  return step;
}

}  // namespace

std::optional<StepAction> compile_data_call(ActionContext& context, const Action& action) {
  const auto operation = static_cast<DataOperation>(action.variant);
  const std::size_t before = context.diagnostics.errors();
  require_parameters(*find_dynamodb_operation(action.name), context);
  if (context.diagnostics.errors() != before) return std::nullopt;
  if (is_plain(context, operation)) return plain_request(context, operation);
  DataCallStep made{std::make_shared<capnp::MallocMessageBuilder>(128)};
  if (!RequestReader(context, operation, made).read()) return std::nullopt;
  return made;
}

}  // namespace tablekey::scenarios
