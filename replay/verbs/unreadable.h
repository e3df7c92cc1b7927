// A trace is read through a mapping. Where its file becomes shorter while it is read, or the disk
// fails, the system says so by a signal that would end the program without a word.
#pragma once

namespace tablekey::replay::verbs {

/// From now on such a signal ends the program with a message on stderr and exit code 3. What was
/// written is as whole as after a kill: a trace has its name only when it was closed.
void tell_of_unreadable_pages();

}  // namespace tablekey::replay::verbs
