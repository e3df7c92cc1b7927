// Goal: base64 as RFC 4648 has it, both ways.
#include "model/dynamodb/items/base64.h"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/model/dynamodb/items/drawn_items.h"

namespace tablekey::model::items::base64_test {
namespace {

struct Pair {
  std::string text, base64;
};

}  // namespace

TEST_CASE("the vectors of RFC 4648") {
  const auto [text, base64] =
      GENERATE(Pair{"", ""}, Pair{"f", "Zg=="}, Pair{"fo", "Zm8="}, Pair{"foo", "Zm9v"},
               Pair{"foob", "Zm9vYg=="}, Pair{"fooba", "Zm9vYmE="}, Pair{"foobar", "Zm9vYmFy"},
               Pair{"\xFB\xFF\xFE", "+//+"});
  const Bytes bytes(text.begin(), text.end());
  std::string out;
  append_base64(out, bytes);
  CHECK(out == base64);
  CHECK(from_base64(base64) == bytes);
}

TEST_CASE("what is not base64 of whole bytes is refused") {
  const auto text = GENERATE(as<std::string>(), "Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zm=v",
                             "Zm9v\n", "Zm 9", "Zm-_", "=m9v");
  INFO(text);
  CHECK(!from_base64(text));
}

TEST_CASE("drawn bytes come back") {
  rc::prop("from base64", [] {
    const Bytes bytes = drawn_bytes();
    std::string out;
    append_base64(out, bytes);
    RC_ASSERT(from_base64(out).value() == bytes);
  });
}

}  // namespace tablekey::model::items::base64_test
