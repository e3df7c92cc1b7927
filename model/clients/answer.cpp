// Answers as events.
#include "model/clients/answer.h"

#include "crypto/bytes.h"
#include "crypto/sha256.h"
#include "model/dynamodb/names.h"

namespace tablekey::model {
namespace {

template <class Text>
std::array<std::uint64_t, 2> digest_of(const Text& text) {
  if (text.empty()) return {};
  const crypto::Digest digest = crypto::sha256(crypto::bytes_of(text));
  return {crypto::load_big_endian<8>(digest.data()), crypto::load_big_endian<8>(digest.data() + 8)};
}

template <class List>
unsigned count(const List& list) {
  return static_cast<unsigned>(list.size());
}

void write_change(const WrittenItem& from, events::ItemChange::Builder to) {
  to.setTable(from.table);
  to.setItem(from.item);
  to.setVersion(from.version);
  to.setDeleted(from.deleted);
  to.setSize(from.size);
  to.setTagHigh(from.tag.high);
  to.setTagLow(from.tag.low);
  to.setIvHead(from.iv_head);
  to.setIvTail(from.iv_tail);
  if (!from.sealed.empty()) {
    to.setSealed(capnp::Data::Reader(from.sealed.data(), from.sealed.size()));
  }
  to.setExpires(from.expires.nanoseconds());
  to.setLocalTag(from.local_tag);
}

void write_items(const Answer& answer, events::DataAnswered::Builder event) {
  if (!answer.changes.empty()) {
    auto changes = event.initChanges(count(answer.changes));
    for (unsigned i = 0; i < changes.size(); ++i) write_change(answer.changes[i], changes[i]);
  }
  if (answer.reads.empty()) return;
  auto reads = event.initReads(count(answer.reads));
  for (unsigned i = 0; i < reads.size(); ++i) {
    reads[i].setTable(answer.reads[i].table);
    reads[i].setItem(answer.reads[i].item);
    reads[i].setVersion(answer.reads[i].version);
    reads[i].setTagHigh(answer.reads[i].tag.high);
    reads[i].setTagLow(answer.reads[i].tag.low);
    reads[i].setMaterial(answer.reads[i].material);
  }
}

}  // namespace

Refused invalid(std::string message) { return {events::Exception::VALIDATION, std::move(message)}; }

Consumed& Answer::consumed(std::uint32_t table, const std::string& index) {
  for (Consumed& one : capacity) {
    if (one.table == table && one.index == index) return one;
  }
  return capacity.emplace_back(Consumed{table, index, 0, 0});
}

void Answer::consume_reads(std::uint32_t table, const std::string& index,
                           std::uint64_t half_reads) {
  consumed(table, index).half_reads += half_reads;
}

void Answer::consume_writes(std::uint32_t table, const std::string& index, std::uint64_t writes) {
  consumed(table, index).writes += writes;
}

std::string reason_code(events::Exception exception) {
  if (exception == events::Exception::NONE) return "None";
  constexpr std::string_view kSuffix = "Exception";
  std::string name(dynamodb::exception_name(exception));
  if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  if (exception == events::Exception::THROTTLING) return "ThrottlingError";
  return exception == events::Exception::VALIDATION ? "ValidationError" : name;
}

void write_answer(const Answer& answer, events::DataAnswered::Builder event) {
  event.setException(answer.refused.exception);
  if (!answer.refused.message.empty()) event.setMessage(answer.refused.message);
  event.setKmsError(answer.kms_error);
  event.setKmsTable(answer.kms_table);
  event.setRequestHigh(answer.request_id[0]);
  event.setRequestLow(answer.request_id[1]);
  write_items(answer, event);
  event.setReturned(answer.returned);
  event.setScanned(answer.scanned);
  event.setLastItem(answer.last_item);
  if (!answer.unprocessed.empty()) {
    auto unprocessed = event.initUnprocessed(count(answer.unprocessed));
    for (unsigned i = 0; i < unprocessed.size(); ++i) unprocessed.set(i, answer.unprocessed[i]);
  }
  if (!answer.reasons.empty()) {
    auto reasons = event.initReasons(count(answer.reasons));
    for (unsigned i = 0; i < reasons.size(); ++i) {
      reasons[i].setPosition(answer.reasons[i].position);
      reasons[i].setException(answer.reasons[i].refused.exception);
      reasons[i].setMessage(answer.reasons[i].refused.message);
    }
  }
  if (!answer.capacity.empty()) {
    auto capacity = event.initCapacity(count(answer.capacity));
    for (unsigned i = 0; i < capacity.size(); ++i) {
      capacity[i].setTable(answer.capacity[i].table);
      if (!answer.capacity[i].index.empty()) capacity[i].setIndex(answer.capacity[i].index);
      capacity[i].setHalfReadUnits(static_cast<std::uint32_t>(answer.capacity[i].half_reads));
      capacity[i].setWriteUnits(static_cast<std::uint32_t>(answer.capacity[i].writes));
    }
  }
  if (!answer.key_uses.empty()) {
    auto uses = event.initKeyUses(count(answer.key_uses));
    for (unsigned i = 0; i < uses.size(); ++i) {
      uses[i].setConnection(answer.key_uses[i].connection);
      uses[i].setKeyJitter(answer.key_uses[i].jitter);
      uses[i].setRefresh(answer.key_uses[i].refresh);
      uses[i].setBytes(answer.key_uses[i].bytes);
    }
  }
  const auto result = digest_of(answer.result);
  event.setResultHigh(result[0]);
  event.setResultLow(result[1]);
  const auto decrypted = digest_of(answer.decrypted);
  event.setDecryptedHigh(decrypted[0]);
  event.setDecryptedLow(decrypted[1]);
  event.setLastSequence(answer.last_sequence);
  event.setItem(answer.first_item);
}

}  // namespace tablekey::model
