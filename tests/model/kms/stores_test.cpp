// Custom key stores: the connection state machine, what it refuses, and what the keys in a store
// make of it (kms.md 1.7, 2.2, 13 no. 20).
#include "model/kms/operations/stores.h"

#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests::stores_test {
namespace {

using events::ConnectionError;
using events::ConnectionState;
using events::KeyState;
using StoreType = events::CustomKeyStore::Type;

constexpr std::uint32_t kHsm = 0, kExternal = 1, kMade = 2;

void describe_store(events::CustomKeyStore::Builder to, const std::string& name,
                    StoreType type = StoreType::AWS_CLOUD_HSM) {
  to.setLogicalId(name);
  to.setName(name);
  to.setId("cks-" + name);
  to.setType(type);
  to.setAccount(std::string(kAccount));
  to.setRegion("us-west-2");
  if (type == StoreType::AWS_CLOUD_HSM) to.setClusterId("cluster-aaaabbbbcc" + name.substr(0, 2));
}

/// A CloudHSM store with a key in it, an external one, and one that a step may make.
Story with_stores(bool connected, double until = 4000) {
  Story story;
  story.until = until;
  story.set("kms.custom_key_stores.propagation", "constant(0s)");
  story.keys[0].more = [](events::Key::Builder key) {
    key.setOrigin(events::Origin::AWS_CLOUD_HSM);
    key.setStore(kHsm);
  };
  story.more = [connected](events::Scenario::Builder scenario) {
    auto stores = scenario.initCustomKeyStores(3);
    describe_store(stores[kHsm], "hsm");
    stores[kHsm].setConnected(connected);
    describe_store(stores[kExternal], "xks", StoreType::EXTERNAL_KEY_STORE);
    describe_store(stores[kMade], "made");
    stores[kMade].setByStep(true);
  };
  return story;
}

Fill store_call(KmsOperation operation, std::uint32_t store,
                std::function<void(events::KmsCall::Builder)> more = {}) {
  return call(operation, kNone, [=](events::KmsCall::Builder kms) {
    kms.setStore(store);
    if (more) more(kms);
  });
}
Fill connect(std::uint32_t store) {
  return store_call(KmsOperation::CONNECT_CUSTOM_KEY_STORE, store);
}
Fill disconnect(std::uint32_t store) {
  return store_call(KmsOperation::DISCONNECT_CUSTOM_KEY_STORE, store);
}
Fill remove(std::uint32_t store) {
  return store_call(KmsOperation::DELETE_CUSTOM_KEY_STORE, store);
}
Fill rename(std::uint32_t store, const std::string& name) {
  return store_call(KmsOperation::UPDATE_CUSTOM_KEY_STORE, store,
                    [=](events::KmsCall::Builder kms) { kms.setNewStoreName(name); });
}
Fill move_cluster(std::uint32_t store, const std::string& cluster) {
  return store_call(KmsOperation::UPDATE_CUSTOM_KEY_STORE, store,
                    [=](events::KmsCall::Builder kms) { kms.setCloudHsmClusterId(cluster); });
}
Fill make_store(const std::string& name = "", const std::string& cluster = "",
                bool password = true) {
  return store_call(KmsOperation::CREATE_CUSTOM_KEY_STORE, kMade,
                    [=](events::KmsCall::Builder kms) {
                      kms.setNewStoreName(name);
                      kms.setCloudHsmClusterId(cluster);
                      kms.setKeyStorePassword(password);
                    });
}
Fill store_fault(std::uint32_t store, ConnectionError error, double seconds = 0) {
  return [=](events::Step::Builder step) {
    auto fault = step.initFault();
    fault.setKind(events::Fault::Kind::KEY_STORE);
    fault.setStore(store);
    fault.setStoreError(error);
    fault.setDuration(static_cast<std::int64_t>(seconds * 1e9));
  };
}
Fill encrypt(std::uint32_t key) {
  return call(KmsOperation::ENCRYPT, key, [](events::KmsCall::Builder kms) {
    kms.setPlaintext(kj::StringPtr("secret").asBytes());
  });
}

ConnectionState connection(const Play& play, std::uint32_t store = kHsm) {
  return play.state().stores[store].state;
}
KeyState key_state(const Play& play, std::uint32_t key = 0) { return play.state().keys[key].state; }

std::string unavailable(const Play& play) { return play.state().key_arn(0) + " is unavailable."; }

TEST_CASE("a CloudHSM key store connects in twenty minutes, an external one in five") {
  Story story = with_stores(false);
  story.step(10, connect(kHsm)).step(10, connect(kExternal));
  Play play(story);
  play.run_to(9);
  CHECK(connection(play) == ConnectionState::DISCONNECTED);
  play.run_to(309);
  CHECK(connection(play, kHsm) == ConnectionState::CONNECTING);
  CHECK(connection(play, kExternal) == ConnectionState::CONNECTING);
  play.run_to(311);
  CHECK(connection(play, kExternal) == ConnectionState::CONNECTED);
  play.run_to(1209);
  CHECK(connection(play, kHsm) == ConnectionState::CONNECTING);
  play.run_to(1211);
  CHECK(connection(play, kHsm) == ConnectionState::CONNECTED);
  play.run();
  require_laws(story, play);
  CHECK(play.of(Event::CUSTOM_KEY_STORE_CHANGED).size() == 2);
}

TEST_CASE("a store that is connected stays so when it is told to connect again") {
  Story story = with_stores(true);
  story.step(10, connect(kHsm)).step(20, connect(kExternal)).step(30, connect(kExternal));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none", "none"});
  REQUIRE(play->of(Event::CUSTOM_KEY_STORE_CHANGED).size() == 1);
  CHECK(play->of(Event::CUSTOM_KEY_STORE_CHANGED)[0]->seconds() == 320);
}

TEST_CASE("a store that is told to disconnect while it connects never gets there") {
  Story story = with_stores(false);
  story.step(10, connect(kHsm)).step(20, disconnect(kHsm));
  const auto play = lawful(story);
  REQUIRE(play->of(Event::CUSTOM_KEY_STORE_CHANGED).size() == 1);
  const auto changed =
      play->of(Event::CUSTOM_KEY_STORE_CHANGED)[0]->read().getCustomKeyStoreChanged();
  CHECK(changed.getState() == ConnectionState::DISCONNECTED);
  CHECK(connection(*play) == ConnectionState::DISCONNECTED);
}

/// A connection state, and the steps that lead the store to it by second 100.
struct Reached {
  const char* name;
  bool connected;
  std::function<void(Story&)> steps;
  std::vector<std::string> answers;  // to connect, disconnect, delete, rename, move to a cluster
};

TEST_CASE("what a store's connection state refuses") {
  const std::string ok = "none", bad = "CustomKeyStoreInvalidStateException";
  const std::string gone = "CustomKeyStoreNotFoundException",
                    keys = "CustomKeyStoreHasCMKsException";
  const std::vector<Reached> states = {
      {"DISCONNECTED", false, [](Story&) {}, {ok, bad, keys, ok, ok}},
      {"CONNECTING", false, [](Story& s) { s.step(50, connect(kHsm)); }, {ok, ok, bad, ok, bad}},
      {"CONNECTED", true, [](Story&) {}, {ok, ok, bad, ok, bad}},
      {"DISCONNECTING",
       true,
       [](Story& s) { s.step(90, disconnect(kHsm)); },
       {bad, bad, bad, ok, bad}},
      {"FAILED",
       false,
       [](Story& s) {
         s.set("kms.custom_key_stores.cloud_hsm_connect", "constant(10s)");
         s.step(5, store_fault(kHsm, ConnectionError::USER_LOCKED_OUT, 60)).step(50, connect(kHsm));
       },
       {bad, ok, bad, ok, bad}},
  };
  const std::vector<Fill> operations = {connect(kHsm), disconnect(kHsm), remove(kHsm),
                                        rename(kHsm, "other"),
                                        move_cluster(kHsm, "cluster-2222333344445555")};
  for (const Reached& state : states) {
    for (std::size_t i = 0; i < operations.size(); ++i) {
      INFO(state.name << ", operation " << i);
      Story story = with_stores(state.connected);
      state.steps(story);
      story.step(100, operations[i]);
      const auto play = lawful(story);
      const Answer answer = answer_to(*play, story.steps.size() - 1);
      CHECK(error_name(answer.error) == state.answers[i]);
      if (state.answers[i] == bad) {
        CHECK_THAT(answer.message, Catch::Contains("cks-hsm is " + std::string(state.name)));
      }
    }
  }
}

TEST_CASE("a deleted store is not found, and one that no step has made neither") {
  Story story = with_stores(false);
  story.step(10, remove(kExternal));
  for (const std::uint32_t store : {kExternal, kMade}) {
    story.step(20, connect(store)).step(20, disconnect(store)).step(20, remove(store));
    story.step(20, rename(store, "x"));
    story.step(20, store_call(KmsOperation::DESCRIBE_CUSTOM_KEY_STORES, store));
  }
  const auto play = lawful(story);
  const auto answers = answers_of(story, *play);
  CHECK(answers[0] == "none");
  CHECK(connection(*play, kExternal) == ConnectionState::DELETED);
  for (std::size_t i = 1; i < answers.size(); ++i)
    CHECK(answers[i] == "CustomKeyStoreNotFoundException");
  CHECK_THAT(answer_to(*play, 1).message, Catch::Contains("cks-xks"));
}

TEST_CASE("the keys of a store that disconnects are Unavailable at once, but can be managed") {
  Story story = with_stores(true);
  story.step(10, encrypt(0)).step(20, disconnect(kHsm)).step(21, encrypt(0));
  story.step(22, call(KmsOperation::DESCRIBE_KEY, 0)).step(23, call(KmsOperation::ENABLE_KEY, 0));
  story.step(60, encrypt(0)).step(70, connect(kHsm)).step(71, encrypt(0)).step(1280, encrypt(0));
  Play play(story);
  play.run_to(20);
  CHECK(connection(play) == ConnectionState::DISCONNECTING);
  CHECK(key_state(play) == KeyState::UNAVAILABLE);
  play.run_to(49);
  CHECK(connection(play) == ConnectionState::DISCONNECTING);
  play.run_to(51);
  CHECK(connection(play) == ConnectionState::DISCONNECTED);
  play.run_to(1269);
  CHECK(key_state(play) == KeyState::UNAVAILABLE);
  play.run_to(1270);
  CHECK(connection(play) == ConnectionState::CONNECTED);
  CHECK(key_state(play) == KeyState::ENABLED);
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) ==
        std::vector<std::string>{"none", "none", "KMSInvalidStateException", "none", "none",
                                 "KMSInvalidStateException", "none", "KMSInvalidStateException",
                                 "none"});
  CHECK(answer_to(play, 2).message == unavailable(play));
}

