// The control plane answers.
#include "model/decide.h"
#include "model/law.h"

namespace tablekey::model {

void decide_control_step(Deciding&) { law(false, "not yet"); }
void decide_control_answer(Deciding&) { law(false, "not yet"); }
void decide_job_finished(Deciding&) { law(false, "not yet"); }

}  // namespace tablekey::model
