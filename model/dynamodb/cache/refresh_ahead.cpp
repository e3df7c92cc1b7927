// refresh-ahead(T, a): a use at age a or more sets off a Decrypt behind the request; T ends the
// entry where none succeeds (cache-theory.md 1). Policy static-stable is this with a hard limit of
// hours (dynamodb.md 4.3).
#include "model/dynamodb/cache/rule.h"

namespace tablekey::model {

constinit const RenewalRule kRefreshAheadRule{
    "refresh_after", "a use at that age renews the entry behind the request", false,
    [](const CacheFigures& figures) { return figures.refresh_after.has_value(); },
    [](const RenewalView& view) {
      const bool due = view.now - view.entry.created >= *view.figures.refresh_after;
      return due ? Renewal::behind : Renewal::none;
    }};

}  // namespace tablekey::model
