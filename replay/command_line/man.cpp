// Man pages, from the same texts as --help.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "replay/command_line/outline.h"

namespace tablekey::replay::command_line {
namespace {

// The character that the text begins with, which is not one of ASCII: roff reads those alone.
std::string character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  std::uint32_t code = first & (0x3FU >> more);
  for (std::size_t i = 1; i <= more && i < text.size(); ++i) {
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return fmt::format("\\[u{:04X}]", code);
}

// Text as roff takes it: no line begins with a request, nothing is an escape by accident.
std::string roff(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += std::string("\\&") + c;
    } else if ((static_cast<unsigned char>(c) & 0xC0) == 0xC0) {
      out += character(text.substr(i));
    } else if ((static_cast<unsigned char>(c) & 0x80) == 0) {
      out += c;
    }
  }
  return out;
}

std::string synopsis(const OutlinedVerb& verb) {
  std::string line = fmt::format(".B tablekey {}\n", roff(verb.name()));
  if (!verb.verbs.empty()) line += "[\\fICOMMAND\\fR]\n";
  line += "[\\fIOPTIONS\\fR]\n";
  for (const std::string& one : verb.positionals) line += fmt::format("\\fI{}\\fR\n", roff(one));
  return line;
}

std::string options(const OutlinedVerb& verb) {
  std::string text;
  for (const auto& option : verb.options) {
    std::string names;
    for (const std::string& name : option.names) {
      names += (names.empty() ? "" : ", ") + fmt::format("\\fB{}\\fR", roff(name));
    }
    if (!option.value.empty()) names += fmt::format(" \\fI{}\\fR", roff(option.value));
    text += fmt::format(".TP\n{}\n{}\n", names, roff(option.meaning));
  }
  return text;
}

// Examples stand as they are.
std::string examples(const OutlinedVerb& verb) {
  if (verb.text.empty()) return {};
  return fmt::format(".PP\n.nf\n{}\n.fi\n", roff(verb.text));
}

std::string exit_status() {
  std::string text = ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : {
           std::pair{"0", "all as expected"},
           std::pair{"1", "an expectation not met, a replay or a comparison that differs"},
           std::pair{"2", "a wrong command line or a wrong input"},
           std::pair{"3", "something cannot be read or written; a trace that is torn at its end"},
           std::pair{"4", "a bug in tablekey; a trace that is damaged"},
           std::pair{"5", "not a trace"},
           std::pair{"75", "stopped at a time limit; resume goes on"},
           std::pair{"130", "interrupted"},
       }) {
    text += fmt::format(".TP\n.B {}\n{}\n", code, roff(meaning));
  }
  return text;
}

}  // namespace

std::string man_page(const std::vector<OutlinedVerb>& verbs, const std::string& version) {
  const OutlinedVerb& first = verbs.front();
  const std::string title = first.path.empty()
                                ? std::string("tablekey")
                                : fmt::format("tablekey-{}", fmt::join(first.path, "-"));
  std::string page =
      fmt::format(".TH \"{}\" 1 \"\" \"tablekey {}\" \"tablekey\"\n.SH NAME\n{} \\- {}\n", title,
                  version, roff(title), roff(first.sentence));
  page += ".SH SYNOPSIS\n";
  for (const OutlinedVerb& verb : verbs) {
    if (!verb.path.empty()) page += synopsis(verb) + ".br\n";
  }
  page += ".SH DESCRIPTION\n" + roff(first.sentence) + "\n" + examples(first);
  page += ".SH OPTIONS\n" + options(first);
  if (verbs.size() > 1) page += ".SH COMMANDS\n";
  for (std::size_t i = 1; i < verbs.size(); ++i) {
    page += fmt::format(".SS {}\n{}\n", roff(verbs[i].name()), roff(verbs[i].sentence)) +
            examples(verbs[i]) + options(verbs[i]);
  }
  return page + exit_status();
}

}  // namespace tablekey::replay::command_line
