// One digest over what the compiled-in schema says: for Event, Scenario, Identity, Chunk and every
// type they reach, the type's id, sizes, fields (name, ordinal place, type, offset, discriminant,
// default) and enumerants. File names, comments and annotations are outside; renaming, adding or
// moving anything is inside.
#pragma once

#include "events/format.h"

namespace tablekey::events {

Digest schema_digest();

}  // namespace tablekey::events
