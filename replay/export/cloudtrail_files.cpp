// CloudTrail's records as an export has them, and as AWS delivers them into a bucket:
//
//   AWSLogs/<account>/CloudTrail/<region>/yyyy/mm/dd/
//     <account>_CloudTrail_<region>_<yyyymmddTHHmmZ>_<16 characters>.json.gz
//
// The account is the one whose trail it is, the Region the one of the records. The time in the name
// is that of delivery: a file has what was delivered in the hour before it. AWS makes the 16
// characters up; here they are drawn from the digest of the trace and the rest of the name, so that
// two exports of one trace are equal and those of two traces can lie side by side.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "crypto/bytes.h"
#include "crypto/sha256.h"
#include "replay/export/cloudtrail.h"
#include "replay/export/cloudtrail_record.h"
#include "replay/export/export.h"
#include "replay/export/gzip.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kDeliveryHour = 3'600'000'000'000;

/// Whether a record's own time lies in the window. Times of one form compare as texts.
class Window {
 public:
  explicit Window(const ExportWindow& window) {
    if (window.from != sim::Time::min()) {
      from_ = cloudtrail::record_time(window.from.nanoseconds());
    }
    if (window.until != sim::Time::max()) {
      until_ = cloudtrail::record_time(window.until.nanoseconds());
    }
  }
  bool contains(const Json& record) const {
    const auto& time = record["eventTime"].get_ref<const std::string&>();
    return time >= from_ && (until_.empty() || time <= until_);
  }

 private:
  std::string from_, until_;
};

/// The files that are open: those of the present hour.
class TrailFolder {
 public:
  TrailFolder(const events::Digest& chain, const ExportSink& sink) : sink_(sink) {
    digest_ = cloudtrail_hex(chain);
  }

  void take(const Json& record, std::int64_t delivered) {
    const std::int64_t hour = delivered / kDeliveryHour;
    if (hour != hour_) close();
    hour_ = hour;
    const auto account = record["recipientAccountId"].get<std::string>();
    const auto region = record["awsRegion"].get<std::string>();
    auto found = open_.find({account, region});
    if (found == open_.end()) {
      found = open_.try_emplace({account, region}, path_of(account, region), sink_).first;
      found->second.gzip.write("{\"Records\":[");
    } else {
      found->second.gzip.write(",");
    }
    found->second.gzip.write(record.dump());
  }

  void close() {
    for (auto& [place, file] : open_) {
      file.gzip.write("]}");
      file.gzip.finish();
    }
    open_.clear();
  }

 private:
  struct File {
    File(std::string path, const ExportSink& sink)
        : gzip([&sink, path = std::move(path)](std::string_view piece) {
            sink.append(path, piece);
          }) {}
    Gzip gzip;
  };

  static std::string cloudtrail_hex(const events::Digest& digest) {
    std::string text;
    for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
    return text;
  }

  std::string path_of(const std::string& account, const std::string& region) const {
    const std::string time =
        cloudtrail::record_time((hour_ + 1) * kDeliveryHour);  // 2026-01-01T03:00:00Z
    const std::string year = time.substr(0, 4), month = time.substr(5, 2), day = time.substr(8, 2);
    const std::string stem = fmt::format("{}_CloudTrail_{}_{}{}{}T{}{}Z", account, region, year,
                                         month, day, time.substr(11, 2), time.substr(14, 2));
    return fmt::format("AWSLogs/{}/CloudTrail/{}/{}/{}/{}/{}_{}.json.gz", account, region, year,
                       month, day, stem, drawn(stem));
  }

  std::string drawn(const std::string& stem) const {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const std::string material = fmt::format("tablekey/cloudtrail/file/{}/{}", digest_, stem);
    const crypto::Digest digest = crypto::sha256(crypto::bytes_of(material));
    std::string text;
    for (std::size_t i = 0; i < 16; ++i) text += kAlphabet[digest[i] % kAlphabet.size()];
    return text;
  }

  const ExportSink& sink_;
  std::string digest_;
  std::int64_t hour_ = INT64_MIN;
  std::map<std::pair<std::string, std::string>, File> open_;  // by account and Region
};

}  // namespace

Exported export_cloudtrail(const RecordedRun& recorded, const ExportChoices& choices,
                           const ExportSink& sink) {
  const Window window(choices.window);
  std::uint64_t count = 0;
  CloudTrailRecords records(
      [&](const Json& record, std::int64_t) {
        if (!window.contains(record)) return;
        sink.write(count == 0 ? "\n" : ",\n");
        sink.write(record.dump());
        ++count;
      },
      choices.account, choices.data_events);
  sink.write("{\"Records\":[");
  if (auto folded = fold_window(recorded, choices.window, {&records}); !folded) {
    return std::unexpected(folded.error());
  }
  records.finish();
  sink.write("\n]}\n");
  return count;
}

Exported export_cloudtrail_files(const RecordedRun& recorded, const ExportChoices& choices,
                                 const ExportSink& sink) {
  const Window window(choices.window);
  std::uint64_t count = 0;
  TrailFolder folder(recorded.file().chain(), sink);
  CloudTrailRecords records(
      [&](const Json& record, std::int64_t delivered) {
        if (!window.contains(record)) return;
        folder.take(record, delivered);
        ++count;
      },
      choices.account, choices.data_events);
  if (auto folded = fold_window(recorded, choices.window, {&records}); !folded) {
    return std::unexpected(folded.error());
  }
  records.finish();
  folder.close();
  return count;
}

}  // namespace tablekey::replay
