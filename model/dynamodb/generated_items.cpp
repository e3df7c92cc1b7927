// Values that are generated: a few attributes that are a function of (origin, item, version), and a
// binary one that fills the item up to its size. Writing one is the hot path of a workload that
// writes: what does not change from item to item was laid out once.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "crypto/bytes.h"
#include "crypto/draw.h"
#include "model/clients/byte_sizes.h"
#include "model/draws.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/limits.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

constexpr std::size_t kTagBytes = 2, kLengthBytes = 4, kHeadBytes = kTagBytes + kLengthBytes;
constexpr std::uint32_t kRanks = 10'000;

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27) * 0x94d049bb133111ebU;
  return x ^ x >> 31;
}

// As serialize() writes a name, and then the tag of a value of that type.
std::vector<std::uint8_t> piece_head(const std::string& name, char tag) {
  std::vector<std::uint8_t> head(kHeadBytes + name.size() + kTagBytes);
  head[1] = 's';
  crypto::store_big_endian<4>(static_cast<std::uint32_t>(name.size()), head.data() + kTagBytes);
  std::copy(name.begin(), name.end(), head.begin() + kHeadBytes);
  head.back() = static_cast<std::uint8_t>(tag);
  return head;
}

char tag_of(items::Type type) {
  return type == items::Type::n ? 'n' : type == items::Type::b ? 'b' : 's';
}

}  // namespace

// The value's text, and its size by DynamoDB's rules.
struct ItemSpace::Value {
  std::array<char, 24> text{};
  std::uint32_t length = 0, size = 0;
  std::uint64_t number = 0;

  void digits(std::string_view prefix, std::size_t width) {
    std::array<char, 20> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    const auto count = static_cast<std::size_t>(end - buffer.data());
    std::copy(prefix.begin(), prefix.end(), text.begin());
    std::size_t place = prefix.size();
    for (std::size_t i = count; i < width; ++i) text[place++] = '0';
    std::copy(buffer.data(), end, text.begin() + static_cast<std::ptrdiff_t>(place));
    length = static_cast<std::uint32_t>(place + count);
    size = length;
  }
  // N: half a byte a significant digit, and one more.
  void as_number() {
    digits("", 0);
    std::uint32_t significant = length;
    while (significant != 0 && text[significant - 1] == '0') --significant;
    size = (significant + 1) / 2 + 1;
  }
};

void ItemSpace::add_piece(const std::string& name, const std::string& type, Role role) {
  if (name.empty()) return;
  for (const Piece& piece : pieces_) {
    if (piece.name == name) return;  // the first role of a name is its only one
  }
  Piece piece;
  piece.name = name;
  items::type_of_name(type, piece.type);
  piece.role = role;
  piece.number = static_cast<std::uint32_t>(pieces_.size());
  piece.head = piece_head(name, tag_of(piece.type));
  pieces_.push_back(std::move(piece));
}

void ItemSpace::lay_out_pieces(events::Table::Reader root) {
  const auto add = [this](events::Attribute::Reader attribute, Role role) {
    add_piece(attribute.getName().cStr(), attribute.getType().cStr(), role);
  };
  add(root.getHashKey(), Role::partition);
  add(root.getRangeKey(), Role::sort);
  if (generated_ttl_.count() != 0) add_piece(root.getTimeToLive().cStr(), "N", Role::expiry);
  for (const auto& indexes : {root.getLocalIndexes(), root.getGlobalIndexes()}) {
    for (auto index : indexes) add(index.getHashKey(), Role::group);
  }
  for (const auto& indexes : {root.getLocalIndexes(), root.getGlobalIndexes()}) {
    for (auto index : indexes) add(index.getRangeKey(), Role::rank);
  }
  std::sort(pieces_.begin(), pieces_.end(),
            [](const Piece& a, const Piece& b) { return a.name < b.name; });
  payload_name_ = "Payload";
  const auto taken = [this](const Piece& piece) { return piece.name == payload_name_; };
  while (std::any_of(pieces_.begin(), pieces_.end(), taken)) payload_name_ += '_';
  payload_head_ = piece_head(payload_name_, 'b');
  std::size_t largest = payload_name_.size();
  for (const Piece& piece : pieces_) {
    payload_place_ += piece.name < payload_name_ ? 1U : 0U;
    largest += piece.name.size() + Value().text.size();
  }
  filled_ = largest <= item_size_;
}

