// The page about a study: verdict, expectations over its points, a section for each measure, the
// trade-off, what a search tried, settings, and how to make it again.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "replay/report/sections.h"
#include "replay/report/words.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

// How the numbers of one measure are said.
struct MeasureTeller {
  std::string unit;
  bool share = false;
  explicit MeasureTeller(const Json& measure)
      : unit(text_at(measure, "unit")), share(measure.at("share").get<bool>()) {}
  std::string value(const Json& number, bool at_least = false) const {
    if (number.is_null()) return "";
    return (at_least ? "≥ " : "") + value_text(number.get<double>(), unit, share);
  }
  std::string quantile(const Json& one) const {
    return value(one.at("value"), one.at("at_least").get<bool>());
  }
  std::string mean(const Json& one) const {
    std::string out = value(one.at("mean"), one.at("at_least").get<bool>());
    if (one.at("high").is_null()) return out;
    return out + " ± " +
           half_width_text(one.at("high").get<double>() - one.at("mean").get<double>(), unit,
                           share);
  }
};

void study_header(Html& page, const Json& document) {
  page.raw("<header>\n");
  write_title(page, document, "tablekey report of a study");
  const Json& seeds = document.at("seeds");
  std::vector<Fact> facts = {
      {"points", grouped(document.at("points").get<std::uint64_t>())},
      {"runs", grouped(document.at("runs").get<std::uint64_t>())},
      {"events", grouped(document.at("events").get<std::uint64_t>())},
      {"seeds", fmt::format("{} to {}", seeds.at("first").get<std::uint64_t>(),
                            seeds.at("last").get<std::uint64_t>())},
      {"intervals", value_text(document.at("confidence").get<double>(), "", true)},
      {"digest of the study", text_at(document, "study").substr(0, 16) + "…"}};
  if (!document.at("warmup").is_null()) facts.push_back({"warm-up", text_at(document, "warmup")});
  write_facts(page, facts);
  page.element("code class=\"command\"", text_at(document, "command")).raw("\n");
}

// Markup.
std::string settings_words(const Json& axes) {
  Html out;
  for (const Json& axis : axes) {
    if (!out.str().empty()) out.raw(" × ");
    out.element("code", text_at(axis, "path")).raw(" (");
    std::string values;
    for (const Json& value : axis.at("values")) {
      values += (values.empty() ? "" : ", ") + value.get<std::string>();
    }
    out.text(values).raw(")");
  }
  return out.take();
}

void broken_rows(Html& page, const Json& expected) {
  for (const Json& one : expected.at("notMet")) {
    std::string measured =
        one.at("result") == "no data" ? "no data"
        : one.at("value").is_null()
            ? fmt::format("in {} of {}", grouped(one.at("runsMet").get<std::uint64_t>()),
                          counted(one.at("runs").get<std::uint64_t>(), "run"))
            : (one.at("atLeast").get<bool>() ? "at least " : "") +
                  value_text(one.at("value").get<double>(), text_at(one, "unit"));
    page.raw("<tr><th scope=\"row\"><span class=\"check\">")
        .text("with " + text_at(one, "settings"))
        .raw("</span>");
    const std::string note = text_at(one, "note");
    if (!note.empty()) page.element("span class=\"note\"", note);
    page.raw("</th>")
        .element("td class=\"num\" data-label=\"measured\"", measured)
        .around("td class=\"result\"",
                result_word(text_at(one, "result"), expected.at("severity") == "warn"))
        .raw("</tr>\n");
  }
}

void study_expectations(Html& page, const Json& document) {
  const Json& list = document.at("expectations");
  if (list.empty()) return;
  open_section(page, "expectations", "What was expected");
  const bool search = document.at("kind") == "search";
  if (search) {
    page.element("p", "A search tries values that break its limit, too; the best one keeps it.");
  }
  Html table;
  table.raw("<table class=\"stack expected\"><thead><tr>")
      .raw("<th scope=\"col\">expectation, at each point</th>")
      .raw("<th scope=\"col\" class=\"num\">measured</th><th scope=\"col\">result</th>")
      .raw("</tr></thead><tbody>\n");
  for (const Json& one : list) {
    const auto points = one.at("points").get<std::uint64_t>(),
               met = one.at("met").get<std::uint64_t>();
    const std::string name = text_at(one, "name"), check = text_at(one, "check");
    table.raw("<tr><th scope=\"row\">");
    if (!name.empty() && name != check) table.text(name).raw("<br>");
    const bool warn = one.at("severity") == "warn";
    const Json& at_best = one.at("atBest");
    const std::string result = !search ? result_word(met == points ? "met" : "not met", warn)
                               : at_best.is_string()
                                   ? result_word(at_best.get<std::string>(), warn) + " at the best"
                                   : std::string();
    table.element("code", check)
        .raw("</th>")
        .element("td class=\"num\"",
                 fmt::format("at {} of {}", grouped(met), counted(points, "point")))
        .around("td class=\"result\"", result)
        .raw("</tr>\n");
    if (!search) broken_rows(table, one);
  }
  write_wide(page, "Expectations", table.raw("</tbody></table>").str());
  page.raw(kSectionEnd);
}

