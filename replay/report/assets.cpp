// The assembler reads the files, so a build needs no tool but the compiler, and the program none of
// these files where it runs. TABLEKEY_REPORT_DIR is their folder.
#include "replay/report/assets.h"

#define TABLEKEY_EMBED(name, file)              \
  asm(".pushsection .rodata\n"                  \
      ".global tablekey_" name                  \
      "_begin\n"                                \
      ".hidden tablekey_" name                  \
      "_begin\n"                                \
      ".global tablekey_" name                  \
      "_end\n"                                  \
      ".hidden tablekey_" name                  \
      "_end\n"                                  \
      "tablekey_" name                          \
      "_begin:\n"                               \
      ".incbin \"" TABLEKEY_REPORT_DIR "/" file \
      "\"\n"                                    \
      "tablekey_" name                          \
      "_end:\n"                                 \
      ".popsection\n")

TABLEKEY_EMBED("script", "report.min.js");
TABLEKEY_EMBED("style", "report.css");

extern "C" {
extern const char tablekey_script_begin[], tablekey_script_end[];
extern const char tablekey_style_begin[], tablekey_style_end[];
}

namespace tablekey::replay::report {

std::string_view script() { return {tablekey_script_begin, tablekey_script_end}; }
std::string_view style() { return {tablekey_style_begin, tablekey_style_end}; }

}  // namespace tablekey::replay::report
