// Text within HTML, SVG and XML.
#pragma once

#include <string>
#include <string_view>

namespace tablekey::replay {

/// & < > " ' as entities, and control characters that no page may have as U+FFFD.
std::string escaped(std::string_view text);

}  // namespace tablekey::replay
