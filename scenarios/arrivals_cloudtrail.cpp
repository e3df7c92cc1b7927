// Recorded arrivals from an AWS CloudTrail export: data events of DynamoDB, and Decrypt events of
// KMS with DynamoDB's encryption context, which show that a request had no usable table key. A
// trail's times are whole seconds; the requests of one second are spread evenly over it, in the
// order of the file.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "scenarios/arrivals_trace.h"
#include "scenarios/characters.h"
#include "scenarios/sections.h"
#include "sim/time.h"

namespace tablekey::scenarios {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kSecond = 1'000'000'000;

std::string text_at(const Json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& part(const Json& object, const char* key) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

// arn:aws:dynamodb:us-west-2:111122223333:table/Books/index/ByTitle -> Books
std::string table_in_arn(const std::string& arn) {
  const std::size_t at = arn.find(":table/");
  if (at == std::string::npos) return {};
  const std::string rest = arn.substr(at + 7);
  return rest.substr(0, rest.find('/'));
}

// The table of a data event: batches name theirs in the resources.
std::string table_of(const Json& record) {
  const std::string named = text_at(part(record, "requestParameters"), "tableName");
  if (!named.empty()) {
    const std::string in_arn = table_in_arn(named);
    return in_arn.empty() ? named : in_arn;
  }
  const Json& resources = part(record, "resources");
  if (!resources.is_array()) return {};
  for (const Json& resource : resources) {
    const std::string table = table_in_arn(text_at(resource, "ARN"));
    if (!table.empty()) return table;
  }
  return {};
}

// A request of a client's whose table key DynamoDB had to ask for; the service's own jobs are none.
bool is_decrypt(const Json& record) {
  return text_at(record, "eventSource") == "kms.amazonaws.com" &&
         text_at(record, "eventName") == "Decrypt" &&
         text_at(part(record, "userIdentity"), "type") != "AWSService";
}

std::string decrypted_table(const Json& record) {
  return text_at(part(part(record, "requestParameters"), "encryptionContext"),
                 "aws:dynamodb:tableName");
}

class TrailReader {
 public:
  TrailReader(std::uint32_t source, Decrypts decrypts, Diagnostics& diagnostics)
      : source_(source), decrypts_(decrypts), diagnostics_(diagnostics) {
    found_.absolute = true;
  }
  RecordedArrivals read();

 private:
  void read_record(const Json& record);
  void add(const Json& record, const std::string& table, std::uint32_t operation);
  void keep_decrypts();
  void spread();

  // JSON is often one line: places are those of the file as a whole.
  [[nodiscard]] Place whole() const { return {source_, 0, 0, 1}; }

  std::uint32_t source_;
  Decrypts decrypts_;
  Diagnostics& diagnostics_;
  RecordedArrivals found_;
  bool failed_ = false;
  std::vector<bool> is_decrypt_;         // by row
  std::set<std::uint32_t> data_tables_;  // names that have data events
};

RecordedArrivals TrailReader::read() {
  const Json document = Json::parse(diagnostics_.source_text(source_), nullptr, false);
  const Json& records = document.is_array() ? document : part(document, "Records");
  if (document.is_discarded() || !records.is_array()) {
    diagnostics_.error(
        whole(), document.is_discarded() ? "the file is no JSON" : "the file has no 'Records'",
        "a CloudTrail file is {\"Records\": [...]}");
    return {};
  }
  for (const Json& record : records) {
    if (found_.rows.size() > kTraceRowsMax || failed_) break;
    read_record(record);
  }
  keep_decrypts();
  spread();
  return std::move(found_);
}

void TrailReader::read_record(const Json& record) {
  if (is_decrypt(record)) {
    const std::string table = decrypted_table(record);
    if (decrypts_ == Decrypts::never || table.empty()) return;
    add(record, table, kNone);
    return;
  }
  if (text_at(record, "eventSource") != "dynamodb.amazonaws.com") return;
  const auto& names = operation_names();
  const auto operation = std::find(names.begin(), names.end(), text_at(record, "eventName"));
  if (operation == names.end()) return;
  const std::string table = table_of(record);
  if (table.empty()) return;
  add(record, table, static_cast<std::uint32_t>(operation - names.begin()));
}

void TrailReader::add(const Json& record, const std::string& table, std::uint32_t operation) {
  const std::string text = text_at(record, "eventTime");
  const auto time = sim::parse_time(text);
  if (!time) {
    failed_ = true;
    diagnostics_.error(whole(), fmt::format("a record's eventTime is '{}'", printable(text)),
                       printable(time.error()));
    return;
  }
  const std::uint32_t name = found_.name_index(table, whole());
  found_.rows.push_back({time->nanoseconds(), name, operation});
  is_decrypt_.push_back(operation == kNone);
  if (operation != kNone) data_tables_.insert(name);
}

// A Decrypt whose request is among the data events is no further arrival.
void TrailReader::keep_decrypts() {
  if (decrypts_ != Decrypts::alone) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < found_.rows.size(); ++i) {
    if (is_decrypt_[i] && data_tables_.contains(found_.rows[i].name)) continue;
    found_.rows[kept++] = found_.rows[i];
  }
  found_.rows.resize(kept);
}

void TrailReader::spread() {
  auto& rows = found_.rows;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  const bool whole_seconds = std::all_of(rows.begin(), rows.end(),
                                         [](const auto& row) { return row.time % kSecond == 0; });
  if (!whole_seconds) return;
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    while (end < rows.size() && rows[end].time == rows[begin].time) ++end;
    const auto count = static_cast<std::int64_t>(end - begin);
    for (std::int64_t i = 0; i < count; ++i) {
      rows[begin + static_cast<std::size_t>(i)].time += kSecond / count * i;
    }
    begin = end;
  }
}

}  // namespace

RecordedArrivals read_cloudtrail_arrivals(std::uint32_t source, Decrypts decrypts,
                                          Diagnostics& diagnostics) {
  return TrailReader(source, decrypts, diagnostics).read();
}

}  // namespace tablekey::scenarios
