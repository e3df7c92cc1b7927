// Reading pages. Items come in the order of the key space; what lies in it never changes during a
// run, what exists does.
#include "model/clients/queries.h"

#include <algorithm>

#include "model/clients/serving.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/ordered_key.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using items::AttributeMap;

/// One item or entry that a page may show, in its place.
struct Candidate {
  std::uint32_t item = 0;
  std::string sort;                   ///< ordered sort key of the index
  std::optional<AttributeMap> entry;  ///< of an index: already opened
};

// Which part of a parallel scan the item belongs to: parts are ranges of the hash.
bool in_segment(const RequestWork& work, const ItemSpace& space, std::uint32_t item) {
  const std::uint64_t total = work.call.getTotalSegments();
  if (total < 2) return true;
  const std::uint64_t hash = partition_hash(space.partition_value(item));
  return (hash >> 32) * total >> 32 == work.call.getSegment();
}

bool sort_fits(const QueryWork& query, const AttributeMap& attributes) {
  if (!query.key || !query.schema.sort) return true;
  const items::AttributeValue* value = attributes.find(query.schema.sort->name);
  return value != nullptr && value->type() == query.schema.sort->type &&
         query.key->sort.contains(*value);
}

// Items of the table itself: the page opens those that it gets to.
std::vector<Candidate> table_candidates(RequestWork& work, const QueryWork& query) {
  const ItemSpace& space = work.space(query.table);
  std::vector<std::uint32_t> collection;
  if (!query.scan) collection = space.collection(query.key->partition);
  std::vector<Candidate> found;
  for (const std::uint32_t item : query.scan ? space.scan_order() : collection) {
    const bool start = item == query.start;
    if (!start && work.d.state.item(query.table, item).version == 0) continue;
    if (query.scan ? !in_segment(work, space, item) : !sort_fits(query, space.item_key(item))) {
      continue;
    }
    found.push_back({item, "", std::nullopt});
  }
  return found;
}

// The order of an index: for a Query its sort key, for a Scan the table's order.
void order_by_sort(const QueryWork& query, std::vector<Candidate>& found) {
  if (query.scan || !query.schema.sort) return;
  for (Candidate& candidate : found) {
    candidate.sort = items::ordered(*candidate.entry->find(query.schema.sort->name));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate& a, const Candidate& b) { return a.sort < b.sort; });
}

std::vector<Candidate> local_candidates(RequestWork& work, const QueryWork& query) {
  const ItemSpace& space = work.space(query.table);
  const IndexShape& shape = space.local_indexes()[query.local];
  std::vector<std::uint32_t> collection;
  if (!query.scan) collection = space.collection(query.key->partition);
  std::vector<Candidate> found;
  for (const std::uint32_t item : query.scan ? space.scan_order() : collection) {
    if (work.d.state.item(query.table, item).version == 0) continue;
    if (query.scan && !in_segment(work, space, item)) continue;
    // Whether a generated item is in the index needs no key to be told; a given one is opened.
    AttributeMap attributes;
    if (const auto value = generated_value(work.d.state, query.table, item)) {
      attributes = space.attributes(*value);
    } else {
      attributes =
          item_of(work.d.vault.open_item(work.d.state, query.table, item, work.until[query.table])
                      .plaintext.bytes());
    }
    if (!shape.holds(attributes) || !sort_fits(query, attributes)) continue;
    const crypto::SecretBuffer entry = work.d.vault.open_local_entry(
        work.d.state, query.table, query.local, item, work.until[query.table]);
    found.push_back({item, "", item_of(entry.bytes())});
  }
  order_by_sort(query, found);
  return found;
}

// What was propagated so far: it may lag behind the table.
std::vector<Candidate> global_candidates(RequestWork& work, const QueryWork& query) {
  const items::AttributeValue* partition = query.key ? &query.key->partition : nullptr;
  const sim::Time until = work.until[query.table];
  const std::uint64_t segments = query.scan ? work.call.getTotalSegments() : 0;
  std::vector<Candidate> found;
  for (const IndexRow& row :
       index_rows(work.d.state, work.d.vault, query.table, query.global, until, partition)) {
    if (segments > 1 && (row.place.hash >> 32) * segments >> 32 != work.call.getSegment()) continue;
    AttributeMap entry =
        open_index_entry(work.d.state, work.d.vault, query.table, query.global, row.item, until);
    if (sort_fits(query, entry)) found.push_back({row.item, "", std::move(entry)});
  }
  return found;
}

