// Where plaintext keys and item values may be. Goal: never in a trace, a snapshot or an export; in
// memory only while a cache may hold them, and nowhere after that. Method: collect every key and
// every generated value of a run, masked, as they come into being; then look for all of them in
// what the run wrote and in the whole memory of the process. That the scan can find what is there
// is shown while keys are held.
#include <catch2/catch.hpp>

#include <map>
#include <nlohmann/json.hpp>

#include "events/reader.h"
#include "replay/event_text.h"
#include "replay/export/cloudtrail.h"
#include "replay/inspect.h"
#include "tests/replay/sample_run.h"
#include "tests/support/memory_scan.h"

namespace tablekey::replay::secrets_test {
namespace {

using events::Event;

constexpr std::string_view kSecretive = R"yaml(tablekey: 1
name: secretive
seed: 5
until: 40m
start: 2026-01-01T00:00:00Z
# All tables are made at once, which are more grants than KMS makes in a second.
model: { kms: { quota: { create_grant: none } } }
Resources:
  App:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [
        {Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]}
  First: &key
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Resource: "*",
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey",
                 "kms:CreateGrant", "kms:RetireGrant"]}]}
  Second: *key
  Fleet:
    Type: AWS::DynamoDB::Table
    Metadata: { tablekey: { Copies: 40, Items: 5, ItemSize: 200 } }
    Properties: &properties
      TableName: Fleet
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt First.Arn}
  Orders:
    Type: AWS::DynamoDB::Table
    Metadata: { tablekey: { Items: 60, ItemSize: 400 } }
    Properties:
      TableName: Orders
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt First.Arn}
  Log:
    Type: AWS::DynamoDB::Table
    Metadata: { tablekey: { Items: 9, ItemSize: 100 } }
    Properties:
      TableName: Log
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
workload:
  - name: fleet
    principal: !Ref App
    table: !Ref Fleet
    connections: 80
    arrivals: { process: poisson, rate: 80/s }
    operations: { GetItem: 90%, PutItem: 10% }
    to: 12m
  - name: orders
    principal: !Ref App
    table: !Ref Orders
    connections: 10
    arrivals: { process: poisson, rate: 30/s }
    operations: { GetItem: 80%, PutItem: 10%, DeleteItem: 5%, Query: 5% }
    to: 12m
  - name: log
    principal: !Ref App
    table: !Ref Log
    connections: 2
    arrivals: { process: poisson, rate: 1/s }
    operations: { PutItem: 50%, Scan: 50% }
    to: 8m
timeline:
  - { at: 2m, do: kms:GenerateDataKey, key: !Ref First, table: !Ref Orders }
  - { at: 5m, do: dynamodb:UpdateTable, table: !Ref Orders, key: !Ref Second }
  - { at: 7m, do: kms:DisableKey, key: !Ref Second }
  - { at: 7m30s, do: kms:EnableKey, key: !Ref Second }
  - { at: 9m, do: dynamodb:DeleteTable, table: !Ref Log }
  - { at: 9m30s, do: net:CloseConnections, workload: orders, share: 50% }
)yaml";

// Secrets by their class, masked while they wait.
class Collection {
 public:
  enum Class : std::size_t { backing_key, table_key, data_key, value, drawn, kClasses };

  void add(Class what, std::span<const std::uint8_t> secret) {
    std::string masked(secret.size(), char{0});
    std::transform(secret.begin(), secret.end(), masked.begin(),
                   [](std::uint8_t byte) { return static_cast<char>(mask(byte)); });
    secrets_.emplace(std::move(masked), what);
  }
  std::size_t count(Class what) const {
    return static_cast<std::size_t>(std::count_if(
        secrets_.begin(), secrets_.end(), [&](const auto& each) { return each.second == what; }));
  }

