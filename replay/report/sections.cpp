#include "replay/report/sections.h"

#include <fmt/format.h>

#include "replay/report/words.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

std::string verdict_class(const Json& document) {
  const Json& verdict = document.at("verdict");
  if (verdict.is_null()) return "no-data";
  if (document.at("expectations").empty() && verdict == "met") return "neutral";
  return verdict == "met" ? "met" : "not-met";
}

}  // namespace

void write_title(Html& page, const Json& document, std::string_view eyebrow) {
  const std::string name = text_at(document, "scenario");
  page.element("p class=\"eyebrow\"", eyebrow)
      .raw("<h1>")
      .text(name + ": ")
      .element(fmt::format("span class=\"{}\"", verdict_class(document)),
               text_at(document, "title").substr(name.size() + 2))
      .raw("</h1>\n");
  const std::string description = text_at(document, "description");
  if (!description.empty()) page.element("p", description).raw("\n");
}

void write_facts(Html& page, const std::vector<Fact>& facts) {
  page.raw("<dl class=\"facts\">");
  for (const Fact& fact : facts) {
    page.raw("<div>").element("dt", fact.term).element("dd", fact.value).raw("</div>");
  }
  page.raw("</dl>\n");
}

void write_contents(Html& page, const std::vector<std::pair<std::string, std::string>>& sections) {
  page.raw("<nav aria-label=\"Sections\"><ul>");
  for (const auto& [id, name] : sections) {
    page.raw("<li>").element(fmt::format("a href=\"#{}\"", id), name).raw("</li>");
  }
  page.raw("</ul></nav>\n");
}

void open_section(Html& page, std::string_view id, std::string_view heading) {
  page.raw(fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-heading\">\n", id))
      .element(fmt::format("h2 id=\"{}-heading\"", id), heading)
      .raw("\n");
}

std::string result_word(std::string_view result, bool warn) {
  const std::string_view kind = result == "met"       ? "met"
                                : warn                ? "warned"
                                : result == "no data" ? "no-data"
                                                      : "not-met";
  return Html()
      .element(fmt::format("span class=\"{}\"", kind),
               std::string(result) + (warn && result != "met" ? " (only warns)" : ""))
      .take();
}

void write_picture(Html& page, std::string_view attributes, std::string_view summary,
                   std::string_view table) {
  page.raw(fmt::format("<figure {}></figure>\n", attributes));
  if (table.empty()) return;
  page.raw("<details data-instead open>").element("summary", summary);
  write_wide(page, summary, table);
  page.raw("</details>\n");
}

void write_wide(Html& page, std::string_view label, std::string_view markup) {
  page.around(fmt::format("div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{}\"",
                          escaped(label)),
              markup)
      .raw("\n");
}

std::string html_of(const Table& table) {
  Html out;
  out.raw(table.stack ? "<table class=\"stack\">" : "<table>");
  if (!table.caption.empty()) out.element("caption", table.caption);
  out.raw("<thead><tr>");
  std::vector<bool> number;
  for (const std::string& head : table.head) {
    number.push_back(head.starts_with('#'));
    out.element(number.back() ? "th scope=\"col\" class=\"num\"" : "th scope=\"col\"",
                number.back() ? head.substr(1) : head);
  }
  out.raw("</tr></thead><tbody>");
  for (const auto& row : table.rows) {
    out.raw("<tr>");
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == 0) {
        out.element(number[i] ? "th scope=\"row\" class=\"num\"" : "th scope=\"row\"", row[i]);
      } else {
        std::string open = number[i] ? "td class=\"num\"" : "td";
        if (table.stack) open += fmt::format(" data-label=\"{}\"", escaped(table.head[i]));
        out.element(open, row[i]);
      }
    }
    out.raw("</tr>");
  }
  return out.raw("</tbody></table>").take();
}

namespace {

std::string settings_table(const Json& settings, bool set) {
  Html out;
  out.raw("<table class=\"stack settings\"><thead><tr>");
  for (const char* head : {"setting", "value", "default", "what it means", "source"}) {
    out.element("th scope=\"col\"", head);
  }
  out.raw("</tr></thead><tbody>");
  for (const Json& one : settings) {
    if (one.at("set").get<bool>() != set) continue;
    out.raw("<tr><th scope=\"row\">").around("code", breakable(text_at(one, "path"))).raw("</th>");
    out.element("td data-label=\"value\"", text_at(one, "value"));
    out.element("td data-label=\"default\"", text_at(one, "default"));
    out.raw("<td>").text(text_at(one, "meaning"));
    if (!one.at("simulated").get<bool>()) {
      out.element("span class=\"note\"", "understood, without effect in this version");
    }
    out.raw("</td>").element("td data-label=\"source\"", text_at(one, "source")).raw("</tr>");
  }
  return out.raw("</tbody></table>").take();
}

}  // namespace

void write_settings(Html& page, const Json& settings) {
  std::size_t set = 0;
  for (const Json& one : settings) set += one.at("set").get<bool>() ? 1U : 0U;
  open_section(page, "settings", "Settings");
  page.element("p", set == 0 ? std::string("The scenario takes every setting as it is by default.")
                             : fmt::format("The scenario sets {} itself; all others are as they "
                                           "are by default.",
                                           counted(set, "setting")));
  if (set != 0) write_wide(page, "Settings of the scenario", settings_table(settings, true));
  page.raw("<details>")
      .element("summary",
               fmt::format("{} {} and where they come from", set == 0 ? "All" : "The other",
                           counted(settings.size() - set, "setting")));
  write_wide(page, "Settings by default", settings_table(settings, false));
  page.raw("</details>\n").raw(kSectionEnd);
}

void write_again(Html& page, const Json& document, std::string_view outcome) {
  const Json& source = document.at("source");
  open_section(page, "again", "How to make it again");
  page.raw("<p>").text("With ").element("code", text_at(source, "name"));
  page.text(" in the present folder:").raw("</p>\n");
  page.element("code class=\"command\"", text_at(document, "command")).raw("\n");
  page.element("p", outcome).raw("\n");
  if (source.at("text").is_null()) {
    page.element("p class=\"note\"",
                 fmt::format("The file has {} and is not repeated here.",
                             counted(source.at("bytes").get<std::uint64_t>(), "byte")));
  } else {
    page.raw("<details>")
        .element("summary", "The file " + text_at(source, "name") + ", as it was read")
        .element("pre tabindex=\"0\" role=\"group\" aria-label=\"Scenario file\"",
                 text_at(source, "text"))
        .raw("</details>\n");
  }
  page.raw(kSectionEnd);
}

}  // namespace tablekey::replay::report
