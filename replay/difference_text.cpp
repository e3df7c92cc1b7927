// The report of a difference in words and as JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "events/format.h"
#include "replay/difference.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;
using Kind = TraceDifference::Kind;

constexpr std::size_t kHeadersShown = 10;

std::string_view word(Kind kind) {
  switch (kind) {
    case Kind::none:
      return "equal";
    case Kind::changed:
      return "changed";
    case Kind::only_a:
      return "only in A";
    case Kind::only_b:
      return "only in B";
    case Kind::a_ends:
      return "A ends";
    case Kind::b_ends:
      return "B ends";
    case Kind::snapshot:
      return "snapshot";
  }
  return "";
}

std::string legend(char letter, const RecordedRun& run, const std::string& name) {
  std::string line = fmt::format("  {}  {}  seed {}, {} events", letter, name, run.scenario().seed,
                                 run.file().event_count());
  if (run.identity().getBranch() != 0) {
    line += fmt::format(", branch {:016x}", run.identity().getBranch());
  }
  if (run.file().closing() != events::Closing::finished) line += ", not finished";
  return line + "\n";
}

std::string events_words(std::uint64_t count) {
  return count == 1 ? std::string("an event") : fmt::format("{} events", count);
}

std::string headline(const TraceDifference& d) {
  switch (d.kind) {
    case Kind::none:
      return fmt::format("diff: all {} events are equal\n", d.events.a);
    case Kind::snapshot:
      return fmt::format(
          "diff: all {} events are equal; the state written down after {} of them differs\n",
          d.events.a, d.number);
    case Kind::a_ends:
      return fmt::format("diff: A ends where B goes on with event {}\n", d.number);
    case Kind::b_ends:
      return fmt::format("diff: B ends where A goes on with event {}\n", d.number);
    case Kind::only_a:
      return fmt::format("diff: from event {} on A has {} that B lacks\n", d.number,
                         events_words(d.only_count));
    case Kind::only_b:
      return fmt::format("diff: from event {} on B has {} that A lacks\n", d.number,
                         events_words(d.only_count));
    case Kind::changed:
      return fmt::format("diff: A and B differ at event {}\n", d.number);
  }
  return "";
}

std::string headers_text(const std::vector<FieldDifference>& headers) {
  if (headers.empty()) return "";
  std::string text = "  the headers differ:\n";
  for (std::size_t i = 0; i < headers.size() && i < kHeadersShown; ++i) {
    text += fmt::format("    {}\n      A  {}\n      B  {}\n", headers[i].path, headers[i].recorded,
                        headers[i].replayed);
  }
  if (headers.size() > kHeadersShown) {
    text += fmt::format("    … and {} more (--json lists them)\n", headers.size() - kHeadersShown);
  }
  return text;
}

std::string side_text(char letter, const std::optional<SidedEvent>& event) {
  return fmt::format("  {}  {}\n", letter, event ? event->line : "(nothing)");
}

std::string event_text(const TraceDifference& d, const Both<const RecordedRun*>& traces) {
  std::string text;
  const bool of_b = !d.event.a || (d.event.b && d.kind == Kind::only_b);
  const auto& any = of_b ? d.event.b : d.event.a;
  const RecordedRun& run = of_b ? *traces.b : *traces.a;
  if (any) {
    text += fmt::format("  at {} into the run, chunk in frame {}\n",
                        sim::print(any->time - run.scenario().start), any->frame);
  }
  if (d.only.empty()) {
    text += side_text('A', d.event.a) + side_text('B', d.event.b);
  } else {
    for (const std::string& line : d.only) text += fmt::format("  {}\n", line);
    if (d.only_count > d.only.size()) {
      text += fmt::format("  … and {} more\n", d.only_count - d.only.size());
    }
  }
  for (const FieldDifference& field : d.fields) {
    text += fmt::format("  field {}\n    A  {}\n    B  {}\n", field.path, field.recorded,
                        field.replayed);
  }
  return text;
}

std::string context_text(const TraceDifference& d, const Both<std::string>& names) {
  std::string text;
  if (!d.entity.empty()) text += fmt::format("  about      {}\n", d.entity);
  const auto cause = [&](char letter, const std::optional<SidedEvent>& event,
                         const std::string& name) {
    if (!event) return;
    text += fmt::format("  cause in {} event {}", letter, event->cause);
    // A name with a blank is no file, but what someone calls a run that is none.
    if (name.find(' ') == std::string::npos) {
      text += fmt::format("; why: tablekey explain {} --event {}", name, d.number);
    }
    text += '\n';
  };
  cause('A', d.event.a, names.a);
  cause('B', d.event.b, names.b);
  if (d.last_common) {
    text += fmt::format("  last common event {}  {}\n", *d.last_common, d.last_common_line);
  }
  if (!d.history.empty()) text += fmt::format("  before it, {}:\n", d.entity);
  for (const std::string& line : d.history) text += fmt::format("    {}\n", line);
  return text;
}

Json side_json(const std::optional<SidedEvent>& event) {
  if (!event) return nullptr;
  return {{"type", event->type},
          {"line", event->line},
          {"time", sim::print(event->time)},
          {"cause", event->cause},
          {"frame", event->frame}};
}

Json fields_json(const std::vector<FieldDifference>& fields) {
  Json list = Json::array();
  for (const auto& field : fields) {
    list.push_back({{"path", field.path}, {"a", field.recorded}, {"b", field.replayed}});
  }
  return list;
}

Json trace_json(const RecordedRun& run, const std::string& name) {
  return {{"trace", name},
          {"seed", run.scenario().seed},
          {"branch", run.identity().getBranch()},
          {"behaviourVersion", run.identity().getBehaviourVersion()},
          {"quirks", run.scenario().quirks().names()},
          {"events", run.file().event_count()},
          {"finished", run.file().closing() == events::Closing::finished}};
}

}  // namespace

std::string print(const TraceDifference& difference, const Both<const RecordedRun*>& traces,
                  const Both<std::string>& names) {
  std::string text = headline(difference);
  text += legend('A', *traces.a, names.a) + legend('B', *traces.b, names.b);
  if (!difference.events_equal()) {
    text += event_text(difference, traces) + context_text(difference, names);
  }
  return text + headers_text(difference.headers);
}

std::string print_json(const TraceDifference& difference, const Both<const RecordedRun*>& traces,
                       const Both<std::string>& names) {
  Json json;
  json["format"] = "tablekey.diff/1";
  json["a"] = trace_json(*traces.a, names.a);
  json["b"] = trace_json(*traces.b, names.b);
  json["eventsEqual"] = difference.events_equal();
  json["kind"] = word(difference.kind);
  json["event"] = nullptr;
  if (!difference.events_equal()) json["event"] = difference.number;
  json["recorded"] = {{"a", side_json(difference.event.a)}, {"b", side_json(difference.event.b)}};
  json["fields"] = fields_json(difference.fields);
  json["only"] = difference.only;
  json["onlyCount"] = difference.only_count;
  json["entity"] = difference.entity;
  json["lastCommonEvent"] = nullptr;
  if (difference.last_common) json["lastCommonEvent"] = *difference.last_common;
  json["history"] = difference.history;
  json["headers"] = fields_json(difference.headers);
  json["chunksRead"] = {{"a", difference.chunks_read.a}, {"b", difference.chunks_read.b}};
  json["digestsCompared"] = difference.digests_compared;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tablekey::replay
