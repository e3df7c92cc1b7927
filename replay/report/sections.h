// The parts of a report's page, as HTML that says everything in words and tables.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "replay/report/html.h"

namespace tablekey::replay::report {

/// Header and main part of a page about a run, or about a study.
void write_run(Html& page, const nlohmann::ordered_json& document);
void write_study(Html& page, const nlohmann::ordered_json& document);

// ---- what both have ----

/// A member that is a text.
inline std::string text_at(const nlohmann::ordered_json& object, const char* name) {
  return object.at(name).get<std::string>();
}

/// The line above the title, the title with its verdict, the description.
void write_title(Html& page, const nlohmann::ordered_json& document, std::string_view eyebrow);
/// A term and what stands for it, among the facts below the title.
struct Fact {
  std::string term, value;
};
void write_facts(Html& page, const std::vector<Fact>& facts);
/// Links to the sections: {id, what it is called}.
void write_contents(Html& page, const std::vector<std::pair<std::string, std::string>>& sections);

/// Opens a section with its heading; close it with kSectionEnd.
void open_section(Html& page, std::string_view id, std::string_view heading);
inline constexpr std::string_view kSectionEnd = "</section>\n";

/// "met", "not met", … in its colour; `warn` says that it fails nothing.
std::string result_word(std::string_view result, bool warn);

/// A place for a picture, and a table that says the same for those who see none.
/// `attributes`: what tells the script which picture it is.
void write_picture(Html& page, std::string_view attributes, std::string_view summary,
                   std::string_view table);

/// A table of texts; columns whose head begins with '#' hold numbers.
struct Table {
  std::string caption;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  bool stack = false;  ///< on a phone each row becomes a block of lines
};
std::string html_of(const Table& table);

/// Markup that scrolls by itself where it is wider than the screen; `label` names it.
void write_wide(Html& page, std::string_view label, std::string_view markup);

/// Every setting with its value and its source, those that were set first.
void write_settings(Html& page, const nlohmann::ordered_json& settings);
/// How to make it again: the command, what must come out, and the file.
void write_again(Html& page, const nlohmann::ordered_json& document, std::string_view outcome);

}  // namespace tablekey::replay::report
