// Words and their synonyms. A synonym is replaced by the word that the families here use.
#include "tests/theory/words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace tablekey::theory {
namespace {

constexpr auto kSynonyms = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"absolute", "abs"},       {"fixed", "abs"},         {"ttl", "abs"},
    {"sliding", "idle"},       {"combined", "hybrid"},   {"recycling", "churn"},
    {"recycled", "churn"},     {"polling", "poll"},      {"pushed", "push"},
    {"exposure", "exp"},       {"wkey", "exp"},          {"wserve", "serve"},
    {"wdeny", "deny"},         {"detection", "deny"},    {"jittered", "jitter"},
    {"early", "xfetch"},       {"hits", "hit"},          {"misses", "miss"},
    {"availability", "avail"}, {"deterministic", "det"}, {"constant", "det"},
    {"rr", "roundrobin"},      {"fleet", "max"},         {"staleness", "age"},
    {"authage", "age"},        {"median", "quantile"},   {"p50", "quantile"},
    {"lifetime", "life"},      {"onoff", "mmpp"},        {"lru", "che"},
    {"optimum", "opt"},        {"optimal", "opt"},       {"average", "mean"},
    {"frac", "fraction"},      {"prob", "probability"},  {"maxuses", "uses"},
    {"maxbytes", "bytes"},     {"blocking", "block"},    {"blocked", "block"},
});

}  // namespace

Words::Words(std::string_view family, std::string_view rule) {
  add(family);
  add(rule);
}

void Words::add(std::string_view text) {
  std::string word;
  const auto end = [&] {
    if (word.empty()) return;
    const auto same = [&](const auto& pair) { return pair.first == word; };
    const auto found = std::find_if(kSynonyms.begin(), kSynonyms.end(), same);
    words_.insert(found == kSynonyms.end() ? word : std::string(found->second));
    word.clear();
  };
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else {
      end();
    }
  }
  end();
}

bool Words::any(std::initializer_list<std::string_view> words) const {
  return std::any_of(words.begin(), words.end(), [this](auto word) { return has(word); });
}

bool Words::all(std::initializer_list<std::string_view> words) const {
  return std::all_of(words.begin(), words.end(), [this](auto word) { return has(word); });
}

}  // namespace tablekey::theory
