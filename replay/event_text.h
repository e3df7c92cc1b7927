// One event in words: a line for a person, a JSON object for programs, and the fields in which two
// events differ. All three walk the schema, so a new event needs nothing here. Ids are shown with
// the names they stand for; the only bytes shown are public ones (identifiers, tags, key check
// values).
#pragma once

#include <capnp/dynamic.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay {

/// "ItemRead", "KmsAnswered", …: the event's name.
std::string event_name(events::Event::Reader event);

/// All names, in the order of the schema.
const std::vector<std::string>& event_names();

/// The kind of event of that name; nothing if there is none.
std::optional<events::Event::Which> event_named(std::string_view name);

/// `2018-02-14T00:15:15.006Z  KmsAnswered  CreateGrant key=… table=Books result=ok …`, without a
/// newline. The time is cut to milliseconds. Fields that say nothing (none, 0) are left out.
/// `state` is the one after the event, or any other in which its ids mean the same.
std::string event_line(const model::State& state, events::Event::Reader event);

/// {"number": …, "event": "KmsAnswered", "time": …, "at": …, "cause": …, fields of the schema…}.
/// Beside an id stands what it means: "table": 0, "tableName": "Books". Numbers that identify
/// (tags, request ids) are hexadecimal text; bytes too. A field named like one of the first five
/// is called "itsAt" and the like.
nlohmann::ordered_json event_json(const model::State& state, events::Event::Reader event,
                                  std::uint64_t number);

/// The same as one line without a newline: what `events --json` prints.
std::string event_json_line(const model::State& state, events::Event::Reader event,
                            std::uint64_t number);

/// One field in which two events differ.
struct FieldDifference {
  std::string path;      ///< "kmsAnswered.error", "event" where even the kind differs
  std::string recorded;  ///< as text
  std::string replayed;
};

/// In the order of the schema; empty: the events are equal.
std::vector<FieldDifference> field_differences(events::Event::Reader recorded,
                                               events::Event::Reader replayed);

/// The same for any two messages of one type.
std::vector<FieldDifference> message_differences(capnp::DynamicStruct::Reader a,
                                                 capnp::DynamicStruct::Reader b);

}  // namespace tablekey::replay
