// TABLEKEY_DEMO_SCENARIO is the file.
#include "replay/verbs/demo_scenario.h"

#include "replay/embed.h"

TABLEKEY_EMBED("demo", TABLEKEY_DEMO_SCENARIO);

extern "C" {
extern const char tablekey_demo_begin[], tablekey_demo_end[];
}

namespace tablekey::replay::verbs {

std::string_view demo_scenario() { return {tablekey_demo_begin, tablekey_demo_end}; }

}  // namespace tablekey::replay::verbs
