// `profiles`: the profiles that are part of the program, and their files.
#pragma once

#include <string>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct ProfilesOptions {
  std::string name;  // empty: list all
  bool json = false;
};

/// Lists them, or prints the file of one, to be read or copied.
int profiles(const ProfilesOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
