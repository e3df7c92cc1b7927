// Texts of a message as the rest of the program takes them: capnp's own type knows neither
// std::string nor std::string_view.
#pragma once

#include <capnp/blob.h>

#include <string>
#include <string_view>

namespace tablekey::events {

/// As long as the message lives.
inline std::string_view text(capnp::Text::Reader value) { return {value.cStr(), value.size()}; }

inline std::string string_of(capnp::Text::Reader value) { return {value.cStr(), value.size()}; }

}  // namespace tablekey::events
