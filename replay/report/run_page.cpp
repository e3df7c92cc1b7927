// The page about one run: verdict, expectations, timeline, what became of each revocation, calls,
// the hierarchy of keys, counts, steps, settings, and how to make it again.
#include <fmt/format.h>

#include <algorithm>

#include "replay/report/run_tables.h"
#include "replay/report/sections.h"
#include "replay/report/words.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

void run_header(Html& page, const Json& document) {
  page.raw("<header>\n");
  write_title(page, document, "tablekey report of a run");
  write_facts(page, {{"seed", fmt::format("{}", document.at("seed").get<std::uint64_t>())},
                     {"simulated", span_text(document.at("seconds").get<double>())},
                     {"from", text_at(document, "start")},
                     {"events", grouped(document.at("events").get<std::uint64_t>())},
                     {"profile", text_at(document, "profile")},
                     {"digest of the run", text_at(document, "chain").substr(0, 16) + "…"}});
  page.element("code class=\"command\"", text_at(document, "command")).raw("\n");
  const std::string trace = text_at(document, "trace");
  if (trace != "finished") {
    page.element("p class=\"callout\"",
                 trace == "torn" ? "The end of the trace is missing: this is what its whole part "
                                   "says. tablekey resume makes the rest."
                                 : "The run was interrupted: this is what it did until then. "
                                   "tablekey resume makes the rest.");
  }
}

void expectation_row(Html& page, const Json& one) {
  const std::string name = text_at(one, "name"), check = text_at(one, "check");
  page.raw("<tr><th scope=\"row\">");
  if (!name.empty() && name != check) {
    page.text(name).raw("<span class=\"check\">").element("code", check).raw("</span>");
  } else {
    page.element("code", check);
  }
  const std::string note = text_at(one, "note");
  if (!note.empty()) page.element("span class=\"note\"", note);
  page.raw("</th>")
      .around("td class=\"num\" data-label=\"measured\"", breakable(text_at(one, "measured")))
      .around("td class=\"num\" data-label=\"limit\"", breakable(text_at(one, "limit")))
      .around("td class=\"result\"",
              result_word(text_at(one, "result"), one.at("severity") == "warn"))
      .raw("</tr>\n");
}

void run_expectations(Html& page, const Json& document) {
  open_section(page, "expectations", "What was expected");
  const Json& list = document.at("expectations");
  if (document.at("verdict").is_null()) {
    page.element("p", "The run did not come to its end, so nothing is said of its expectations.");
  } else if (list.empty()) {
    page.element("p", "The scenario expects nothing.");
  } else {
    Html table;
    table.raw("<table class=\"stack expected\"><thead><tr>")
        .raw("<th scope=\"col\">expectation</th><th scope=\"col\" class=\"num\">measured</th>")
        .raw("<th scope=\"col\" class=\"num\">limit</th><th scope=\"col\">result</th>")
        .raw("</tr></thead><tbody>\n");
    for (const Json& one : list) expectation_row(table, one);
    write_wide(page, "Expectations", table.raw("</tbody></table>").str());
  }
  page.raw(kSectionEnd);
}

void timeline(Html& page, const Json& document) {
  open_section(page, "timeline", "Who could read, and for how long");
  for (const Json& one : document.at("revocations")) {
    page.element("p class=\"lede\"", text_at(one, "sentence"));
  }
  write_picture(page, "data-picture=\"lanes\"", "The timeline as a table",
                html_of(lanes_table(document)));
  page.raw(kSectionEnd);
}

void story(Html& page, const Json& told, const std::string& after) {
  const bool open = told.at("atLeast").get<bool>();
  const std::string name = text_at(told, "name");
  page.element("h3", open ? fmt::format("How {} could read to the end", name)
                          : fmt::format("How {} lost its key, {} after {}", name,
                                        span_text(told.at("seconds").get<double>()), after));
  page.raw("<ol class=\"story\">\n");
  for (const Json& line : told.at("lines")) {
    const double since = line.at("since").get<double>();
    const std::string when =
        fmt::format("at {} · {}", span_text(line.at("at").get<double>()),
                    since == 0  ? after
                    : since < 0 ? fmt::format("{} before {}", span_text(-since), after)
                                : fmt::format("{} after {}", span_text(since), after));
    page.raw(since == 0 ? "<li class=\"turn\">" : "<li>")
        .element("span class=\"when\"",
                 line.at("number").is_null()
                     ? when
                     : fmt::format("{} · event {}", when, grouped(line.at("number"))))
        .text(text_at(line, "says"));
    if (!line.at("event").is_null()) page.element("code", text_at(line, "event"));
    page.raw("</li>\n");
  }
  page.raw("</ol>\n");
}

