#include "model/dynamodb/items/serialize.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <string_view>

#include "model/law.h"

namespace tablekey::model::items {
namespace {

constexpr std::size_t kTagBytes = 2, kLengthBytes = 4;
constexpr std::size_t kHeadBytes = kTagBytes + kLengthBytes;

struct SerializedSize {
  std::size_t operator()(const std::string& text) const { return kHeadBytes + text.size(); }
  std::size_t operator()(const Number& number) const { return kHeadBytes + number.text_size(); }
  std::size_t operator()(const Bytes& bytes) const { return kHeadBytes + bytes.size(); }
  std::size_t operator()(bool) const { return kTagBytes + 1; }
  std::size_t operator()(Null) const { return kTagBytes; }
  std::size_t operator()(const NumberSet& set) const {
    return std::accumulate(set.begin(), set.end(), kHeadBytes,
                           [](std::size_t sum, const Number& member) {
                             return sum + kLengthBytes + member.text_size();
                           });
  }
  template <class T>
  std::size_t operator()(const SetOf<T>& set) const {
    return std::accumulate(
        set.begin(), set.end(), kHeadBytes,
        [](std::size_t sum, const T& member) { return sum + kLengthBytes + member.size(); });
  }
  std::size_t operator()(const List& list) const {
    return std::accumulate(
        list.begin(), list.end(), kHeadBytes,
        [](std::size_t sum, const AttributeValue& value) { return sum + serialized_size(value); });
  }
  std::size_t operator()(const AttributeMap& map) const { return serialized_size(map); }
};

// Writes into room that is known to be enough.
class Pen {
 public:
  explicit Pen(std::uint8_t* at) : at_(at) {}

  void value(const AttributeValue& value) { value.visit(*this); }
  [[nodiscard]] const std::uint8_t* at() const { return at_; }

  void operator()(const std::string& text) { tagged('s', text.data(), text.size()); }
  void operator()(const Number& number) {
    std::array<char, Number::kTextMax> text;
    tagged('n', text.data(), number.write(text.data()));
  }
  void operator()(const Bytes& bytes) { tagged('b', bytes.data(), bytes.size()); }
  void operator()(bool value) {
    tag('?');
    *at_++ = value ? 1 : 0;
  }
  void operator()(Null) { tag('\0'); }
  void operator()(const StringSet& set) {
    head('S', set.size());
    for (const std::string& member : set) sized(member.data(), member.size());
  }
  // The format sorts numbers by their text, not by their value.
  void operator()(const NumberSet& set) {
    head('N', set.size());
    std::vector<std::string> texts;
    texts.reserve(set.size());
    for (const Number& member : set) texts.push_back(member.text());
    std::sort(texts.begin(), texts.end());
    for (const std::string& text : texts) sized(text.data(), text.size());
  }
  void operator()(const BinarySet& set) {
    head('B', set.size());
    for (const Bytes& member : set) sized(member.data(), member.size());
  }
  void operator()(const List& list) {
    head('L', list.size());
    for (const AttributeValue& element : list) value(element);
  }
  void operator()(const AttributeMap& map) {
    head('M', map.size());
    for (const Attribute& attribute : map) {
      (*this)(attribute.name);
      value(attribute.value);
    }
  }

 private:
  void tag(char letter) {
    *at_++ = 0;
    *at_++ = static_cast<std::uint8_t>(letter);
  }
  void count(std::size_t number) {
    law(number <= 0xFFFFFFFFU, "what is serialized fits the format's lengths");
    for (unsigned shift = 32; shift != 0;) {
      shift -= 8;
      *at_++ = static_cast<std::uint8_t>(number >> shift & 0xFFU);
    }
  }
  void head(char letter, std::size_t number) {
    tag(letter);
    count(number);
  }
  void sized(const void* data, std::size_t size) {
    count(size);
    if (size != 0) std::memcpy(at_, data, size);
    at_ += size;
  }
  void tagged(char letter, const void* data, std::size_t size) {
    tag(letter);
    sized(data, size);
  }

  std::uint8_t* at_;
};

// `write` is called with a pen at the end of `out`, behind which there is room for `size`.
template <class Write>
void append(std::size_t size, Bytes& out, Write write) {
  out.resize(out.size() + size);
  Pen pen(out.data() + (out.size() - size));
  write(pen);
  law(pen.at() == out.data() + out.size(), "what is serialized has the size that was foretold");
}

}  // namespace

std::size_t serialized_size(const AttributeValue& value) { return value.visit(SerializedSize{}); }

std::size_t serialized_size(const AttributeMap& item) {
  std::size_t size = kHeadBytes;
  for (const Attribute& attribute : item) {
    size += kHeadBytes + attribute.name.size() + serialized_size(attribute.value);
  }
  return size;
}

void serialize(const AttributeValue& value, Bytes& out) {
  append(serialized_size(value), out, [&value](Pen& pen) { pen.value(value); });
}

void serialize(const AttributeMap& item, Bytes& out) {
  append(serialized_size(item), out, [&item](Pen& pen) { pen(item); });
}

Bytes serialize(const AttributeValue& value) {
  Bytes out;
  serialize(value, out);
  return out;
}

Bytes serialize(const AttributeMap& item) {
  Bytes out;
  serialize(item, out);
  return out;
}

}  // namespace tablekey::model::items
