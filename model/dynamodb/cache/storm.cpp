// storm: in a grace period before the end of max_age one request every interval renews the entry
// while others use it; after its end so many may ask KMS at once, and the rest sleep and look again
// (dynamodb.md 4.3, 4.5: the storm-tracking cache of the hierarchical keyring).
#include "model/dynamodb/cache/rule.h"

namespace tablekey::model {

constinit const RenewalRule kStormRule{
    "storm", "in storm_grace before the end of max_age one request every interval renews the entry",
    false,
    [](const CacheFigures& figures) {
      return figures.max_age.has_value() && figures.storm_grace.has_value();
    },
    [](const RenewalView& view) {
      const CacheFigures& figures = view.figures;
      const sim::Time end = view.entry.created + jittered(*figures.max_age, view.entry.age_jitter);
      if (end - view.now > *figures.storm_grace) return Renewal::none;
      const sim::Time last = view.slot.extras->last_renewal;
      const bool rests = last != sim::Time() && view.now - last < figures.storm_interval;
      return rests ? Renewal::none : Renewal::ahead;
    }};

}  // namespace tablekey::model
