// The head of the Database Encryption SDK: its bytes, its limits, and every other byte string.

#include "model/clients/encryption/structured_header.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "tests/crypto/hex.h"
#include "tests/model/clients/encryption/drawn_items.h"

namespace tablekey::model::encryption::structured_header_test {
namespace {

using crypto::hex;
using items::Bytes;

StructuredHeader example() {
  StructuredHeader header;
  header.version = 1;
  header.flavour = Flavour::mac_and_ecdsa;
  for (std::size_t i = 0; i < header.message_id.size(); ++i) {
    header.message_id[i] = static_cast<std::uint8_t>(i + 1);
  }
  header.legend = "es";
  header.stored_context = {{"abc", "def"}};
  header.data_keys = {{"provID", {1, 2, 3, 4, 5}, {6, 7, 8, 9}}};
  return header;
}

Bytes with_commitment(Bytes header) {
  header.insert(header.end(), kCommitmentSize, 0xcc);
  return header;
}

std::string refusal(const Bytes& bytes) {
  const auto header = parse_header(bytes);
  REQUIRE_FALSE(header.has_value());
  REQUIRE(header.error().failure == Failure::header_malformed);
  return header.error().text;
}

Bytes changed(std::string_view from, std::string_view to) {
  Bytes bytes = with_commitment(serialize_header(example()).value());
  const Bytes old = hex(from), fresh = hex(to);
  const auto found = std::search(bytes.begin(), bytes.end(), old.begin(), old.end());
  REQUIRE(found != bytes.end());
  const auto place = bytes.erase(found, found + static_cast<std::ptrdiff_t>(old.size()));
  bytes.insert(place, fresh.begin(), fresh.end());
  return bytes;
}

}  // namespace

TEST_CASE("a header has the bytes of its specification", "[encryption]") {
  CHECK(serialize_header(example()).value() ==
        hex("0101 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
            "0002 6573 0001 0003 616263 0003 646566"
            "01 0006 70726f764944 0005 0102030405 0004 06070809"));
  CHECK(parse_header(with_commitment(serialize_header(example()).value())).value() == example());
}

TEST_CASE("a header that is not one is refused in the library's words", "[encryption]") {
  const Bytes whole = with_commitment(serialize_header(example()).value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string text = refusal(cut);
    if (size < 34) CHECK(text == "Serialized PartialHeader too short.");
    if (size >= whole.size() - 32) {
      CHECK(text == "Invalid header serialization: unexpected end of data.");
    }
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK(refusal(longer) == "Invalid header serialization: unexpected bytes.");
  CHECK(refusal(changed("0101 0102", "0301 0102")) == "Invalid Version Number");
  CHECK(refusal(changed("0101 0102", "0102 0102")) == "Invalid Flavor");
  CHECK(refusal(changed("0002 6573", "0002 6578")) == "Invalid byte in stored legend");
  CHECK(refusal(changed("0001 0003 616263", "0001 0003 61ff63")) ==
        "Invalid UTF8 found in header.");
  CHECK(refusal(changed("01 0006 70", "00 0006 70")) == "There must be at least one data key");
  const std::string pair = "0003 616263 0003 646566", before = "0003 616262 0003 646566";
  CHECK(refusal(changed("0001" + pair, "0002" + pair + pair)) == "Context keys out of order.");
  CHECK(refusal(changed("0001" + pair, "0002" + pair + before)) == "Context keys out of order.");
  CHECK(parse_header(changed("0001" + pair, "0002" + before + pair)).has_value());
  CHECK(refusal(changed("0002 6573", "ffff 6573")) == "Unexpected end of header data.");
}

TEST_CASE("a header holds no more than its counts can say", "[encryption]") {
  const auto too_long = [](const StructuredHeader& header) {
    const auto bytes = serialize_header(header);
    return !bytes.has_value() && bytes.error().failure == Failure::too_long;
  };
  StructuredHeader header = example();
  header.legend = std::string(0x10000, 'e');
  CHECK(too_long(header));
  header = example();
  header.stored_context["abc"] = std::string(0x10000, 'x');
  CHECK(too_long(header));
  header = example();
  header.data_keys.clear();
  CHECK(too_long(header));
  header = example();
  header.data_keys.resize(256, header.data_keys[0]);
  CHECK(too_long(header));
  header.data_keys.pop_back();
  CHECK(serialize_header(header).has_value());
  header = example();
  header.data_keys[0].ciphertext.resize(0x10000);
  CHECK(too_long(header));
}

TEST_CASE("random bytes are a header or refused, and a header is written as it was read",
          "[encryption]") {
  rc::prop("behind a right beginning", [](const Bytes& tail, std::uint64_t seed) {
    Dice dice(seed);
    Bytes bytes = with_commitment(serialize_header(example()).value());
    bytes.resize(34 + dice.below(bytes.size() - 33));
    bytes.insert(bytes.end(), tail.begin(), tail.end());
    const auto header = parse_header(bytes);
    if (!header) return;
    Bytes again = serialize_header(*header).value();
    again.insert(again.end(), bytes.end() - kCommitmentSize, bytes.end());
    RC_ASSERT(again == bytes);
  });
}

TEST_CASE("the commitment binds data key, message id and header", "[encryption]") {
  crypto::Key256 key;
  MessageId id{};
  const Bytes header = hex("0102");
  const auto proof = commitment(key, id, header);
  CHECK(proof == commitment(key, id, header));
  id[0] = 1;
  CHECK(proof != commitment(key, id, header));
  id[0] = 0;
  key.writable()[0] = 1;
  CHECK(proof != commitment(key, id, header));
  key.writable()[0] = 0;
  CHECK(proof != commitment(key, id, hex("0103")));
}

}  // namespace tablekey::model::encryption::structured_header_test
