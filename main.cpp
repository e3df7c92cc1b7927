// The front door: the command line becomes the options of one verb, which is called. What the verbs
// do is in replay/verbs; how a command line is read, and what is said of a wrong one, is in
// replay/command_line.
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "crypto/harden.h"
#include "replay/command_line/read.h"
#include "replay/command_line/tree.h"
#include "replay/verbs/descriptor_stream.h"
#include "replay/verbs/unreadable.h"

namespace {

namespace front = tablekey::replay::command_line;
namespace verbs = tablekey::replay::verbs;

// A reader that went away is no error; a full disk is.
int close_output(int code, verbs::DescriptorBuffer& buffer, verbs::Console& console) {
  console.out.flush();
  if (buffer.error() == 0 || buffer.error() == EPIPE) return code;
  console.fail(verbs::kExitIo,
               "cannot write the result: " + std::generic_category().message(buffer.error()));
  return code == verbs::kExitOk ? verbs::kExitIo : code;
}

}  // namespace

int main(int count, char** arguments) {
  namespace crypto = tablekey::crypto;
  crypto::bind_symbols_at_start(arguments, std::getenv(crypto::kBindNowVariable));
  ::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of write(), and so is
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow
  verbs::tell_of_unreadable_pages();
  verbs::DescriptorBuffer out_buffer(STDOUT_FILENO);
  verbs::DescriptorBuffer err_buffer(STDERR_FILENO);
  std::ostream out(&out_buffer);
  std::ostream err(&err_buffer);
  err << std::unitbuf;
  verbs::Console console(out, err, TABLEKEY_VERSION);

  std::vector<std::string> words(arguments + std::min(count, 1), arguments + count);
  front::CommandLine line;
  CLI::App app(
      "Simulates how Amazon DynamoDB encrypts tables with keys of AWS KMS.\n\n"
      "  tablekey run scenarios/library/books.yaml\n"
      "  tablekey check orders.yaml",
      "tablekey");
  front::offer_all(app, line, console.version);
  const auto done = front::read(words, app, console);
  console.color_out = verbs::wants_color(line.color, STDOUT_FILENO);
  console.color_err = verbs::wants_color(line.color, STDERR_FILENO);
  console.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  if (done) return close_output(*done, out_buffer, console);
  if (!line.chosen) return front::refuse_no_command(console);

  words.insert(words.begin(), "tablekey");
  console.command = verbs::command_line(words);
  return close_output(verbs::guarded(console, line.chosen), out_buffer, console);
}
