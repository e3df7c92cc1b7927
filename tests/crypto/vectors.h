#pragma once
// The published vector files, which lie beside the repository and are not part of it.

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/crypto/hex.h"

namespace tablekey::crypto {

using Json = nlohmann::json;

// One vector file; nothing, and a warning, where the corpus does not exist.
inline std::optional<Json> vectors(const std::string& name) {
  std::ifstream file(std::string(TABLEKEY_SHARED_DIR) + "/vectors/" + name);
  if (!file) {
    WARN("skipped: no corpus (" << name << ")");
    return std::nullopt;
  }
  return Json::parse(file);
}

inline Bytes bytes_at(const Json& test, const char* field) {
  return hex(test.at(field).get_ref<const std::string&>());
}

// Calls `body(group, test)` for every test of a file that is built of groups.
inline void for_each_test(const Json& file,
                          const std::function<void(const Json&, const Json&)>& body) {
  for (const Json& group : file.at("testGroups")) {
    for (const Json& test : group.at("tests")) {
      INFO("tcId " << test.at("tcId"));
      body(group, test);
    }
  }
}

}  // namespace tablekey::crypto
