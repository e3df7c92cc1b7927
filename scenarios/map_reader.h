// Reading a map with a known set of keys: finds what is there, reports what is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

class MapReader {
 public:
  // `what` names the map in messages ("workload 'web'"). A node that is no map is an error; unknown
  // keys are reported with `unknown`, with the nearest known one.
  MapReader(const Node& node, std::string what, std::vector<std::string_view> known,
            Diagnostics& diagnostics, Severity unknown = Severity::error);

  // The node is a map; without it get() finds nothing.
  [[nodiscard]] bool is_map() const { return node_.is_map(); }
  // The value of a key, or null where the key is absent or AWS::NoValue.
  [[nodiscard]] const Node* get(std::string_view key) const;
  // The same; its absence is an error.
  [[nodiscard]] const Node* require(std::string_view key, std::string hint = {});
  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] Place place() const { return node_.place; }

 private:
  const Node& node_;
  std::string what_;
  Diagnostics& diagnostics_;
};

// Reports keys that a map anywhere below the node has twice: as errors, or as warnings where real
// files have them (pasted CloudFormation). The last value counts.
void check_duplicate_keys(const Node& node, Severity severity, Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