// A column for each setting that the points differ in.
std::vector<std::string> settings_of(const Json& document, const Json& point) {
  std::vector<std::string> out;
  for (const Json& axis : document.at("axes")) {
    const std::string path = text_at(axis, "path");
    out.push_back(point.at("settings").value(path, std::string("")));
  }
  // Points that `include` adds may set what no axis has.
  if (out.empty() || point.at("settings").size() > out.size()) out = {text_at(point, "label")};
  return out;
}

std::string points_table(const Json& document, std::size_t index) {
  const Json& measure = document.at("measures")[index];
  const MeasureTeller say(measure);
  const Json& results = document.at("results");
  std::size_t columns = results.empty() ? 1 : settings_of(document, results[0]).size();
  for (const Json& point : results) {
    if (settings_of(document, point).size() != columns) columns = 1;
  }
  Table table{text_at(measure, "line"), {"##"}, {}};
  if (columns == 1) {
    table.head.emplace_back("point");
  } else {
    for (const Json& axis : document.at("axes")) table.head.push_back(text_at(axis, "name"));
  }
  table.head.insert(table.head.end(), {"#runs", "#mean", "#min", "#p50", "#p90", "#p99", "#max",
                                       "#mean, to the first point"});
  for (const Json& point : results) {
    const Json& one = point.at("measures")[index];
    std::vector<std::string> row{grouped(point.at("point").get<std::uint64_t>() + 1)};
    if (columns == 1) {
      row.push_back(text_at(point, "label"));
    } else {
      std::ranges::copy(settings_of(document, point), std::back_inserter(row));
    }
    row.push_back(grouped(one.at("runs").get<std::uint64_t>()));
    if (!one.contains("mean")) {
      row.insert(row.end(), {"no data", "", "", "", "", "", ""});
    } else {
      row.push_back(say.mean(one.at("mean")));
      row.push_back(say.value(one.at("min")));
      for (const char* name : {"p50", "p90", "p99"}) row.push_back(say.quantile(one.at(name)));
      row.push_back(say.value(one.at("max")));
      row.push_back(one.at("difference").is_null() ? "" : say.mean(one.at("difference")));
    }
    table.rows.push_back(std::move(row));
  }
  const auto left_out = document.at("pointsLeftOut").get<std::uint64_t>();
  if (left_out != 0) {
    table.caption += fmt::format("; {} more in results.csv", counted(left_out, "point"));
  }
  return html_of(table);
}

// Runs without data and runs that ended too early, which a reader must know of.
std::string warning(const Json& document, std::size_t index) {
  std::uint64_t runs = 0, no_data = 0, bounds = 0;
  for (const Json& point : document.at("results")) {
    const Json& one = point.at("measures")[index];
    runs += one.at("runs").get<std::uint64_t>();
    no_data += one.at("no_data").get<std::uint64_t>();
    bounds += one.at("lower_bounds").get<std::uint64_t>();
  }
  std::string out;
  if (no_data != 0) {
    out = fmt::format("{} of {} saw no data and are in no mean. ", grouped(no_data),
                      counted(runs, "run"));
  }
  if (bounds != 0) {
    out += fmt::format(
        "{} of {} ended before the value was known: what they say is a lower bound "
        "(≥).",
        grouped(bounds), counted(runs, "run"));
  }
  return out;
}

