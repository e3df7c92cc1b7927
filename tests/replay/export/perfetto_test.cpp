// Goal: what is written is a trace that Perfetto's trace processor takes without a complaint, and
// it says of the run what the run was. Method: an independent reader of the wire format, which
// knows for every field that may be there its number and wire type from Perfetto's own .proto
// files, and the processor's rules, over traces of the bundled scenarios.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "replay/query.h"
#include "tests/replay/export/exported.h"

namespace perfetto_test {

namespace {

using namespace tablekey;
using test::export_text;
using test::ExportedRun;

struct Field {
  std::uint64_t number = 0;
  unsigned type = 0;
  std::uint64_t value = 0;  // of a varint or eight bytes
  std::string_view bytes;
};

std::uint64_t varint(std::string_view& rest) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (rest.empty()) FAIL("a varint that ends too early");
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  FAIL("a varint of more than ten bytes");
  return 0;
}

std::vector<Field> fields_of(std::string_view rest) {
  std::vector<Field> fields;
  while (!rest.empty()) {
    const std::uint64_t key = varint(rest);
    Field field{key >> 3, static_cast<unsigned>(key & 7), 0, {}};
    if (field.type == 0) {
      field.value = varint(rest);
    } else if (field.type == 1) {
      if (rest.size() < 8) FAIL("eight bytes that end too early");
      for (unsigned i = 0; i < 8; ++i) {
        field.value |= std::uint64_t{static_cast<unsigned char>(rest[i])} << 8 * i;
      }
      rest.remove_prefix(8);
    } else {
      if (field.type != 2) FAIL("wire type " << field.type);
      const std::uint64_t size = varint(rest);
      if (size > rest.size()) FAIL("a length beyond the end");
      field.bytes = rest.substr(0, size);
      rest.remove_prefix(size);
    }
    fields.push_back(field);
  }
  return fields;
}

constexpr unsigned kVarint = 0, kFixed64 = 1, kBytes = 2;

// Of each message: field number -> wire type (protos/perfetto/trace/…).
const std::map<std::uint64_t, unsigned> kTrace = {{1, kBytes}};  // repeated TracePacket packet
const std::map<std::uint64_t, unsigned> kPacket = {
    {6, kBytes},    // ClockSnapshot clock_snapshot
    {8, kVarint},   // uint64 timestamp
    {10, kVarint},  // uint32 trusted_packet_sequence_id
    {11, kBytes},   // TrackEvent track_event
    {13, kVarint},  // uint32 sequence_flags
    {60, kBytes},   // TrackDescriptor track_descriptor
    {87, kVarint},  // bool first_packet_on_sequence
};
const std::map<std::uint64_t, unsigned> kSnapshot = {{1, kBytes}};  // repeated Clock clocks
const std::map<std::uint64_t, unsigned> kClock = {{1, kVarint},
                                                  {2, kVarint}};  // clock_id, timestamp
const std::map<std::uint64_t, unsigned> kDescriptor = {
    {1, kVarint},  // uint64 uuid
    {2, kBytes},   // string name
    {5, kVarint},  // uint64 parent_uuid
    {8, kBytes},   // CounterDescriptor counter
};
const std::map<std::uint64_t, unsigned> kCounterDescriptor = {{3, kVarint}};  // Unit unit
const std::map<std::uint64_t, unsigned> kTrackEvent = {
    {4, kBytes},     // repeated DebugAnnotation debug_annotations
    {9, kVarint},    // Type type
    {11, kVarint},   // uint64 track_uuid
    {23, kBytes},    // string name
    {30, kVarint},   // int64 counter_value
    {47, kFixed64},  // repeated fixed64 flow_ids
    {48, kFixed64},  // repeated fixed64 terminating_flow_ids
};
const std::map<std::uint64_t, unsigned> kAnnotation = {
    {3, kVarint},  // uint64 uint_value
    {6, kBytes},   // string string_value
    {10, kBytes},  // string name
};

std::vector<Field> message(std::string_view bytes, const std::map<std::uint64_t, unsigned>& known) {
  std::vector<Field> fields = fields_of(bytes);
  for (const Field& field : fields) {
    const auto type = known.find(field.number);
    if (type == known.end()) FAIL("unknown field " << field.number);
    if (type->second != field.type) FAIL("the wire type of field " << field.number);
  }
  return fields;
}

struct Event {
  std::uint64_t type = 0, track = 0;
  std::int64_t time = 0;
  std::string name;
  std::optional<std::int64_t> counter;
  std::vector<std::uint64_t> flows, ending;
  std::map<std::string, std::string> notes;
  std::size_t place = 0;  // in the file
};

struct TrackInfo {
  std::string name;
  std::uint64_t parent = 0;
  bool counter = false;
};

struct Decoded {
  std::map<std::uint64_t, TrackInfo> tracks;
  std::vector<Event> events;  // as the processor sorts them: by time, then by place
};

void note(Event& event, std::string_view bytes) {
  std::string name, value;
  for (const Field& field : message(bytes, kAnnotation)) {
    if (field.number == 10) name = field.bytes;
    if (field.number == 6) value = field.bytes;
    if (field.number == 3) value = std::to_string(field.value);
  }
  CHECK_FALSE(name.empty());
  event.notes[name] = value;
}

Event event_of(std::string_view bytes, std::int64_t time) {
  Event event;
  event.time = time;
  for (const Field& field : message(bytes, kTrackEvent)) {
    if (field.number == 4) note(event, field.bytes);
    if (field.number == 9) event.type = field.value;
    if (field.number == 11) event.track = field.value;
    if (field.number == 23) event.name = field.bytes;
    if (field.number == 30) event.counter = static_cast<std::int64_t>(field.value);
    if (field.number == 47) event.flows.push_back(field.value);
    if (field.number == 48) event.ending.push_back(field.value);
  }
  return event;
}

void declare(Decoded& decoded, std::string_view bytes) {
  std::uint64_t uuid = 0;
  TrackInfo track;
  for (const Field& field : message(bytes, kDescriptor)) {
    if (field.number == 1) uuid = field.value;
    if (field.number == 2) track.name = field.bytes;
    if (field.number == 5) track.parent = field.value;
    if (field.number == 8) {
      track.counter = true;
      message(field.bytes, kCounterDescriptor);
    }
  }
  CHECK(uuid != 0);  // 0 is the implicit track
  CHECK_FALSE(track.name.empty());
  if (track.parent != 0) CHECK(decoded.tracks.contains(track.parent));
  CHECK(decoded.tracks.emplace(uuid, track).second);
}

// What holds of each packet and each sequence.
Decoded decode(const std::string& trace) {
  Decoded decoded;
  std::map<std::uint64_t, std::int64_t> last;  // by sequence
  for (const Field& packet : message(trace, kTrace)) {
    std::uint64_t sequence = 0, flags = 0, first = 0;
    std::optional<std::int64_t> time;
    std::string_view event, descriptor, clocks;
    for (const Field& field : message(packet.bytes, kPacket)) {
      if (field.number == 6) clocks = field.bytes;
      if (field.number == 8) time = static_cast<std::int64_t>(field.value);
      if (field.number == 10) sequence = field.value;
      if (field.number == 11) event = field.bytes;
      if (field.number == 13) flags = field.value;
      if (field.number == 60) descriptor = field.bytes;
      if (field.number == 87) first = field.value;
    }
    REQUIRE(sequence != 0);
    const bool known = last.contains(sequence);
    CHECK(flags == (known ? 0 : 1));  // SEQ_INCREMENTAL_STATE_CLEARED
    CHECK(first == (known ? 0 : 1));
    std::int64_t& latest = last[sequence];
    for (const Field& clock : message(clocks, kSnapshot)) message(clock.bytes, kClock);
    if (!descriptor.empty()) declare(decoded, descriptor);
    if (event.empty()) continue;
    REQUIRE(time.has_value());
    CHECK(*time >= latest);
    latest = *time;
    decoded.events.push_back(event_of(event, *time));
    decoded.events.back().place = decoded.events.size();
    REQUIRE(decoded.tracks.contains(decoded.events.back().track));  // declared before it is used
  }
  std::ranges::stable_sort(decoded.events, {}, &Event::time);
  return decoded;
}

struct Slice {
  Event begin;
  std::int64_t end = 0;
};

// Slices nest and end, counters count on counter tracks, flows have both of their ends.
std::vector<Slice> check_rules(const Decoded& decoded) {
  std::map<std::uint64_t, std::vector<Slice>> open;
  std::vector<Slice> slices;
  std::map<std::uint64_t, int> flows;  // begun, not ended
  for (const Event& event : decoded.events) {
    INFO(event.name << " at " << event.time << ", event " << event.place);
    const TrackInfo& track = decoded.tracks.at(event.track);
    CHECK(track.counter == (event.type == 4));
    CHECK(event.counter.has_value() == (event.type == 4));
    for (const std::uint64_t flow : event.flows) CHECK(++flows[flow] == 1);
    for (const std::uint64_t flow : event.ending) CHECK(flows.erase(flow) == 1);
    std::vector<Slice>& stack = open[event.track];
    switch (event.type) {
      case 1:  // TYPE_SLICE_BEGIN
        CHECK_FALSE(event.name.empty());
        CHECK(stack.empty());  // states of one thing follow each other
        stack.push_back({event, 0});
        break;
      case 2:  // TYPE_SLICE_END
        REQUIRE_FALSE(stack.empty());
        stack.back().end = event.time;
        slices.push_back(stack.back());
        stack.pop_back();
        break;
      case 3:  // TYPE_INSTANT
        CHECK_FALSE(event.name.empty());
        break;
      default:
        CHECK(event.type == 4);  // TYPE_COUNTER
        CHECK(*event.counter >= 0);
    }
  }
  for (const auto& [track, stack] : open) CHECK(stack.empty());
  CHECK(flows.empty());
  return slices;
}

std::string group_of(const Decoded& decoded, const Event& event) {
  const std::uint64_t parent = decoded.tracks.at(event.track).parent;
  return parent == 0 ? "" : decoded.tracks.at(parent).name;
}

struct Counted : replay::Observer {
  std::size_t kms = 0, refused = 0;
  void event(const model::State&, events::Event::Reader event, std::uint64_t) override {
    if (event.isKmsAnswered() || event.isKeyPolled() || event.isCallLost()) ++kms;
    if (event.isRequestFailed()) ++refused;
  }
};

TEST_CASE("what Perfetto gets keeps the rules of its format, whatever the scenario") {
  const char* name = GENERATE("books", "revoke-grant", "kms-outage", "router-restart-herd",
                              "switch-key", "custom-store-disconnect", "round-robin-cliff",
                              "client-side-encryption", "restore-under-another-key");
  INFO(name);
  const auto run = ExportedRun::bundled(name);
  const Decoded decoded = decode(export_text(run.recorded(), "perfetto"));
  const std::vector<Slice> slices = check_rules(decoded);
  Counted counted;
  REQUIRE(replay::show_events(run.recorded(), {}, counted).has_value());
  std::size_t calls = 0, refused = 0;
  for (const Slice& slice : slices) {
    if (group_of(decoded, slice.begin) == "Calls to KMS") ++calls;
  }
  for (const Event& event : decoded.events) {
    if (event.type == 3 && group_of(decoded, event) == "Plaintext table keys") ++refused;
  }
  CHECK(calls == counted.kms);
  CHECK(refused >= counted.refused);
}

TEST_CASE("a window cuts slices off and keeps the rules") {
  const auto run = ExportedRun::bundled("kms-outage");
  replay::ExportChoices choices;
  choices.window.from = run.recorded().scenario().start + sim::Duration::hours(2);
  choices.window.until = choices.window.from + sim::Duration::minutes(30);
  const Decoded decoded = decode(export_text(run.recorded(), "perfetto", choices));
  const std::vector<Slice> slices = check_rules(decoded);
  CHECK(slices.size() > 3);
  for (const Slice& slice : slices) {
    CHECK(slice.begin.time >= choices.window.from.nanoseconds());
    CHECK(slice.end <= choices.window.until.nanoseconds());
  }
}

TEST_CASE("the revocation leads to the key's new state, a call to the cached key, a refusal back") {
  const auto run = ExportedRun::bundled("disable-key-fixed");
  const Decoded decoded = decode(export_text(run.recorded(), "perfetto"));
  const std::vector<Slice> slices = check_rules(decoded);
  std::map<std::uint64_t, const Event*> begun;  // by flow
  for (const Event& event : decoded.events) {
    for (const std::uint64_t flow : event.flows) begun[flow] = &event;
  }
  std::set<std::string> led;
  for (const Event& event : decoded.events) {
    for (const std::uint64_t flow : event.ending) {
      const std::string from = group_of(decoded, *begun.at(flow));
      led.insert(from + " → " + group_of(decoded, event) + (event.type == 3 ? ", refused" : ""));
      if (from == "Timeline") {
        const std::string id = begun.at(flow)->notes.at("id");
        CHECK(begun.at(flow)->time == event.time);
        CHECK(event.name == (id == "disable" ? "Disabled" : "Enabled"));
      }
    }
  }
  CHECK(led == std::set<std::string>{"Timeline → Keys", "Calls to KMS → Plaintext table keys",
                                     "Calls to KMS → Plaintext table keys, refused"});
  // A fixed lifetime of five minutes, ended by nothing else here.
  for (const Slice& slice : slices) {
    if (group_of(decoded, slice.begin) != "Plaintext table keys") continue;
    CHECK(slice.end - slice.begin.time <= sim::Duration::minutes(5).count());
  }
}

TEST_CASE("calls say how they ended and how long they took, counters end at nought") {
  const auto run = ExportedRun::bundled("disable-key-fixed");
  const Decoded decoded = decode(export_text(run.recorded(), "perfetto"));
  std::map<std::string, std::set<std::string>> outcomes;
  for (const Slice& slice : check_rules(decoded)) {
    if (group_of(decoded, slice.begin) != "Calls to KMS") continue;
    outcomes[slice.begin.notes.at("outcome")].insert(slice.begin.name);
    if (slice.begin.name.starts_with("Decrypt")) CHECK(slice.end > slice.begin.time);
  }
  CHECK(outcomes["ok"].contains("Decrypt"));
  CHECK(outcomes["DisabledException"] == std::set<std::string>{"Decrypt DisabledException"});
  std::map<std::string, std::int64_t> counters, highest;
  for (const Event& event : decoded.events) {
    if (event.type != 4) continue;
    const std::string& name = decoded.tracks.at(event.track).name;
    counters[name] = *event.counter;
    highest[name] = std::max(highest[name], *event.counter);
  }
  REQUIRE(counters.size() == 2);
  for (const auto& [name, value] : counters) {
    CHECK(value == 0);
    CHECK(highest[name] > 0);
  }
}

TEST_CASE("two exports of one trace are equal") {
  const auto run = ExportedRun::bundled("revoke-grant");
  CHECK(export_text(run.recorded(), "perfetto") == export_text(run.recorded(), "perfetto"));
}

}  // namespace

}  // namespace perfetto_test
