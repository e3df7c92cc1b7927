#include "replay/verbs/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>

#include "model/plant.h"
#include "model/world.h"
#include "scenarios/characters.h"

namespace tablekey::replay::verbs {
namespace {

std::string painted(bool wanted, Color color, std::string_view text) {
  static constexpr const char* kCodes[] = {"", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[1m"};
  if (!wanted || color == Color::none) return std::string(text);
  return fmt::format("{}{}\x1b[0m", kCodes[static_cast<unsigned>(color)], text);
}

std::string indented(std::string_view hint) {
  std::string lines = "  ";
  for (const char c : hint) {
    lines += c;
    if (c == '\n') lines += "  ";
  }
  return lines;
}

int exit_code_of(TraceError::Kind kind) {
  switch (kind) {
    case TraceError::Kind::unreadable:
      return kExitIo;
    case TraceError::Kind::unfit:
      return kExitUsage;
    case TraceError::Kind::torn:
      return kExitTorn;
    case TraceError::Kind::damaged:
      return kExitDamaged;
    case TraceError::Kind::not_a_trace:
      return kExitNotATrace;
  }
  return kExitIo;
}

std::string what_to_do(TraceError::Kind kind, const std::filesystem::path& trace) {
  const std::string name = trace.string();
  std::filesystem::path repaired = trace;
  repaired.replace_filename(trace.stem().string() + "-repaired.tk");
  const std::string verify[] = {"tablekey", "verify", name};
  const std::string repair[] = {"tablekey", "repair", name, "-o", repaired.string()};
  const std::string check[] = {"tablekey", "check", name};
  switch (kind) {
    case TraceError::Kind::torn:
    case TraceError::Kind::damaged:
      return fmt::format("{} says more; {} saves what is whole", command_line(verify),
                         command_line(repair));
    case TraceError::Kind::not_a_trace:
      return fmt::format("a trace is what 'run' writes; for a scenario: {}", command_line(check));
    default:
      return {};
  }
}

int report_bug(Console& console, std::string_view what) {
  console.err << console.on_err(Color::red, "this is a bug in tablekey") << ": " << what << '\n';
  std::string command = console.command;
  if (console.seed && command.find("--seed") == std::string::npos) {
    command += fmt::format(" --seed {}", *console.seed);
  }
  console.err << fmt::format("  version  {} (behaviour {})\n", console.version,
                             model::kBehaviourVersion)
              << fmt::format("  again    {}\n", command);
  if (!console.trace.empty()) {
    console.err << fmt::format("  trace    {} holds the run up to here\n", console.trace.string());
  }
  console.err << "  please report it with these lines and the scenario\n";
  return kExitBug;
}

}  // namespace

std::string Console::on_out(Color color, std::string_view text) const {
  return painted(color_out, color, text);
}

std::string Console::on_err(Color color, std::string_view text) const {
  return painted(color_err, color, text);
}

int Console::fail(int code, std::string_view message, std::string_view hint) {
  out.flush();  // in a terminal the two come in the order in which they were said
  err << on_err(Color::red, "error:") << ' ' << scenarios::printable(message) << '\n';
  if (!hint.empty()) err << indented(hint) << '\n';
  return code;
}

int Console::fail(const TraceError& error, const std::filesystem::path& file) {
  return fail(exit_code_of(error.kind), error.message, what_to_do(error.kind, file));
}

void Console::warn(std::string_view message, std::string_view hint) {
  err << on_err(Color::yellow, "warning:") << ' ' << scenarios::printable(message) << '\n';
  if (!hint.empty()) err << indented(hint) << '\n';
}

void Console::note(std::string_view message) { err << message << '\n'; }

void Console::check_output() const {
  if (!out) throw OutputGone{};
}

#ifdef TABLEKEY_PLANTED_BUGS
namespace {

// Tests of the explorer turn a bug on (model/planted.h).
bool plant_bug(Console& console) {
  const char* name = std::getenv("TABLEKEY_PLANTED_BUG");
  if (name == nullptr || *name == '\0' || model::plant(name)) return true;
  std::string names;
  for (const std::string_view known : model::planted_names()) {
    names += (names.empty() ? "" : "\n") + std::string(known);
  }
  console.fail(kExitUsage, fmt::format("TABLEKEY_PLANTED_BUG: there is no bug '{}'", name), names);
  return false;
}

}  // namespace
#endif

int guarded(Console& console, const std::function<int(Console&)>& verb) {
#ifdef TABLEKEY_PLANTED_BUGS
  if (!plant_bug(console)) return kExitUsage;
#endif
  try {
    return verb(console);
  } catch (const OutputGone&) {
    return kExitOk;  // whoever owns the stream knows why
  } catch (const std::bad_alloc&) {
    return console.fail(kExitIo, "there is not enough memory");
  } catch (const std::exception& bug) {
    return report_bug(console, bug.what());
  }
}

bool wants_color(std::string_view choice, int descriptor) {
  if (choice != "auto") return choice == "always";
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  if (terminal == nullptr || std::string_view(terminal) == "dumb") return false;
  return ::isatty(descriptor) == 1;
}

std::string command_line(std::span<const std::string> words) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

std::string counted(std::uint64_t number, std::string_view one) {
  return fmt::format("{} {}{}", grouped(number), one, number == 1 ? "" : "s");
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace tablekey::replay::verbs
