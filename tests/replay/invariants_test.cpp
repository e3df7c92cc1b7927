// The laws of a finished trace. Goal: a clean trace is clean, and one place that holds a secret, or
// one initialisation vector used for two texts, is found. Method: traces into which a key, a value
// or a repeated vector was planted, with every checksum right.
#include "replay/invariants.h"

#include <catch2/catch.hpp>

#include "tests/replay/forgery.h"

namespace tablekey::replay::invariants_test {
namespace {

using events::Event;
using sample::File;

constexpr std::string_view kNoSecret = "plaintext_table_key_never_in_trace";
constexpr std::string_view kNoReuse = "no_iv_reuse";

// A finished run and its trace.
class Finished {
 public:
  explicit Finished(const events::WriterOptions& options = {})
      : scenario_(sample::load(sample::kBusy, 64)) {
    const auto writer = sample::writer_of(path(), scenario_, options);
    run = std::make_unique<Run>(*scenario_.view, *writer, scenario_.events_per_chunk);
    sample::turn(*run);
    run->cut();
    writer->close(events::Closing::finished).value();
    trace = sample::read_file(path());
  }
  std::filesystem::path path() const { return folder_ / "run.tk"; }

  InvariantFinding check(std::string_view name, const File& bytes) {
    sample::write_file(path(), bytes);
    return check_invariant(name, path(), run->state(), run->vault()).value();
  }
  // All keys of the run, in the order of the vault.
  std::vector<File> keys() {
    std::vector<File> all;
    run->vault().for_each_secret(run->state(), [&](std::span<const std::uint8_t> key) {
      all.emplace_back(key.begin(), key.end());
    });
    return all;
  }

  std::unique_ptr<Run> run;
  File trace;

 private:
  sample::TempFolder folder_;
  sample::Scenario scenario_;
};

// The ciphertext that a step's value had is replaced by other bytes.
File planted(const File& trace, const File& secret) {
  const std::uint64_t put = sample::first_event(trace, Event::ITEM_WRITTEN);
  return sample::with_event(trace, put, [&](auto event) {
    event.getItemWritten().setSealed(capnp::Data::Reader(secret.data(), secret.size()));
  });
}

}  // namespace

TEST_CASE("a clean trace holds no secret and repeats no initialisation vector") {
  Finished run;
  const auto secrets = run.check(kNoSecret, run.trace);
  REQUIRE(secrets.held);
  REQUIRE_THAT(secrets.detail, Catch::Contains("keys and item values is in"));
  const auto vectors = run.check(kNoReuse, run.trace);
  REQUIRE(vectors.held);
  REQUIRE_THAT(vectors.detail, Catch::EndsWith("(key, IV) pairs, none with two texts"));
  REQUIRE_THAT(vectors.detail, !Catch::StartsWith("0 "));
}

TEST_CASE("every key of the hierarchy is found where it was planted") {
  Finished run;
  const auto keys = run.keys();
  // Three backing keys; table keys and data keys of the three tables.
  REQUIRE(keys.size() >= 9);
  for (const File& key : keys) {
    REQUIRE(key.size() == 32);
    const auto found = run.check(kNoSecret, planted(run.trace, key));
    REQUIRE_FALSE(found.held);
    REQUIRE(found.detail == "1 places of the trace hold a secret");
  }
  File changed = keys[0];
  changed[31] ^= 1;
  REQUIRE(run.check(kNoSecret, planted(run.trace, changed)).held);
}

TEST_CASE("the plaintext of an item is found where it was planted") {
  Finished run;
  const std::uint32_t orders = 0;
  std::size_t items = 0;
  for (std::uint32_t item = 0; item < 60; item += 9) {
    if (run.run->state().item(orders, item).version == 0) continue;
    const auto value = run.run->vault().plaintext(run.run->state(), orders, item);
    const File text(value.bytes().begin(), value.bytes().end());
    REQUIRE_FALSE(run.check(kNoSecret, planted(run.trace, text)).held);
    ++items;
  }
  REQUIRE(items > 2);
}

TEST_CASE("a secret is found inside a compressed frame") {
  Finished run({.codec = events::Codec::zstd});
  REQUIRE(run.check(kNoSecret, run.trace).held);
  // The same key, compressed with what surrounds it: the file's own bytes no longer show it.
  Finished plain;
  auto frames = sample::take_apart(planted(plain.trace, plain.keys()[4]));
  sample::TempFolder folder;
  {
    auto writer = events::TraceWriter::create(folder / "planted.tk",
                                              {.codec = events::Codec::zstd, .background = false})
                      .value();
    for (const auto& frame : frames) {
      if (frame.header.type == events::FrameType::identity) {
        writer->identity(frame.stored);
      } else {
        writer->chunk(frame.stored, {frame.header.first_event, frame.header.event_count,
                                     frame.header.first_time, frame.header.last_time});
      }
    }
    writer->close(events::Closing::finished).value();
  }
  const auto found = plain.check(kNoSecret, sample::read_file(folder / "planted.tk"));
  REQUIRE_FALSE(found.held);
}

TEST_CASE("secrets are counted in any bytes, wherever they begin") {
  Finished run;
  const auto keys = run.keys();
  File bytes(5000, 0x41);
  REQUIRE(count_secrets_in(bytes, run.run->state(), run.run->vault()) == 0);
  const std::vector<std::size_t> places = {0, 1, 33, 1001, 5000 - 32};
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::copy(keys[i].begin(), keys[i].end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(places[i]));
    // Planted at 1 the second key overwrites the first but for its first byte.
    const std::size_t expected = i == 0 ? 1 : i;
    REQUIRE(count_secrets_in(bytes, run.run->state(), run.run->vault()) == expected);
  }
  const File cut(bytes.begin(), bytes.end() - 1);
  REQUIRE(count_secrets_in(cut, run.run->state(), run.run->vault()) == places.size() - 2);
}

