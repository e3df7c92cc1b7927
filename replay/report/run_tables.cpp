#include "replay/report/run_tables.h"

#include <fmt/format.h>

#include "replay/report/sections.h"
#include "replay/report/words.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

// Rows that a table under a picture has at most; a longer one says how many are left out.
constexpr std::size_t kRowsMax = 250;

std::string span_at(const Json& object, const char* name) {
  return span_text(object.at(name).get<double>());
}

std::string count_at(const Json& object, const char* name) {
  return grouped(object.at(name).get<std::uint64_t>());
}

std::string bound(const Json& bound) {
  return (bound.at("atLeast").get<bool>() ? "at least " : "") + span_at(bound, "seconds");
}

void cut(Table& table) {
  if (table.rows.size() <= kRowsMax) return;
  table.caption += fmt::format("{}The first {} of {}.", table.caption.empty() ? "" : " ",
                               grouped(kRowsMax), counted(table.rows.size(), "row"));
  table.rows.resize(kRowsMax);
}

}  // namespace

Table lanes_table(const Json& document) {
  Table table{
      "Times since the start of the run.", {"what", "state", "#from", "#until", "#for"}, {}};
  const auto add = [&](const std::string& name, const std::string& state, double from,
                       double until) {
    table.rows.push_back({name, state, span_text(from), span_text(until), span_text(until - from)});
  };
  const Json& lanes = document.at("lanes");
  for (const Json& lane : lanes.at("states")) {
    for (const Json& phase : lane.at("phases")) {
      const std::string note = text_at(phase, "note");
      add(text_at(lane, "name"), text_at(phase, "word") + (note.empty() ? "" : ", " + note),
          phase.at("from").get<double>(), phase.at("until").get<double>());
    }
  }
  for (const Json& lane : lanes.at("caches")) {
    for (const Json& span : lane.at("spans")) {
      add(text_at(lane, "name"), "plaintext table key of " + text_at(lane, "table"),
          span[0].get<double>(), span[1].get<double>());
    }
  }
  cut(table);
  return table;
}

