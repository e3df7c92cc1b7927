// What a run costs its accounts (kms.md 8.3), counted from its events: monthly fees of customer
// managed keys, prorated by the hour, and requests beyond the free ones. Amounts are exact: whole
// parts of a billionth of a dollar such that an hour of any month and one request of 10,000 are
// whole numbers of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/money.h"
#include "replay/metrics/kms_call.h"
#include "replay/observer.h"
#include "sim/random.h"

namespace tablekey::replay {

/// An exact sum of money.
class Amount {
 public:
  /// `price` for `part` of `whole`; `whole` is a number of hours of a month, or 10,000.
  void add(const model::Money& price, std::uint64_t part, std::uint64_t whole);
  void add(const Amount& other) { parts_ += other.parts_; }
  /// Negative, 0 or positive: less than, equal to or more than the money.
  int compare(const model::Money& money) const;
  /// To the nearest billionth of a dollar.
  model::Money rounded() const;

 private:
  sim::Uint128 parts_ = 0;
};

/// The bill of one account, or of several.
struct Bill {
  Amount keys, requests;
  std::uint64_t charged_requests = 0;  ///< beyond the free ones
  std::uint64_t free_requests = 0;
  Amount total() const {
    Amount both = keys;
    both.add(requests);
    return both;
  }
  void add(const Bill& other);
};

/// What a month of 730 hours would cost an account (cache-theory.md 1: calls/s * 2,628,000 *
/// price/10,000 + keys * key price): no free requests, keys as they were on average.
struct MonthlyCost {
  model::Money keys, requests;
  std::uint64_t calls = 0;  ///< that were seen and are charged
};

class CostMeter : public Observer {
 public:
  CostMeter() = default;
  /// Only what happens in [begin, end) counts (ns since the Unix epoch), and keys for that time.
  CostMeter(std::int64_t begin, std::int64_t end) : begin_(begin), end_(end) {}

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

  /// By account, in the order of their numbers: those that own a customer managed key or called.
  std::map<std::string, Bill> bills(const model::State& end) const;
  /// By account, at the rates of the `seen` nanoseconds that were looked at; requires some.
  std::map<std::string, MonthlyCost> monthly(const model::State& end, std::int64_t seen) const;

 private:
  /// When a key is paid for. A key pending deletion is not; if that is cancelled, it was.
  struct Life {
    std::optional<std::int64_t> begin, end;
    std::vector<std::int64_t> rotations;
  };
  struct Month {
    std::uint64_t requests = 0;    ///< to which the free tier applies
    std::uint64_t asymmetric = 0;  ///< asymmetric keys, and data key pairs
  };

  void count_request(const model::State& after, const SentCall& call, std::int64_t time);
  struct Paid {
    std::int64_t begin = 0, end = 0;
  };
  std::vector<Paid> fees_of(const Life& life, const model::State& end) const;
  void look_at_key(const model::State& after, std::uint32_t key, std::int64_t time);

  std::int64_t begin_ = INT64_MIN, end_ = INT64_MAX;
  std::vector<Life> lives_;                                           // by key
  std::map<std::pair<std::uint32_t, std::int64_t>, Month> requests_;  // by account and month
  std::int64_t month_begin_ = 0, month_end_ = 0;                      // the one of the last request
};

}  // namespace tablekey::replay
