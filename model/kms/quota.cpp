// Counting requests. Deciding and applying ask the same question, which windows a request counts
// in, so that an event need not say it. A request of DynamoDB on a customer's key is counted a
// million times a second of ours: it touches one window and allocates nothing.
#include "model/kms/quota.h"

#include <algorithm>
#include <array>

#include "events/text.h"
#include "model/applier.h"
#include "model/faults.h"
#include "model/kms/names.h"
#include "model/kms/resolve.h"
#include "model/law.h"
#include "model/quota_settings.h"
#include "sim/random.h"

namespace tablekey::model::kms {
namespace {

using Operation = events::KmsOperation;
using events::text;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint32_t kThousand = 1000;
constexpr std::uint32_t kHotKeyChanges = 10 * kThousand;  // of one key, thousandths a second

/// A request as quotas see it.
struct Counted {
  Operation operation{};
  std::uint32_t realm = 0;
  std::uint32_t key = kNone;
  std::string_view pair_spec = {};  ///< GenerateDataKeyPair…
  std::string_view other_region = {};
};

/// One window that a request counts in, and how often.
struct Count {
  std::size_t slot = 0;
  std::uint32_t limit = kUnlimited;  ///< thousandths a second
  std::uint32_t times = 1;
  bool shared = false;  ///< neighbours count in it too
};

/// At most: all requests and the operation's own, in two Regions, and a second operation there.
class Counts {
 public:
  void add(const Count& count) {
    if (count.limit != kUnlimited) counts_[size_++] = count;
  }
  const Count* begin() const { return counts_.data(); }
  const Count* end() const { return counts_.data() + size_; }

