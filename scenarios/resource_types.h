// The resource types that tablekey simulates: one row each, with the properties CloudFormation
// knows, what names the resource, and what it compiles to.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "scenarios/draft.h"
#include "scenarios/stack.h"

namespace tablekey::scenarios {

struct ResourceType {
  std::string_view name;
  std::span<const std::string_view> properties;  // all that the type has
  std::span<const std::string_view> inert;       // of these, the ones that change nothing here
  std::span<const std::string_view> metadata;    // keys of Metadata.tablekey
  // Names are known before anything is compiled, so that any resource may refer to any other.
  Identity (*identify)(Stack&, const Resource&);
  // Earlier ranks first: what others refer to by index.
  int rank;
  void (*compile)(Stack&, Resource&, Draft&);
};

[[nodiscard]] const ResourceType* find_resource_type(std::string_view name);
[[nodiscard]] std::vector<std::string_view> resource_type_names();

// Compiles all resources of the stack, in order of rank, then of the file.
void compile_resources(Stack& stack, Draft& draft);

}  // namespace tablekey::scenarios
