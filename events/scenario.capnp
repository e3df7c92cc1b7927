@0xd2c2f6f0c1a94b07;
# A compiled scenario: everything a run needs, as the trace's identity frame carries it. Built by scenarios/, read by model/.
# All references are resolved to indices, all times absolute, all policies plain JSON with their ARNs filled in.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tablekey::events");

using import "event.capnp".DataOperation;

struct Scenario {
  name @0 :Text;
  description @1 :Text;
  seed @2 :UInt64;
  start @3 :Int64;            # ns since the Unix epoch
  until @4 :Int64;
  account @5 :Text;           # 12 digits
  region @6 :Text;
  profile @7 :Text;
  settings @8 :List(Setting); # what the scenario itself sets, sorted by path; all else has this program's default
  principals @9 :List(Principal);
  keys @10 :List(Key);
  tables @11 :List(Table);
  workloads @12 :List(Workload);
  steps @13 :List(Step);      # in file order; the agenda orders them by time, then by this order
  expectations @14 :List(Expectation);
}

struct Setting { path @0 :Text; value @1 :Text; }  # value in canonical text: 300s, none, lognormal(median=6ms, p99=40ms)

struct Principal {
  logicalId @0 :Text;
  kind @1 :Kind;
  name @2 :Text;              # RoleName, UserName
  account @3 :Text;
  path @4 :Text;              # "/" unless given
  uniqueId @5 :Text;          # AROA…, AIDA…; empty: drawn from the seed
  policies @6 :List(NamedPolicy);
  enum Kind { role @0; user @1; root @2; }
}
struct NamedPolicy { name @0 :Text; document @1 :Text; }

struct Key {
  logicalId @0 :Text;
  manager @1 :Manager;
  keyId @2 :Text;             # UUID; empty: drawn from the seed
  account @3 :Text;
  region @4 :Text;
  policy @5 :Text;            # JSON
  description @6 :Text;
  enabled @7 :Bool = true;
  aliases @8 :List(Text);     # alias/…
  enum Manager { customer @0; aws @1; owned @2; }
}

struct Table {
  logicalId @0 :Text;
  name @1 :Text;              # with copies > 1 the tables are name-0, name-1, …
  copies @2 :UInt32 = 1;
  key @3 :UInt32;             # index into keys; always present (an AWS owned key is a key too)
  hashKey @4 :Attribute;
  rangeKey @5 :Attribute;     # absent name: none
  localIndexes @6 :List(Text);
  globalIndexes @7 :List(Text);
  stream @8 :Bool;
  created @9 :Int64;          # when CreateTable is called; 0: only by a step
  creator @10 :UInt32;        # principal; kNone: the operator, who is not checked
  items @11 :UInt32;          # generated items per table at its start
  itemSize @12 :UInt32;       # plaintext bytes of a generated item
  collection @13 :UInt32 = 1; # generated items that share a partition key (only with a rangeKey)
}
struct Attribute { name @0 :Text; type @1 :Text; }

struct Workload {
  name @0 :Text;
  principal @1 :UInt32;
  session @2 :Text;           # RoleSessionName of its sessions
  table @3 :UInt32;           # index into tables; with copies, connection i uses copy i modulo copies
  connections @4 :UInt32;
  process @5 :Process;
  stages @6 :List(Stage);     # rate of ONE connection over time; see Stage. Never empty
  operations @7 :List(Share);
  popularity @8 :Popularity;
  skew @9 :Float64;           # Zipf exponent
  starts @10 :Int64;          # absolute; 0: when its table becomes ACTIVE
  stops @11 :Int64;           # absolute; 0: never
  requestsPerConnection @12 :UInt64;  # the connection closes after so many; 0: no limit
  connectionLifetime @13 :Int64;      # ns; 0: no limit
  queryItems @14 :UInt32 = 10;
  requests @15 :UInt64;       # total requests of each connection, after which it is silent; 0: no limit
  enum Process { constant @0; poisson @1; }
  enum Popularity { uniform @0; zipf @1; }
}
# The rate moves linearly from rateBegin to rateEnd over duration; the last stage's rateEnd holds afterwards.
struct Stage { duration @0 :Int64; rateBegin @1 :Float64; rateEnd @2 :Float64; }  # requests a second
struct Share { operation @0 :DataOperation; millionths @1 :UInt32; }              # sums to 1,000,000

struct Step {
  at @0 :Int64;
  id @1 :Text;
  line @2 :UInt32;            # in the scenario file
  caller @3 :UInt32;          # principal who does it; kNone: the operator, who is not checked
  session @4 :Text;           # session name to use, if a role
  union {
    assumeRole :group { principal @5 :UInt32; sessionName @6 :Text; accessKeyId @7 :Text; }
    kms :group {              # a KMS API call
      operation @8 :KmsCallKind;
      key @9 :UInt32;
      table @10 :UInt32;      # grants and encryption contexts are found through the table; kNone if not used
      policy @11 :Text;
      pendingWindowInDays @12 :UInt32;
      grants @13 :GrantChoice;
    }
    createTable :group { table @14 :UInt32; }
    deleteTable :group { table @15 :UInt32; }
    updateTable :group { table @16 :UInt32; toKey @17 :UInt32; }   # SSESpecification; every table is encrypted under a key
    data :group {             # GetItem, PutItem, DeleteItem, Query or Scan with what the scenario gives
      table @18 :UInt32;
      operation @19 :DataOperation;
      item @20 :UInt32;       # ordinal: below Table.items a generated one, else one that some step puts
      value @21 :Text;        # PutItem: the item in canonical DynamoDB JSON; else its key in the same form
    }
    closeConnections :group { workload @22 :UInt32; shareMillionths @23 :UInt32; }
  }
  enum GrantChoice { all @0; first @1; second @2; }
  enum KmsCallKind {
    disableKey @0; enableKey @1; scheduleKeyDeletion @2; cancelKeyDeletion @3; putKeyPolicy @4;
    revokeGrant @5; retireGrant @6; decrypt @7; generateDataKey @8; describeKey @9; createGrant @10; encrypt @11;
  }
}

struct Expectation {
  name @0 :Text;
  check @1 :Text;
  warn @2 :Bool;              # severity: warn
  line @3 :UInt32;
}
