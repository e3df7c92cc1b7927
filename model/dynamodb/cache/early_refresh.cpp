// Early expiry (XFetch): a use renews the entry behind the request with probability
// exp(-(T - age)/b), so that those who share it rarely find it ended all at once (cache-theory.md
// 1, 2.13; Vattani, Chierichetti, Lowenstein, VLDB 2015).
#include "model/dynamodb/cache/rule.h"
#include "sim/math.h"

namespace tablekey::model {

// -b * ln(u) >= T - age has that probability for u uniform on (0, 1].
constinit const RenewalRule kEarlyRefreshRule{
    "early_refresh", "a use renews the entry with a probability that grows towards its end", true,
    [](const CacheFigures& figures) {
      return figures.max_age.has_value() && figures.early_refresh.has_value();
    },
    [](const RenewalView& view) {
      const sim::Time end =
          view.entry.created + jittered(*view.figures.max_age, view.entry.age_jitter);
      const double left = static_cast<double>((end - view.now).count());
      const double lead =
          -sim::log(view.unit) * static_cast<double>(view.figures.early_refresh->count());
      return lead >= left ? Renewal::behind : Renewal::none;
    }};

}  // namespace tablekey::model