// Of an index attribute: the same for a few versions in a row, so that now and then, and not
// always, a write moves the item's entry.
std::uint64_t ItemSpace::mixed(const GeneratedValue& value, std::uint32_t number) const {
  const std::uint32_t version = value.version - value.origin.behind;
  const std::uint64_t epoch = (std::uint64_t{version} + value.item % 4) / 4;
  const std::uint64_t place = std::uint64_t{value.item} << 32 | epoch;
  return mix(mix(value.origin.entity + number) ^ mix(place + value.origin.creation));
}

ItemSpace::Value ItemSpace::value_of(const Piece& piece, const GeneratedValue& value) const {
  Value made;
  std::string_view prefix;
  std::size_t width = 8;
  switch (piece.role) {
    case Role::partition:
      made.number = value.item / collection_;
      prefix = "item-";
      break;
    case Role::sort:
      made.number = value.item % collection_;
      break;
    case Role::group:
      made.number = mixed(value, piece.number) % groups_;
      prefix = "group-";
      width = 4;
      break;
    case Role::rank:
      made.number = mixed(value, piece.number) % kRanks;
      break;
    default:
      made.number = ttl_seconds(value.expires);
      break;
  }
  if (piece.type == items::Type::n) {
    made.as_number();
  } else {
    made.digits(prefix, width);
  }
  return made;
}

items::AttributeValue ItemSpace::attribute_of(const Piece& piece, const Value& value) const {
  const std::string text(value.text.data(), value.length);
  if (piece.type == items::Type::n) {
    return items::Number::of(static_cast<std::int64_t>(value.number));
  }
  if (piece.type == items::Type::b) return items::Bytes(text.begin(), text.end());
  return text;
}

items::AttributeMap ItemSpace::item_key(std::uint32_t item) const {
  if (item >= generated_) return at(given_, item - generated_);
  items::AttributeMap key;
  const GeneratedValue value{{}, item, 1, {}};
  for (const Piece& piece : pieces_) {
    if (key_.find(piece.name) == nullptr) continue;
    key.set(piece.name, attribute_of(piece, value_of(piece, value)));
  }
  return key;
}

void ItemSpace::read_sizes(const ScenarioView& scenario, std::uint32_t space) {
  for (auto workload : scenario.reader().getWorkloads()) {
    if (workload.getItemSize().size() == 0) continue;
    if (scenario.families[workload.getTable()].space != space) continue;
    const std::string_view text(workload.getItemSize().cStr(), workload.getItemSize().size());
    drawn_sizes_ = parse_byte_sizes(text).value();
    random_ = sim::Random(crypto::DrawRoot(scenario.seed).choice_root());
    return;
  }
}

// The bytes that a value should have. What a table starts with has its table's; a value that is
// written later has its own draw, where sizes are drawn. DynamoDB's largest item bounds it above
// (dynamodb.md 9), what its other attributes take below.
std::uint32_t ItemSpace::wanted_size(const GeneratedValue& value) const {
  const std::uint32_t version = value.version - value.origin.behind;
  if (!drawn_sizes_ || version <= 1) return item_size_;
  const std::uint64_t entity = mix(value.origin.entity ^ mix(value.item + 1));
  const std::uint64_t ordinal = std::uint64_t{value.origin.creation & 0xffff} << 32 | version;
  const double bytes = drawn_sizes_->sample(draw(random_, entity, Draw::item_size, ordinal));
  return static_cast<std::uint32_t>(
      std::min(bytes + 0.5, static_cast<double>(items::kItemBytesMax)));
}

