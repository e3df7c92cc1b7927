// What the tests of client-side encryption share: items that a number determines, draws that
// repeat, and a KMS that keeps its data keys in a list and refuses another context, as KMS does.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crypto/draw.h"
#include "model/clients/encryption/actions.h"
#include "model/clients/encryption/draw_source.h"
#include "model/clients/encryption/kms_call.h"
#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::encryption {

/// A small generator of our own: a case is known by its number.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {  // SplitMix64
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

inline std::string drawn_text(Dice& dice, std::size_t length_max) {
  static const std::array<std::string, 8> kPieces{"a", "Z", "0", " ", "é", "｡", "\U00010002", "*"};
  std::string text;
  for (std::uint64_t n = dice.below(length_max + 1); n > 0; --n) text += kPieces[dice.below(8)];
  return text;
}

inline items::Bytes drawn_bytes(Dice& dice, std::size_t length_max) {
  items::Bytes bytes(dice.below(length_max + 1));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(dice.next());
  return bytes;
}

inline items::Number drawn_number(Dice& dice) {
  std::string text = dice.one_in(3) ? "-" : "";
  text += std::to_string(dice.below(1'000'000'000));
  if (dice.one_in(2)) text += "." + std::to_string(dice.below(1000));
  if (dice.one_in(4)) text += "E" + std::to_string(dice.below(60));
  return items::Number::parse(text).value();
}

inline items::AttributeValue drawn_value(Dice& dice, unsigned depth);

inline items::AttributeMap drawn_map(Dice& dice, unsigned depth) {
  items::AttributeMap map;
  for (std::uint64_t n = dice.below(4); n > 0; --n) {
    std::string name = drawn_text(dice, 6) + "k";
    items::AttributeValue value = drawn_value(dice, depth);
    map.set(std::move(name), std::move(value));
  }
  return map;
}

inline items::AttributeValue drawn_value(Dice& dice, unsigned depth) {
  switch (dice.below(depth == 0 ? 8 : 10)) {
    case 0:
      return drawn_text(dice, 40);
    case 1:
      return drawn_number(dice);
    case 2:
      return drawn_bytes(dice, 70);
    case 3:
      return items::AttributeValue::boolean(dice.one_in(2));
    case 4:
      return items::Null{};
    case 5:
      return items::StringSet{drawn_text(dice, 5), drawn_text(dice, 5), "x"};
    case 6:
      return items::NumberSet{drawn_number(dice), drawn_number(dice)};
    case 7:
      return items::BinarySet{drawn_bytes(dice, 5), drawn_bytes(dice, 5)};
    case 8: {
      items::List list;
      for (std::uint64_t n = dice.below(4); n > 0; --n) {
        list.push_back(drawn_value(dice, depth - 1));
      }
      return list;
    }
    default:
      return drawn_map(dice, depth - 1);
  }
}

/// An item of the table with the key attributes `pk` and `sk`.
inline items::AttributeMap drawn_item(Dice& dice) {
  items::AttributeMap item;
  switch (dice.below(3)) {
    case 0:
      item.set("pk", drawn_text(dice, 10) + "p");
      break;
    case 1:
      item.set("pk", drawn_number(dice));
      break;
    default:
      item.set("pk", drawn_bytes(dice, 10));
      break;
  }
  item.set("sk", drawn_number(dice));
  for (std::uint64_t n = dice.below(7); n > 0; --n) {
    std::string name = drawn_text(dice, 4) + "n";
    items::AttributeValue value = drawn_value(dice, 3);
    item.set(std::move(name), std::move(value));
  }
  return item;
}

inline AttributeActions drawn_actions(Dice& dice, const items::AttributeMap& item) {
  const auto action = [&dice] { return static_cast<Action>(dice.below(3)); };
  AttributeActions actions{action(), {}};
  for (const items::Attribute& attribute : item) {
    if (dice.one_in(2)) actions.named[attribute.name] = action();
  }
  actions.set_index_key("pk");
  actions.set_index_key("sk");
  return actions;
}

inline CryptoConfig drawn_config(Dice& dice, const items::AttributeMap& item) {
  CryptoConfig config{{"Books", "pk", "sk"}, drawn_actions(dice, item), {}};
  if (dice.one_in(2)) config.order = NameOrder::utf16_units;
  return config;
}

inline const crypto::DrawRoot& draw_root() {
  static const crypto::DrawRoot root(7);
  return root;
}

/// The draws of the test's n-th request.
inline RequestDraws draws(std::uint64_t n) { return {draw_root(), "request:" + std::to_string(n)}; }

class ListKms {
 public:
  struct Generated {
    crypto::Key256 plaintext;
    items::Bytes ciphertext_blob;
  };
  Generated generate(const KmsCall& call) {
    crypto::Key256 key;
    draw_root().stream("test-kms", "data keys").secret(keys_.size(), key);
    items::Bytes blob(40, 0xb1);
    blob[39] = static_cast<std::uint8_t>(keys_.size());
    keys_.push_back({call.key, call.context, blob, key.clone()});
    return {std::move(key), std::move(blob)};
  }
  /// Nothing: an AccessDenied or InvalidCiphertext, whatever it was.
  std::optional<crypto::Key256> decrypt(const KmsCall& call) {
    ++decrypts;
    for (const Held& held : keys_) {
      if (held.blob == call.ciphertext_blob && held.context == call.context &&
          held.key == call.key) {
        return held.plaintext.clone();
      }
    }
    return std::nullopt;
  }

  unsigned decrypts = 0;

 private:
  struct Held {
    std::string key;
    EncryptionContext context;
    items::Bytes blob;
    crypto::Key256 plaintext;
  };
  std::vector<Held> keys_;
};

}  // namespace tablekey::model::encryption
