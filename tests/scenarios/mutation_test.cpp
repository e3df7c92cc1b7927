// Goal: no file, however broken, crashes or hangs the loader, and what it says can always be
// printed. Method: seeded mutations of real scenario files (bytes changed, removed, doubled, lines
// moved, files spliced); each mutant is loaded and its diagnostics rendered. Meant to run under
// ASan and UBSan too.
#include <catch2/catch.hpp>

#include <filesystem>

#include "sim/random.h"
#include "tests/scenarios/message_cases.h"

namespace tablekey::scenarios::testing::mutation_test {
namespace {

constexpr std::uint16_t kPurpose = 1;
constexpr int kMutants = 10000;

class Mutator {
 public:
  Mutator(std::vector<std::string> corpus, std::uint64_t seed)
      : corpus_(std::move(corpus)), random_(seed) {}

  std::string next() {
    std::string text = corpus_[below(corpus_.size())];
    for (std::uint64_t i = 0, n = 1 + below(4); i < n; ++i) mutate(text);
    return text;
  }

 private:
  std::uint64_t below(std::uint64_t n) {
    return sim::below(n, random_.draw(0, kPurpose, ordinal_++));
  }
  void mutate(std::string& text) {
    static const std::string kPieces[] = {
        "{",     "}",    "[",     "]",     ":",  ": ", "- ",
        "&a ",   "*a",   "!Ref ", "!Sub ", "\"", "'",  "\n",
        "\t",    "<<: ", "%",     "|",     "0",  "-1", "99999999999999999999",
        "!If [", "${",   "null",  "\xff",  "# ", "s",  "h",
        "1e999"};
    if (text.empty()) return;
    const std::size_t at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        return;
      case 1:
        text.erase(at, 1 + below(20));
        return;
      case 2:
        text.insert(at, kPieces[below(std::size(kPieces))]);
        return;
      case 3:
        text.insert(at, text.substr(below(text.size()), below(200)));
        return;
      case 4: {
        const std::string& other = corpus_[below(corpus_.size())];
        text = text.substr(0, at) + other.substr(below(other.size()));
        return;
      }
      default: {
        const std::size_t end = text.find('\n', at);
        const std::size_t begin = text.rfind('\n', at);
        if (begin == std::string::npos || end == std::string::npos) return;
        text.erase(begin, end - begin);
      }
    }
  }

  std::vector<std::string> corpus_;
  sim::Random random_;
  std::uint64_t ordinal_ = 0;
};

std::vector<std::string> corpus() {
  std::vector<std::string> texts;
  const std::string library = std::string(TABLEKEY_SOURCE_DIR) + "/scenarios/library";
  for (const auto& entry : std::filesystem::directory_iterator(library)) {
    if (entry.path().extension() == ".yaml") texts.push_back(entry.path().string());
  }
  const std::string example = std::string(TABLEKEY_SHARED_DIR) + "/examples/revoke-grant.yaml";
  if (std::filesystem::exists(example)) texts.push_back(example);
  std::sort(texts.begin(), texts.end());
  for (std::string& text : texts) text = read_file(text);
  const std::string messages = std::string(TABLEKEY_SOURCE_DIR) + "/tests/scenarios/messages";
  for (const char* file : {"functions.txt", "resources.txt", "timeline.txt"}) {
    for (const MessageCase& one : read_cases(messages, file)) texts.push_back(one.source);
  }
  return texts;
}

}  // namespace

TEST_CASE("mutated scenario files are loaded or refused, and what is said can be printed") {
  Mutator mutator(corpus(), 1);
  int refused = 0;
  for (int i = 0; i < kMutants; ++i) {
    const std::string source = mutator.next();
    const LoadResult result = load(source, "mutant.yaml");
    const std::string said = result.diagnostics.render(i % 2 == 0);
    CHECK(result.ok() == !result.diagnostics.has_errors());
    if (result.ok()) {
      CHECK(!explain(result.scenario()).empty());
    } else {
      CHECK(!said.empty());
      ++refused;
    }
  }
  // Both paths were walked; a corpus that is always refused would test little.
  CHECK(refused > kMutants / 4);
  CHECK(refused < kMutants);
}

TEST_CASE("bytes that were never a scenario are refused") {
  const sim::Random random(2);
  for (std::uint64_t i = 0; i < 300; ++i) {
    std::string source;
    for (std::uint64_t j = 0; j < 40; ++j) {
      const sim::Bits128 bits = random.draw(i, kPurpose, j);
      for (int k = 0; k < 8; ++k) source += static_cast<char>(bits.low >> (8 * k));
    }
    CHECK_FALSE(load(source, "noise.yaml").ok());
  }
}

}  // namespace tablekey::scenarios::testing::mutation_test
