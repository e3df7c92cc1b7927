// Fn::ForEach (AWS::LanguageExtensions): a loop in a template becomes what it stands for, before
// anything else reads the template.
#pragma once

#include "scenarios/diagnostics.h"
#include "scenarios/node.h"
#include "scenarios/stack.h"

namespace tablekey::scenarios {

[[nodiscard]] bool has_loops(const Node& root);

// Replaces every `Fn::ForEach::Name: [Identifier, Collection, { Key: Value }]` by its output, once
// for each value of the collection, with ${Identifier} and &{Identifier} filled in. A collection
// may refer to parameters and mappings.
void expand_loops(Node& root, const Environment& environment, Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
