// Steps that are data requests with all their parameters, and what they were answered.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/sha256.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/json.h"
#include "tests/model/kms/lawful_run.h"
#include "tests/model/world_builder.h"

namespace tablekey::model::tests {
// Its names are its own: other fixtures use the same words.
inline namespace request_steps {

using ItemKind = events::ItemCall::Kind;

/// One item of a request. The key of a put is in its value.
struct One {
  ItemKind kind = ItemKind::GET;
  std::uint32_t item = 0;
  std::string json;  // key, or of a put the whole item
  std::string condition = {}, update = {}, projection = {};
  std::string values = {};
  std::vector<std::pair<std::string, std::string>> names = {};
  std::string returns = {};
  std::uint32_t table = 0;
  bool consistent = false;
};

using More = std::function<void(events::DataCall::Builder)>;

inline Fill request(Operation operation, const std::vector<One>& items, More more = {}) {
  return [=](events::Step::Builder step) {
    auto call = step.initRequest();
    call.setOperation(operation);
    auto list = call.initItems(static_cast<unsigned>(items.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      const One& from = items[i];
      list[i].setKind(from.kind);
      list[i].setTable(from.table);
      list[i].setItem(from.item);
      (from.kind == ItemKind::PUT) ? list[i].setValue(from.json) : list[i].setKey(from.json);
      list[i].setCondition(from.condition);
      list[i].setUpdate(from.update);
      list[i].setProjection(from.projection);
      list[i].setValues(from.values);
      list[i].setReturnValues(from.returns);
      list[i].setConsistentRead(from.consistent);
      auto names = list[i].initNames(static_cast<unsigned>(from.names.size()));
      for (unsigned j = 0; j < names.size(); ++j) {
        names[j].setName(from.names[j].first);
        names[j].setValue(from.names[j].second);
      }
    }
    if (more) more(call);
  };
}

/// A Query or Scan of table 0 unless `more` says otherwise.
inline Fill reading(Operation operation, More more) {
  return [=](events::Step::Builder step) {
    auto call = step.initRequest();
    call.setOperation(operation);
    call.setTable(0);
    if (more) more(call);
  };
}

/// The answer to a step, by its place in the story.
inline events::DataAnswered::Reader answered(const Play& play, std::size_t step) {
  for (const KeptEvent* event : play.of(Event::DATA_ANSWERED)) {
    const auto answer = event->read().getDataAnswered();
    if (answer.getStep() == step + 1) return answer;
  }
  throw std::runtime_error("the step has no answer");
}

inline std::array<std::uint64_t, 2> result_of(events::DataAnswered::Reader answer) {
  return {answer.getResultHigh(), answer.getResultLow()};
}
/// What an answer with that text has.
inline std::array<std::uint64_t, 2> result_of(const std::string& text) {
  const crypto::Digest digest = crypto::sha256(crypto::bytes_of(text));
  return {crypto::load_big_endian<8>(digest.data()), crypto::load_big_endian<8>(digest.data() + 8)};
}

inline std::string message_of(events::DataAnswered::Reader answer) { return answer.getMessage(); }

/// The item as it is now, in canonical JSON; empty: there is none.
inline std::string present(Play& play, std::uint32_t table, std::uint32_t item) {
  if (play.state().item(table, item).version == 0) return "";
  const auto plaintext = play.world().vault().plaintext(play.state(), table, item);
  return items::to_json(item_of(plaintext.bytes()));
}

inline std::string id(const std::string& value) { return R"({"id":{"S":")" + value + R"("}})"; }
inline std::string generated_id(std::uint32_t item) { return id(fmt::format("item-{:08}", item)); }

/// A value of the item `id` with a number and a text.
inline std::string valued(const std::string& value, int number, const std::string& text = "t") {
  return fmt::format(R"({{"id":{{"S":"{}"}},"n":{{"N":"{}"}},"t":{{"S":"{}"}}}})", value, number,
                     text);
}

constexpr std::uint32_t kFirstGiven = 10;  // after the ten generated items of books()

}  // namespace request_steps
}  // namespace tablekey::model::tests