ItemSpace::Sizes ItemSpace::sizes(const GeneratedValue& value) const {
  Sizes sizes;
  sizes.plaintext = kHeadBytes;
  for (const Piece& piece : pieces_) {
    if (piece.role == Role::expiry && value.expires == sim::Time()) continue;
    const Value content = value_of(piece, value);
    sizes.plaintext +=
        static_cast<std::uint32_t>(piece.head.size() + kLengthBytes) + content.length;
    sizes.item += static_cast<std::uint32_t>(piece.name.size()) + content.size;
  }
  const auto named = sizes.item + static_cast<std::uint32_t>(payload_name_.size());
  const std::uint32_t wanted = wanted_size(value);
  if (named > wanted) return sizes;
  sizes.filled = true;
  sizes.payload = wanted - named;
  sizes.plaintext +=
      static_cast<std::uint32_t>(payload_head_.size() + kLengthBytes) + sizes.payload;
  sizes.item = wanted;
  return sizes;
}

std::span<std::uint8_t> ItemSpace::write(const GeneratedValue& value,
                                         std::span<std::uint8_t> out) const {
  const Sizes sizes = this->sizes(value);
  law(out.size() == sizes.plaintext, "a generated value is written into its size");
  std::uint8_t* at = out.data();
  const auto put = [&at](const void* data, std::size_t size) {
    if (size != 0) std::memcpy(at, data, size);
    at += size;
  };
  const auto length = [&at](std::uint32_t size) {
    crypto::store_big_endian<4>(size, at);
    at += kLengthBytes;
  };
  std::span<std::uint8_t> payload;
  std::uint32_t attributes = 0;
  std::uint8_t* const count = at + kTagBytes;
  put("\0M", kTagBytes);
  at += kLengthBytes;
  const auto put_payload = [&] {
    put(payload_head_.data(), payload_head_.size());
    length(sizes.payload);
    payload = {at, sizes.payload};
    at += sizes.payload;
    ++attributes;
  };
  for (std::size_t i = 0; i <= pieces_.size(); ++i) {
    if (i == payload_place_ && sizes.filled) put_payload();
    if (i == pieces_.size()) break;
    const Piece& piece = pieces_[i];
    if (piece.role == Role::expiry && value.expires == sim::Time()) continue;
    const Value content = value_of(piece, value);
    put(piece.head.data(), piece.head.size());
    length(content.length);
    put(content.text.data(), content.length);
    ++attributes;
  }
  crypto::store_big_endian<4>(attributes, count);
  law(at == out.data() + out.size(), "a generated value fills its size");
  return payload;
}

items::AttributeMap ItemSpace::attributes(const GeneratedValue& value) const {
  items::AttributeMap made;
  for (const Piece& piece : pieces_) {
    if (piece.role == Role::expiry && value.expires == sim::Time()) continue;
    made.set(piece.name, attribute_of(piece, value_of(piece, value)));
  }
  return made;
}

// Which generated collection has this partition key.
std::optional<std::uint32_t> ItemSpace::generated_group(
    const items::AttributeValue& partition) const {
  std::string text;
  if (const auto* string = partition.as<std::string>()) text = *string;
  if (const auto* bytes = partition.as<items::Bytes>()) text.assign(bytes->begin(), bytes->end());
  if (const auto* number = partition.as<items::Number>()) text = "item-" + number->text();
  if (!text.starts_with("item-")) return std::nullopt;
  std::uint32_t group = 0;
  const char* const begin = text.data() + 5;
  const auto read = std::from_chars(begin, text.data() + text.size(), group);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  if (generated_ == 0 || group > (generated_ - 1) / collection_) return std::nullopt;
  // Only the one spelling is a generated item's.
  return partition_value(group * collection_) == partition ? std::optional(group) : std::nullopt;
}

}  // namespace tablekey::model
