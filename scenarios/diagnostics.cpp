// Collecting and printing diagnostics. Positions count characters; the terminal gets one cell for
// each, tabs are kept in the padding so that carets line up whatever the tab width is.
#include "scenarios/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "scenarios/characters.h"

namespace tablekey::scenarios {
namespace {

constexpr std::size_t kExcerptMax = 160;  // characters of a source line that are shown
constexpr std::size_t kContextBefore = 40;

struct Style {
  std::string_view place, error, warning, note, mark, reset;
};
constexpr Style kPlain{};
constexpr Style kColor{"\x1b[1m",    "\x1b[1;31m", "\x1b[1;35m",
                       "\x1b[1;36m", "\x1b[1;32m", "\x1b[0m"};

std::string_view line_of(std::string_view text, std::uint32_t line) {
  const std::vector<std::string_view> lines = lines_of(text);
  return line == 0 || line > lines.size() ? std::string_view() : lines[line - 1];
}

// The part of a long line that is shown, and where the marked column falls in it.
struct Excerpt {
  std::vector<std::string_view> characters;
  std::size_t column;  // from 0
  bool cut_before = false, cut_after = false;
};

Excerpt excerpt_of(std::string_view line, std::uint32_t column) {
  Excerpt excerpt{characters_of(line), column == 0 ? 0 : column - 1};
  auto& shown = excerpt.characters;
  if (shown.size() > kExcerptMax) {
    std::size_t from = excerpt.column > kContextBefore ? excerpt.column - kContextBefore : 0;
    from = std::min(from, shown.size() - kExcerptMax);
    excerpt.cut_before = from > 0;
    excerpt.cut_after = from + kExcerptMax < shown.size();
    shown = {shown.begin() + static_cast<std::ptrdiff_t>(from),
             shown.begin() + static_cast<std::ptrdiff_t>(from + kExcerptMax)};
    excerpt.column -= from;
  }
  return excerpt;
}

std::string padding(const Excerpt& excerpt) {
  std::string pad(excerpt.cut_before ? 3 : 0, ' ');
  for (std::size_t i = 0; i < excerpt.column; ++i) {
    pad += i < excerpt.characters.size() && excerpt.characters[i] == "\t" ? '\t' : ' ';
  }
  return pad;
}

std::string quoted_line(const Diagnostic& diagnostic, std::string_view line, const Style& style) {
  const Excerpt excerpt = excerpt_of(line, diagnostic.column);
  std::string shown = excerpt.cut_before ? "..." : "";
  for (const std::string_view character : excerpt.characters) shown += printable(character);
  if (excerpt.cut_after) shown += "...";
  const std::size_t room =
      excerpt.characters.size() > excerpt.column ? excerpt.characters.size() - excerpt.column : 1;
  const std::size_t span = std::clamp<std::size_t>(diagnostic.span, 1, room);
  std::string out = fmt::format("{:5} |{}{}\n", diagnostic.line, shown.empty() ? "" : " ", shown);
  out +=
      fmt::format("      | {}{}^{}{}{}\n", padding(excerpt), style.mark, std::string(span - 1, '~'),
                  style.reset, diagnostic.hint.empty() ? "" : " " + diagnostic.hint);
  return out;
}

std::string place_text(const std::string& file, std::uint32_t line, std::uint32_t column,
                       const Style& style) {
  if (line == 0) return fmt::format("{}{}:{}", style.place, file, style.reset);
  return fmt::format("{}{}:{}:{}:{}", style.place, file, line, column, style.reset);
}

std::string head(const Diagnostic& diagnostic, const Style& style) {
  const bool error = diagnostic.severity == Severity::error;
  const bool warning = diagnostic.severity == Severity::warning;
  return fmt::format("{} {}{}{}: {}\n",
                     place_text(diagnostic.file, diagnostic.line, diagnostic.column, style),
                     error     ? style.error
                     : warning ? style.warning
                               : style.note,
                     error     ? "error"
                     : warning ? "warning"
                               : "note",
                     style.reset, diagnostic.message);
}

}  // namespace

std::uint32_t Diagnostics::add_source(std::string name, std::string text) {
  sources_.push_back({std::move(name), std::move(text)});
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

const std::string& Diagnostics::source_name(std::uint32_t source) const {
  return sources_.at(source).name;
}

const std::string& Diagnostics::source_text(std::uint32_t source) const {
  return sources_.at(source).text;
}

Diagnostic& Diagnostics::add(Severity severity, Place place, std::string message,
                             std::string hint) {
  Diagnostic diagnostic{
      source_name(place.source), place.line,      place.column, place.span,  severity,
      std::move(message),        std::move(hint), {},           place.source};
  return keep(std::move(diagnostic));
}

Diagnostic& Diagnostics::keep(Diagnostic diagnostic) {
  // A value that is read twice (a name, then as a property) is wrong only once.
  const bool repeated = std::any_of(kept_.begin(), kept_.end(), [&](const Diagnostic& said) {
    return std::tie(said.source, said.line, said.column, said.message) ==
           std::tie(diagnostic.source, diagnostic.line, diagnostic.column, diagnostic.message);
  });
  if (repeated) return overflow_ = std::move(diagnostic);
  if (diagnostic.severity == Severity::error) ++errors_;
  if (diagnostic.severity == Severity::warning) ++warnings_;
  if (kept_.size() >= kKept) return overflow_ = std::move(diagnostic);
  kept_.push_back(std::move(diagnostic));
  return kept_.back();
}

Diagnostics Diagnostics::without_findings() const {
  Diagnostics copy;
  copy.sources_ = sources_;
  return copy;
}

void Diagnostics::add(const Diagnostic& diagnostic) { keep(diagnostic); }

Diagnostic& Diagnostics::error(Place place, std::string message, std::string hint) {
  return add(Severity::error, place, std::move(message), std::move(hint));
}

Diagnostic& Diagnostics::warning(Place place, std::string message, std::string hint) {
  return add(Severity::warning, place, std::move(message), std::move(hint));
}

Diagnostic& Diagnostics::note(Place place, std::string message, std::string hint) {
  return add(Severity::note, place, std::move(message), std::move(hint));
}

std::string Diagnostics::render(bool color) const {
  const Style& style = color ? kColor : kPlain;
  std::vector<const Diagnostic*> shown;
  for (const Diagnostic& diagnostic : kept_) shown.push_back(&diagnostic);
  const auto by_severity = [](const Diagnostic* a, const Diagnostic* b) {
    return a->severity < b->severity;
  };
  const auto by_place = [](const Diagnostic* a, const Diagnostic* b) {
    return std::tie(a->source, a->line, a->column) < std::tie(b->source, b->line, b->column);
  };
  std::stable_sort(shown.begin(), shown.end(), by_place);
  std::stable_sort(shown.begin(), shown.end(), by_severity);
  const std::size_t total = shown.size();
  shown.resize(std::min(total, kShown));
  std::stable_sort(shown.begin(), shown.end(), by_place);

  std::string out;
  for (const Diagnostic* diagnostic : shown) {
    if (!out.empty()) out += '\n';
    out += head(*diagnostic, style);
    if (diagnostic->line != 0) {
      out += quoted_line(*diagnostic, line_of(source_text(diagnostic->source), diagnostic->line),
                         style);
    } else if (!diagnostic->hint.empty()) {
      out += fmt::format("  {}\n", diagnostic->hint);
    }
    for (const Note& note : diagnostic->notes) {
      out += fmt::format(
          "{} {}note{}: {}\n",
          place_text(source_name(note.place.source), note.place.line, note.place.column, style),
          style.note, style.reset, note.message);
    }
  }
  if (total > shown.size()) out += fmt::format("\n{} more not shown\n", total - shown.size());
  return out;
}

}  // namespace tablekey::scenarios
