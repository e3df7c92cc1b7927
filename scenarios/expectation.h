// The language of `expect` and of `study.measure`:
//
//   measure(filter=value, …).statistic OP limit       exposure(after=disable).p99 <= 20m
//   invariant(name)                                   invariant(no_iv_reuse)
//   table(Orders).status == ACTIVE                    key(OrdersKey).state != Disabled
//   table(Orders, at=30m).sse_status == UPDATING      after all that happened up to then; also
//   at=id table(Orders).key == OrdersKey                    the key that is shown; or owned, or
//   none table(Orders).inaccessible_since <= 2h            InaccessibleEncryptionDateTime; or none
//   table(Orders).items >= 3                          also partitions, backups, leaked_sort_keys
//   table(Orders).replica_status == ACTIVE            NONE: it is no replica
//   index(Orders/by-author).status == ACTIVE          a global index; also entries, waiting
//   stream(Orders).records == 5                       that can be read; also shards
//   shown(step=describe).status == CREATING           what a DescribeTable showed
//   returned(step=query) == 5                         Count; .scanned is ScannedCount
//   key(OrdersKey).materials == 3                     how many key materials it has had
//   outcome(step=enc) == DisabledException            or success; of the step's first occurrence
//   count(step=burst, outcome=ThrottlingException) == 2000
//   same(step=enc, step=dec)                          differ(step=a, step=b).material
//   same(step=read, step=again)                       of data steps: of their whole answers
//   cost(account=111122223333).requests <= $0.06     .month: at the run's rates, of 730 hours
//   outcome(step=enc).text == "key is disabled"       what the exception said
//   hits(workload=web).ratio >= 99.9%                 or >= 0.999; also delayed_hits
//   availability(after=outage, before=over).ratio >= 99%
//   kms.calls(op=Decrypt, window=2s).peak <= 40       in any window of that length
//   stale_serves(after=disable).mean <= 2.5           requests an entry served; also herd
//
// This file turns such a line into a plain struct and knows nothing about a run: replay/metrics
// measures. Names (steps, workloads, tables, keys) are only text here; load() checks that they
// exist.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event.capnp.h"
#include "scenario.capnp.h"

