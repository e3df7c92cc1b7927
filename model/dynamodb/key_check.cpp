// The health checker.
#include "model/decide.h"
#include "model/law.h"

namespace tablekey::model {

void decide_key_check(Deciding&) { law(false, "not yet"); }

}  // namespace tablekey::model