TEST_CASE("conformance check 20: a key disabled while its store is away is Disabled afterwards") {
  Story story = with_stores(true);
  story.step(10, disconnect(kHsm)).step(60, call(KmsOperation::DISABLE_KEY, 0));
  story.step(70, connect(kHsm)).step(2000, encrypt(0));
  Play play(story);
  play.run_to(69);
  CHECK(key_state(play) == KeyState::UNAVAILABLE);
  play.run_to(1269);
  CHECK(key_state(play) == KeyState::UNAVAILABLE);
  play.run_to(1271);
  CHECK(key_state(play) == KeyState::DISABLED);
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) ==
        std::vector<std::string>{"none", "none", "none", "DisabledException"});
}

TEST_CASE("a key enabled again while its store is away is Enabled afterwards") {
  Story story = with_stores(true);
  story.step(5, call(KmsOperation::DISABLE_KEY, 0)).step(10, disconnect(kHsm));
  story.step(60, call(KmsOperation::ENABLE_KEY, 0)).step(70, connect(kHsm)).step(2000, encrypt(0));
  const auto play = lawful(story);
  CHECK(key_state(*play) == KeyState::ENABLED);
  CHECK(answer_to(*play, 4).error == KmsError::NONE);
}

TEST_CASE("a key pending deletion stays so when its store disconnects, so that it can be saved") {
  Story story = with_stores(true);
  story.step(5, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 7)).step(10, disconnect(kHsm));
  story.step(60, call(KmsOperation::CANCEL_KEY_DELETION, 0)).step(70, connect(kHsm));
  Play play(story);
  play.run_to(59);
  CHECK(key_state(play) == KeyState::PENDING_DELETION);
  play.run_to(61);
  CHECK(key_state(play) == KeyState::UNAVAILABLE);
  play.run();
  require_laws(story, play);
  CHECK(key_state(play) == KeyState::DISABLED);
}

