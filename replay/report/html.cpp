#include "replay/report/html.h"

#include <fmt/format.h>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace tablekey::replay::report {

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
        control ? void(out += "\xef\xbf\xbd") : void(out += c);
      }
    }
  }
  return out;
}

std::string breakable(std::string_view text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.size(), text.find_first_of("._", begin));
    out += escaped(text.substr(begin, end + 1 - begin));
    if (end + 1 < text.size()) out += "<wbr>";
    begin = end + 1;
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
