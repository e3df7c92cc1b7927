// Goal: every message of the room comes out exactly as written down, text, place, underline and
// hint. Method: the files in messages/ hold sources and what the loader says about them; each case
// is loaded and compared as a whole.
#include <catch2/catch.hpp>

#include "tests/scenarios/message_cases.h"

namespace tablekey::scenarios::testing::messages_test {
namespace {

const std::string kFolder = std::string(TABLEKEY_SOURCE_DIR) + "/tests/scenarios/messages";

void check_file(const std::string& file) {
  const std::vector<MessageCase> cases = read_cases(kFolder, file);
  REQUIRE(cases.size() >= 2);
  for (const MessageCase& one : cases) {
    INFO(file << ": " << one.name);
    const LoadResult result = load_case(one);
    CHECK(result.diagnostics.render(false) == one.expected);
    CHECK(result.ok() == !result.diagnostics.has_errors());
  }
}

}  // namespace

TEST_CASE("messages about YAML come out as written down") { check_file("yaml.txt"); }
TEST_CASE("messages about the head of a file come out as written down") { check_file("head.txt"); }
TEST_CASE("messages about resources come out as written down") { check_file("resources.txt"); }
TEST_CASE("messages about intrinsic functions come out as written down") {
  check_file("functions.txt");
}
TEST_CASE("messages about settings come out as written down") { check_file("model.txt"); }
TEST_CASE("messages about the workload come out as written down") { check_file("workload.txt"); }
TEST_CASE("messages about arrivals come out as written down") { check_file("arrivals.txt"); }
TEST_CASE("messages about recorded arrivals come out as written down") {
  check_file("recordings.txt");
}
TEST_CASE("messages about the timeline come out as written down") { check_file("timeline.txt"); }
TEST_CASE("messages about calls of KMS, identities and faults come out as written down") {
  check_file("kms.txt");
}
TEST_CASE(
    "messages about keys, policies of an organisation and checks of steps come out as written") {
  check_file("keys.txt");
}
TEST_CASE("messages about calls of DynamoDB come out as written down") {
  check_file("dynamodb.txt");
}
TEST_CASE("messages about alternatives come out as written down") { check_file("whatif.txt"); }
TEST_CASE("messages about faults come out as written down") { check_file("faults.txt"); }
TEST_CASE("messages about checks and studies come out as written down") {
  check_file("expect.txt");
}

// The three examples that the product promises, at the very lines and columns.
namespace {

std::string at_line(std::size_t line, const std::string& above, const std::string& text) {
  std::string out = above;
  std::size_t lines = 1;
  for (const char c : above) lines += c == '\n' ? 1 : 0;
  while (lines < line) {
    out += "#\n";
    ++lines;
  }
  return out + text + "\n";
}

}  // namespace

TEST_CASE("a misspelt reference is shown with what was meant and where that is") {
  std::string source = at_line(17, "tablekey: 1\nuntil: 6h\n", "Resources:");
  source += "  OrdersKey:\n    Type: AWS::KMS::Key\n  Orders:\n    Type: AWS::DynamoDB::Table\n";
  source += "    Metadata: { tablekey: { Create: step } }\n    Properties:\n";
  source += "      TableName: Orders\n";
  source += "      KeySchema: [{ AttributeName: id, KeyType: HASH }]\n";
  source += "      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n";
  source = at_line(46, source,
                   "      SSESpecification: { SSEEnabled: true, KMSMasterKeyId: !GetAtt "
                   "OrdersKye.Arn }");
  source += "timeline: [{ at: 1h, do: dynamodb:CreateTable, table: Orders }]\n";
  CHECK(load(source, "revoke.yaml").diagnostics.render(false) ==
        "revoke.yaml:46:69: error: no resource 'OrdersKye' in Resources\n"
        "   46 |       SSESpecification: { SSEEnabled: true, KMSMasterKeyId: !GetAtt "
        "OrdersKye.Arn }\n"
        "      |                                                                     ^~~~~~~~~ "
        "did you mean 'OrdersKey'?\n"
        "revoke.yaml:18:3: note: 'OrdersKey' is declared here\n");
}

TEST_CASE("a duration without its unit is shown with what to write") {
  const std::string source = at_line(61, "tablekey: 1\nuntil: 6h\nmodel:\n    table_key_cache:\n",
                                     "      idle_timeout: 5");
  CHECK(load(source, "revoke.yaml").diagnostics.render(false) ==
        "revoke.yaml:61:21: error: idle_timeout needs a unit\n"
        "   61 |       idle_timeout: 5\n"
        "      |                     ^ write 5m (minutes), 5s or 5h\n");
}

TEST_CASE("a colon in a check is shown with the form that works") {
  const std::string source = at_line(94, "tablekey: 1\nuntil: 6h\nexpect:\n  - name: fleet\n",
                                     "    check: exposure(after: disable).p99 <= 20m");
  CHECK(load(source, "revoke.yaml").diagnostics.render(false) ==
        "revoke.yaml:94:26: error: ': ' inside an unquoted text\n"
        "   94 |     check: exposure(after: disable).p99 <= 20m\n"
        "      |                          ^ in checks write after=disable, or quote the whole "
        "line\n");
}

TEST_CASE("colour adds escape sequences and changes no word") {
  const LoadResult result = load("tablekey: 1\nuntil: 6\n", "a.yaml");
  CHECK(result.diagnostics.render(true) ==
        "\x1b[1ma.yaml:2:8:\x1b[0m \x1b[1;31merror\x1b[0m: until needs a unit\n"
        "    2 | until: 6\n"
        "      |        \x1b[1;32m^\x1b[0m write 6m (minutes), 6s or 6h\n");
}

TEST_CASE("a long line is shown around the place that is meant") {
  const std::string source = "tablekey: 1\nuntil: 6h\ndescription: \"" + std::string(300, 'x') +
                             "\\q" + std::string(300, 'y') + "\"\n";
  const std::string shown = load(source, "a.yaml").diagnostics.render(false);
  CHECK(shown ==
        "a.yaml:3:315: error: unknown escape in a double-quoted text\n"
        "    3 | ..." +
            std::string(40, 'x') + "\\q" + std::string(118, 'y') + "...\n" + "      | " +
            std::string(43, ' ') + "^ use single quotes, or write \\\\ for a backslash\n");
}

TEST_CASE("columns count characters, so that an underline stands below what it means") {
  const LoadResult result =
      load("tablekey: 1\nname: \"größe\"\nuntil: 6h # größe\nseéd: 1\n", "a.yaml");
  CHECK(result.diagnostics.render(false) ==
        "a.yaml:4:1: error: unknown key 'seéd' in the scenario\n"
        "    4 | seéd: 1\n"
        "      | ^~~~ did you mean 'seed'?\n");
}

TEST_CASE("a name that is too long is refused") {
  const LoadResult result =
      load("tablekey: 1\nuntil: 6h\nname: " + std::string(129, 'x') + "\n", "a.yaml");
  CHECK(result.diagnostics.render(false) ==
        "a.yaml:3:7: error: name has at most 128 characters\n    3 | name: " +
            std::string(129, 'x') + "\n      |       ^" + std::string(128, '~') + "\n");
}

TEST_CASE("an include says why it cannot be read") {
  const std::string source = "tablekey: 1\nuntil: 6h\ninclude: t.yaml\n";
  const std::string place = "    3 | include: t.yaml\n      |          ^~~~~~\n";
  CHECK(load(source, "a.yaml").diagnostics.render(false) ==
        "a.yaml:3:10: error: cannot read 't.yaml': files cannot be included here\n" + place);
  LoadOptions options;
  options.read_include = [](std::string_view) { return std::string(kSourceBytesMax + 1, '#'); };
  CHECK(load(source, "a.yaml", options).diagnostics.render(false) ==
        "a.yaml:3:10: error: cannot read 't.yaml': it is larger than 4 MiB\n" + place);
}

TEST_CASE("an item that is too large is refused") {
  const std::string source =
      "tablekey: 1\nuntil: 6h\nResources:\n  T:\n    Type: AWS::DynamoDB::Table\n"
      "    Properties:\n      KeySchema: [{ AttributeName: id, KeyType: HASH }]\n"
      "      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n"
      "timeline:\n  - at: 1h\n    do: dynamodb:PutItem\n    table: T\n"
      "    item: { id: a,\n      text: " +
      std::string(409'600, 'x') + " }\n";
  const LoadResult result = load(source, "a.yaml");
  REQUIRE(result.diagnostics.errors() == 1);
  const Diagnostic& said = result.diagnostics.all().front();
  CHECK(said.message == "an item has at most 400 KB");
  CHECK(said.line == 13);
  CHECK(said.column == 11);
}

TEST_CASE("a file that is too large is refused unread") {
  const std::string source(kSourceBytesMax + 1, '#');
  CHECK(load(source, "a.yaml").diagnostics.render(false) ==
        "a.yaml: error: the file is larger than 4 MiB\n");
}

}  // namespace tablekey::scenarios::testing::messages_test