TEST_CASE("an initialisation vector that comes again with another text is found") {
  Finished run;
  const auto sealed = [](std::uint32_t table) {
    return [table](Event::Reader event) {
      return event.isItemWritten() && event.getItemWritten().getTable() == table &&
             !event.getItemWritten().getDeleted();
    };
  };
  const std::uint64_t first = sample::first_event_where(run.trace, sealed(0));
  const std::uint64_t second = sample::first_event_where(run.trace, sealed(0), first + 1);
  const std::uint64_t elsewhere = sample::first_event_where(run.trace, sealed(1));
  std::uint64_t head = 0, tag_high = 0, tag_low = 0;
  std::uint32_t tail = 0;
  sample::with_event(run.trace, first, [&](auto event) {
    const auto written = event.getItemWritten().asReader();
    head = written.getIvHead();
    tail = written.getIvTail();
    tag_high = written.getTagHigh();
    tag_low = written.getTagLow();
  });
  const auto with_its_vector = [&](std::uint64_t number, bool same_text) {
    return sample::with_event(run.trace, number, [&](auto event) {
      auto written = event.getItemWritten();
      written.setIvHead(head);
      written.setIvTail(tail);
      if (same_text) written.setTagHigh(tag_high);
      if (same_text) written.setTagLow(tag_low);
    });
  };
  const auto found = run.check(kNoReuse, with_its_vector(second, false));
  REQUIRE_FALSE(found.held);
  REQUIRE(found.detail == "1 (key, IV) pairs came with another text");
  // The same seal done again, and the same vector under another key, reveal nothing.
  REQUIRE(run.check(kNoReuse, with_its_vector(second, true)).held);
  REQUIRE(run.check(kNoReuse, with_its_vector(elsewhere, false)).held);
}

TEST_CASE("a wrapped data key whose initialisation vector comes again is found") {
  Finished run;
  // Of the table with a stream: the base partition and the stream's shard have a key each.
  const std::uint64_t made = sample::first_event_where(run.trace, [](Event::Reader event) {
    return event.isTableKeyCreated() && event.getTableKeyCreated().getDataKeys().size() == 2;
  });
  const File reused = sample::with_event(run.trace, made, [](auto event) {
    auto keys = event.getTableKeyCreated().getDataKeys();
    std::copy_n(keys[0].getWrapped().begin(), 12, keys[1].getWrapped().begin());
  });
  REQUIRE_FALSE(run.check(kNoReuse, reused).held);
}