  // How many secrets of each class the writable memory of this process holds.
  std::array<std::size_t, kClasses> in_memory() const {
    static const std::array<std::string, kClasses> kNames = {"backing key", "table key", "data key",
                                                             "value", "data key of a step"};
    tests::MemoryScan scan;
    for (const auto& [masked, what] : secrets_) {
      // The scan masks what it is given and keeps no copy; this one is wiped at once.
      std::vector<std::uint8_t> plain(masked.size());
      std::transform(masked.begin(), masked.end(), plain.begin(),
                     [](char byte) { return mask(static_cast<std::uint8_t>(byte)); });
      scan.add(kNames[what], plain);
      crypto::cleanse(plain);
    }
    const auto result = scan.scan();
    REQUIRE(result.bytes_scanned > 1'000'000);
    std::array<std::size_t, kClasses> found{};
    for (const auto& hit : result.hits) {
      const auto name = std::find(kNames.begin(), kNames.end(), hit.needle);
      ++found[static_cast<std::size_t>(name - kNames.begin())];
    }
    where = result.text();
    return found;
  }

  // How many places of `bytes` hold a secret.
  std::size_t in_bytes(std::span<const std::uint8_t> bytes) const {
    std::map<std::uint64_t, const std::string*> by_head;
    for (const auto& [masked, what] : secrets_) {
      by_head.emplace(head_of(reinterpret_cast<const std::uint8_t*>(masked.data()), 0), &masked);
    }
    std::size_t found = 0;
    for (std::size_t at = 0; at + 8 <= bytes.size(); ++at) {
      const auto entry = by_head.find(head_of(bytes.data() + at, kMask));
      if (entry == by_head.end() || at + entry->second->size() > bytes.size()) continue;
      const auto& masked = *entry->second;
      found += std::equal(
          masked.begin(), masked.end(), bytes.begin() + static_cast<long>(at),
          [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == mask(b); });
    }
    return found;
  }
  std::size_t in_text(std::string_view text) const {
    return in_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  // As hexadecimal digits, which is how identifiers are printed.
  std::size_t in_hexadecimal(std::string_view text) const {
    std::size_t found = 0;
    for (std::size_t phase = 0; phase < 2; ++phase) {
      std::vector<std::uint8_t> bytes;
      for (std::size_t at = phase; at + 1 < text.size(); at += 2) {
        const int high = digit(text[at]), low = digit(text[at + 1]);
        bytes.push_back(high < 0 || low < 0 ? 0 : static_cast<std::uint8_t>(high * 16 + low));
      }
      found += in_bytes(bytes);
    }
    return found;
  }

  mutable std::string where;  // of the hits of the last scan

 private:
  static constexpr std::uint8_t kMask = 0x5C;
  static std::uint8_t mask(std::uint8_t byte) { return byte ^ kMask; }
  static std::uint64_t head_of(const std::uint8_t* bytes, std::uint8_t with) {
    std::uint64_t head = 0;
    for (int i = 0; i < 8; ++i) head = head << 8 | static_cast<std::uint64_t>(bytes[i] ^ with);
    return head;
  }
  static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }

  std::map<std::string, Class> secrets_;
};

// Collects as they come into being: a table that is deleted or moved takes its keys along.
class Collector : public Observer {
 public:
  Collector(Run& run, Collection& secrets) : run_(run), secrets_(secrets) {}

  void event(const model::State& after, Event::Reader event, std::uint64_t) override {
    switch (event.which()) {
      case Event::KEY_CREATED:
      case Event::TABLE_KEY_CREATED:
      case Event::DATA_KEYS_REWRAPPED:
        return keys(after);
      case Event::TABLE_ACTIVATED:
        return values(after, event.getTableActivated().getTable());
      case Event::ITEM_WRITTEN:
        if (event.getItemWritten().getDeleted()) return;
        return value(after, event.getItemWritten().getTable(), event.getItemWritten().getItem());
      default:
        return;
    }
  }

