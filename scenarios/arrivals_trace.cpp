// From recorded arrivals to workloads: the file is read, its tables are found, its times placed.
#include "scenarios/arrivals_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "scenarios/characters.h"
#include "scenarios/gunzip.h"
#include "scenarios/load.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

// Where a file's name for a table leads. copy kNone: any of its copies.
struct NamedTable {
  std::uint32_t table = kNone, copy = kNone;
};

// A logical id, a name or an ARN; of a family also that of one of its copies, orders-3.
NamedTable find_named(const Draft& draft, std::string_view name) {
  if (const std::uint32_t table = find_table(draft, name); table != kNone) {
    return {table, draft.tables[table].copies == 1 ? 0 : kNone};
  }
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos) return {};
  const std::uint32_t family = find_table(draft, name.substr(0, dash));
  std::uint32_t copy = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + dash + 1, end, copy);
  if (family == kNone || error != std::errc{} || stop != end) return {};
  return copy < draft.tables[family].copies ? NamedTable{family, copy} : NamedTable{};
}

class TraceReader {
 public:
  TraceReader(const MapReader& arrivals, Draft& draft, Diagnostics& diagnostics,
              DraftWorkload& workload)
      : arrivals_(arrivals), draft_(draft), diagnostics_(diagnostics), workload_(workload) {}

  void read(std::vector<DraftWorkload>& others);

 private:
  bool read_file();
  std::optional<std::string> text_of_file(const Node& file);
  bool find_tables();
  bool place_times();
  void drop_others();
  void fill(DraftWorkload& workload, std::uint32_t table);

  const MapReader& arrivals_;
  Draft& draft_;
  Diagnostics& diagnostics_;
  DraftWorkload& workload_;
  RecordedArrivals found_;
  std::vector<NamedTable> tables_;  // by name
  bool cloudtrail_ = false, align_first_ = false;
};

void TraceReader::read(std::vector<DraftWorkload>& others) {
  if (workload_.dispatch == events::Pool::Dispatch::NONE) {
    workload_.dispatch = events::Pool::Dispatch::ROUND_ROBIN;
  }
  if (const Node* align = arrivals_.get("align")) {
    const auto choice = read_choice(*align, "align", {"as-written", "first"}, diagnostics_);
    align_first_ = choice && *choice == 1;
  }
  if (!read_file() || !find_tables() || !place_times()) return;
  std::vector<std::uint32_t> used;  // tables, the workload's own first
  if (workload_.table != kNone) used.push_back(workload_.table);
  for (const RecordedArrival& row : found_.rows) {
    const std::uint32_t table = tables_[row.name].table;
    if (std::find(used.begin(), used.end(), table) == used.end()) used.push_back(table);
  }
  const DraftWorkload pattern = workload_;
  fill(workload_, used.front());
  for (std::size_t i = 1; i < used.size(); ++i) {
    DraftWorkload& other = others.emplace_back(pattern);
    other.name = fmt::format("{}-{}", pattern.name, draft_.tables[used[i]].logical_id);
    fill(other, used[i]);
  }
}

std::optional<std::string> TraceReader::text_of_file(const Node& file) {
  const std::string* path = read_text(file, "file", diagnostics_);
  if (path == nullptr) return std::nullopt;
  const LoadOptions& options = *draft_.options;
  const auto& reader = options.read_arrivals ? options.read_arrivals : options.read_include;
  if (!reader) {
    diagnostics_.error(file.place, "file: files cannot be read here");
    return std::nullopt;
  }
  auto text = reader(*path);
  if (!text) {
    diagnostics_.error(file.place, fmt::format("file: {}", printable(text.error())));
    return std::nullopt;
  }
  if (text->size() > kTraceBytesMax) {
    diagnostics_.error(file.place, "file: it is larger than 64 MiB",
                       "split it, or leave out what is not needed");
    return std::nullopt;
  }
  if (!is_gzip(*text)) return std::move(*text);
  auto unpacked = gunzip(*text, kTraceBytesMax);
  if (unpacked) return std::move(*unpacked);
  if (unpacked.error() == GunzipError::too_large) {
    diagnostics_.error(file.place, "file: unpacked it is larger than 64 MiB",
                       "split it, or leave out what is not needed");
  } else {
    diagnostics_.error(file.place, fmt::format("file: '{}' is damaged", printable(*path)),
                       "gzip --test says more");
  }
  return std::nullopt;
}

