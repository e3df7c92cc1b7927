// What the functions of CloudFormation share, and those that stand in a file of their own.
#pragma once

#include <string>

#include "scenarios/stack.h"

namespace tablekey::scenarios {

// Reports a wrong shape at its place.
[[nodiscard]] Node wrong(Stack& stack, const Node& at, std::string message);
// The text of a scalar, or what stands for an open value.
[[nodiscard]] const std::string& text_of(const Node& node);
[[nodiscard]] bool is_text(const Node& node);

// AWS::LanguageExtensions and others that rarely matter here (intrinsics_texts.cpp).
[[nodiscard]] Node call_get_azs(Stack& stack, const Node& argument);
[[nodiscard]] Node call_base64(Stack& stack, const Node& argument);
[[nodiscard]] Node call_length(Stack& stack, const Node& argument);
[[nodiscard]] Node call_to_json_string(Stack& stack, const Node& argument);

}  // namespace tablekey::scenarios