 private:
  // The vault names its keys in this order: the backing keys that exist, then table by table the
  // versions of its key and the keys of its structures, last what steps were given.
  void keys(const model::State& state) {
    std::vector<Collection::Class> classes;
    for (const auto& key : state.keys) {
      if (key.created) classes.push_back(Collection::backing_key);
    }
    for (const auto& table : state.tables) {
      classes.insert(classes.end(), table.keys.size(), Collection::table_key);
      classes.insert(classes.end(), table.data_keys.size(), Collection::data_key);
    }
    for (const auto& result : state.results) {
      if (!result.blob.empty()) classes.push_back(Collection::drawn);
    }
    std::size_t next = 0;
    run_.vault().for_each_secret(state, [&](std::span<const std::uint8_t> secret) {
      secrets_.add(classes.at(next++), secret);
    });
    REQUIRE(next == classes.size());
  }
  void values(const model::State& state, std::uint32_t table) {
    for (std::uint32_t item = 0; item < state.item_count(table); ++item) value(state, table, item);
  }
  void value(const model::State& state, std::uint32_t table, std::uint32_t item) {
    if (state.item(table, item).version == 0) return;
    secrets_.add(Collection::value, run_.vault().plaintext(state, table, item).bytes());
  }

  Run& run_;
  Collection& secrets_;
};

// Everything that can be said of an event.
class Sayer : public Observer {
 public:
  void event(const model::State& after, Event::Reader event, std::uint64_t number) override {
    lines += event_line(after, event) + "\n";
    ndjson += event_json(after, event, number).dump() + "\n";
  }
  std::string lines, ndjson;
};

class SecretiveRun {
 public:
  explicit SecretiveRun(const events::WriterOptions& options = {})
      : scenario_(sample::load(kSecretive)),
        writer_(sample::writer_of(path(), scenario_, options)) {
    run = std::make_unique<Run>(*scenario_.view, *writer_, scenario_.events_per_chunk);
    collector_ = std::make_unique<Collector>(*run, secrets);
    run->show(*collector_);
  }
  std::filesystem::path path() const { return folder_ / "run.tk"; }
  void run_to(sim::Duration since_start) {
    while (run->run_slice(sample::kAllTurns, scenario_.view->start + since_start)) {
      if (!run->next_due() || *run->next_due() > scenario_.view->start + since_start) break;
    }
  }
  void finish() {
    sample::turn(*run);
    run->cut();
    writer_->close(events::Closing::finished).value();
  }

  Collection secrets;
  std::unique_ptr<Run> run;

 private:
  sample::TempFolder folder_;
  sample::Scenario scenario_;
  std::unique_ptr<events::TraceWriter> writer_;
  std::unique_ptr<Collector> collector_;
};

}  // namespace

