// How fast does the simulated KMS answer? Each request of a thousand connections finds its table
// key too old and asks KMS: quota, key, authorization by policies, key state, and the ciphertext
// really opened. Beside it, by turns, the cryptography alone in bare OpenSSL calls: one
// HMAC-SHA-256 for the key of the call and one AES-256-GCM decryption of 32 bytes with its context.

#include <benchmark/benchmark.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "events/digest_sink.h"
#include "events/recorder.h"
#include "model/world.h"
#include "tests/replay/sample_run.h"

namespace tablekey {
namespace {

namespace sample = replay::sample;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kSliceCalls = 20'000;
constexpr std::size_t kKeySize = 32, kIvSize = 12, kTagSize = 16;
constexpr int kAadSize = 15 + 100 + 84;  // version text, header of the blob, context

// A table under a key that its user's requests may use through DynamoDB.
constexpr std::string_view kMisses = R"yaml(tablekey: 1
name: misses
seed: 7
until: 8760h
start: 2026-01-01T00:00:00Z
model: { table_key_cache: { max_age: 1ms } }
Resources:
  App:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [
        {Effect: Allow, Action: sts:AssumeRole, Principal: {Service: ecs-tasks.amazonaws.com}}]}
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: {Version: "2012-10-17", Statement: [{Sid: use, Effect: Allow, Principal: "*",
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey",
                 "kms:CreateGrant", "kms:RetireGrant"], Resource: "*",
        Condition: {StringLike: {"kms:ViaService": "dynamodb.*.amazonaws.com"}}}]}
  Table:
    Type: AWS::DynamoDB::Table
    Metadata: { tablekey: { Items: 100, ItemSize: 100 } }
    Properties:
      TableName: Table
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt Key.Arn}
workload:
  - name: web
    principal: !Ref App
    table: !Ref Table
    connections: 1000
    arrivals: { process: poisson, rate: 1000/s }
    operations: { GetItem: 100% }
)yaml";

void must(bool holds) {
  if (!holds) std::abort();
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The cryptography of one Decrypt and nothing else.
class BareDecrypt {
 public:
  BareDecrypt()
      : hmac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)),
        keyed_(EVP_MAC_CTX_new(hmac_)),
        cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)),
        context_(EVP_CIPHER_CTX_new()) {
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_END};
    const std::array<std::uint8_t, kKeySize> backing_key{1, 2, 3};
    must(EVP_MAC_init(keyed_, backing_key.data(), backing_key.size(), parameters) == 1);
    derive();
    int written = 0;
    must(EVP_EncryptInit_ex2(context_, cipher_, key_.data(), iv_.data(), nullptr) == 1 &&
         EVP_EncryptUpdate(context_, nullptr, &written, aad_.data(), kAadSize) == 1 &&
         EVP_EncryptUpdate(context_, sealed_.data(), &written, plaintext_.data(), kKeySize) == 1 &&
         EVP_EncryptFinal_ex(context_, sealed_.data(), &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, kTagSize, tag_.data()) == 1);
  }
  ~BareDecrypt() {
    EVP_CIPHER_CTX_free(context_);
    EVP_CIPHER_free(cipher_);
    EVP_MAC_CTX_free(keyed_);
    EVP_MAC_free(hmac_);
  }
  BareDecrypt(const BareDecrypt&) = delete;

  void open() {
    derive();
    const OSSL_PARAM tag[] = {
        {"tag", OSSL_PARAM_OCTET_STRING, tag_.data(), kTagSize, OSSL_PARAM_UNMODIFIED},
        OSSL_PARAM_END};
    int written = 0;
    must(EVP_DecryptInit_ex2(context_, cipher_, key_.data(), iv_.data(), tag) == 1 &&
         EVP_DecryptUpdate(context_, nullptr, &written, aad_.data(), kAadSize) == 1 &&
         EVP_DecryptUpdate(context_, plaintext_.data(), &written, sealed_.data(), kKeySize) == 1 &&
         EVP_DecryptFinal_ex(context_, plaintext_.data(), &written) == 1);
    benchmark::DoNotOptimize(plaintext_.data());
  }

 private:
  // One block of SP 800-108 (kms.md 7.4): the MAC of label, key id, material id and nonce.
  void derive() {
    std::size_t size = 0;
    must(EVP_MAC_init(keyed_, nullptr, 0, nullptr) == 1 &&
         EVP_MAC_update(keyed_, info_.data(), info_.size()) == 1 &&
         EVP_MAC_final(keyed_, key_.data(), &size, key_.size()) == 1);
  }

  EVP_MAC* hmac_;
  EVP_MAC_CTX* keyed_;
  EVP_CIPHER* cipher_;
  EVP_CIPHER_CTX* context_;
  std::array<std::uint8_t, 115> info_{};
  std::array<std::uint8_t, kAadSize> aad_{};
  std::array<std::uint8_t, kIvSize> iv_{};
  std::array<std::uint8_t, kTagSize> tag_{};
  std::array<std::uint8_t, kKeySize> key_{}, sealed_{}, plaintext_{};
};

/// A run of which only the turns in which KMS answers are timed.
class Answers {
 public:
  explicit Answers(const sample::Scenario& scenario)
      : world_(*scenario.view), recorder_(scenario.events_per_chunk, 0, sink_) {
    sink_.identity(replay::bytes_of(scenario.identity));
  }

  double take(std::uint64_t calls) {
    double seconds = 0;
    for (std::uint64_t done = 0; done < calls;) {
      must(world_.next_due().has_value());
      const bool begun = !world_.state().agenda().empty();
      const bool answers =
          begun && world_.state().agenda().front().kind == model::ActionKind::answer_kms;
      const auto begin = Clock::now();
      world_.turn(recorder_);
      if (answers) {
        seconds += seconds_since(begin);
        ++done;
      }
      recorder_.commit();
    }
    return seconds;
  }
  const model::State& state() const { return world_.state(); }

 private:
  events::DigestSink sink_;
  model::World world_;
  events::Recorder recorder_;
};

// Items are KMS calls. Counters: nanoseconds of one, of the cryptography alone, and the ratio. A
// call's figure includes reading the clock twice.
void decrypt(benchmark::State& state) {
  const sample::Scenario scenario = sample::load(kMisses);
  Answers run(scenario);
  BareDecrypt bare;
  run.take(kSliceCalls);
  std::vector<double> run_seconds, bare_seconds;
  for (auto _ : state) {
    run_seconds.push_back(run.take(kSliceCalls));
    state.SetIterationTime(run_seconds.back());
    const auto begin = Clock::now();
    for (std::uint64_t i = 0; i < kSliceCalls; ++i) bare.open();
    bare_seconds.push_back(seconds_since(begin));
  }
  must(run.state().counters.kms_denied == 0 && run.state().counters.failed == 0);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSliceCalls));
  state.counters["ns"] = median(run_seconds) / kSliceCalls * 1e9;
  state.counters["bare_ns"] = median(bare_seconds) / kSliceCalls * 1e9;
  state.counters["ratio"] = median(run_seconds) / median(bare_seconds);
}

BENCHMARK(decrypt)->Name("model/kms_decrypt")->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tablekey
