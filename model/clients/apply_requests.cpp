// Requests with all their parameters.
#include "model/applier.h"

namespace tablekey::model {

void Applier::data_answered(events::DataAnswered::Reader) { law(false, "not yet"); }
void Applier::client_key_requested(events::ClientKeyRequested::Reader) { law(false, "not yet"); }

}  // namespace tablekey::model
