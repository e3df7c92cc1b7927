// A data request under work: its parameters taken apart, and items read and written for its answer.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/clients/answer.h"
#include "model/clients/client_requests.h"
#include "model/decide.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/condition.h"
#include "model/dynamodb/items/expression.h"
#include "model/dynamodb/items/projection.h"
#include "model/dynamodb/items/update.h"

namespace tablekey::model {

/// Where client-side encryption takes part (dynamodb.md 8): what it makes of a whole item before it
/// is put, and of what a read gave.
struct ClientSide {
  virtual ~ClientSide() = default;
  virtual items::AttributeMap before_put(std::uint32_t table, const items::AttributeMap& item) = 0;
  virtual items::AttributeMap after_read(std::uint32_t table, const items::AttributeMap& item) = 0;
  /// Whether it decrypts what the request returns; what a write returns stays as it is.
  virtual bool reads() const = 0;
};

/// What is to be done with one item, its expressions parsed.
struct ItemWork {
  events::ItemCall::Kind kind{};
  std::uint32_t table = 0;  ///< as State numbers it
  std::uint32_t item = 0;
  items::AttributeMap key;
  std::optional<items::AttributeMap> value;  ///< put: the whole item
  std::optional<items::Condition> condition;
  std::optional<items::Update> update;
  std::optional<items::Projection> projection;
  std::string returns;  ///< ReturnValues; empty: NONE
  bool consistent = false;
  bool generated = false;  ///< put, update: a generated value is written
};

/// What a write comes to before anything is sealed.
struct Outcome {
  Refused refused;
  std::optional<items::AttributeMap> before, after;
  std::uint32_t former_size = 0, size = 0;
  bool writes = false;  ///< a new version is made (deleting nothing makes none)
};

class RequestWork {
 public:
  /// Of a step's request, or of a workload's whose client encrypts.
  RequestWork(Deciding& deciding, const Request& request);
  /// Of a workload's, with the items that it fills in itself.
  explicit RequestWork(Deciding& deciding) : d(deciding) {}

  Deciding& d;
  std::uint32_t step = 0;      ///< 1 + step; 0: a workload's
  std::uint32_t home = kNone;  ///< its connection, where its client encrypts
  events::DataCall::Reader call;
  std::uint32_t caller = 0;  ///< 1 + identity; 0: the operator
  ClientSide* client_side = nullptr;
  std::map<std::uint32_t, sim::Time> until;  ///< by table: how long its key may be held
  std::vector<ItemWork> items;
  Answer answer;

  const ItemSpace& space(std::uint32_t table) const;
  /// The table of the scenario's family.
  std::uint32_t table_of(std::uint32_t family) const;

  /// Whether somebody looks at what is returned.
  bool shows() const { return step != 0 || home != kNone; }

  /// Takes all items of the call apart. What is wrong with its shape; NONE: nothing.
  Refused parse_items();

  /// Opens the item, if there is one, and notes that.
  std::optional<items::AttributeMap> read(std::uint32_t table, std::uint32_t item);
  /// Evaluates a write (or a condition check) against the items as they are.
  Outcome evaluate(const ItemWork& work);
  /// Seals what it comes to.
  void write(const ItemWork& work, const Outcome& outcome, bool transactional);
  /// Appends an item, or null, to the result.
  void show(std::uint32_t table, const items::AttributeMap* item);
  void begin_list();
  void end_list();

 private:
  Refused parse_item(events::ItemCall::Reader from, ItemWork& to) const;
  Refused parse_expressions(events::ItemCall::Reader from, ItemWork& to) const;
  Refused check_value(const ItemWork& work, const items::AttributeMap& value) const;
  Refused collection_limit(const ItemWork& work, const Outcome& outcome) const;
  Outcome evaluate_generated(const ItemWork& work);
  void consume_write(const ItemWork& work, const Outcome& outcome, bool transactional);

  Refused parse_generated(const Request& request);

  std::unique_ptr<capnp::MallocMessageBuilder> made_;  // the call of a workload's request
  std::optional<Request> request_;                     // a workload's
  bool listing_ = false, any_ = false;
};

/// ExpressionAttributeNames and ExpressionAttributeValues; an error in the values' JSON.
std::expected<items::Placeholders, Refused> placeholders_of(capnp::List<events::Pair>::Reader names,
                                                            std::string_view values);

/// What ReturnValues asks for; null: nothing.
std::optional<items::AttributeMap> returned_values(const ItemWork& work, const Outcome& outcome);

}  // namespace tablekey::model
