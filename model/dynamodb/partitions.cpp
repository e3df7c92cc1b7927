// Splits.
#include "model/decide.h"
#include "model/law.h"

namespace tablekey::model {

void decide_split(Deciding&) { law(false, "not yet"); }

}  // namespace tablekey::model
