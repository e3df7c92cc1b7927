#include "model/clients/client_requests.h"

#include <fmt/format.h>

#include "crypto/sha256.h"
#include "model/clients/encryptors.h"
#include "model/clients/operations.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/json.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::DataOperation;
using Kind = events::ItemCall::Kind;

// Values that clients make are told from those that a table makes for itself.
constexpr std::uint32_t kClientOrigin = 0x80000000;
constexpr unsigned kCallsBits = 8;  // a transaction has a hundred items

events::DataCall::Reader call_of(const State& state, std::uint32_t step) {
  return at(state.scenario().reader().getSteps(), step - 1).getRequest();
}

std::string draws_of_step(const State& state, std::uint32_t step) {
  return fmt::format("{:016x}", at(state.scenario().kms_step_entities, step - 1));
}

std::string draws_of_home(const State& state, std::uint32_t home, std::uint64_t ordinal) {
  return fmt::format("workload/{:016x}/{}", state.connection_entity(home), ordinal);
}

}  // namespace

std::uint32_t workload_encryptor(const State& state, std::uint32_t connection,
                                 DataOperation operation) {
  const std::uint32_t workload = at(state.connections, connection).workload;
  if (workload == kNone || operation == DataOperation::DELETE_ITEM) return kNone;
  return state.scenario().workloads[workload].encryptor;
}

bool is_full_request(const State& state, const Request& request) {
  if (request.home != kNone) return true;
  return request.step != 0 &&
         at(state.scenario().reader().getSteps(), request.step - 1).isRequest();
}

std::uint32_t sender_of(const State& state, const Request& request) {
  if (request.home != kNone) return at(state.connections, request.home).identity;
  const auto step = at(state.scenario().reader().getSteps(), request.step - 1);
  return state.scenario().caller(step.getCaller(), step.getSession().cStr());
}

std::uint32_t encryptor_behind(const State& state, const Request& request) {
  if (request.home != kNone) {
    return workload_encryptor(state, request.home, request.operation);
  }
  if (request.step == 0) return kNone;
  const auto step = at(state.scenario().reader().getSteps(), request.step - 1);
  if (!step.isRequest() || !encrypts(step.getRequest())) return kNone;
  return step.getRequest().getEncryptor();
}

std::uint32_t provider_of(const State& state, const Request& request) {
  const std::uint32_t encryptor = encryptor_behind(state, request);
  if (encryptor == kNone || key_store_of(state, encryptor) == kNone) return kNone;
  return state.scenario().provider_of(encryptor, sender_of(state, request));
}

std::uint64_t loader_mark(const Request& request) {
  if (request.home == kNone) return request.step;
  return std::uint64_t{1} << 63 | std::uint64_t{request.home} << 32 |
         (request.home_ordinal & 0xffffffffU);
}

bool makes_material(const State& state, const Request& request) {
  return request.home == kNone && makes_material(call_of(state, request.step));
}

std::string client_draws(const State& state, const Request& request) {
  return request.home == kNone ? draws_of_step(state, request.step)
                               : draws_of_home(state, request.home, request.home_ordinal);
}

std::string client_draws(const State& state, const ClientMaterial& material) {
  return material.home == kNone ? draws_of_step(state, material.step)
                                : draws_of_home(state, material.home, material.ordinal);
}

std::uint64_t client_entity(const State& state, const Request& request) {
  if (request.home == kNone) return at(state.scenario().kms_step_entities, request.step - 1);
  return crypto::name_hash(fmt::format("client/{:016x}", state.connection_entity(request.home)));
}

std::uint64_t client_ordinal(const Request& request) {
  if (request.home == kNone) return request.client_asked;
  return request.home_ordinal << kCallsBits | request.client_asked;
}

events::KmsOperation client_operation(const State& state, const Request& request) {
  bool generates = encrypts_writes(request.operation);
  if (generates && provider_of(state, request) != kNone && !makes_material(state, request)) {
    generates = !newest_version(state, encryptor_behind(state, request));
  }
  return generates ? events::KmsOperation::GENERATE_DATA_KEY : events::KmsOperation::DECRYPT;
}

// ---- what a workload's request says ------------------------------------------------------------

namespace {

Kind generated_kind_of(DataOperation operation) {
  if (encrypts_writes(operation)) return Kind::PUT;
  return operation == DataOperation::UPDATE_ITEM ? Kind::UPDATE : Kind::GET;
}

}  // namespace

std::unique_ptr<capnp::MallocMessageBuilder> generated_call(const Deciding& d,
                                                            const Request& request) {
  auto message = std::make_unique<capnp::MallocMessageBuilder>();
  auto call = message->initRoot<events::DataCall>();
  const Connection& home = at(d.state.connections, request.home);
  const std::uint32_t family = d.state.tables[home.table].family;
  const ItemSpace& space = d.state.scenario().items(family);
  call.setOperation(request.operation);
  call.setEncryptor(encryptor_behind(d.state, request));
  if (request.operation == DataOperation::QUERY || request.operation == DataOperation::SCAN) {
    call.setTable(family);
    if (request.operation == DataOperation::SCAN) return message;
    items::AttributeMap key;
    key.set(space.key().partition.name, space.partition_value(request.item));
    call.setPartitionKey(items::to_json(key));
    call.setHasLimit(true);
    call.setLimit(
        static_cast<std::int32_t>(d.state.scenario().workloads[home.workload].query_items));
    return message;
  }
  const auto named =
      generated_items(d, request.home, request.home_ordinal, request.item, request.operation);
  auto list = call.initItems(static_cast<unsigned>(named.size()));
  for (unsigned i = 0; i < named.size(); ++i) {
    list[i].setKind(generated_kind_of(request.operation));
    list[i].setTable(family);
    list[i].setItem(named[i]);
  }
  return message;
}

items::AttributeMap generated_value_of(const Deciding& d, const Request& request,
                                       std::uint32_t item) {
  const std::uint32_t table = at(d.state.connections, request.home).table;
  const ItemSpace& space = d.state.scenario().items(d.state.tables[table].family);
  const Origin origin{d.state.connection_entity(request.home), kClientOrigin, 0};
  const auto version = static_cast<std::uint32_t>(2 + (request.home_ordinal & 0x3fffffffU));
  const GeneratedValue value{origin, item, version, space.generated_expiry(request.arrived)};
  return item_of(d.vault.generated(d.state, table, value).bytes());
}

}  // namespace tablekey::model
