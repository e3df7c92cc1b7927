// Requests with all their parameters.
#include "model/decide.h"
#include "model/law.h"

namespace tablekey::model {

void decide_request_step(Deciding&) { law(false, "not yet"); }
void decide_client_answer(Deciding&) { law(false, "not yet"); }

}  // namespace tablekey::model
