// A workload in a sentence.
#pragma once

#include <string>

#include "scenario.capnp.h"

namespace tablekey::scenarios {

// Who sends what to which table, when, over which connections; with a newline.
[[nodiscard]] std::string workload_sentence(events::Scenario::Reader scenario,
                                            events::Workload::Reader workload);

}  // namespace tablekey::scenarios