namespace tablekey::scenarios {

enum class Measure : std::uint8_t {
  requests,   // answered data requests (cache-theory.md 1)
  kms_calls,  // KMS calls that were decided
  exposure,   // W_key: how long a plaintext table key stays usable after `after`, per connection
  data_exposure,  // W_serve: from `after` to the last request served with an older authorization
  detection,      // W_deny: from `after` to the first request refused because of it
  table,          // a table at a moment, at the end of the run unless `at` says otherwise
  key,            // a KMS key at the end of the run
  invariant,      // a law that holds in every event
  outcome,        // how a step of the timeline ended: `success` or the name of an exception
  step_count,     // of all occurrences of a step, those that ended in a certain way
  same,           // whether two steps gave or used the same plaintext or key material
  differ,         // whether they did not
  cost,           // what the run costs its accounts (kms.md 8.3), US dollars
  index,          // a global secondary index at a moment
  stream,         // a table's present stream at a moment
  shown,          // what a DescribeTable of the timeline showed
  returned,       // how many items or records a data step got
  // cache-theory.md 1; an entry is one (cache domain, table) pair
  hits,               // requests served without waiting for KMS, of all requests
  delayed_hits,       // requests served after they had waited for another one's call, of all
  latency,            // from a request's arrival to its answer
  authorization_age,  // at served requests: since the answer of KMS that authorizes them
  stale_serves,       // N: requests that an entry served with an authorization older than `after`
  fleet_exposure,     // the largest W_key of all entries
  herd,               // KMS calls for one entry from the first miss until an entry is inserted
  availability,       // requests served, of those that arrived
  resident,           // entries usable at a moment
  data_keys,          // data keys unwrapped in memory at a moment
  quota,              // how near KMS calls came to a request quota
};

enum class Statistic : std::uint8_t {
  count,     // how many
  first,     // when the first was
  last,      // when the last was
  rate_max,  // the largest number in any one `window` (whole windows counted from the start), a
             // second
  min,
  mean,
  max,
  quantile,    // p50, p99.9 …: Expectation::quantile says which
  status,      // of a table: TableStatus; of an index: IndexStatus
  state,       // of a key: KeyState
  holds,       // of an invariant
  materials,   // of a key: its key materials, those that were deleted or expired included
  ends,        // of a step, how it ended; not written
  plaintext,   // same, differ: of the plaintexts (key check values); the default, not written
  material,    // same, differ: of the key materials that the two calls used
  total,       // cost: everything; the default, not written
  keys,        // cost: monthly fees of keys, prorated
  fees,        // cost: requests; written `requests`
  sse_status,  // of a table: SSEDescription's Status; NONE: it has no SSEDescription
  table_key,   // of a table: the key in its SSEDescription; written `key`
  inaccessible_since,  // of a table: InaccessibleEncryptionDateTime
  items,               // of a table: that exist
  partitions,          // of a table: of its base
  backups,             // of a table: that can be seen, its former lives' included
  leaked_sort_keys,    // of a table: that its metadata has or had in plaintext (dynamodb.md 3.2)
  replica_status,      // of a table: ReplicaStatus
  entries,             // of an index: that were propagated
  waiting,             // of an index: changes that it has yet to see
  records,             // of a stream: that can be read
  shards,              // of a stream: not trimmed yet
  scanned,             // returned: ScannedCount
  result,              // same, differ: of all that the callers got
  decrypted,           // same, differ: of what client-side encryption made of it
  rate,                // how many a second, over the time that was looked at
  peak,                // the largest number in any stretch of `window`
  ratio,               // part of a whole
  zero,                // share of the windows that are nothing
  value,               // fleet_exposure: the one that there is
  month,               // cost: of 730 hours at the rates of the run
  headroom,            // quota: the least unused share
  text,                // outcome: what the exception said
};

enum class Invariant : std::uint8_t {
  plaintext_table_key_never_in_trace,
  no_iv_reuse,
  no_gone_material_used,  // key material that was deleted or has expired
  // After a switch of keys nothing in use is wrapped under an older table key.
  every_live_data_key_under_current_version,
};

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };

// `after=`, `before=` and the limits of `first` and `last`: the moment of a step, or a time.
struct Moment {
  enum class Kind : std::uint8_t { step, since_start, absolute };
  Kind kind = Kind::step;
  std::string step;              // id of a timeline step; of a repeated one, its first occurrence
  std::int64_t nanoseconds = 0;  // since the start, or since the Unix epoch
};

enum class ResultFilter : std::uint8_t {
  any,
  ok,
  failed,  // anything but ok
  named,   // Filters::exception or Filters::kms_error
};

// How the table's key was had, for requests that were served: see Access in event.capnp.
enum class ViaFilter : std::uint8_t { any, hit, miss, delayed, stale };

// An absent filter lets everything pass.
struct Filters {
  ResultFilter result = ResultFilter::any;
  std::optional<events::Exception> exception;         // requests: what the client sees
  std::optional<events::KmsError> kms_error;          // kms.calls
  std::optional<events::DataOperation> operation;     // requests
  std::optional<events::KmsOperation> kms_operation;  // kms.calls
  std::optional<std::string> workload;                // its name
  std::optional<std::string> table;                   // logical id or table name
  std::optional<std::string> key;                     // logical id, key id or alias
  std::optional<std::string> caller;        // logical id or name of a principal, or `dynamodb`
  std::optional<std::uint32_t> connection;  // number within the workload, from 0
  std::optional<Moment> after;              // from this moment on, it included
  std::optional<Moment> before;             // up to this moment, it excluded
  // outcome, count: one id; same, differ: two. steps_named() finds the steps.
  std::vector<std::string> steps;
  std::optional<std::string> outcome;  // count: as Limit::word of `outcome`, or `failed`
  std::optional<std::string> account;  // cost, quota: 12 digits
  std::optional<Moment> at;  // table, index, stream, resident, data_keys: when; absent: at the end
  ViaFilter via = ViaFilter::any;
  std::optional<std::string> region;  // quota
};