 private:
  std::array<Count, 8> counts_{};
  std::size_t size_ = 0;
};

// The figure of the shared quota depends on the Region's size.
Quota symmetric_quota(std::string_view region) {
  constexpr std::array<std::string_view, 3> kLarge{"us-east-1", "us-west-2", "eu-west-1"};
  constexpr std::array<std::string_view, 6> kMedium{"us-east-2",      "ap-southeast-1",
                                                    "ap-southeast-2", "ap-northeast-1",
                                                    "eu-central-1",   "eu-west-2"};
  if (std::find(kLarge.begin(), kLarge.end(), region) != kLarge.end()) {
    return Quota::symmetric_large;
  }
  return std::find(kMedium.begin(), kMedium.end(), region) != kMedium.end()
             ? Quota::symmetric_medium
             : Quota::symmetric;
}

Quota pair_quota(std::string_view spec) {
  if (spec == "RSA_2048") return Quota::pair_rsa_2048;
  if (spec == "RSA_3072") return Quota::pair_rsa_3072;
  return spec == "RSA_4096" ? Quota::pair_rsa_4096 : Quota::pair_ecc;
}

// Cryptography is counted by the kind of key.
Quota key_quota(const State& state, std::uint32_t key) {
  if (key == kNone) return Quota::symmetric;
  switch (family_of(described(state, key).getSpec())) {
    case KeyFamily::rsa:
      return Quota::rsa;
    case KeyFamily::ecc:
    case KeyFamily::sm2:
      return Quota::ecc;
    case KeyFamily::ml_dsa:
      return Quota::ml_dsa;
    default:
      return Quota::symmetric;
  }
}

std::size_t quota_of(const State& state, const Counted& request) {
  switch (operation_row(request.operation).quota) {
    case QuotaGroup::own:
      return own_quota(request.operation);
    case QuotaGroup::data_key_pair_ecc:
    case QuotaGroup::data_key_pair_rsa_2048:
    case QuotaGroup::data_key_pair_rsa_3072:
    case QuotaGroup::data_key_pair_rsa_4096:
      return quota_index(pair_quota(request.pair_spec));
    default:
      return quota_index(key_quota(state, request.key));
  }
}

Count count_in(const State& state, std::uint32_t realm, std::size_t quota,
               std::uint32_t times = 1) {
  std::size_t figure = quota;
  if (quota == quota_index(Quota::symmetric)) {
    figure = quota_index(symmetric_quota(state.scenario().realm_region(realm)));
  }
  return {realm * kQuotas + quota, state.settings().quotas.thousandths[figure], times, false};
}

// The other Region's realm of the same account, or the same one where the scenario knows it not.
std::uint32_t other_realm(const State& state, const Counted& request) {
  const ScenarioView& scenario = state.scenario();
  const std::uint32_t region = scenario.region_index(request.other_region);
  if (region == kNone) return request.realm;
  return scenario.realm(request.realm / static_cast<std::uint32_t>(scenario.regions.size()),
                        region);
}

// What a key adds: its custom key store has a quota too, and where the scenario says so a key whose
// state changes in bursts is throttled by itself.
void add_key(const State& state, const Counted& request, Counts& counts) {
  const OperationRow& row = operation_row(request.operation);
  const Settings& settings = state.settings();
  const std::size_t first_store = state.scenario().realms() * kQuotas;
  const std::uint32_t store = described(state, request.key).getStore();
  if (row.cryptographic && store != kNone) {
    const std::size_t figure = quota_index(Quota::custom_key_store);
    counts.add({first_store + store, settings.quotas.thousandths[figure], 1, false});
  }
  if (settings.quota_hot_key && !row.read_only) {
    counts.add({first_store + state.stores.size() + request.key, kHotKeyChanges, 1, false});
  }
}

Counts counts_of(const State& state, const Counted& request) {
  Counts counts;
  counts.add(count_in(state, request.realm, quota_index(Quota::all)));
  Count main = count_in(state, request.realm, quota_of(state, request));
  main.shared = true;
  counts.add(main);
  if (request.key != kNone) add_key(state, request, counts);
  if (request.operation == Operation::REPLICATE_KEY) {
    const std::size_t creations = own_quota(Operation::CREATE_KEY);
    counts.add(count_in(state, request.realm, creations));
    counts.add(count_in(state, other_realm(state, request), creations));
  } else if (request.operation == Operation::UPDATE_PRIMARY_REGION &&
             other_realm(state, request) != request.realm) {
    counts.add(count_in(state, other_realm(state, request), own_quota(request.operation)));
  }
  return counts;
}

/// A fixed window: how long it is and how many requests fit in. Quotas below one a second have
/// longer windows for one request.
struct Window {
  std::int64_t length = kSecond;
  std::uint32_t most = 0;
};

Window window_of(std::uint32_t limit) {
  if (limit >= kThousand) return {kSecond, limit / kThousand};
  if (limit == 0) return {kSecond, 0};
  return {(kThousand + limit - 1) / limit * kSecond, 1};
}

sim::Time beginning(sim::Time now, const Window& window) {
  return sim::Time::from_nanoseconds(now.nanoseconds() / window.length * window.length);
}

std::uint32_t neighbours(const State& state, const Counted& request, const Count& count,
                         sim::Time from, sim::Time until) {
  if (!count.shared || state.faults.empty()) return 0;
  const std::uint64_t calls = neighbour_calls(state, request.realm, request.operation, from, until);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(calls, kUnlimited / 2));
}

// A bucket of one second's requests that refills evenly. `begins` is when it will be full again.
struct Bucket {
  std::int64_t cost = 0;  // of a request; 0: there is nothing left to take
  std::int64_t depth = 0;
};

Bucket bucket_of(const State& state, const Counted& request, const Count& count) {
  double rate = static_cast<double>(count.limit) / kThousand;
  if (count.shared && !state.faults.empty()) {
    rate -= neighbour_rate(state, request.realm, request.operation);
  }
  if (!(rate > 0)) return {};
  const auto cost = static_cast<std::int64_t>(static_cast<double>(kSecond) / rate);
  const auto& burst = state.settings().quota_burst;
  return {cost, burst ? cost * std::int64_t{*burst} : std::max(cost, kSecond)};
}

sim::Time emptied(const QuotaWindow& window, sim::Time now, const Bucket& bucket,
                  std::uint32_t times) {
  return std::max(window.begins, now) +
         sim::Duration::nanoseconds(bucket.cost * static_cast<std::int64_t>(times));
}

bool spent(const State& state, const Counted& request, const Count& count, sim::Time now) {
  static const QuotaWindow untouched{};
  const QuotaWindow& window = state.quotas.empty() ? untouched : at(state.quotas, count.slot);
  if (state.settings().quota_bucket) {
    const Bucket bucket = bucket_of(state, request, count);
    return bucket.cost == 0 || emptied(window, now, bucket, count.times) >
                                   now + sim::Duration::nanoseconds(bucket.depth);
  }
  const Window shape = window_of(count.limit);
  const sim::Time begins = beginning(now, shape);
  const std::uint32_t used = window.begins == begins ? window.used : 0;
  return used + count.times + neighbours(state, request, count, begins, now) > shape.most;
}

void count_request(State& state, const Counted& request, const Count& count, sim::Time now) {
  QuotaWindow& window = at(state.quotas, count.slot);
  if (state.settings().quota_bucket) {
    const Bucket bucket = bucket_of(state, request, count);
    window.begins = emptied(window, now, bucket, count.times);
    window.used += count.times;
    return;
  }
  const sim::Time begins = beginning(now, window_of(count.limit));
  if (window.begins != begins) window = {begins, 0};
  window.used += count.times;
}

// AWS owned keys are DynamoDB's business; nobody's quota pays (kms.md 8.1).
bool is_exempt(const State& state, bool as_service, std::uint32_t key) {
  return as_service && key != kNone &&
         described(state, key).getManager() == events::Key::Manager::OWNED;
}

// What a scenario has from its start was there before, so its making spends nobody's quota, however
// many tables it is.
bool sets_up(const State& state, std::uint32_t index) {
  if (index == kNone) return false;
  const Call& call = at(state.calls, index);
  if (call.purpose != Purpose::process) return false;
  const Process& process = at(state.tables, call.table).process;
  return process.kind == ProcessKind::creation && process.step == 0;
}

// The key as far as it can be told before it is looked up.
std::uint32_t probable_key(const KmsRequest& request) {
  if (request.key != kNone || !request.from_step()) return request.key;
  const events::KeyReference::Reader named = request.parameters.getKeyId();
  if (named.isArn()) return named.getArn();
  return named.isId() ? named.getId() : kNone;
}

Counted counted(Operation operation, std::uint32_t realm, std::uint32_t key,
                events::KmsCall::Reader parameters) {
  return {operation, realm, key, text(parameters.getKeySpec()),
          text(parameters.getReplicaRegion())};
}

}  // namespace

