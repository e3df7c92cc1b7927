// TABLEKEY_REPORT_DIR is the folder of the files.
#include "replay/report/assets.h"

#include "replay/embed.h"

TABLEKEY_EMBED("script", TABLEKEY_REPORT_DIR "/report.min.js");
TABLEKEY_EMBED("style", TABLEKEY_REPORT_DIR "/report.css");

extern "C" {
extern const char tablekey_script_begin[], tablekey_script_end[];
extern const char tablekey_style_begin[], tablekey_style_end[];
}

namespace tablekey::replay::report {

std::string_view script() { return {tablekey_script_begin, tablekey_script_end}; }
std::string_view style() { return {tablekey_style_begin, tablekey_style_end}; }

}  // namespace tablekey::replay::report