// A number with nine decimals: billionths. Seconds in this form are nanoseconds.
inline constexpr std::int64_t kBillion = 1'000'000'000;

struct Limit {
  enum class Kind : std::uint8_t { count, rate, duration, moment, word, money, number };
  Kind kind = Kind::count;
  std::uint64_t count = 0;
  double rate = 0;               // a second
  std::int64_t nanoseconds = 0;  // duration
  std::int64_t nanodollars = 0;  // money: $0.03 is 30,000,000
  std::int64_t billionths = 0;   // number: a ratio (99.9% is 999,000,000) or a mean
  Moment moment;                 // first, last
  std::string word;  // status, state: ACTIVE, Enabled …; outcome: `success` or an exception's full
                     // name; key: a logical id, `owned` or `none`; inaccessible_since: `none`;
                     // text: without its quotes
  std::string text;  // as it was written
};

inline constexpr std::uint32_t kQuantileWhole = 100'000'000;

struct Expectation {
  Measure measure = Measure::requests;
  Filters filters;
  Statistic statistic = Statistic::count;
  std::int64_t window = 1'000'000'000;  // ns, of rate_max and peak
  std::uint32_t quantile = 0;           // in kQuantileWhole: p99.9 is 99,900,000
  std::string subject;                  // table, key, index, stream: the name
  std::string index;                    // index: its name; `subject` is the table's
  Invariant invariant = Invariant::no_iv_reuse;
  // Only when `compared`; a measure of a study has neither, an invariant just holds.
  bool compared = false;
  Comparison comparison = Comparison::equal;
  Limit limit;

  // Names that the line mentions, with their place in it, for whoever checks that they exist.
  struct Mention {
    enum class Kind : std::uint8_t { step, workload, table, key, caller };
    Kind kind;
    std::string name;
    std::size_t offset;  // bytes from the beginning of the line
    std::size_t length;
  };
  std::vector<Mention> mentions;
};

struct ExpectationError {
  std::size_t offset = 0;  // bytes from the beginning of the line
  std::size_t length = 1;
  std::string message;
  std::string hint;  // may be empty
};

// A line of `expect`: a comparison is required, except for an invariant.
[[nodiscard]] std::expected<Expectation, ExpectationError> parse_expectation(std::string_view line);

// An entry of `study.measure`: the same without `OP limit`.
[[nodiscard]] std::expected<Expectation, ExpectationError> parse_measure(std::string_view line);

// Whether a measure is a statement by itself and takes no limit.
[[nodiscard]] bool holds_alone(Measure measure);

// "p99.9", as a statistic is written.
[[nodiscard]] std::string quantile_name(std::uint32_t quantile);

// The steps that an id means, by their indices in order of time: those with this id and, of an
// entry with `repeat`, also its later occurrences (id-2, id-3, …). Empty if there is no such step.
[[nodiscard]] std::vector<std::uint32_t> steps_named(events::Scenario::Reader scenario,
                                                     std::string_view id);

// The words of the language, for messages and reports.
[[nodiscard]] std::string_view name_of(Measure measure);
[[nodiscard]] std::string_view name_of(Statistic statistic);
[[nodiscard]] std::string_view name_of(Comparison comparison);
[[nodiscard]] std::string_view name_of(Invariant invariant);

// AccessDeniedException, ok …; the words of AWS for the enumerants of event.capnp.
[[nodiscard]] std::string_view name_of(events::Exception exception);
[[nodiscard]] std::string_view name_of(events::KmsError error);
[[nodiscard]] std::string_view name_of(events::DataOperation operation);
[[nodiscard]] std::string_view name_of(events::KmsOperation operation);
[[nodiscard]] std::string_view name_of(events::IamError error);

}  // namespace tablekey::scenarios
