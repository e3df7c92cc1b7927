// Goal: the picture is well-formed XML without a script, says in words what it shows, and its words
// are the product's own measure. Method: a small reader of XML, the picture's parts, and the
// measure asked for by itself. (How it looks was looked at.)
#include <catch2/catch.hpp>
#include <map>

#include "replay/export/picture.h"
#include "replay/metrics/metrics.h"
#include "tests/replay/export/exported.h"

namespace svg_test {

namespace {

using namespace tablekey;
using namespace tablekey::replay;
using test::export_text;
using test::ExportedRun;

struct Element {
  std::string name, text;
  std::map<std::string, std::string> attributes;
};

bool is_entity(std::string_view rest) {
  for (const char* known : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
    if (rest.starts_with(known)) return true;
  }
  return false;
}

void check_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    CHECK((c >= 0x20 || c == '\n'));
    CHECK(c != '<');
    if (c == '&') CHECK(is_entity(text.substr(i)));
  }
}

Element tag_of(std::string_view inside) {
  Element element;
  const std::size_t end = std::min(inside.find(' '), inside.size());
  element.name = inside.substr(0, end);
  inside.remove_prefix(end);
  while (!inside.empty() && inside != "/") {
    REQUIRE(inside.front() == ' ');
    const std::size_t equals = inside.find("=\"");
    REQUIRE(equals != std::string_view::npos);
    const std::size_t close = inside.find('"', equals + 2);
    REQUIRE(close != std::string_view::npos);
    const std::string value(inside.substr(equals + 2, close - equals - 2));
    check_text(value);
    CHECK(element.attributes.emplace(inside.substr(1, equals - 1), value).second);
    inside.remove_prefix(close + 1);
  }
  return element;
}

// Reads the whole document: tags nest and close, texts are texts.
std::vector<Element> read_xml(std::string_view xml) {
  std::vector<Element> elements;
  std::vector<std::size_t> open;
  std::size_t at = 0;
  while (at < xml.size()) {
    const std::size_t less = std::min(xml.find('<', at), xml.size());
    const std::string_view text = xml.substr(at, less - at);
    check_text(text);
    if (!open.empty()) elements[open.back()].text += text;
    if (open.empty()) CHECK(text.find_first_not_of(" \n") == std::string_view::npos);
    if (less == xml.size()) break;
    const std::size_t greater = xml.find('>', less);
    REQUIRE(greater != std::string_view::npos);
    const std::string_view inside = xml.substr(less + 1, greater - less - 1);
    if (inside.starts_with('/')) {
      REQUIRE_FALSE(open.empty());
      CHECK(elements[open.back()].name == inside.substr(1));
      open.pop_back();
    } else {
      elements.push_back(tag_of(inside));
      if (!inside.ends_with('/')) open.push_back(elements.size() - 1);
    }
    at = greater + 1;
  }
  CHECK(open.empty());
  return elements;
}

const Element& first(const std::vector<Element>& elements, std::string_view name) {
  const auto found = std::ranges::find(elements, name, &Element::name);
  REQUIRE(found != elements.end());
  return *found;
}

