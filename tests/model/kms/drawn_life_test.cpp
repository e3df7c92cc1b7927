// Custom key stores, multi-Region keys and faults in drawn disorder: whatever is asked of them in
// whatever order, what State shows follows from its facts, and every run keeps the laws.
#include <algorithm>
#include <set>

#include "model/faults.h"
#include "model/kms/operations/replicas.h"
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests::drawn_life_test {
namespace {

using events::ConnectionState;
using events::KeyState;

constexpr double kDay = 86400;
constexpr std::uint32_t kStoreKey = 0, kSetFirst = 1, kSetLast = 5, kKeys = 6;
const std::vector<std::string> kRegions = {"us-west-2",  "us-west-2", "eu-west-1",
                                           "ap-south-1", "eu-west-1", "us-east-1"};

/// Keys: one in a custom key store; a multi-Region primary, a replica from the start, and three
/// that steps may make, one of them in a Region that is taken.
class LifeDrawer {
 public:
  explicit LifeDrawer(std::uint64_t seed) : random_(seed) { story_.seed = seed; }

  Story draw() {
    story_.until = 30 * kDay;
    for (const char* delay : {"key_state_propagation", "custom_key_stores.propagation"}) {
      story_.set("kms." + std::string(delay), below(2) == 0 ? "constant(0s)" : "uniform(0s, 60s)");
    }
    keys();
    story_.more = [](events::Scenario::Builder scenario) {
      auto store = scenario.initCustomKeyStores(1)[0];
      store.setLogicalId("Store");
      store.setName("store");
      store.setId("cks-1234567890abcdef0");
      store.setAccount(std::string(kAccount));
      store.setRegion("us-west-2");
      store.setClusterId("cluster-1a23b4cdefg");
      store.setConnected(true);
    };
    times();
    for (const double at : times_) story_.step(at, step());
    return story_;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return sim::below(n, random_.draw(1, 1, ordinal_++)); }

  void keys() {
    story_.keys.clear();
    for (std::uint32_t i = 0; i < kKeys; ++i) {
      KeySpec key;
      key.region = kRegions[i];
      key.more = [i](events::Key::Builder to) {
        if (i == kStoreKey) {
          to.setOrigin(events::Origin::AWS_CLOUD_HSM);
          return to.setStore(0);
        }
        to.setKeyId("mrk-1234abcd12ab34cd56ef1234567890ab");
        to.setMultiRegion(true);
        if (i == kSetFirst) return;
        to.setPrimary(kSetFirst);
        to.setByStep(i > kSetFirst + 1);
      };
      story_.keys.push_back(key);
    }
  }

  // Some close together, so that one thing is under way when the next is asked for.
  void times() {
    double at = 10;
    for (int i = 0; i < 40 && at < story_.until; ++i) {
      times_.push_back(at);
      at += static_cast<double>(below(3) == 0 ? 1 + below(static_cast<std::uint64_t>(3 * kDay))
                                              : 1 + below(40));
    }
  }

  Fill at_home(KmsOperation operation, std::uint32_t key,
               std::function<void(events::KmsCall::Builder)> more = {}) {
    return call(operation, key, [=](events::KmsCall::Builder kms) {
      kms.setRegion(kRegions[key]);
      if (more) more(kms);
    });
  }

  Fill step() {
    switch (below(4)) {
      case 0:
        return store_step();
      case 1:
        return set_step();
      case 2:
        return fault_step();
      default:
        return key_step(static_cast<std::uint32_t>(below(kKeys)));
    }
  }

  Fill store_step() {
    constexpr KmsOperation kOperations[] = {
        KmsOperation::CONNECT_CUSTOM_KEY_STORE, KmsOperation::CONNECT_CUSTOM_KEY_STORE,
        KmsOperation::DISCONNECT_CUSTOM_KEY_STORE, KmsOperation::DELETE_CUSTOM_KEY_STORE,
        KmsOperation::UPDATE_CUSTOM_KEY_STORE};
    const KmsOperation operation = kOperations[below(std::size(kOperations))];
    return call(operation, kNone, [=](events::KmsCall::Builder kms) {
      kms.setStore(0);
      if (operation == KmsOperation::UPDATE_CUSTOM_KEY_STORE) kms.setNewStoreName("other");
    });
  }

  Fill set_step() {
    const auto key = static_cast<std::uint32_t>(kSetFirst + below(kSetLast - kSetFirst + 1));
    const bool replicate = next_ <= kSetLast && below(2) == 0;
    if (below(4) == 0) return at_home(KmsOperation::ROTATE_KEY_ON_DEMAND, key);
    if (!replicate) {
      const std::string region = kRegions[kSetFirst + below(kSetLast - kSetFirst + 1)];
      return at_home(KmsOperation::UPDATE_PRIMARY_REGION, key,
                     [=](events::KmsCall::Builder kms) { kms.setReplicaRegion(region); });
    }
    const std::uint32_t made = next_++;
    return at_home(KmsOperation::REPLICATE_KEY, key, [=](events::KmsCall::Builder kms) {
      kms.setReplicaRegion(kRegions[made]);
      kms.setNewKey(made);
    });
  }

  Fill fault_step() {
    const auto kind = static_cast<events::Fault::Kind>(below(4));
    const auto duration = static_cast<std::int64_t>(below(2000)) * kSecond;
    const auto share = static_cast<std::uint32_t>(below(1'000'001));
    return [=](events::Step::Builder step) {
      auto fault = step.initFault();
      fault.setKind(kind);
      fault.setDuration(duration + kSecond);
      fault.setShareMillionths(share);
      fault.setRate(7);
      fault.setLatency(kMillisecond);
      if (kind == events::Fault::Kind::KEY_STORE) fault.setStore(0);
    };
  }

  Fill key_step(std::uint32_t key) {
    switch (below(6)) {
      case 0:
        return at_home(KmsOperation::DISABLE_KEY, key);
      case 1:
        return at_home(KmsOperation::ENABLE_KEY, key);
      case 2:
        return at_home(KmsOperation::SCHEDULE_KEY_DELETION, key, [](events::KmsCall::Builder kms) {
          kms.setHasPendingWindow(true);
          kms.setPendingWindowInDays(7);
        });
      case 3:
        return at_home(KmsOperation::CANCEL_KEY_DELETION, key);
      case 4:
        return at_home(KmsOperation::ENABLE_KEY_ROTATION, key, [](events::KmsCall::Builder kms) {
          kms.setHasRotationPeriod(true);
          kms.setRotationPeriodInDays(90);
        });
      default:
        return at_home(KmsOperation::ENCRYPT, key, [](events::KmsCall::Builder kms) {
          kms.setPlaintext(kj::StringPtr("secret").asBytes());
        });
    }
  }

  sim::Random random_;
  std::uint64_t ordinal_ = 0;
  Story story_;
  std::vector<double> times_;
  std::uint32_t next_ = kSetFirst + 2;  // the next replica that a step may make
};

void check_store(const State& state) {
  const CustomKeyStore& store = state.stores[0];
  const bool moving =
      store.state == ConnectionState::CONNECTING || store.state == ConnectionState::DISCONNECTING;
  REQUIRE(state.agenda().pending(store.change) == moving);
  REQUIRE((store.state == ConnectionState::FAILED) ==
          (store.error != events::ConnectionError::NONE));
  REQUIRE(store.broken == store_fault(state, 0));
  if (store.state == ConnectionState::DELETED) REQUIRE(state.keys[kStoreKey].deleted);
}

void check_key(const State& state, std::uint32_t index) {
  const KmsKey& key = state.keys[index];
  if (!key.created) return;
  REQUIRE(key.state == kms::derived_state(state, index));
  REQUIRE(state.agenda().pending(key.ready) == (key.creating || key.updating));
  REQUIRE(state.agenda().pending(key.deletion) == (key.state == KeyState::PENDING_DELETION));
  REQUIRE((key.deletion_date != sim::Time()) ==
          (key.state == KeyState::PENDING_DELETION || key.state == KeyState::DELETED));
  if (key.changes_pending == 0 && key.state != KeyState::UPDATING) {
    REQUIRE(key.effective == key.state);
  }
}

void check_set(const State& state) {
  const std::vector<std::uint32_t> set = kms::key_set(state, kSetFirst);
  if (set.empty()) return;
  std::vector<std::string> regions;
  std::uint32_t primaries = 0;
  for (const std::uint32_t member : set) {
    regions.push_back(kRegions[member]);
    primaries += state.keys[member].primary;
  }
  REQUIRE(primaries == 1);
  std::sort(regions.begin(), regions.end());
  REQUIRE(std::adjacent_find(regions.begin(), regions.end()) == regions.end());
  const KmsKey& primary = state.keys[kms::primary_of(state, kSetFirst)];
  for (const std::uint32_t member : set) {
    const KmsKey& key = state.keys[member];
    REQUIRE(key.current == primary.current);
    REQUIRE(key.materials.size() <= primary.materials.size());
    for (std::size_t i = 0; i < key.materials.size(); ++i) {
      REQUIRE(key.materials[i].id == primary.materials[i].id);
    }
    if (!key.primary) REQUIRE_FALSE(state.agenda().pending(key.rotation.due));
  }
}

TEST_CASE("keys, stores and faults in drawn disorder keep what they promise, and the laws") {
  std::set<KeyState> states;
  std::set<ConnectionState> connections;
  std::set<KmsError> errors;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    INFO("seed " << seed);
    const Story story = LifeDrawer(seed).draw();
    Play play(story);
    while (play.turn()) {
      const State& state = play.state();
      check_store(state);
      check_set(state);
      connections.insert(state.stores[0].state);
      for (std::uint32_t key = 0; key < kKeys; ++key) {
        check_key(state, key);
        states.insert(state.keys[key].state);
      }
      const auto event = play.all().back().read();
      if (event.isKmsAnswered()) errors.insert(event.getKmsAnswered().getError());
    }
    require_laws(story, play);
  }
  CHECK(states.size() == 8);  // all but PendingImport
  CHECK(connections.size() == 6);
  CHECK(errors.size() >= 8);
}

}  // namespace
}  // namespace tablekey::model::tests::drawn_life_test
