// The ids of keys, as references to them see them.
#pragma once

#include <string>

#include "scenarios/stack.h"

namespace tablekey::scenarios {

// Ref is the key id, Arn and KeyId are attributes.
[[nodiscard]] Identity key_identity(const std::string& account, const std::string& region,
                                    std::string key_id);
// The id that a scenario pins (`pinned` may be null), else the derived one, whose form it must
// have.
[[nodiscard]] std::string pinned_key_id(Stack& stack, const Resource& resource, const Node* pinned,
                                        const std::string& derived);

}  // namespace tablekey::scenarios
