#include "model/clients/records.h"

#include "model/law.h"

namespace tablekey::model {

void run_records(RequestWork&) { law(false, "not yet"); }

}  // namespace tablekey::model
