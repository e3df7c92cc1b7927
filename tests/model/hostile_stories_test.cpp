// The stories of hostile_stories.h, and that they are told as they are meant.
#include "tests/model/hostile_stories.h"

#include "tests/model/clients/encryption_steps.h"

namespace tablekey::model::tests::hostile_stories_test {
namespace {

using StoreType = events::CustomKeyStore::Type;

Fill key_call(KmsOperation operation, std::uint32_t key, const std::string& region,
              std::function<void(events::KmsCall::Builder)> more = {}) {
  return call(operation, key, [=](events::KmsCall::Builder kms) {
    kms.setRegion(region);
    if (more) more(kms);
  });
}

/// A key that gets a replica, new material that reaches it, and another primary.
Story replicas_of_a_key() {
  const std::string home = "us-west-2", abroad = "eu-west-1";
  Story story;
  story.until = 1200;
  story.keys.clear();
  for (const std::string& region : {home, abroad}) {
    KeySpec key;
    key.region = region;
    key.more = [replica = region != home](events::Key::Builder to) {
      to.setKeyId("mrk-1234abcd12ab34cd56ef1234567890ab");
      to.setMultiRegion(true);
      if (replica) to.setPrimary(0);
      to.setByStep(replica);
    };
    story.keys.push_back(key);
  }
  story.step(10, key_call(KmsOperation::REPLICATE_KEY, 0, home, [=](events::KmsCall::Builder kms) {
               kms.setReplicaRegion(abroad);
               kms.setNewKey(1);
             }));
  story.step(300, key_call(KmsOperation::ROTATE_KEY_ON_DEMAND, 0, home));
  story.step(600, key_call(KmsOperation::UPDATE_PRIMARY_REGION, 0, home,
                           [=](events::KmsCall::Builder kms) { kms.setReplicaRegion(abroad); }));
  return story;
}

/// A store that is disconnected and connected again under a table's key.
Story custom_key_store() {
  Story story = books(4000);
  story.keys[0].more = [](events::Key::Builder key) {
    key.setOrigin(events::Origin::AWS_CLOUD_HSM);
    key.setStore(0);
  };
  story.more = [](events::Scenario::Builder scenario) {
    auto store = scenario.initCustomKeyStores(1)[0];
    store.setLogicalId("hsm");
    store.setName("hsm");
    store.setId("cks-hsm");
    store.setType(StoreType::AWS_CLOUD_HSM);
    store.setAccount(std::string(kAccount));
    store.setRegion("us-west-2");
    store.setClusterId("cluster-aaaabbbbcc");
    store.setConnected(true);
  };
  const auto store_call = [](KmsOperation operation) {
    return call(operation, kNone, [](events::KmsCall::Builder kms) { kms.setStore(0); });
  };
  story.step(100, store_call(KmsOperation::DISCONNECT_CUSTOM_KEY_STORE));
  story.step(1000, store_call(KmsOperation::CONNECT_CUSTOM_KEY_STORE));
  return story;
}

/// A client that asks KMS for each item.
Story items_with_keys_of_their_own() {
  Story story = library({Setup{}});
  story.step(10, put(0), 0).step(11, get(0), 0);
  story.step(20, kms(KmsKind::DISABLE_KEY, kClientKey)).step(21, get(0), 0);
  return story;
}

/// Clients that load keys from a table of their own, one waiting for another.
Story items_with_loaded_keys() {
  Setup setup;
  setup.provider = Encryptor::Provider::MOST_RECENT;
  Story story = library({setup});
  story.keys.push_back({.name = "StoreKey", .policy = allow()});
  story.tables.push_back({.name = "Keys", .key = 2, .items = 0, .range_key = true});
  story.more = [more = story.more](events::Scenario::Builder scenario) {
    more(scenario);
    scenario.getTables()[1].getHashKey().setName("N");
    scenario.getTables()[1].getRangeKey().setName("V");
  };
  story.step(10, put(0), 0).step(10, put(0), 0).step(100, put(0), 0).step(101, get(0), 0);
  return story;
}

/// The same with the clients of a workload, of which one is sent again what KMS was not there for.
Story items_of_workloads() {
  Story story = items_with_loaded_keys();
  story.steps.clear();
  WorkloadSpec clients{.name = "clients", .connections = 2};
  clients.stages = {{1e6, 4, 4}};
  clients.stops = 60;
  clients.operations = {{Operation::PUT_ITEM, 300'000},
                        {Operation::GET_ITEM, 300'000},
                        {Operation::BATCH_WRITE_ITEM, 200'000},
                        {Operation::QUERY, 200'000}};
  clients.more = [](events::Workload::Builder to) { to.setEncryptor(0); };
  story.workloads.push_back(clients);
  return story;
}

/// A table whose items have a data key for each two: split, and moved to another key.
Story groups_of_items() {
  Story story = books(120);
  story.keys.push_back({});
  story.tables[0].local_indexes = {"l"};
  story.set("dynamodb.structure_granularity", "item_group(2)");
  story.set("dynamodb.partitions.max_bytes", "900");
  story.set("dynamodb.partitions.split_duration", "constant(1s)");
  story.step(4.1, request(Operation::PUT_ITEM, {{kPut, 10, kValue}}), 0);
  story.step(60, update_table(0, 1));
  return story;
}

}  // namespace
}  // namespace tablekey::model::tests::hostile_stories_test

namespace tablekey::model::tests {

std::vector<Story> stories_of_keys_and_clients() {
  using namespace hostile_stories_test;
  return {replicas_of_a_key(),      custom_key_store(),   items_with_keys_of_their_own(),
          items_with_loaded_keys(), items_of_workloads(), groups_of_items()};
}

namespace hostile_stories_test {

TEST_CASE("The stories of keys and clients keep the laws and have the kinds that they are for") {
  std::size_t materials = 0, ready = 0, stores = 0, asked = 0, waited = 0, splits = 0;
  for (const Story& story : stories_of_keys_and_clients()) {
    const auto play = lawful(story);
    materials += play->of(Event::KEY_MATERIAL_SYNCHRONIZED).size();
    ready += play->of(Event::KEY_READY).size();
    stores += play->of(Event::CUSTOM_KEY_STORE_CHANGED).size();
    asked += play->of(Event::CLIENT_KEY_REQUESTED).size();
    waited += play->of(Event::REQUEST_WAITED).size();
    splits += play->of(Event::PARTITION_SPLIT).size();
  }
  CHECK(materials == 1);
  CHECK(ready == 3);
  CHECK(stores >= 1);
  CHECK(asked >= 4);
  CHECK(waited >= 1);
  CHECK(splits >= 1);
}

}  // namespace hostile_stories_test
}  // namespace tablekey::model::tests
