// What a data request comes to, before it is written into its event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "event.capnp.h"
#include "model/dynamodb/items/attribute_value.h"
#include "model/state.h"
#include "model/vault.h"

namespace tablekey::model {

/// Why a request is not done, in DynamoDB's words.
struct Refused {
  events::Exception exception{};
  std::string message;
};
Refused invalid(std::string message);

/// One item that was written.
struct WrittenItem {
  std::uint32_t table = 0, item = 0, version = 0, size = 0;
  bool deleted = false;
  RecordTag tag;
  std::uint64_t iv_head = 0, local_tag = 0;
  std::uint32_t iv_tail = 0;
  std::vector<std::uint8_t> sealed;  ///< of a given value
  sim::Time expires;
};

struct ItemTouched {
  std::uint32_t table = 0, item = 0, version = 0;
  RecordTag tag;
  std::uint32_t material = 0;  ///< as ItemTouch has it
};

struct Consumed {
  std::uint32_t table = 0;
  std::string index;  ///< empty: the table
  std::uint64_t half_reads = 0, writes = 0;
};

/// The use of a cached table key, where the entry alone does not say what it does.
struct KeyUse {
  std::uint32_t connection = 0;
  std::uint32_t jitter = 0;  ///< see CacheEntry
  bool refresh = false;
  std::uint64_t bytes = 0;
};

struct Reason {
  std::uint32_t position = 0;
  Refused refused;
};

struct Answer {
  Refused refused;  ///< exception NONE: it was done
  events::KmsError kms_error{};
  std::uint32_t kms_table = kNone;
  Uuid request_id{};
  std::vector<WrittenItem> changes;
  std::vector<ItemTouched> reads;
  std::uint32_t returned = 0, scanned = 0, last_item = kNone;
  std::uint64_t last_sequence = 0;
  std::vector<std::uint32_t> unprocessed;
  std::vector<Reason> reasons;
  std::vector<Consumed> capacity;
  std::vector<KeyUse> key_uses;
  std::string result;     ///< what the client gets, in canonical JSON; empty: nothing
  std::string decrypted;  ///< with client-side encryption: what it makes of that
  std::uint32_t first_item = kNone;

  void consume_reads(std::uint32_t table, const std::string& index, std::uint64_t half_reads);
  void consume_writes(std::uint32_t table, const std::string& index, std::uint64_t writes);

 private:
  Consumed& consumed(std::uint32_t table, const std::string& index);
};

/// All but connection, step, operation, via, latency and next.
void write_answer(const Answer& answer, events::DataAnswered::Builder event);

/// As CancellationReasons has it: "None", "ConditionalCheckFailed", …
std::string reason_code(events::Exception exception);

}  // namespace tablekey::model
