// Goal: the table of the bundled scenarios in scenarios/README.md is true: every file has its row,
// every reference scenario of dynamodb.md 12 has its file, and both name the same number. Method:
// the table's rows against the files' first comments.
#include <catch2/catch.hpp>

#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "tests/scenarios/message_cases.h"

namespace tablekey::scenarios::testing::library_table_test {
namespace {

using Numbers = std::map<std::string, std::string>;  // S-number, or nothing, by file

// | `file.yaml` | effect | S1 |
Numbers rows_of_readme() {
  std::istringstream readme(read_file(std::string(TABLEKEY_SOURCE_DIR) + "/scenarios/README.md"));
  Numbers rows;
  bool inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("## ")) inside = line == "## The library";
    const std::size_t end = line.find("` | ");
    if (!inside || !line.starts_with("| `") || end == std::string::npos) continue;
    const std::size_t number = line.rfind("| ", line.size() - 2);
    const std::size_t length = line.rfind(" |") < number + 2 ? 0 : line.rfind(" |") - number - 2;
    const bool fresh =
        rows.emplace(line.substr(3, end - 3), line.substr(number + 2, length)).second;
    INFO(line);
    CHECK(fresh);
  }
  return rows;
}

// The last line of the first comment: `# dynamodb.md 12: S1`.
std::string number_in(const std::string& source) {
  const std::string mark = "\n# dynamodb.md 12: ";
  const std::size_t begin = source.find(mark);
  if (begin == std::string::npos) return {};
  const std::size_t end = source.find('\n', begin + 1);
  CHECK(source.compare(end, 12, "\ntablekey: 1") == 0);
  return source.substr(begin + mark.size(), end - begin - mark.size());
}

Numbers files_of_library() {
  Numbers files;
  const std::string folder = std::string(TABLEKEY_SOURCE_DIR) + "/scenarios/library";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".yaml")) files[name] = number_in(read_file(entry.path().string()));
  }
  return files;
}

}  // namespace

TEST_CASE("the table of bundled scenarios names every file with the number that the file names") {
  const Numbers files = files_of_library();
  CHECK(files.size() > 20);
  CHECK(rows_of_readme() == files);
}

TEST_CASE("every reference scenario has one bundled file") {
  std::multiset<std::string> numbers, expected;
  for (const auto& [file, number] : files_of_library()) {
    if (!number.empty()) numbers.insert(number);
  }
  for (int i = 1; i <= 18; ++i) expected.insert("S" + std::to_string(i));
  CHECK(numbers == expected);
}

}  // namespace tablekey::scenarios::testing::library_table_test
