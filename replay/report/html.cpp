#include "replay/report/html.h"

#include <fmt/format.h>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace tablekey::replay::report {

std::string breakable(std::string_view text) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool after_mark = i != 0 && (text[i - 1] == '.' || text[i - 1] == '_');
    const bool new_word = i != 0 && lower(text[i - 1]) && upper(text[i]);
    if (after_mark || new_word) out += "<wbr>";
    out += escaped(text.substr(i, 1));
  }
  return out;
}

// Inside a string of JSON \u003c is the same character, and "</script" or "<!--" never appears.
std::string embedded(const nlohmann::ordered_json& document) {
  const std::string json =
      document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

Html& Html::element(std::string_view open, std::string_view text) {
  return around(open, escaped(text));
}

Html& Html::around(std::string_view open, std::string_view markup) {
  out_ += fmt::format("<{}>{}</{}>", open, markup, open.substr(0, open.find(' ')));
  return *this;
}

}  // namespace tablekey::replay::report
