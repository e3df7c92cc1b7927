// Force-included where Cap'n Proto 0.9 headers are read. Since P2468 (clang 16, g++ 13) a C++20
// compiler no longer rewrites `"text" == stringPtr` through the member operators of that version;
// these say it outright.
#pragma once

#ifdef __cplusplus
#include <kj/string.h>

namespace kj {
inline bool operator==(const char* a, const StringPtr& b) { return b == StringPtr(a); }
inline bool operator!=(const char* a, const StringPtr& b) { return !(b == StringPtr(a)); }
inline bool operator==(const char* a, const String& b) { return StringPtr(b) == StringPtr(a); }
inline bool operator!=(const char* a, const String& b) { return !(StringPtr(b) == StringPtr(a)); }
}  // namespace kj
#endif
