#include "crypto/law.h"

namespace tablekey::crypto {

void broken_law(const char* law) { throw BrokenLaw(law); }

}  // namespace tablekey::crypto