std::vector<Candidate> candidates_of(RequestWork& work, const QueryWork& query) {
  if (query.local != kNone) return local_candidates(work, query);
  if (query.global != kNone) return global_candidates(work, query);
  return table_candidates(work, query);
}

// Where the page begins. A start that is no longer there has kept its place in the order of the
// table; in an index, the page then begins at the front.
std::size_t begin_of(const QueryWork& query, const std::vector<Candidate>& candidates) {
  if (query.start == kNone) return 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].item == query.start) return i + 1;
  }
  return 0;
}

class Page {
 public:
  Page(RequestWork& work, const QueryWork& query) : work_(work), query_(query) {}

  void run() {
    std::vector<Candidate> candidates = candidates_of(work_, query_);
    if (work_.call.getBackward() && !query_.scan) {
      std::reverse(candidates.begin(), candidates.end());
    }
    work_.begin_list();
    for (std::size_t i = begin_of(query_, candidates); i < candidates.size(); ++i) {
      if (!examine(candidates[i])) break;
      if (full()) {
        work_.answer.last_item = candidates[i].item;
        break;
      }
    }
    work_.end_list();
    if (query_.count_only) {
      work_.answer.result.clear();
      work_.answer.decrypted.clear();
    }
    consume();
  }

 private:
  // False: the page has no room for it.
  bool examine(Candidate& candidate) {
    std::optional<AttributeMap> found = std::move(candidate.entry);
    const bool of_index = found.has_value();
    if (!found) {
      const std::uint32_t size = work_.d.state.item(query_.table, candidate.item).version == 0
                                     ? 0
                                     : work_.d.state.item(query_.table, candidate.item).size;
      if (size == 0) return true;  // the start itself, gone
      if (bytes_ != 0 && bytes_ + size > kPageBytes) return end_page();
      found = work_.read(query_.table, candidate.item);
    }
    const std::size_t size = items::item_size(*found);
    if (of_index && bytes_ != 0 && bytes_ + size > kPageBytes) return end_page();
    bytes_ += size;
    last_ = candidate.item;
    ++work_.answer.scanned;
    if (of_index) touch(candidate.item);
    if (query_.fetches) fetch(candidate.item, found);
    if (query_.filter && !query_.filter->holds(*found)) return true;
    ++work_.answer.returned;
    if (query_.count_only) return true;
    const AttributeMap shown = query_.projection ? query_.projection->of(*found) : *found;
    work_.show(query_.table, &shown);
    return true;
  }

  bool end_page() {
    work_.answer.last_item = last_;
    return false;
  }

  void touch(std::uint32_t item) {
    std::uint32_t version = work_.d.state.item(query_.table, item).version;
    if (query_.global != kNone) {
      const auto entry = index_entry(work_.d.state, query_.table, query_.global, item);
      version = entry ? entry->version : 0;
    }
    work_.answer.reads.push_back({query_.table, item, version, {}});
  }

  // What a local index lacks is read from the table.
  void fetch(std::uint32_t item, std::optional<AttributeMap>& found) {
    found = work_.read(query_.table, item);
    law(found.has_value(), "a local index shows what is in the table");
    fetched_half_ += items::read_half_units(items::item_size(*found), mode());
  }

  bool full() const {
    const auto call = work_.call;
    return call.getHasLimit() &&
           work_.answer.scanned >= static_cast<std::uint32_t>(call.getLimit());
  }

  items::ReadMode mode() const {
    return work_.call.getConsistentRead() ? items::ReadMode::strong : items::ReadMode::eventual;
  }

  void consume() {
    std::string index;
    if (query_.local != kNone || query_.global != kNone) index = work_.call.getIndex().cStr();
    work_.answer.consume_reads(query_.table, index, items::read_half_units(bytes_, mode()));
    if (fetched_half_ != 0) work_.answer.consume_reads(query_.table, "", fetched_half_);
  }

  RequestWork& work_;
  const QueryWork& query_;
  std::size_t bytes_ = 0;
  std::uint32_t last_ = kNone;
  std::uint64_t fetched_half_ = 0;
};

}  // namespace

void run_query(RequestWork& work, const QueryWork& query) { Page(work, query).run(); }

}  // namespace tablekey::model