TEST_CASE("the data plane follows a store after a delay, in both directions") {
  Story story = with_stores(true);
  story.set("kms.custom_key_stores.propagation", "constant(10s)");
  story.step(20, disconnect(kHsm))
      .step(29, encrypt(0))
      .step(31, encrypt(0))
      .step(60, connect(kHsm));
  story.step(1269, encrypt(0)).step(1271, encrypt(0));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none",
                                                             "KMSInvalidStateException", "none",
                                                             "KMSInvalidStateException", "none"});
}

TEST_CASE("a store with a fault fails to connect with its error, and connects once it is over") {
  Story story = with_stores(false);
  story.set("kms.custom_key_stores.cloud_hsm_connect", "constant(100s)");
  story.step(5, store_fault(kHsm, ConnectionError::CLUSTER_NOT_FOUND, 295));
  story.step(10, connect(kHsm)).step(200, disconnect(kHsm)).step(310, connect(kHsm));
  Play play(story);
  play.run_to(109);
  CHECK(connection(play) == ConnectionState::CONNECTING);
  play.run_to(110);
  CHECK(connection(play) == ConnectionState::FAILED);
  CHECK(play.state().stores[kHsm].error == ConnectionError::CLUSTER_NOT_FOUND);
  CHECK(key_state(play) == KeyState::UNAVAILABLE);
  play.run_to(200);  // there is nothing to take down
  CHECK(connection(play) == ConnectionState::DISCONNECTED);
  CHECK(play.state().stores[kHsm].error == ConnectionError::NONE);
  play.run();
  require_laws(story, play);
  CHECK(connection(play) == ConnectionState::CONNECTED);
  CHECK(key_state(play) == KeyState::ENABLED);
}

