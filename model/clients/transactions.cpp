// Transactions. The request's own copy is kept for a while under an AWS owned key at AWS
// (dynamodb.md 3.5); nothing of that can be seen, so nothing of it is simulated.
#include "model/clients/transactions.h"

#include <capnp/any.h>
#include <fmt/format.h>

#include <set>

#include "model/dynamodb/items/limits.h"

namespace tablekey::model {
namespace {

using events::Exception;
using Kind = events::ItemCall::Kind;

constexpr std::size_t kItemsMax = 100;
constexpr std::size_t kBytesMax = std::size_t{4} << 20;
constexpr std::size_t kTokenMax = 36;

// One reason for each item that has one; the message lists all of them.
void cancel(RequestWork& work, std::vector<Reason> reasons) {
  std::vector<Exception> codes(work.items.size(), Exception::NONE);
  for (const Reason& reason : reasons) codes[reason.position] = reason.refused.exception;
  std::string list;
  for (const Exception code : codes) {
    list.append(list.empty() ? "" : ", ").append(reason_code(code));
  }
  work.answer.refused = {
      Exception::TRANSACTION_CANCELED,
      fmt::format("Transaction cancelled, please refer cancellation reasons for specific reasons "
                  "[{}]",
                  list)};
  work.answer.reasons = std::move(reasons);
}

// A TransactWriteItems that was done before under the same token is not done again.
bool repeats(RequestWork& work) {
  const std::string token = work.call.getClientRequestToken();
  if (work.step == 0 || token.empty()) return false;
  const RequestToken* before = same_token(work.d.state, work.d.now, token, work.caller);
  if (before == nullptr) return false;
  const auto steps = work.d.state.scenario().reader().getSteps();
  const auto items = steps[before->step - 1].getRequest().getItems();
  bool same = items.size() == work.call.getItems().size();
  for (unsigned i = 0; same && i < items.size(); ++i) {
    const capnp::AnyStruct::Reader one = items[i], other = work.call.getItems()[i];
    same = one.equals(other) == capnp::Equality::EQUAL;
  }
  if (!same) {
    work.answer.refused = {Exception::IDEMPOTENT_PARAMETER_MISMATCH,
                           "The request uses the same client token as a previous, but "
                           "non-identical request. Do not reuse a client token with different "
                           "requests, unless the requests are identical"};
    return true;
  }
  // It costs what reading the items costs.
  for (const ItemWork& one : work.items) {
    const std::uint32_t size = work.d.state.item(one.table, one.item).size;
    work.answer.consume_reads(one.table, "",
                              items::read_half_units(size, items::ReadMode::transactional));
  }
  return true;
}

}  // namespace

const RequestToken* same_token(const State& state, sim::Time now, std::string_view token,
                               std::uint32_t caller) {
  const RequestToken* found = nullptr;
  for (const RequestToken& one : state.tokens) {
    const bool lives = now - one.at < state.settings().dynamodb.token_lifetime;
    if (lives && one.caller == caller && one.token == token) found = &one;
  }
  return found;
}

Refused check_transaction(const RequestWork& work) {
  if (work.items.empty()) return invalid("The transaction names no item");
  if (work.items.size() > kItemsMax) {
    return invalid(
        "1 validation error detected: Value at 'transactItems' failed to satisfy "
        "constraint: Member must have length less than or equal to 100");
  }
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  std::size_t bytes = 0;
  for (const ItemWork& item : work.items) {
    if (!seen.emplace(item.table, item.item).second) {
      return invalid("Transaction request cannot include multiple operations on one item");
    }
    if (item.kind == Kind::CONDITION_CHECK && !item.condition) {
      return invalid("The expression can not be empty;");
    }
    if (item.value) bytes += items::item_size(*item.value);
  }
  if (bytes > kBytesMax) {
    return invalid("Collection size of items in the transaction exceeds 4 MB");
  }
  if (work.call.getClientRequestToken().size() > kTokenMax) {
    return invalid(
        "1 validation error detected: Value at 'clientRequestToken' failed to satisfy "
        "constraint: Member must have length less than or equal to 36");
  }
  return {};
}

void cancel_for_key(RequestWork& work, std::uint32_t table, const Refused& refused) {
  std::vector<Reason> reasons;
  for (std::uint32_t i = 0; i < work.items.size(); ++i) {
    if (work.items[i].table == table) reasons.push_back({i, refused});
  }
  cancel(work, std::move(reasons));
}

void transact_get(RequestWork& work) {
  std::size_t bytes = 0;
  for (const ItemWork& one : work.items) bytes += work.d.state.item(one.table, one.item).size;
  if (bytes > kBytesMax) {
    work.answer.refused = invalid("Collection size of items in the transaction exceeds 4 MB");
    return;
  }
  work.begin_list();
  for (const ItemWork& one : work.items) {
    auto item = work.read(one.table, one.item);
    const std::size_t size = item ? items::item_size(*item) : 0;
    if (work.shows()) {
      work.answer.consume_reads(one.table, "",
                                items::read_half_units(size, items::ReadMode::transactional));
    }
    if (item) ++work.answer.returned;
    if (item && one.projection) item = one.projection->of(*item);
    if (work.shows()) work.show(one.table, item ? &*item : nullptr);
  }
  work.end_list();
  if (!work.shows()) work.answer.result.clear();
}

void transact_write(RequestWork& work) {
  if (repeats(work)) return;
  std::vector<Outcome> outcomes;
  std::vector<Reason> reasons;
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < work.items.size(); ++i) {
    Outcome& outcome = outcomes.emplace_back(work.evaluate(work.items[i]));
    bytes += outcome.size;
    if (outcome.refused.exception != Exception::NONE) reasons.push_back({i, outcome.refused});
  }
  if (!reasons.empty()) return cancel(work, std::move(reasons));
  if (bytes > kBytesMax) {
    work.answer.refused = invalid("Collection size of items in the transaction exceeds 4 MB");
    return;
  }
  for (std::size_t i = 0; i < work.items.size(); ++i) {
    work.write(work.items[i], outcomes[i], true);
  }
}

}  // namespace tablekey::model
