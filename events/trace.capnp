@0x9f0f6b8b7a7e4d53;
# What the frames of a trace hold besides raw snapshots (log-format-notes 2).

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tablekey::events");

using import "event.capnp".Event;
using import "scenario.capnp".Scenario;
using import "scenario.capnp".Setting;

struct Identity {             # frame type 1
  formatMajor @0 :UInt16;
  formatMinor @1 :UInt16;
  schemaDigest @2 :Data;      # SHA-256 over the schema of Event, Scenario and this file
  behaviourVersion @3 :UInt32;
  quirks @4 :List(Text);      # named behaviours a re-execution must know; an unknown one is refused
  branch @5 :UInt64;          # 0: a run of its own; forks differ
  parent @6 :Data;            # chain digest of the trace this one was forked from; empty
  scenario @7 :Scenario;
  source @8 :Text;            # the scenario file as it was read
  sourceName @9 :Text;        # its name, without folders
  overrides @10 :List(Setting);   # given on the command line, already inside scenario.settings
  effective @11 :List(Setting);   # every setting as it held in this run; to name what changed when a replay differs
  eventsPerChunk @12 :UInt32;
}

struct Chunk {                # frame type 2: one message
  events @0 :List(Event);
}