Refusal quota_refusal(const Deciding& d, const KmsRequest& request, const OperationRow& row) {
  const std::uint32_t key = probable_key(request);
  if (is_exempt(d.state, request.as_service, key) || sets_up(d.state, request.call)) return {};
  const Counted asked = counted(row.operation, request.realm, key, request.parameters);
  for (const Count& count : counts_of(d.state, asked)) {
    if (!spent(d.state, asked, count, d.now)) continue;
    return {events::KmsError::THROTTLING, std::string(fault_message(events::KmsError::THROTTLING)),
            events::Decider::QUOTA, kNone};
  }
  return {};
}

std::uint32_t requests_counted(const State& state, std::uint32_t realm, Operation operation) {
  if (state.quotas.empty()) return 0;
  const Count count =
      count_in(state, realm, quota_of(state, {.operation = operation, .realm = realm}));
  const QuotaWindow& window = at(state.quotas, count.slot);
  const bool present = state.settings().quota_bucket ||
                       window.begins == beginning(state.now(), window_of(count.limit));
  return present ? window.used : 0;
}

namespace {

QuotaUse use_of(const State& state, const Counted& request, const Count& count) {
  static const QuotaWindow untouched{};
  const QuotaWindow& window = state.quotas.empty() ? untouched : at(state.quotas, count.slot);
  const sim::Time now = state.now();
  if (state.settings().quota_bucket) {
    const Bucket bucket = bucket_of(state, request, count);
    if (bucket.cost == 0) return {1, 1};
    const std::int64_t taken = std::max<std::int64_t>(0, (window.begins - now).count());
    return {static_cast<std::uint64_t>(taken), static_cast<std::uint64_t>(bucket.depth)};
  }
  const Window shape = window_of(count.limit);
  const sim::Time begins = beginning(now, shape);
  const std::uint32_t used = window.begins == begins ? window.used : 0;
  if (shape.most == 0) return {1, 1};
  return {used + neighbours(state, request, count, begins, now), shape.most};
}

bool fuller(const QuotaUse& a, const QuotaUse& b) {
  return static_cast<sim::Uint128>(a.used) * b.most > static_cast<sim::Uint128>(b.used) * a.most;
}

}  // namespace

