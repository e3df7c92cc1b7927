// Eras.
#include "model/decide.h"
#include "model/law.h"

namespace tablekey::model {

void decide_era(Deciding&) { law(false, "not yet"); }

}  // namespace tablekey::model
