// Months are calendar months in UTC, hours those of the clock: an hour in which a key exists at all
// is charged. A request is charged to the account that made it, a service's own to the key's owner;
// KMS charges for refusals, and for DryRun, but not for what it throttled or could not answer.
#include "replay/metrics/cost.h"

#include <algorithm>
#include <chrono>

#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/law.h"

namespace tablekey::replay {
namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;
constexpr std::uint64_t kMonth = 730 * static_cast<std::uint64_t>(kHour);
constexpr std::uint64_t kRequests = 10'000;                     // that a price is for
constexpr std::uint64_t kHoursOfAnyMonth = 9'061'920;           // lcm of 28, 29, 30 and 31 days
constexpr std::uint64_t kParts = kHoursOfAnyMonth * kRequests;  // of a billionth of a dollar

using Days = std::chrono::sys_days;

std::int64_t nanoseconds(Days day) {
  return std::chrono::nanoseconds(day.time_since_epoch()).count();
}

struct MonthSpan {
  std::int64_t begin = 0, end = 0;
  std::uint64_t hours() const { return static_cast<std::uint64_t>((end - begin) / kHour); }
};

MonthSpan month_of(std::int64_t time) {
  const auto day = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(time)));
  const std::chrono::year_month_day date(day);
  const std::chrono::year_month month(date.year(), date.month());
  const auto first = [](std::chrono::year_month of) {
    return nanoseconds(Days(of / std::chrono::day(1)));
  };
  return {first(month), first(month + std::chrono::months(1))};
}

// May 2024: from then on only the first two rotations of a key are charged.
std::int64_t two_rotations_since() {
  using namespace std::chrono;
  static const std::int64_t kSince = nanoseconds(Days(year(2024) / May / day(1)));
  return kSince;
}

/// The fee of one key, or of one rotation of it, from `begin` to `end`.
void add_hours(Amount& to, const model::Money& price, std::int64_t begin, std::int64_t end) {
  while (begin < end) {
    const MonthSpan month = month_of(begin);
    const std::int64_t until = std::min(end, month.end);
    const std::int64_t hours =
        (until - month.begin + kHour - 1) / kHour - (begin - month.begin) / kHour;
    to.add(price, static_cast<std::uint64_t>(hours), month.hours());
    begin = until;
  }
}

bool is_asymmetric(const model::State& state, const SentCall& call) {
  using enum events::KmsOperation;
  const auto operation = call.operation;
  if (operation == GENERATE_DATA_KEY_PAIR ||
      operation == GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT) {
    return true;
  }
  if (call.key == model::kNone) return false;
  const auto family = model::kms::family_of(model::kms::described(state, call.key).getSpec());
  return family != model::kms::KeyFamily::symmetric && family != model::kms::KeyFamily::hmac;
}

bool is_charged(const model::State& state, const SentCall& call) {
  switch (call.error) {
    case events::KmsError::THROTTLING:
    case events::KmsError::KMS_INTERNAL:
    case events::KmsError::KEY_UNAVAILABLE:
    case events::KmsError::DEPENDENCY_TIMEOUT:
      return false;
    default:
      break;
  }
  if (call.key == model::kNone) return true;
  return model::kms::described(state, call.key).getManager() != events::Key::Manager::OWNED;
}

std::uint32_t payer(const model::State& state, const SentCall& call) {
  const model::ScenarioView& scenario = state.scenario();
  if (call.caller != 0) {
    const model::Session& session = model::at(state.sessions, call.caller - 1);
    return model::at(scenario.principal_accounts, session.principal);
  }
  if (call.key == model::kNone) return scenario.account_index(scenario.account);
  return scenario.account_index(model::kms::described(state, call.key).getAccount().cStr());
}

