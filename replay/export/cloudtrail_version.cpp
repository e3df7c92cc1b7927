// The field sets of the versions of a record that the guides show: 1.02 of 2014, 1.05 of the seed,
// 1.08 of 2022, 1.11 of 2025 (kms.md 9.1).
#include <array>

#include "model/law.h"
#include "replay/export/cloudtrail_record.h"
#include "sim/time.h"

namespace tablekey::replay::cloudtrail {
namespace {

constexpr Manner kVersion102{.version = "1.02"};
constexpr Manner kVersion105{
    .version = "1.05", .resource_types = true, .shared_ids = true, .service_details = true};
constexpr Manner kVersion108{.version = "1.08",
                             .resource_types = true,
                             .shared_ids = true,
                             .service_details = true,
                             .categories = true,
                             .tls = true,
                             .algorithms = true,
                             .key_specs = true,
                             .answers_arn = true};
constexpr Manner kVersion111{.version = "1.11",
                             .resource_types = true,
                             .shared_ids = true,
                             .service_details = true,
                             .categories = true,
                             .tls = true,
                             .algorithms = true,
                             .key_specs = true,
                             .answers_arn = true,
                             .materials = true};

// From when on records of a version are written here: the years of the samples that the
// specification knows, since CloudTrail announces no dates.
std::int64_t begin_of(int year) {
  return sim::parse_time(std::to_string(year) + "-01-01T00:00:00Z").value().nanoseconds();
}

// A KMS of the seed's era writes the seed's records, whatever the year.
const Manner& dated(std::int64_t time, bool classic_era) {
  static const std::int64_t kOf105 = begin_of(2017), kOf108 = begin_of(2021),
                            kOf111 = begin_of(2025);
  if (time >= kOf111 && !classic_era) return kVersion111;
  if (time >= kOf108 && !classic_era) return kVersion108;
  return time >= kOf105 ? kVersion105 : kVersion102;
}

}  // namespace

const Manner& manner_at(const model::Settings& settings, std::int64_t time) {
  switch (settings.trail_version) {
    case model::TrailVersion::dated:
      return dated(time, settings.classic_era);
    case model::TrailVersion::v1_02:
      return kVersion102;
    case model::TrailVersion::v1_05:
      return kVersion105;
    case model::TrailVersion::v1_08:
      return kVersion108;
    case model::TrailVersion::v1_11:
      return kVersion111;
  }
  model::law(false, "a version of CloudTrail's records is one of those known");
  return kVersion105;
}

}  // namespace tablekey::replay::cloudtrail