TEST_CASE("no key and no generated value is in a trace or in a snapshot") {
  SecretiveRun plain, compressed({.codec = events::Codec::zstd});
  for (SecretiveRun* each : {&plain, &compressed}) {
    each->finish();
    const auto file = events::TraceFile::open(each->path()).value();
    REQUIRE(each->secrets.in_bytes(file.bytes()) == 0);
    std::size_t snapshots = 0;
    for (std::uint64_t frame = 0; frame < file.frames().size(); ++frame) {
      snapshots += file.frames()[frame].type == events::FrameType::snapshot;
      REQUIRE(each->secrets.in_bytes(file.payload(frame).value().bytes()) == 0);
    }
    REQUIRE(snapshots == 1);
    REQUIRE(each->secrets.in_bytes(each->run->state().save()) == 0);
  }
  // Two customer keys and the AWS owned one; 42 tables, one of which moved to a second key; their
  // structures, one more for a stream.
  REQUIRE(plain.secrets.count(Collection::backing_key) == 3);
  REQUIRE(plain.secrets.count(Collection::table_key) == 43);
  REQUIRE(plain.secrets.count(Collection::data_key) == 43);
  REQUIRE(plain.secrets.count(Collection::drawn) == 1);
  REQUIRE(plain.secrets.count(Collection::value) > 5'000);
}

TEST_CASE("the search for secrets in bytes finds one at any place, also as hexadecimal digits") {
  Collection secrets;
  std::vector<std::uint8_t> secret(32), bytes(100, 9);
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::uint8_t>(i * 7 + 1);
  secrets.add(Collection::table_key, secret);
  REQUIRE(secrets.in_bytes(bytes) == 0);
  std::copy(secret.begin(), secret.end(), bytes.begin() + 68);
  REQUIRE(secrets.in_bytes(bytes) == 1);
  bytes[99] ^= 1;
  REQUIRE(secrets.in_bytes(bytes) == 0);
  const std::string digits = fmt::format("x{:02x}y", fmt::join(secret, ""));
  REQUIRE(secrets.in_text(digits) == 0);
  REQUIRE(secrets.in_hexadecimal(digits) == 1);
}

TEST_CASE("no key and no generated value is in anything that is shown or exported") {
  SecretiveRun run;
  run.finish();
  const auto recorded = RecordedRun::open(run.path()).value();
  Sayer sayer;
  std::string cloudtrail;
  CloudTrailExport trail([&](std::string_view piece) { cloudtrail += piece; });
  REQUIRE(fold_trace(recorded, {&sayer, &trail}));
  trail.finish();
  std::vector<std::string> texts = {sayer.lines, sayer.ndjson, cloudtrail};
  for (const std::int64_t minutes : {1, 6, 7, 10, 39}) {
    const auto state =
        recorded.state_at(recorded.scenario().start + sim::Duration::minutes(minutes)).value();
    texts.push_back(inspect_text(state));
    texts.push_back(inspect_json(state));
  }
  for (const std::string& text : texts) {
    REQUIRE(text.size() > 1000);
    REQUIRE(run.secrets.in_text(text) == 0);
    REQUIRE(run.secrets.in_hexadecimal(text) == 0);
  }
}

TEST_CASE("keys are in memory while they are held, and only then") {
  auto run = std::make_unique<SecretiveRun>();
  const Collection& secrets = run->secrets;

  // In the middle of the traffic: every table is in use, so its keys can be found.
  run->run_to(sim::Duration::minutes(4));
  REQUIRE(run->run->vault().held() == 42);
  auto found = secrets.in_memory();
  // KMS holds its backing keys only in the state of their MAC, from which nobody reads them back.
  CHECK(found[Collection::backing_key] == 0);
  CHECK(found[Collection::table_key] >= 42);
  CHECK(found[Collection::data_key] >= 42);
  // A value is wiped as soon as its request is served.
  CHECK(secrets.count(Collection::value) > 1'000);
  CHECK(found[Collection::value] == 0);
  CHECK(found[Collection::drawn] == 0);

  // The table that moved has another key, and the deleted one none.
  run->run_to(sim::Duration::minutes(10));
  REQUIRE(run->run->vault().held() == 41);

  // The last request was at twelve minutes, and five minutes later no cache may hold anything.
  run->finish();
  REQUIRE(run->run->vault().held() == 0);
  found = secrets.in_memory();
  CAPTURE(secrets.where);
  CHECK(found[Collection::table_key] == 0);
  CHECK(found[Collection::data_key] == 0);
  CHECK(found[Collection::value] == 0);
  CHECK(found[Collection::backing_key] == 0);

  run->run->vault().clear();
  found = secrets.in_memory();
  CHECK(found == std::array<std::size_t, Collection::kClasses>{});

  const Collection kept = std::move(run->secrets);
  run.reset();
  CHECK(kept.in_memory() == std::array<std::size_t, Collection::kClasses>{});
}

TEST_CASE("a run that ends while keys are held leaves none of them in memory") {
  Collection secrets;
  {
    SecretiveRun run;
    run.run_to(sim::Duration::minutes(4));
    REQUIRE(run.run->vault().held() == 42);
    secrets = std::move(run.secrets);
  }
  const auto found = secrets.in_memory();
  CAPTURE(secrets.where);
  REQUIRE(found == std::array<std::size_t, Collection::kClasses>{});
}

}  // namespace tablekey::replay::secrets_test