TEST_CASE("a fault that begins while a store connects is in time to make it fail") {
  Story story = with_stores(false);
  story.step(10, connect(kHsm));
  story.step(1000, store_fault(kHsm, ConnectionError::INSUFFICIENT_CLOUDHSM_HSMS));
  const auto play = lawful(story);
  CHECK(connection(*play) == ConnectionState::FAILED);
  CHECK(play->state().stores[kHsm].error == ConnectionError::INSUFFICIENT_CLOUDHSM_HSMS);
}

TEST_CASE("behind KMS's back: state and connection look well, and operations fail") {
  Story story = with_stores(true);
  story.step(10, store_fault(kHsm, ConnectionError::NETWORK_ERRORS, 20)).step(15, encrypt(0));
  story.step(16, call(KmsOperation::DESCRIBE_KEY, 0)).step(35, encrypt(0));
  Play play(story);
  play.run_to(20);
  CHECK(connection(play) == ConnectionState::CONNECTED);
  CHECK(key_state(play) == KeyState::ENABLED);
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) ==
        std::vector<std::string>{"-", "KMSInvalidStateException", "none", "none"});
  CHECK(answer_to(play, 1).message == "KMS cannot communicate with your CloudHSM cluster");
}

TEST_CASE("of two faults of a store the one that lasts is the one that counts") {
  Story story = with_stores(true);
  story.step(10, store_fault(kHsm, ConnectionError::NETWORK_ERRORS, 30));
  story.step(20, store_fault(kHsm, ConnectionError::USER_NOT_FOUND, 10));
  Play play(story);
  play.run_to(25);
  CHECK(play.state().stores[kHsm].broken == ConnectionError::USER_NOT_FOUND);
  play.run_to(31);
  CHECK(play.state().stores[kHsm].broken == ConnectionError::NETWORK_ERRORS);
  play.run_to(41);
  CHECK(play.state().stores[kHsm].broken == ConnectionError::NONE);
  play.run();
  require_laws(story, play);
}

