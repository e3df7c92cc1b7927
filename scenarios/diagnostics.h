// What is wrong with a scenario, where, and what to do about it. Everything that reads a scenario
// file reports here and goes on, so that one look shows all the errors of a file. The form is that
// of compilers, so that editors and CI find the place:
//
//   revoke.yaml:46:69: error: no resource 'OrdersKye' in Resources
//      46 |       SSESpecification: { SSEEnabled: true, KMSMasterKeyId: !GetAtt OrdersKye.Arn }
//         |                                                                     ^~~~~~~~~ did you
//         mean …
//   revoke.yaml:18:3: note: 'OrdersKey' is declared here
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tablekey::scenarios {

enum class Severity : std::uint8_t { error, warning, note };

// A place in a source text. Lines and columns count from 1, columns in characters, not bytes.
// Line 0 means "the file as a whole": nothing is quoted then.
struct Place {
  std::uint32_t source = 0;  // index given by Diagnostics::add_source
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t span = 1;  // how many characters are underlined, at least 1
};

// Something said about another place, printed below the diagnostic it belongs to.
struct Note {
  Place place;
  std::string message;
};

struct Diagnostic {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t span = 1;
  Severity severity = Severity::error;
  std::string message;  // what is wrong: no full stop, no file name
  std::string hint;     // what to do, printed after the underline; may be empty
  std::vector<Note> notes;
  std::uint32_t source = 0;
};

// Collects diagnostics and the texts they point into. At most kKept are kept; the same message at
// the same place counts once.
class Diagnostics {
 public:
  static constexpr std::size_t kShown = 20;  // render() prints at most so many
  static constexpr std::size_t kKept = 1000;

  // Registers a text; the returned index goes into Place::source.
  std::uint32_t add_source(std::string name, std::string text);
  [[nodiscard]] const std::string& source_name(std::uint32_t source) const;
  [[nodiscard]] const std::string& source_text(std::uint32_t source) const;

  // The same sources without anything said about them: for a trial.
  [[nodiscard]] Diagnostics without_findings() const;
  void add(const Diagnostic& diagnostic);

  // Each returns the diagnostic, so that notes can be added. The reference holds until the next
  // call.
  Diagnostic& error(Place place, std::string message, std::string hint = {});
  Diagnostic& warning(Place place, std::string message, std::string hint = {});
  Diagnostic& note(Place place, std::string message, std::string hint = {});

  [[nodiscard]] const std::vector<Diagnostic>& all() const { return kept_; }
  [[nodiscard]] bool has_errors() const { return errors_ != 0; }
  [[nodiscard]] std::size_t errors() const { return errors_; }
  [[nodiscard]] std::size_t warnings() const { return warnings_; }

  // The text for a terminal: one group a diagnostic, in the order of the files' lines, an empty
  // line between groups, kShown at most (errors before warnings before notes when there are more).
  // Ends with a newline unless empty.
  [[nodiscard]] std::string render(bool color) const;

 private:
  struct Source {
    std::string name;
    std::string text;
  };
  Diagnostic& keep(Diagnostic diagnostic);
  Diagnostic& add(Severity severity, Place place, std::string message, std::string hint);

  std::vector<Source> sources_;
  std::vector<Diagnostic> kept_;
  Diagnostic overflow_;  // what is not kept is written here
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

}  // namespace tablekey::scenarios
