// Parameters of a template: what `parameters:` of the scenario gives, what the template's own
// Default says, and what stands for a value that nobody gives, so that a template loads whole.
#pragma once

#include <string>
#include <string_view>

#include "scenarios/diagnostics.h"
#include "scenarios/node.h"
#include "scenarios/stack.h"

namespace tablekey::scenarios {

// Reports what `parameters:` gives that no template asks for, or that a template does not allow
// (AllowedValues, MinLength, MaxLength, MinValue, MaxValue; patterns are not checked).
void check_parameters(Stack& stack);

// What stands for a parameter without a value: the first of AllowedValues, the least number, or its
// own name, as long as its lengths allow.
[[nodiscard]] std::string parameter_stand_in(std::string_view name, const Node& declared);

}  // namespace tablekey::scenarios
