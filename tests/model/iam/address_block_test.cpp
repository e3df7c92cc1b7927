// Goal: CIDR blocks of both families hold the addresses they should and no others.
#include "model/iam/address_block.h"

#include <catch2/catch.hpp>

namespace tablekey::model::iam::address_block_test {
namespace {

bool holds(std::string_view block, std::string_view address) {
  return AddressBlock::parse(block).value().contains(AddressBlock::parse(address).value());
}

}  // namespace

TEST_CASE("an IPv4 block holds the addresses that share its prefix") {
  CHECK(holds("105.234.76.0/22", "105.234.79.255"));
  CHECK(!holds("105.234.76.0/22", "105.234.80.0"));
  CHECK(holds("105.234.77.1/22", "105.234.76.0"));
  CHECK(holds("128.0.0.0/1", "255.255.255.255"));
  CHECK(!holds("128.0.0.0/1", "127.255.255.255"));
  CHECK(holds("0.0.0.0/0", "1.2.3.4"));
  CHECK(holds("10.0.0.1", "10.0.0.1"));
  CHECK(!holds("10.0.0.1", "10.0.0.2"));
  CHECK(!holds("10.0.0.0/24", "10.0.0.0/23"));
}

TEST_CASE("an IPv6 block holds the addresses that share its prefix however written") {
  CHECK(holds("2001:db8::/32", "2001:0DB8:0000:0000:0000:0000:0000:0001"));
  CHECK(holds("2001:db8::/32", "2001:db8:0:0:1::"));
  CHECK(!holds("2001:db8::/32", "2001:db9::"));
  CHECK(holds("::/0", "::1"));
  CHECK(holds("::ffff:10.0.0.1", "::ffff:a00:1"));
  CHECK(holds("2001:db8::8:800:200c:417a", "2001:db8:0:0:8:800:200c:417a"));
}

TEST_CASE("the families do not hold one another's addresses") {
  CHECK(!holds("::/0", "10.0.0.1"));
  CHECK(!holds("0.0.0.0/0", "::1"));
}

TEST_CASE("what is not an address is none") {
  const auto text =
      GENERATE("", "10.0.0", "10.0.0.0.0", "300.1.1.1/8", "010.0.0.1", "10.0.0.1/33", "10.0.0.1/",
               "10.0.0.1/08", "10.0.0.1/8/8", "10.0.0.x", "1.2.3.4 ", "1:2:3:4:5:6:7:8:9",
               "1:2:3:4:5:6:7", "2001:db8::/129", "1::2::3", ":1:2:3:4:5:6:7", "12345::", ":",
               "1.2.3.4::", "g::", "::1.2.3", "1:2:3:4:5:6:7::8");
  INFO(text);
  CHECK(!AddressBlock::parse(text));
}

}  // namespace tablekey::model::iam::address_block_test
