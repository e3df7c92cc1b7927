// Global tables.
#include "model/decide.h"
#include "model/law.h"

namespace tablekey::model {

void decide_replica_job(Deciding&) { law(false, "not yet"); }

}  // namespace tablekey::model
