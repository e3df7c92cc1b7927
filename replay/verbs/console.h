// Where a verb speaks: results on `out`, everything else on `err`. A verb is a function from its
// options and a console to an exit code, so that a test can be its user.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/grouped.h"
#include "replay/recorded.h"

namespace tablekey::replay::verbs {

// Exit codes that scripts can trust. The three of a trace that is not whole are those of the
// verdicts of `verify`; every other verb that is given such a trace ends with the same one.
inline constexpr int kExitOk = 0;
inline constexpr int kExitDiffers = 1;        ///< an expectation not met, a replay that differs
inline constexpr int kExitUsage = 2;          ///< the command line or the input is wrong
inline constexpr int kExitIo = 3;             ///< something cannot be read or written
inline constexpr int kExitBug = 4;            ///< a bug in tablekey
inline constexpr int kExitTorn = 3;           ///< the end of the trace is missing
inline constexpr int kExitDamaged = 4;        ///< bytes in the middle of the trace are wrong
inline constexpr int kExitNotATrace = 5;      ///< the file is something else
inline constexpr int kExitTimeLimit = 75;     ///< stopped at --time-limit
inline constexpr int kExitInterrupted = 130;  ///< stopped by a signal

enum class Color : std::uint8_t { none, red, green, yellow, bold };

struct Console {
  Console(std::ostream& results, std::ostream& messages, std::string program_version = {})
      : out(results), err(messages), version(std::move(program_version)) {}

  std::ostream& out;
  std::ostream& err;
  bool color_out = false;
  bool color_err = false;
  bool out_is_terminal = false;
  std::string version;

  // For the message about a bug: how to see it again, and where the trace is.
  std::string command;
  std::optional<std::uint64_t> seed;
  std::filesystem::path trace;

  /// The text as it should stand on `out`: colour never says anything that the words do not.
  std::string on_out(Color color, std::string_view text) const;
  std::string on_err(Color color, std::string_view text) const;

  /// Prints "error: MESSAGE" and, indented below, what to do. Returns `code`.
  int fail(int code, std::string_view message, std::string_view hint = {});
  /// The same for a trace that cannot be used.
  int fail(const TraceError& error, const std::filesystem::path& file);
  void warn(std::string_view message, std::string_view hint = {});
  void note(std::string_view message);
  /// Throws OutputGone if `out` does not take anything any more. For verbs that print much.
  void check_output() const;
};

/// Thrown to end a long listing whose reader is gone.
struct OutputGone {};

/// Runs a verb and turns what it throws into an exit code: a broken law of ours is reported as the
/// bug it is, with the way to see it again.
int guarded(Console& console, const std::function<int(Console&)>& verb);

/// Whether to colour what goes to a descriptor: `auto` says yes in a terminal that is not dumb,
/// unless NO_COLOR is set to anything; `always` and `never` say what they say.
bool wants_color(std::string_view choice, int descriptor);

/// A command line as a shell reads it: words with anything special in them are quoted.
std::string command_line(std::span<const std::string> words);

/// "1 event", "2 events", with the number grouped.
std::string counted(std::uint64_t number, std::string_view one);

/// Digests as 64 hexadecimal digits.
std::string hex(std::span<const std::uint8_t> bytes);

}  // namespace tablekey::replay::verbs
