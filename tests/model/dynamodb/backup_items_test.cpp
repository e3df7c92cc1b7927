// The records of items in chunks that copies share: a copy is worth a copy, and costs little.
#include <rapidcheck/catch.h>

#include "model/dynamodb/item_versions.h"
#include "model/dynamodb/table_archive.h"

#include <catch2/catch.hpp>

namespace tablekey::model::tests::backup_items_test {
namespace {

using Writing = StateArchive<ArchiveWriter<false>>;
using Reading = StateArchive<ArchiveReader>;

std::vector<std::uint8_t> written(std::vector<ItemVersions>& all) {
  Writing archive;
  visit_all(archive, all);
  return archive.take();
}

}  // namespace

TEST_CASE("A copy of items is independent of what it was made from") {
  rc::prop("against plain vectors", [] {
    const auto size = *rc::gen::inRange<std::size_t>(0, 200);
    std::vector<ItemVersions> copies(1);
    std::vector<std::vector<Item>> plain(1, std::vector<Item>(size));
    copies[0].resize(size);
    const auto moves = *rc::gen::inRange(0, 60);
    for (int i = 0; i < moves; ++i) {
      const auto which = *rc::gen::inRange<std::size_t>(0, copies.size());
      if (size == 0 || *rc::gen::inRange(0, 4) == 0) {
        copies.push_back(ItemVersions(copies[which]));
        plain.push_back(std::vector<Item>(plain[which]));
        continue;
      }
      const auto at = *rc::gen::inRange<std::size_t>(0, size);
      const auto version = *rc::gen::arbitrary<std::uint32_t>();
      copies[which].change(at).version = version;
      plain[which][at].version = version;
    }
    for (std::size_t c = 0; c < copies.size(); ++c) {
      RC_ASSERT(copies[c].size() == size);
      for (std::size_t i = 0; i < size; ++i) RC_ASSERT(copies[c][i] == plain[c][i]);
    }
    const std::vector<std::uint8_t> saved = written(copies);
    std::vector<ItemVersions> read;
    Reading archive(saved);
    visit_all(archive, read);
    RC_ASSERT(archive.left() == 0U);
    RC_ASSERT(read == copies);
    for (std::size_t c = 1; c < copies.size(); ++c) {
      RC_ASSERT(read[c].shared_with(read[0]) == copies[c].shared_with(copies[0]));
    }
    RC_ASSERT(written(read) == saved);
  });
}

TEST_CASE("A copy shares all that neither has changed since") {
  constexpr std::size_t kChunks = 1000;
  ItemVersions items;
  items.resize(kChunks * ItemVersions::kChunk);
  for (std::size_t i = 0; i < items.size(); ++i) items.change(i).version = 1;
  ItemVersions copy = items;
  CHECK(copy.shared_with(items) == kChunks);
  items.change(5).version = 2;
  items.change(6).version = 2;
  copy.change(40).version = 3;
  CHECK(copy.shared_with(items) == kChunks - 2);
  CHECK(copy[5].version == 1);
  CHECK(items[40].version == 1);
}

TEST_CASE("A snapshot writes a chunk that many share once, and refuses one it does not know") {
  std::vector<ItemVersions> all(2);
  all[0].resize(ItemVersions::kChunk);
  all[0].change(0).version = 7;
  const std::size_t one = written(all).size();
  all[1] = all[0];
  CHECK(written(all).size() == one + 4);  // the number of the chunk
  std::vector<std::uint8_t> bytes = written(all);
  bytes[16] = 9;  // after two lengths: the number of the first chunk
  std::vector<ItemVersions> read;
  Reading archive(bytes);
  CHECK_THROWS_AS(visit_all(archive, read), BadSnapshot);
}

}  // namespace tablekey::model::tests::backup_items_test