void revocation(Html& page, const Json& one, std::size_t index) {
  const std::string after = text_at(one, "after");
  open_section(page, fmt::format("revocation-{}", index + 1), "After " + after);
  const std::string does = text_at(one, "does");
  const double at = one.at("at").get<double>();
  page.element("p class=\"note\"", does.empty() ? "At " + span_text(at)
                                                : fmt::format("At {}: {}", span_text(at), does));
  if (one.contains("groups") && !one.at("groups").empty()) {
    write_picture(page, fmt::format("data-picture=\"exposure\" data-index=\"{}\"", index),
                  "The exposures as a table", html_of(exposure_table(one)));
  }
  if (one.contains("stories")) {
    for (const Json& told : one.at("stories")) story(page, told, after);
  }
  page.raw(kSectionEnd);
}

void rates(Html& page, const Json& document, const char* kind, const char* heading) {
  open_section(page, kind, heading);
  if (document.at(kind).at("series").empty()) {
    page.element("p", "There were none.");
  } else {
    write_picture(page, fmt::format("data-picture=\"rates\" data-kind=\"{}\"", kind),
                  "The same as a table", html_of(rates_table(document.at(kind))));
  }
  page.raw(kSectionEnd);
}

void hierarchy(Html& page, const Json& document) {
  open_section(page, "hierarchy", "The hierarchy of keys");
  page.element("p",
               "A KMS key wraps the key of a table; a table key wraps the data keys of its "
               "partitions, indexes, streams and backups; data keys encrypt items.");
  for (const Json& one : document.at("revocations")) {
    if (!one.contains("hierarchy") || one.at("hierarchy").is_null()) continue;
    page.element("h3", fmt::format("At {}, {} into the run", text_at(one, "after"),
                                   span_text(one.at("at").get<double>())));
    page.raw(hierarchy_tree(one.at("hierarchy")));
  }
  page.element("h3", "At the end of the run");
  page.raw(hierarchy_tree(document.at("hierarchy"))).raw(kSectionEnd);
}

void counts(Html& page, const Json& document) {
  open_section(page, "counts", "What was counted");
  const Json& counted = document.at("counts");
  page.raw("<div class=\"pair\">\n");
  write_wide(page, "Counts", html_of(counts_table(counted)));
  page.raw("<div>\n");
  write_wide(page, "KMS calls", html_of(calls_table(counted)));
  write_wide(page, "Requests", html_of(requests_table(counted)));
  page.raw("</div>\n");
  page.raw("</div>").raw(kSectionEnd);
}

void steps(Html& page, const Json& document) {
  const Json& list = document.at("steps").at("list");
  if (list.empty()) return;
  open_section(page, "steps", "What happened, and when");
  write_wide(page, "Steps of the timeline", html_of(steps_table(document.at("steps"))));
  page.raw(kSectionEnd);
}

}  // namespace

void write_run(Html& page, const Json& document) {
  run_header(page, document);
  std::vector<std::pair<std::string, std::string>> contents = {{"expectations", "Expectations"},
                                                               {"timeline", "Timeline"}};
  const Json& revocations = document.at("revocations");
  for (std::size_t i = 0; i < revocations.size(); ++i) {
    contents.emplace_back(fmt::format("revocation-{}", i + 1),
                          "After " + text_at(revocations[i], "after"));
  }
  contents.insert(contents.end(), {{"calls", "KMS calls"},
                                   {"requests", "Requests"},
                                   {"hierarchy", "Keys"},
                                   {"counts", "Counts"},
                                   {"settings", "Settings"},
                                   {"again", "Make it again"}});
  write_contents(page, contents);
  page.raw("</header>\n<main id=\"content\">\n");
  run_expectations(page, document);
  timeline(page, document);
  for (std::size_t i = 0; i < revocations.size(); ++i) revocation(page, revocations[i], i);
  page.raw("<div class=\"pair\">\n");
  rates(page, document, "calls", "Calls to KMS");
  rates(page, document, "requests", "Requests");
  page.raw("</div>\n");
  hierarchy(page, document);
  counts(page, document);
  steps(page, document);
  write_settings(page, document.at("settings"));
  write_again(page, document,
              fmt::format("The run is the same to the last bit if its digest (chain) is {}.",
                          text_at(document, "chain")));
  page.raw("</main>\n");
}

}  // namespace tablekey::replay::report