bool TraceReader::read_file() {
  const Node* file = arrivals_.get("file");
  if (file == nullptr) {
    diagnostics_.error(arrivals_.place(), "trace arrivals lack 'file'",
                       "the path of a CSV or CloudTrail file, from the scenario's folder");
    return false;
  }
  auto text = text_of_file(*file);
  if (!text) return false;
  const std::size_t first = text->find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  cloudtrail_ = first != std::string::npos && ((*text)[first] == '{' || (*text)[first] == '[');
  Decrypts decrypts = Decrypts::alone;
  if (const Node* node = arrivals_.get("decrypts")) {
    const auto choice = read_choice(*node, "decrypts", {"alone", "always", "never"}, diagnostics_);
    if (choice) decrypts = static_cast<Decrypts>(*choice);
    if (!cloudtrail_) {
      diagnostics_.warning(node->place, "a CSV file has no Decrypt events", "this has no effect");
    }
  }
  const std::size_t errors = diagnostics_.errors();
  const std::uint32_t source = diagnostics_.add_source(file->text, std::move(*text));
  found_ = cloudtrail_ ? read_cloudtrail_arrivals(source, decrypts, diagnostics_)
                       : read_csv_arrivals(source, diagnostics_);
  if (diagnostics_.errors() != errors) return false;
  if (found_.rows.size() > kTraceRowsMax) {
    diagnostics_.error(file->place,
                       fmt::format("file: it has more than {} arrivals", kTraceRowsMax));
    return false;
  }
  if (found_.rows.empty()) {
    diagnostics_.error(
        file->place, fmt::format("file: there is no arrival in '{}'", file->text),
        cloudtrail_ ? "a trail records requests for items where data events are on" : "");
    return false;
  }
  std::stable_sort(found_.rows.begin(), found_.rows.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  return true;
}

bool TraceReader::find_tables() {
  std::vector<std::string_view> known;
  for (const DraftTable& table : draft_.tables) {
    known.push_back(table.name);
    known.push_back(table.logical_id);
  }
  bool good = true;
  for (std::size_t i = 0; i < found_.names.size(); ++i) {
    const std::string& name = found_.names[i];
    NamedTable& table = tables_.emplace_back();
    if (name.empty()) {
      table.table = workload_.table;
      if (table.table != kNone && draft_.tables[table.table].copies == 1) table.copy = 0;
      if (table.table != kNone) continue;
      diagnostics_.error(found_.places[i], "no table is named here",
                         "name it in the column 'table', or as the workload's 'table'");
      good = false;
      continue;
    }
    table = find_named(draft_, name);
    // A trail is of a whole account: the workload's own table is picked out.
    const bool of_others = cloudtrail_ && workload_.table != kNone;
    if (table.table != kNone || of_others) continue;
    diagnostics_.error(found_.places[i], fmt::format("no table '{}'", printable(name)),
                       cloudtrail_ ? "a workload with 'table' takes that table's requests alone"
                                   : did_you_mean(name, known));
    good = false;
  }
  if (good && workload_.table != kNone) drop_others();
  return good;
}

// Where the workload names its table, other tables' requests are not its own.
void TraceReader::drop_others() {
  auto& rows = found_.rows;
  const std::size_t before = rows.size();
  std::erase_if(
      rows, [&](const RecordedArrival& row) { return tables_[row.name].table != workload_.table; });
  if (rows.size() == before) return;
  const Node& file = *arrivals_.get("file");
  const std::string message = fmt::format("{} of {} arrivals in '{}' are on other tables",
                                          before - rows.size(), before, printable(file.text));
  if (rows.empty()) {
    diagnostics_.error(file.place, message, "none is left");
  } else {
    diagnostics_.note(file.place, message);
  }
}

// Absolute times, or such as count from the workload's beginning.
bool TraceReader::place_times() {
  auto& rows = found_.rows;
  if (rows.empty()) return false;
  const Node& file = *arrivals_.get("file");
  if (align_first_) {
    const std::int64_t first = rows.front().time;
    for (RecordedArrival& row : rows) row.time -= first;
    found_.absolute = false;
  }
  if (!found_.absolute) return true;
  const std::int64_t start = draft_.start.nanoseconds();
  if (rows.front().time < start) {
    diagnostics_.error(file.place,
                       fmt::format("file: it begins at {}, before the start of the scenario, {}",
                                   sim::print(sim::Time::from_nanoseconds(rows.front().time)),
                                   sim::print(draft_.start)),
                       "align: first lets its first arrival come when the workload begins");
    return false;
  }
  const std::int64_t until = draft_.until.nanoseconds();
  const auto late = std::count_if(rows.begin(), rows.end(),
                                  [&](const RecordedArrival& row) { return row.time >= until; });
  if (draft_.until_known && late != 0) {
    diagnostics_.warning(file.place, fmt::format("{} of {} arrivals come after the end of the run",
                                                 late, rows.size()));
  }
  // Recorded dates do not wait for a table.
  if (workload_.starts == 0) workload_.starts = start;
  return true;
}

void TraceReader::fill(DraftWorkload& workload, std::uint32_t table) {
  const std::uint32_t copies = draft_.tables[table].copies;
  workload.table = table;
  workload.connections = std::max(workload.connections, copies);
  DraftTrace& trace = workload.trace;
  trace.absolute = found_.absolute;
  bool operations = false;
  std::uint32_t turn = 0;
  for (const RecordedArrival& row : found_.rows) {
    const NamedTable& named = tables_[row.name];
    if (named.table != table) continue;
    trace.times.push_back(row.time);
    const bool known = row.operation != kNone;
    operations = operations || known;
    trace.operations.push_back(known ? static_cast<events::DataOperation>(row.operation)
                                     : workload.operations.front().first);
    trace.copies.push_back(named.copy == kNone ? turn++ % copies : named.copy);
  }
  if (!operations) trace.operations.clear();
  if (copies == 1) trace.copies.clear();
}

}  // namespace

std::uint32_t RecordedArrivals::name_index(std::string_view name, Place place) {
  for (std::size_t i = names.size(); i-- > 0;) {
    if (names[i] == name) return static_cast<std::uint32_t>(i);
  }
  names.emplace_back(name);
  places.push_back(place);
  return static_cast<std::uint32_t>(names.size() - 1);
}

void read_trace(const MapReader& arrivals, Draft& draft, Diagnostics& diagnostics,
                DraftWorkload& workload, std::vector<DraftWorkload>& others) {
  TraceReader(arrivals, draft, diagnostics, workload).read(others);
}

}  // namespace tablekey::scenarios
