// References to steps. `!GetAtt enc.CiphertextBlob` names something that only a run can know, but
// `!GetAtt made.Arn` of a key that a step makes is known from the start, since key ids follow from
// the seed. So the steps with an id are declared before anything else of the file is compiled.
#pragma once

#include <string>

#include "scenarios/stack.h"

namespace tablekey::scenarios {

// Declares the entries of the timeline, as it stands in the file.
void declare_steps(const Node& timeline, Stack& stack);

// What references to something that a step makes give; of no other step. `id` is the occurrence's.
[[nodiscard]] Identity identity_of_step(Stack& stack, const DeclaredStep& step,
                                        std::string_view id);

}  // namespace tablekey::scenarios