TEST_CASE("the picture is XML with a title and a description, and nothing in it runs") {
  const char* name = GENERATE("books", "revoke-grant", "kms-outage", "throttled-by-a-neighbour",
                              "client-side-encryption", "archived-after-seven-days");
  INFO(name);
  const auto run = ExportedRun::bundled(name);
  const std::string svg = export_text(run.recorded(), "svg");
  const std::vector<Element> elements = read_xml(svg);
  CHECK(elements[0].name == "svg");
  CHECK(elements[0].attributes.at("xmlns") == "http://www.w3.org/2000/svg");
  CHECK(elements[0].attributes.at("role") == "img");
  CHECK(elements[0].attributes.at("aria-labelledby") == "t d");
  CHECK(first(elements, "title").attributes.at("id") == "t");
  CHECK(first(elements, "title").text == std::string(name) + ": who could still read");
  CHECK(first(elements, "desc").text.find("of simulated time") != std::string::npos);
  CHECK(first(elements, "style").text.find("prefers-color-scheme:dark") != std::string::npos);
  CHECK(svg.size() < 200'000);
  for (const Element& element : elements) {
    CHECK(element.name != "script");
    CHECK_FALSE(element.attributes.contains("href"));
    for (const auto& [attribute, value] : element.attributes)
      CHECK_FALSE(attribute.starts_with("on"));
    if (element.name != "rect") continue;
    CHECK(std::stod(element.attributes.at("width")) > 0);
    CHECK(std::stod(element.attributes.at("x")) + std::stod(element.attributes.at("width")) <=
          1000);
  }
}

TEST_CASE("the exposure that is shaded is the one that is measured") {
  const char* name = GENERATE("disable-key-fixed", "revoke-grant", "polling-sees-the-key-alone");
  INFO(name);
  const auto run = ExportedRun::bundled(name);
  const RecordedRun& recorded = run.recorded();
  const auto picture = picture_of(recorded, {}, 24, 800);
  REQUIRE(picture.has_value());
  REQUIRE(picture->exposure.has_value());
  ExpectationSet measures;
  REQUIRE(measures.add("", "fleet_exposure(after=disable).value >= 0s").has_value());
  REQUIRE(recorded.fold(recorded.file().event_count(), {&measures}).has_value());
  const auto end = recorded.state_after(recorded.file().event_count());
  const Outcome outcome = measures.finish(*end).front();
  REQUIRE(outcome.number.has_value());
  CHECK(picture->exposure->at_least == outcome.at_least);
  const double shaded = static_cast<double>(picture->exposure->until - picture->exposure->at) / 1e9;
  CHECK(shaded == Approx(*outcome.number));
  const std::string svg = export_text(recorded, "svg");
  CHECK(svg.find("kms:DisableKey on OrdersKey: exposure ") != std::string::npos);
  CHECK(svg.find("<rect class=\"x\"") != std::string::npos);
}

TEST_CASE("a bar is as long as the key was usable, and the last one ends with the exposure") {
  const auto run = ExportedRun::bundled("disable-key-fixed");
  const auto picture = picture_of(run.recorded(), {}, 24, 1'000'000'000);
  REQUIRE(picture.has_value());
  REQUIRE(picture->holders.size() == 1);
  CHECK(picture->holders[0].name == "poll/0 → Orders");
  std::int64_t last = 0;
  for (const Stretch& stretch : picture->holders[0].stretches) {
    CHECK(stretch.end - stretch.begin <= sim::Duration::minutes(5).count());
    if (stretch.begin <= picture->exposure->at) last = stretch.end;
  }
  CHECK(last == picture->exposure->until);
}

TEST_CASE("many holders share a lane that says how many they are") {
  const auto run = ExportedRun::bundled("caller-removed");
  const auto all = picture_of(run.recorded(), {}, 10'000, 800);
  const auto few = picture_of(run.recorded(), {}, 2, 800);
  REQUIRE(all.has_value());
  REQUIRE(few.has_value());
  REQUIRE(all->holders.size() > 2);
  std::uint32_t entries = 0;
  for (const PictureLane& lane : few->holders) entries += lane.entries;
  CHECK(few->holders.size() <= 2);
  CHECK(entries == all->holders.size());
}

TEST_CASE("names that XML could misread are written as texts") {
  std::string source(replay::sample::kBusy);
  source.replace(source.find("  - name: people"), 16, "  - name: 'a<b>&\"c'");
  const ExportedRun run(source);
  const std::string svg = export_text(run.recorded(), "svg");
  read_xml(svg);
  CHECK(svg.find("a&lt;b&gt;&amp;&quot;c/0") != std::string::npos);
}

}  // namespace

}  // namespace svg_test
