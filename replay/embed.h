// Text files that are part of the program: the assembler reads them, so a build needs no tool but
// the compiler, and the program needs none of the files where it runs.
#pragma once

/// Defines the symbols tablekey_NAME_begin and tablekey_NAME_end around the bytes of a file, at
/// namespace scope; both arguments are string literals.
#define TABLEKEY_EMBED(name, file) \
  asm(".pushsection .rodata\n"     \
      ".global tablekey_" name     \
      "_begin\n"                   \
      ".hidden tablekey_" name     \
      "_begin\n"                   \
      ".global tablekey_" name     \
      "_end\n"                     \
      ".hidden tablekey_" name     \
      "_end\n"                     \
      "tablekey_" name             \
      "_begin:\n"                  \
      ".incbin \"" file            \
      "\"\n"                       \
      "tablekey_" name             \
      "_end:\n"                    \
      ".popsection\n")