TEST_CASE("a custom key store is made disconnected, with the name and cluster that are given") {
  Story story = with_stores(false);
  story.step(10, make_store("vault", "cluster-7777777777777777"));
  story.step(20, rename(kMade, "safe")).step(30, move_cluster(kMade, "cluster-2222333344445555"));
  Play play(story);
  play.run_to(9);
  CHECK(connection(play, kMade) == ConnectionState::ABSENT);
  play.run_to(11);
  CHECK(connection(play, kMade) == ConnectionState::DISCONNECTED);
  CHECK(play.state().stores[kMade].name == "vault");
  CHECK(play.state().stores[kMade].cluster_id == "cluster-7777777777777777");
  play.run();
  require_laws(story, play);
  CHECK(play.state().stores[kMade].name == "safe");
  CHECK(play.state().stores[kMade].cluster_id == "cluster-2222333344445555");
}

TEST_CASE("what CreateCustomKeyStore refuses") {
  const auto refused = [](Fill made, KmsError error, const std::string& message) {
    Story story = with_stores(false);
    story.step(10, std::move(made));
    const auto play = lawful(story);
    CHECK(answer_to(*play, 0).error == error);
    CHECK_THAT(answer_to(*play, 0).message, Catch::Contains(message));
    CHECK(connection(*play, kMade) == ConnectionState::ABSENT);
  };
  refused(make_store("xks"), KmsError::CUSTOM_KEY_STORE_NAME_IN_USE, "xks");
  refused(make_store("new", "cluster-aaaabbbbcchs"), KmsError::CLOUD_HSM_CLUSTER_IN_USE,
          "cluster-aaaabbbbcchs");
  refused(make_store(std::string(257, 'n')), KmsError::VALIDATION, "'customKeyStoreName'");
  for (const char* cluster : {"cluster-1111111111111", "cluster-2222", "kluster-22222222222",
                              "cluster-22222222222222222"}) {
    refused(make_store("new", cluster), KmsError::VALIDATION, "'cloudHsmClusterId'");
  }
  refused(make_store("new", "", false), KmsError::VALIDATION, "'keyStorePassword'");
}

TEST_CASE("an account has at most so many custom key stores in a Region") {
  Story story = with_stores(false);
  story.set("kms.custom_key_stores.max", "2");
  story.step(10, make_store()).step(20, remove(kExternal)).step(30, make_store());
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"LimitExceededException", "none", "none"});
}

TEST_CASE("names must be free when a store is renamed, its own excepted") {
  Story story = with_stores(true);
  story.step(10, rename(kHsm, "xks")).step(20, rename(kHsm, "hsm")).step(30, rename(kHsm, "new"));
  story.step(40, rename(kExternal, "hsm"));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"CustomKeyStoreNameInUseException", "none", "none", "none"});
  CHECK(play->state().stores[kHsm].name == "new");
}

TEST_CASE("a store is deleted only once its last key is really gone") {
  Story story = with_stores(false, 9 * 86400);
  story.step(10, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 7)).step(20, remove(kHsm));
  story.step(8 * 86400, remove(kHsm));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"none", "CustomKeyStoreHasCMKsException", "none"});
  CHECK(connection(*play) == ConnectionState::DELETED);
}