std::optional<std::uint32_t> key_changed_by(events::Event::Reader event) {
  switch (event.which()) {
    case events::Event::KEY_CREATED:
      return event.getKeyCreated().getKey();
    case events::Event::KEY_DELETED:
      return event.getKeyDeleted().getKey();
    case events::Event::KEY_ROTATED:
      return event.getKeyRotated().getKey();
    case events::Event::KEY_MATERIAL_SYNCHRONIZED:
      return event.getKeyMaterialSynchronized().getKey();
    case events::Event::KMS_ANSWERED: {
      const auto effect = event.getKmsAnswered().getEffect();
      if (effect.isKeyMade()) return effect.getKeyMade().getKey();
      if (effect.isKeyState()) return event.getKmsAnswered().getKey();
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

void Amount::add(const model::Money& price, std::uint64_t part, std::uint64_t whole) {
  model::law(kParts % whole == 0, "a price is for a month's hours or for 10,000 requests");
  parts_ += static_cast<sim::Uint128>(price.nanodollars) * part * (kParts / whole);
}

int Amount::compare(const model::Money& money) const {
  const sim::Uint128 other = static_cast<sim::Uint128>(money.nanodollars) * kParts;
  if (parts_ == other) return 0;
  return parts_ < other ? -1 : 1;
}

model::Money Amount::rounded() const {
  return {static_cast<std::int64_t>((parts_ + kParts / 2) / kParts)};
}

void Bill::add(const Bill& other) {
  keys.add(other.keys);
  requests.add(other.requests);
  charged_requests += other.charged_requests;
  free_requests += other.free_requests;
}

void CostMeter::event(const model::State& after, events::Event::Reader event, std::uint64_t) {
  if (const auto call = sent_call(after, event)) count_request(after, *call, event.getTime());
  if (const auto key = key_changed_by(event)) look_at_key(after, *key, event.getTime());
}

void CostMeter::count_request(const model::State& after, const SentCall& call, std::int64_t time) {
  if (time < begin_ || time >= end_ || !is_charged(after, call)) return;
  if (time < month_begin_ || time >= month_end_) {
    const MonthSpan month = month_of(time);
    month_begin_ = month.begin;
    month_end_ = month.end;
  }
  Month& month = requests_[{payer(after, call), month_begin_}];
  ++(is_asymmetric(after, call) ? month.asymmetric : month.requests);
}

void CostMeter::look_at_key(const model::State& after, std::uint32_t key, std::int64_t time) {
  lives_.resize(after.keys.size());
  Life& life = model::at(lives_, key);
  const model::KmsKey& facts = model::at(after.keys, key);
  if (!life.begin) life.begin = time;
  const bool ended = facts.deleted || facts.pending_deletion;
  if (!ended) life.end.reset();
  if (ended && !life.end) life.end = time;
  const auto rotated = std::count_if(
      facts.materials.begin(), facts.materials.end(),
      [](const auto& material) { return material.rotation != events::RotationType::NONE; });
  while (static_cast<std::ptrdiff_t>(life.rotations.size()) < rotated) {
    life.rotations.push_back(time);
  }
}

// The key's own fee, and one for each rotation that is charged.
std::vector<CostMeter::Paid> CostMeter::fees_of(const Life& life, const model::State& end) const {
  const model::RotationFees rule = end.settings().price_rotations;
  const std::int64_t until = std::min(life.end.value_or(end.now().nanoseconds()), end_);
  std::vector<Paid> fees;
  const auto add = [&](std::int64_t from, std::int64_t to) {
    from = std::max(from, begin_);
    if (from < to) fees.push_back({from, to});
  };
  add(*life.begin, until);
  for (std::size_t n = 0; n < life.rotations.size(); ++n) {
    std::int64_t last = until;
    if (n >= 2 && rule == model::RotationFees::two) continue;
    if (n >= 2 && rule == model::RotationFees::dated) {
      last = std::min(until, two_rotations_since());
    }
    add(life.rotations[n], last);
  }
  return fees;
}

std::map<std::string, MonthlyCost> CostMeter::monthly(const model::State& end,
                                                      std::int64_t seen) const {
  model::law(seen > 0, "a rate is over some time");
  const model::Settings& settings = end.settings();
  const auto during = static_cast<sim::Uint128>(seen);
  const auto nanodollars = [](const model::Money& price) {
    return static_cast<sim::Uint128>(price.nanodollars);
  };
  std::map<std::string, sim::Uint128> times;  // that keys were paid for, ns
  for (std::uint32_t i = 0; i < lives_.size(); ++i) {
    const auto described = model::kms::described(end, i);
    if (!lives_[i].begin || described.getManager() != events::Key::Manager::CUSTOMER) continue;
    for (const Paid& fee : fees_of(lives_[i], end)) {
      times[described.getAccount().cStr()] += static_cast<sim::Uint128>(fee.end - fee.begin);
    }
  }
  std::map<std::string, MonthlyCost> costs;
  for (const auto& [account, time] : times) {
    costs[account].keys.nanodollars = static_cast<std::int64_t>(
        (nanodollars(settings.price_key_month) * time + during / 2) / during);
  }
  std::map<std::string, sim::Uint128> amounts;  // nanodollars for 10,000 requests
  for (const auto& [place, month] : requests_) {
    const std::string& account = model::at(end.scenario().accounts, place.first);
    amounts[account] += nanodollars(settings.price_requests) * month.requests +
                        nanodollars(settings.price_asymmetric_requests) * month.asymmetric;
    costs[account].calls += month.requests + month.asymmetric;
  }
  for (const auto& [account, amount] : amounts) {
    const sim::Uint128 whole = during * kRequests;
    costs[account].requests.nanodollars =
        static_cast<std::int64_t>((amount * kMonth + whole / 2) / whole);
  }
  return costs;
}

std::map<std::string, Bill> CostMeter::bills(const model::State& end) const {
  const model::Settings& settings = end.settings();
  std::map<std::string, Bill> bills;
  for (std::uint32_t i = 0; i < lives_.size(); ++i) {
    const auto described = model::kms::described(end, i);
    const Life& life = lives_[i];
    if (!life.begin || described.getManager() != events::Key::Manager::CUSTOMER) continue;
    Amount& fees = bills[described.getAccount().cStr()].keys;
    for (const Paid& fee : fees_of(life, end)) {
      add_hours(fees, settings.price_key_month, fee.begin, fee.end);
    }
  }
  for (const auto& [place, month] : requests_) {
    Bill& bill = bills[model::at(end.scenario().accounts, place.first)];
    const std::uint64_t free =
        std::min<std::uint64_t>(month.requests, settings.price_free_requests);
    bill.free_requests += free;
    bill.charged_requests += month.requests - free + month.asymmetric;
    bill.requests.add(settings.price_requests, month.requests - free, kRequests);
    bill.requests.add(settings.price_asymmetric_requests, month.asymmetric, kRequests);
  }
  return bills;
}

}  // namespace tablekey::replay
