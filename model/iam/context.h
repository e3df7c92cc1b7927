// Looking up the request's condition keys. A request carries a dozen or two, so a walk beats any
// index, and it needs none to be built per request.
#pragma once

#include <span>
#include <string_view>

#include "model/iam/evaluate.h"
#include "model/iam/fold.h"

namespace tablekey::model::iam {

using Context = std::span<const ContextEntry>;

/// The entry of that key in any case, or null.
inline const ContextEntry* find(Context context, std::string_view key) {
  for (const ContextEntry& entry : context) {
    if (equal_folded(entry.key, key)) return &entry;
  }
  return nullptr;
}

}  // namespace tablekey::model::iam
