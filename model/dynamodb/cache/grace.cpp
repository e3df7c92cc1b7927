// grace: after max_age an entry serves a little longer, while one request renews it; after that it
// is evicted first and loaded then (dynamodb.md 4.3: 500 ms in the caching provider of the DynamoDB
// Encryption Client).
#include "model/dynamodb/cache/rule.h"

namespace tablekey::model {
namespace {

sim::Time aged(const CacheEntry& entry, const CacheFigures& figures) {
  return entry.created + jittered(*figures.max_age, entry.age_jitter);
}

bool active(const CacheFigures& figures) {
  return figures.max_age.has_value() && figures.grace.has_value();
}

}  // namespace

constinit const CacheRule kGraceEndRule{
    "grace_end",
    "usable while the time since its Decrypt is below max_age and grace together",
    events::Miss::MAX_AGE,
    active,
    [](const CacheEntry& entry, const CacheFigures& figures) {
      return aged(entry, figures) + *figures.grace;
    },
    nullptr};

// One loader at a time: whoever comes while it is under way uses the entry.
constinit const RenewalRule kGraceRule{
    "grace", "in the grace after max_age one request renews the entry while others use it", false,
    active, [](const RenewalView& view) {
      const bool due = view.now >= aged(view.entry, view.figures) && view.slot.call == kNone;
      return due ? Renewal::ahead : Renewal::none;
    }};

}  // namespace tablekey::model