Table exposure_table(const Json& revocation) {
  Table table{"How long a cached plaintext table key could still be used after " +
                  text_at(revocation, "after") + ".",
              {"caches of", "#caches", "#still at the end", "#still allowed", "#held none", "#min",
               "#mean", "#p50", "#p90", "#p99", "#max"},
              {}};
  for (const Json& group : revocation.at("groups")) {
    std::vector<std::string> row{text_at(group, "name"), count_at(group, "entries"),
                                 count_at(group, "still"), count_at(group, "allowed"),
                                 count_at(group, "none")};
    for (const char* name : {"min", "mean", "p50", "p90", "p99", "max"}) {
      row.push_back(bound(group.at(name)));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table rates_table(const Json& rates) {
  const double width = rates.at("width").get<double>();
  Table table{
      fmt::format("Counted in stretches of {}; those without any are left out.", span_text(width)),
      {"#from"},
      {}};
  const Json& series = rates.at("series");
  for (const Json& one : series) table.head.push_back("#" + text_at(one, "name"));
  const std::size_t stretches = series[0].at("counts").size();
  for (std::size_t i = 0; i < stretches; ++i) {
    std::vector<std::string> row{span_text(width * static_cast<double>(i))};
    std::uint64_t sum = 0;
    for (const Json& one : series) {
      const auto count = one.at("counts")[i].get<std::uint64_t>();
      sum += count;
      row.push_back(grouped(count));
    }
    if (sum != 0) table.rows.push_back(std::move(row));
  }
  return table;
}

Table steps_table(const Json& steps) {
  Table table{"", {"at", "id", "what", "outcome"}, {}, true};
  for (const Json& step : steps.at("list")) {
    const std::string message = text_at(step, "message");
    table.rows.push_back({span_at(step, "at"), text_at(step, "id"), text_at(step, "does"),
                          text_at(step, "outcome") + (message.empty() ? "" : ": " + message)});
  }
  const auto left_out = steps.at("leftOut").get<std::uint64_t>();
  if (left_out != 0) table.caption = fmt::format("and {} more", counted(left_out, "step"));
  return table;
}

Table counts_table(const Json& counts) {
  const Json& requests = counts.at("requests");
  const Json& keys = counts.at("tableKey");
  const Json& cost = counts.at("cost");
  Table table{"All of it", {"what", "#count"}, {}};
  const auto add = [&](std::string what, std::string count) {
    table.rows.push_back({std::move(what), std::move(count)});
  };
  add("requests answered", count_at(requests, "answered"));
  add("of them served", count_at(requests, "served"));
  add("of them failed", count_at(requests, "failed"));
  add("table key was there (hits)", count_at(keys, "hits"));
  add("KMS was asked for it (misses)", count_at(keys, "misses"));
  add("another request had asked (delayed hits)", count_at(keys, "delayedHits"));
  add("served past its time, as KMS was not there (stale)", count_at(keys, "stale"));
  add("KMS calls", count_at(counts.at("kmsCalls"), "total"));
  add("cost", text_at(cost, "total"));
  return table;
}

Table calls_table(const Json& counts) {
  Table table{"KMS calls", {"operation", "result", "#calls"}, {}};
  for (const Json& one : counts.at("kmsCalls").at("byOperation")) {
    table.rows.push_back(
        {text_at(one, "operation"), text_at(one, "result"), count_at(one, "count")});
  }
  return table;
}

Table requests_table(const Json& counts) {
  Table table{"Requests", {"operation or exception", "#requests"}, {}};
  const Json& requests = counts.at("requests");
  for (const char* part : {"servedByOperation", "failedByException"}) {
    for (const auto& [name, count] : requests.at(part).items()) {
      table.rows.push_back({name, grouped(count.get<std::uint64_t>())});
    }
  }
  return table;
}

// ---- the hierarchy -----------------------------------------------------------------------------

namespace {

std::string_view chip_of(const std::string& state) {
  if (state == "Enabled" || state == "ACTIVE") return "ok";
  if (state == "Disabled" || state == "NotYetCreated" || state.starts_with("ARCHIV")) return "off";
  if (state == "CREATING" || state == "UPDATING" || state == "Creating") return "other";
  return "bad";
}

void chip(Html& out, std::string_view kind, std::string_view text) {
  out.raw(" ").element(fmt::format("span class=\"chip {}\"", kind), text);
}

std::string joined(const Json& counts) {
  std::string out;
  for (const auto& [name, count] : counts.items()) {
    out +=
        fmt::format("{}{} {}", out.empty() ? "" : ", ", grouped(count.get<std::uint64_t>()), name);
  }
  return out;
}

void version(Html& out, const Json& one) {
  out.raw("<li><span class=\"node\">")
      .text(fmt::format("table key, version {}", one.at("version").get<std::uint64_t>()));
  if (!one.at("current").get<bool>()) chip(out, "off", "older");
  out.raw("</span><ul><li>")
      .text(fmt::format("{}: {}", counted(one.at("dataKeys").get<std::uint64_t>(), "data key"),
                        joined(one.at("structures"))))
      .raw("</li></ul></li>");
}

void table(Html& out, const Json& one) {
  const std::string status = text_at(one, "status");
  out.raw("<li><span class=\"node\">").text("table ").element("strong", text_at(one, "name"));
  chip(out, chip_of(status), status);
  out.element("span class=\"muted\"", counted(one.at("items").get<std::uint64_t>(), "item"));
  const auto held = one.at("plaintextHeld").at("entries").get<std::uint64_t>();
  if (held != 0) {
    chip(out, "plain", fmt::format("plaintext key in {}", counted(held, "cache")));
    out.element("span class=\"muted\"", joined(one.at("plaintextHeld").at("by")));
  }
  out.raw("</span><ul>");
  for (const Json& each : one.at("versions")) version(out, each);
  out.raw("</ul></li>");
}

void key(Html& out, const Json& one) {
  const std::string state = text_at(one, "state"), effective = text_at(one, "effectiveState");
  out.raw("<li><span class=\"node\">").element("strong", text_at(one, "name"));
  chip(out, chip_of(state), state);
  out.element("span class=\"muted\"", text_at(one, "kind"));
  if (effective != state) {
    out.element("span class=\"muted\"",
                fmt::format("KMS's data plane still acts on {}", effective));
  }
  const auto materials = one.at("materials").get<std::uint64_t>();
  if (materials > 1) out.element("span class=\"muted\"", counted(materials, "key material"));
  out.raw("</span>");
  if (!one.at("tables").empty()) {
    out.raw("<ul>");
    for (const Json& each : one.at("tables")) table(out, each);
    out.raw("</ul>");
  }
  out.raw("</li>");
}

}  // namespace

std::string hierarchy_tree(const Json& hierarchy) {
  Html out;
  out.raw("<ul class=\"tree\">");
  for (const Json& one : hierarchy.at("keys")) key(out, one);
  out.raw("</ul>\n");
  const auto left_out = hierarchy.at("tablesLeftOut").get<std::uint64_t>();
  if (left_out != 0) {
    out.element("p class=\"note\"", fmt::format("and {} more", counted(left_out, "table")));
  }
  return out.take();
}

}  // namespace tablekey::replay::report