TEST_CASE("DescribeCustomKeyStores finds by id, by name, and as many as it is asked for") {
  const auto rows = [](std::function<void(events::KmsCall::Builder)> more) {
    Story story = with_stores(false);
    story.step(10, call(KmsOperation::DESCRIBE_CUSTOM_KEY_STORES, kNone, std::move(more)));
    const auto play = lawful(story);
    const auto effect = play->answers(KmsOperation::DESCRIBE_CUSTOM_KEY_STORES)
                            .at(0)
                            ->read()
                            .getKmsAnswered()
                            .getEffect();
    return effect.isListed()
               ? std::pair{effect.getListed().getRows(), effect.getListed().getTruncated()}
               : std::pair{99U, false};
  };
  using Call = events::KmsCall::Builder;
  CHECK(rows({}) == std::pair{2U, false});
  CHECK(rows([](Call kms) { kms.setStore(kExternal); }) == std::pair{1U, false});
  CHECK(rows([](Call kms) { kms.setNewStoreName("hsm"); }) == std::pair{1U, false});
  CHECK(rows([](Call kms) {
          kms.setHasLimit(true);
          kms.setLimit(1);
        }) == std::pair{1U, true});
  CHECK(rows([](Call kms) { kms.setNewStoreName("nobody"); }).first == 99);
}

TEST_CASE("a store is another account's or Region's business there") {
  Story story = with_stores(true);
  story.step(10, store_call(KmsOperation::DISCONNECT_CUSTOM_KEY_STORE, kHsm,
                            [](events::KmsCall::Builder kms) { kms.setRegion("eu-west-1"); }));
  const auto play = lawful(story);
  CHECK(answer_to(*play, 0).error == KmsError::CUSTOM_KEY_STORE_NOT_FOUND);
  CHECK(connection(*play) == ConnectionState::CONNECTED);
}

TEST_CASE("a key is made only in a store that is connected and works") {
  const auto made_with = [](bool connected, bool broken, std::uint32_t store) {
    Story story = with_stores(connected);
    story.keys.push_back({});
    story.keys[1].more = [](events::Key::Builder key) {
      key.setByStep(true);
      key.setOrigin(events::Origin::AWS_CLOUD_HSM);
      key.setStore(kHsm);
    };
    if (broken) story.step(5, store_fault(kHsm, ConnectionError::NETWORK_ERRORS));
    story.step(10, store_call(KmsOperation::CREATE_KEY, store, [](events::KmsCall::Builder kms) {
                 kms.setNewKey(1);
                 kms.setOrigin("AWS_CLOUDHSM");
               }));
    const auto play = lawful(story);
    const Answer answer = answer_to(*play, story.steps.size() - 1);
    CHECK(play->state().keys[1].created == (answer.error == KmsError::NONE));
    return error_name(answer.error);
  };
  CHECK(made_with(true, false, kHsm) == "none");
  CHECK(made_with(false, false, kHsm) == "CustomKeyStoreInvalidStateException");
  CHECK(made_with(true, true, kHsm) == "KMSInvalidStateException");
  CHECK(made_with(true, false, kMade) == "CustomKeyStoreNotFoundException");
}

TEST_CASE("a table whose key's store disconnects goes on as long as its table key is cached") {
  Story story = with_stores(true, 700);
  story.tables.push_back({.name = "Books"});
  story.step(20, data(Operation::GET_ITEM, 0, 1), 0).step(30, disconnect(kHsm));
  story.step(40, data(Operation::GET_ITEM, 0, 1), 0).step(400, data(Operation::GET_ITEM, 0, 1), 0);
  const auto play = lawful(story);
  CHECK(play->of(Event::ITEM_READ).size() == 2);
  const auto failed = play->of(Event::REQUEST_FAILED);
  REQUIRE(failed.size() == 1);
  CHECK(failed[0]->read().getRequestFailed().getException() == events::Exception::VALIDATION);
  CHECK(failed[0]->read().getRequestFailed().getKmsError() == KmsError::KMS_INVALID_STATE);
}

}  // namespace
}  // namespace tablekey::model::tests::stores_test
