#include "replay/verbs/unreadable.h"

#include <signal.h>
#include <unistd.h>

#include <string_view>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {
namespace {

constexpr std::string_view kMessage =
    "error: cannot read a trace any further: its file became shorter while it was read, or its "
    "disk fails\n";

// Nothing but what a signal handler may call.
extern "C" void end_with_message(int) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(kExitIo);
}

}  // namespace

void tell_of_unreadable_pages() {
  struct sigaction action {};
  action.sa_handler = end_with_message;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace tablekey::replay::verbs