void measure(Html& page, const Json& document, std::size_t index) {
  const Json& one = document.at("measures")[index];
  open_section(page, fmt::format("measure-{}", index + 1), text_at(one, "line"));
  const std::string careful = warning(document, index);
  if (!careful.empty()) page.element("p class=\"note\"", careful);
  const std::size_t axes = document.at("axes").size(), points = document.at("results").size();
  const bool search = document.at("kind") == "search";
  if (axes >= 2 && !search) {
    page.element("h3", "The mean at each point");
    write_picture(page, fmt::format("data-picture=\"heat\" data-index=\"{}\"", index), "", "");
  } else if (points > 1 && !search) {
    page.element("h3", "The mean at each point, with its interval");
    write_picture(page, fmt::format("data-picture=\"intervals\" data-index=\"{}\"", index), "", "");
  }
  page.element("h3", "Over the runs");
  write_picture(page, fmt::format("data-picture=\"measured\" data-index=\"{}\"", index), "", "");
  write_wide(page, "Points", points_table(document, index));
  page.raw(kSectionEnd);
}

bool has_trade_off(const Json& document) {
  return !document.at("tradeOff").is_null() && document.at("results").size() > 1;
}

void trade_off(Html& page, const Json& document) {
  if (!has_trade_off(document)) return;
  const Json& measures = document.at("measures");
  const Json& pair = document.at("tradeOff");
  open_section(page, "trade-off", "What less exposure costs");
  page.raw("<p>")
      .text("Each point by its means of ")
      .element("code", text_at(measures[pair.at("cost").get<std::size_t>()], "line"))
      .text(" and ")
      .element("code", text_at(measures[pair.at("exposure").get<std::size_t>()], "line"))
      .text("; lower and further left is better.")
      .raw("</p>\n");
  write_picture(page, "data-picture=\"tradeOff\"", "", "");
  page.raw(kSectionEnd);
}

void search(Html& page, const Json& document) {
  if (!document.contains("search")) return;
  const Json& found = document.at("search");
  open_section(page, "search", "What the search tried");
  page.raw("<p>").text("Cost is ").element("code", text_at(found, "minimise"));
  if (!found.at("subjectTo").is_null()) {
    page.text("; the limit is ").element("code", text_at(found, "subjectTo"));
  }
  page.text(".").raw("</p>\n");
  Table table{
      "By value.", {text_at(found, "setting"), "#cost", "#interval", "#to the limit", ""}, {}};
  for (const Json& one : found.at("curve")) {
    const auto number = [&](const char* name) {
      return one.at(name).is_null() ? std::string() : value_text(one.at(name).get<double>(), "");
    };
    const Json& excess = one.at("excess");
    table.rows.push_back({text_at(one, "text"), number("cost"),
                          one.at("low").is_null() ? "" : number("low") + " to " + number("high"),
                          excess.is_null() ? ""
                          : excess.get<double>() > 0
                              ? value_text(excess.get<double>(), "") + " over"
                              : value_text(-excess.get<double>(), "") + " below",
                          one.at("best").get<bool>()      ? "best"
                          : one.at("allowed").get<bool>() ? ""
                                                          : "breaks the limit"});
  }
  write_picture(page, "data-picture=\"search\"", "The same as a table", html_of(table));
  page.raw(kSectionEnd);
}

}  // namespace

void write_study(Html& page, const Json& document) {
  study_header(page, document);
  const Json& measures = document.at("measures");
  std::vector<std::pair<std::string, std::string>> contents;
  if (document.contains("search")) contents.emplace_back("search", "The search");
  if (!document.at("expectations").empty()) {
    contents.emplace_back("expectations", "Expectations");
  }
  if (has_trade_off(document)) contents.emplace_back("trade-off", "Trade-off");
  for (std::size_t i = 0; i < measures.size(); ++i) {
    contents.emplace_back(fmt::format("measure-{}", i + 1), text_at(measures[i], "line"));
  }
  contents.insert(contents.end(), {{"settings", "Settings"}, {"again", "Make it again"}});
  write_contents(page, contents);
  page.raw("</header>\n<main id=\"content\">\n");
  if (!document.at("axes").empty()) {
    page.raw("<p class=\"over\">Every combination of ")
        .raw(settings_words(document.at("axes")))
        .raw(".</p>\n");
  }
  search(page, document);
  study_expectations(page, document);
  trade_off(page, document);
  for (std::size_t i = 0; i < measures.size(); ++i) measure(page, document, i);
  write_settings(page, document.at("settings"));
  write_again(
      page, document,
      fmt::format("The results are the same, byte for byte, if results.csv has the SHA-256 "
                  "{}.",
                  document.at("files").value("results.csv", std::string("of its manifest"))));
  page.raw("</main>\n");
}

}  // namespace tablekey::replay::report