TEST_CASE("an initialisation vector that comes again in a record of any kind is found") {
  Finished run;
  const std::uint64_t place = sample::first_event(run.trace, Event::ITEM_WRITTEN);
  const auto check = [&](const sample::ChangeEvent& change) {
    return run.check(kNoReuse, sample::with_event(run.trace, place, change)).held;
  };
  const auto changes_of = [](capnp::List<events::ItemChange>::Builder list, bool same_text) {
    for (unsigned i = 0; i < 2; ++i) {
      list[i].setIvHead(0x1111);
      list[i].setIvTail(0x22);
      list[i].setTagHigh(same_text ? 7 : 7 + i);
    }
  };
  for (const bool same : {true, false}) {
    CHECK(check([&](auto event) { changes_of(event.initDataAnswered().initChanges(2), same); }) ==
          same);
    CHECK(check([&](auto event) {
            changes_of(event.initItemsReplicated().initChanges(2), same);
          }) == same);
    CHECK(check([&](auto event) { changes_of(event.initPartitionSplit().initMoved(2), same); }) ==
          same);
    CHECK(check([&](auto event) {
            auto entries = event.initIndexEntriesWritten().initEntries(2);
            for (unsigned i = 0; i < 2; ++i) {
              entries[i].initSealed(20);
              entries[i].setTagLow(same ? 5 : 5 + i);
            }
          }) == same);
    CHECK(check([&](auto event) {
            auto records = event.initStreamRecordsWritten().initRecords(2);
            for (unsigned i = 0; i < 2; ++i) {
              records[i].initSealed(20);
              records[i].setTagLow(same ? 5 : 5 + i);
            }
          }) == same);
    CHECK(check([&](auto event) {
            auto children = event.initPartitionSplit().initChildren(2);
            for (unsigned i = 0; i < 2; ++i) {
              auto wrapped = children[i].initWrapped(60);
              wrapped[50] = static_cast<kj::byte>(same ? 1 : 1 + i);
            }
          }) == same);
  }
  // Changes that sealed nothing have no vector to repeat.
  CHECK(check([](auto event) {
    auto list = event.initDataAnswered().initChanges(2);
    for (unsigned i = 0; i < 2; ++i) list[i].setTagHigh(i);
  }));
}

TEST_CASE("a data key that a switch left behind is found") {
  Finished run;
  constexpr std::string_view kCurrent = "every_live_data_key_under_current_version";
  const auto clean = run.check(kCurrent, run.trace);
  INFO(clean.detail);
  REQUIRE(clean.held);
  REQUIRE_THAT(clean.detail, Catch::Contains("after 1 switches"));
  const std::uint64_t moved = sample::first_event(run.trace, Event::DATA_KEYS_REWRAPPED);
  const auto found = run.check(
      kCurrent, sample::with_event(run.trace, moved, [](auto event) {
        capnp::MallocMessageBuilder kept;
        kept.setRoot(event.getDataKeysRewrapped().asReader());
        const auto all = kept.getRoot<events::DataKeysRewrapped>().asReader();
        auto fewer = event.getDataKeysRewrapped().initDataKeys(all.getDataKeys().size() - 1);
        for (unsigned i = 0; i < fewer.size(); ++i) {
          fewer.setWithCaveats(i, all.getDataKeys()[i]);
        }
      }));
  REQUIRE_FALSE(found.held);
  REQUIRE_THAT(found.detail, Catch::Contains(" of Orders is under version 1 of the table key"));
}

TEST_CASE("an invariant that does not exist and a trace that cannot be read are errors") {
  Finished run;
  REQUIRE(check_invariant("no_such_law", run.path(), run.run->state(), run.run->vault()).error() ==
          "no invariant 'no_such_law'");
  REQUIRE_FALSE(
      check_invariant(kNoSecret, "/nonexistent/run.tk", run.run->state(), run.run->vault()));
}

}  // namespace tablekey::replay::invariants_test