std::optional<QuotaUse> quota_use(const State& state,
                                  const events::Event::KmsAnswered::Reader& answered) {
  const std::uint32_t key = answered.getKey();
  if (answered.getDecidedBy() == events::Decider::QUOTA) return QuotaUse{1, 1};
  if (answered.getDecidedBy() == events::Decider::FAULT) return std::nullopt;
  if (is_exempt(state, answered.getAsService(), key)) return std::nullopt;
  const Counted request = counted(answered.getOperation(), realm_of_answer(state, answered), key,
                                  parameters_of(state, answered));
  std::optional<QuotaUse> fullest;
  for (const Count& count : counts_of(state, request)) {
    QuotaUse use = use_of(state, request, count);
    use.used = std::min(use.used, use.most);
    if (!fullest || fuller(use, *fullest)) fullest = use;
  }
  return fullest;
}

}  // namespace tablekey::model::kms

namespace tablekey::model {

// A poll of a cache: DynamoDB asks as itself.
void Applier::count_poll(events::KeyPolled::Reader event) {
  using namespace kms;
  const auto decider = event.getDecidedBy();
  if (decider == events::Decider::QUOTA || decider == events::Decider::FAULT) return;
  const std::uint32_t key = event.getKey();
  law(key < state_.keys.size(), "a poll's key exists");
  if (is_exempt(state_, event.getAsService(), key)) return;
  make_quotas();
  const Counted request =
      counted(events::KmsOperation::DESCRIBE_KEY, at(state_.scenario().key_realms, key), key, {});
  for (const Count& count : counts_of(state_, request)) {
    count_request(state_, request, count, now());
  }
}

void Applier::make_quotas() {
  if (!state_.quotas.empty()) return;
  state_.quotas.resize(state_.scenario().realms() * kQuotas + state_.stores.size() +
                       (settings_.quota_hot_key ? state_.keys.size() : 0));
}

void Applier::count_requests(const events::Event::KmsAnswered::Reader& event) {
  using namespace kms;
  const auto decider = event.getDecidedBy();
  if (decider == events::Decider::QUOTA || decider == events::Decider::FAULT) return;
  const std::uint32_t key = event.getKey();
  if (key != kNone) law(key < state_.keys.size(), "an answer's key exists");
  if (is_exempt(state_, event.getAsService(), key) || sets_up(state_, event.getCall())) return;
  make_quotas();
  const Counted request = counted(event.getOperation(), realm_of_answer(state_, event), key,
                                  parameters_of(state_, event));
  for (const Count& count : counts_of(state_, request)) {
    count_request(state_, request, count, now());
  }
}

}  // namespace tablekey::model
