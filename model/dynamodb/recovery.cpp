// Point-in-time recovery.
#include "model/decide.h"
#include "model/law.h"

namespace tablekey::model {

void decide_recovery_job(Deciding&) { law(false, "not yet"); }

}  // namespace tablekey::model
