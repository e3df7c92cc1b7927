// Writing HTML: whatever a scenario may name is text here and never markup.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "replay/markup.h"

namespace tablekey::replay::report {

/// Escaped, and long words may break after dots and underscores, and before a capital letter.
std::string breakable(std::string_view text);

/// A document for <script type="application/json">: no text in it can end the element.
std::string embedded(const nlohmann::ordered_json& document);

class Html {
 public:
  /// Markup, as it is.
  Html& raw(std::string_view markup) {
    out_ += markup;
    return *this;
  }
  Html& text(std::string_view text) {
    out_ += escaped(text);
    return *this;
  }
  /// <OPEN>text</…>; `open` is the element's name, with attributes that need no escaping.
  Html& element(std::string_view open, std::string_view text);
  /// The same around markup.
  Html& around(std::string_view open, std::string_view markup);
  const std::string& str() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace tablekey::replay::report
