// Goal: the composer keeps what the file says and bounds what it may cost. Method: small documents,
// read as trees.
#include <catch2/catch.hpp>

#include "scenarios/compose.h"

namespace tablekey::scenarios::compose_test {
namespace {

Node tree(const std::string& text) {
  Diagnostics diagnostics;
  const std::uint32_t source = diagnostics.add_source("a.yaml", text);
  const auto root = compose(source, diagnostics);
  INFO(diagnostics.render(false));
  REQUIRE(root.has_value());
  REQUIRE(!diagnostics.has_errors());
  return *root;
}

}  // namespace

TEST_CASE("scalars keep their text and whether they were quoted") {
  const Node root = tree("a: yes\nb: 'yes'\nc: 012345678901\nd: ~\ne:\nf: |\n  text\n");
  CHECK(root.find("a")->text == "yes");
  CHECK_FALSE(root.find("a")->quoted);
  CHECK(root.find("b")->quoted);
  CHECK(root.find("c")->text == "012345678901");
  CHECK(root.find("d")->is_null());
  CHECK(root.find("e")->is_null());
  CHECK(root.find("f")->text == "text\n");
}

TEST_CASE("members stand in the order of the file") {
  const Node root = tree("z: 1\na: 2\nm: 3\n");
  REQUIRE(root.members.size() == 3);
  CHECK(root.members[0].key.text == "z");
  CHECK(root.members[2].key.text == "m");
}

TEST_CASE("the place of a tagged scalar is that of its text") {
  const Node root = tree("key: !GetAtt Orders.Arn\nanchored: &name  text\n");
  const Place place = root.find("key")->place;
  CHECK(place.line == 1);
  CHECK(place.column == 14);
  CHECK(place.span == 10);
  CHECK(root.find("key")->tag == "!GetAtt");
  CHECK(root.find("anchored")->place.column == 18);
}

TEST_CASE("part_of finds a part of a plain or quoted scalar and nothing finer of an escaped one") {
  const Node root = tree("a: one.two\nb: 'one.two'\nc: \"one\\x2etwo\"\n");
  CHECK(part_of(*root.find("a"), 4, 3).column == 8);
  CHECK(part_of(*root.find("b"), 4, 3).column == 9);
  CHECK(part_of(*root.find("c"), 4, 3).column == root.find("c")->place.column);
}

TEST_CASE("an alias is a copy of what it names") {
  const Node root = tree("a: &x { b: [1, 2] }\nc: *x\n");
  REQUIRE(root.find("c")->find("b") != nullptr);
  CHECK(root.find("c")->find("b")->items.size() == 2);
}

TEST_CASE("merged keys give way to those that the map has itself") {
  const Node root = tree(
      "base: &base { a: 1, b: 2 }\nmore: &more { b: 3, c: 4 }\n"
      "one: { <<: *base, b: 5 }\ntwo: { <<: [*base, *more] }\n");
  const Node& one = *root.find("one");
  CHECK(one.members.size() == 2);
  CHECK(one.find("a")->text == "1");
  CHECK(one.find("b")->text == "5");
  const Node& two = *root.find("two");
  CHECK(two.members.size() == 3);
  CHECK(two.find("b")->text == "2");
  CHECK(two.find("c")->text == "4");
}

TEST_CASE("JSON is read like YAML") {
  const Node root = tree("{\n\t\"a\": [1, true, \"x\"],\n\t\"b\": {\"c\": null}\n}\n");
  CHECK(root.find("a")->items.size() == 3);
  CHECK(root.find("a")->items[2].quoted);
  CHECK(root.find("b")->find("c")->is_null());
}

TEST_CASE("a document nested 64 deep is read") {
  const Node root = tree("a: " + std::string(63, '[') + std::string(63, ']') + "\n");
  CHECK(root.find("a")->is_sequence());
}

TEST_CASE("scalars that unfold to too much text are refused") {
  std::string text = "a: &a \"" + std::string(500'000, 'x') + "\"\nb: [";
  for (int i = 0; i < 100; ++i) text += "*a, ";
  text += "*a]\n";
  Diagnostics diagnostics;
  const std::uint32_t source = diagnostics.add_source("a.yaml", text);
  CHECK_FALSE(compose(source, diagnostics).has_value());
  CHECK(diagnostics.all()[0].message ==
        "the document is too large once its aliases are written out");
}

}  // namespace tablekey::scenarios::compose_test
