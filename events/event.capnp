@0xb7d1f1f0a35e4c11;
# One event of the simulated world: the only representation there is. `decide` builds it, `apply` reads it, the trace
# holds it. One turn of the engine is one due action and one event, so an event's number is also its turn.
#
# Rules for whoever writes here (a broken one changes bytes, and bytes are the product):
#  - fields are only added at the end of a struct; ordinals, types and enum values never change;
#  - hot events are groups inside the union, rare ones stand behind a pointer;
#  - ids are indices into State, in the order in which things came into being; names stand in the creating event;
#  - an event carries everything that was chosen (draws, latencies, ciphertext), nothing that can be computed.
# Times are nanoseconds since the Unix epoch, durations nanoseconds.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tablekey::events");

struct Event {
  time @0 :Int64;
  cause @1 :UInt64;      # number of the event that scheduled the action this event came of; 0 for RunStarted itself

  union {
    runStarted @2 :RunStarted;
    runEnded @3 :RunEnded;

    # --- requests of clients (hot) ---------------------------------------------------------------
    itemRead :group {            # a GetItem was served, from the arrival, a delivered answer or a wait
      connection @4 :UInt32;
      table @5 :UInt32;
      item @6 :UInt32;           # ordinal of the item in its table
      version @7 :UInt32;        # record version that was read; 0: no such item
      via @8 :Access;
      tagHigh @9 :UInt64;        # authentication tag of the record that was opened (0 for none)
      tagLow @10 :UInt64;
      latency @11 :Int64;        # from the request's arrival to its answer
      next @12 :Int64;           # when this connection's next request comes; 0: this event does not set it
    }
    itemWritten :group {         # PutItem or DeleteItem
      connection @13 :UInt32;
      table @14 :UInt32;
      item @15 :UInt32;
      version @16 :UInt32;       # the record version that the write made
      via @17 :Access;
      deleted @18 :Bool;         # DeleteItem; tag and size are then 0
      tagHigh @19 :UInt64;
      tagLow @20 :UInt64;
      latency @21 :Int64;
      next @22 :Int64;
      size @23 :UInt32;          # plaintext bytes
      step @24 :UInt32;          # 1 + scenario step that gave the value; 0: generated from (seed, item, version)
      ivHead @105 :UInt64;        # the record's IV, so that a repeated one could be found
      ivTail @106 :UInt32;
      sealed @25 :Data;          # the ciphertext, only where a step gave the value
    }
    itemsRead :group {           # Query or Scan
      connection @26 :UInt32;
      table @27 :UInt32;
      first @28 :UInt32;         # the first item of the range
      count @29 :UInt32;         # items opened
      via @30 :Access;
      scan @31 :Bool;
      digestHigh @32 :UInt64;    # SHA-256 over the tags of the records opened, in order, first 16 bytes
      digestLow @33 :UInt64;
      latency @34 :Int64;
      next @35 :Int64;
    }
    requestFailed :group {
      connection @36 :UInt32;
      table @37 :UInt32;
      item @38 :UInt32;
      operation @39 :DataOperation;
      exception @40 :Exception;  # what the client sees
      kmsError @41 :KmsError;    # what KMS had said, or none
      requestHigh @42 :UInt64;   # the KMS request id that DynamoDB's message quotes; 0 if KMS was not asked
      requestLow @43 :UInt64;
      latency @44 :Int64;
      next @45 :Int64;
    }
    tableKeyRequested :group {   # no usable table key on this connection: Decrypt is sent to KMS as the caller
      connection @46 :UInt32;
      table @47 :UInt32;
      item @48 :UInt32;
      operation @49 :DataOperation;
      why @50 :Miss;
      step @51 :UInt32;          # 1 + scenario step; 0: workload
      call @52 :UInt32;          # the KMS call that was opened
      latency @53 :Int64;        # until the request reaches KMS
      next @54 :Int64;
    }
    requestWaited :group {       # another request of this connection has already asked for the key
      connection @55 :UInt32;
      table @56 :UInt32;
      item @57 :UInt32;
      operation @58 :DataOperation;
      step @59 :UInt32;
      call @60 :UInt32;          # the call it waits for
      next @61 :Int64;
    }
    connectionOpened :group {
      connection @62 :UInt32;
      next @63 :Int64;
    }
    connectionClosed :group {
      connection @64 :UInt32;
      why @65 :Close;
    }

    # --- KMS ---------------------------------------------------------------------------------------
    kmsAnswered :group {         # KMS decided a request: what CloudTrail shows
      call @66 :UInt32;
      operation @67 :KmsOperation;
      caller @68 :UInt32;        # 1 + session; 0: the service itself (or, on a step without `as`, the operator)
      key @69 :UInt32;           # index of the key, kNone if it could not be resolved
      table @70 :UInt32;         # the table whose encryption context the request carries, or kNone
      error @71 :KmsError;
      decidedBy @72 :Decider;
      decider @73 :UInt32;       # statement of the key policy, or grant
      requestHigh @74 :UInt64;
      requestLow @75 :UInt64;
      latency @76 :Int64;        # until the answer arrives; -1: nobody waits for it
      effect @77 :KmsEffect;
      asService @103 :Bool;       # DynamoDB calls as itself
      grant @104 :UInt32;         # RetireGrant, RevokeGrant: which one
      viaService @78 :Bool;      # DynamoDB calls on behalf of the caller
    }
    kmsAnswerDelivered :group {  # a control-plane process took a step on an answer (data requests use their own events)
      call @79 :UInt32;
      table @80 :UInt32;
      nextCall @81 :UInt32;      # the call that was opened in turn, or kNone
      latency @82 :Int64;        # until that one reaches KMS
    }
    changeVisible :group {       # a change to key state or policy reached KMS's data plane (kms.md 10)
      kind @83 :Change;
      key @84 :UInt32;
    }
    keyDeleted :group {          # the waiting period ended: material, grants, policy and aliases are gone
      key @85 :UInt32;
    }

    # --- identities ----------------------------------------------------------------------------------
    roleAssumed @86 :RoleAssumed;
    keyCreated @87 :KeyCreated;

    # --- DynamoDB control plane ----------------------------------------------------------------------
    tableCreationStarted @88 :TableCreationStarted;
    tableKeyCreated @89 :TableKeyCreated;
    tableActivated :group {
      table @90 :UInt32;
      items @91 :UInt32;         # generated items that the table starts with
    }
    tableRequestRefused @92 :TableRequestRefused;
    tableDeletionStarted @93 :TableDeletionStarted;
    tableDeleted :group {
      table @94 :UInt32;
      call @99 :UInt32;         # RetireGrant on its first grant, or kNone
      latency @100 :Int64;
    }
    sseSwitchStarted @95 :SseSwitchStarted;
    dataKeysRewrapped @96 :DataKeysRewrapped;
    sseSwitchCompleted :group {
      table @97 :UInt32;
      call @101 :UInt32;         # RetireGrant on the old key, or kNone
      latency @102 :Int64;
    }

    # --- the timeline ------------------------------------------------------------------------------------
    connectionsClosed @98 :ConnectionsClosed;
  }
}

const kNone :UInt32 = 0xffffffff;

enum Access {
  hit @0;          # a usable table key was in this connection's cache
  miss @1;         # this request asked KMS
  delayedHit @2;   # it waited for another request's answer
}

enum Miss { cold @0; idle @1; maxAge @2; version @3; dropped @4; }
enum Close { requests @0; age @1; step @2; }
enum Change { keyState @0; keyPolicy @1; }
enum Decider { nothing @0; keyPolicy @1; identityPolicy @2; grant @3; operator @4; explicitDenyKeyPolicy @5; explicitDenyIdentity @6; ownService @7; keyState @8; cryptography @9; }

enum DataOperation { getItem @0; putItem @1; deleteItem @2; query @3; scan @4; }

enum KmsOperation {
  createKey @0; describeKey @1; enableKey @2; disableKey @3; scheduleKeyDeletion @4; cancelKeyDeletion @5;
  putKeyPolicy @6; createGrant @7; retireGrant @8; revokeGrant @9;
  generateDataKey @10; decrypt @11; encrypt @12; reEncrypt @13; generateDataKeyWithoutPlaintext @14;
}

enum KmsError {  # exception names of AWS KMS
  none @0; accessDenied @1; disabled @2; kmsInvalidState @3; notFound @4; invalidCiphertext @5; incorrectKey @6;
  malformedPolicyDocument @7; limitExceeded @8; validation @9; unsupportedOperation @10; invalidArn @11;
}

enum Exception {  # exception names of DynamoDB
  none @0; accessDenied @1; validation @2; resourceNotFound @3; resourceInUse @4; limitExceeded @5; internalServerError @6;
  conditionalCheckFailed @7;
}

struct RunStarted { scenario @0 :Text; seed @1 :UInt64; }

struct RunEnded { reason @0 :Reason; enum Reason { horizon @0; quiet @1; } }  # quiet: nothing left to happen

struct RoleAssumed {
  session @0 :UInt32;        # the session that was made
  principal @1 :UInt32;
  name @2 :Text;             # RoleSessionName
  accessKeyId @3 :Text;
  step @4 :UInt32;           # 1 + step; 0: made at the start for a workload
}

struct KeyCreated {
  key @0 :UInt32;
  keyIdHigh @1 :UInt64;      # the 16 bytes of the key id (a UUID)
  keyIdLow @2 :UInt64;
  materialId @3 :Data;       # 32 bytes: id of the backing key (kms.md 1.6)
  keyCheckValue @4 :UInt64;  # first 8 bytes of HMAC(backing key, "tk.kcv"); tells keys apart, reveals none
}

struct KmsEffect {
  union {
    none @0 :Void;
    keyState :group { state @1 :KeyState; visibleAt @2 :Int64; deletionDate @3 :Int64; }
    policy :group { document @4 :Text; visibleAt @5 :Int64; }
    grantCreated :group { grant @6 :UInt32; grantId @7 :Data; visibleAt @8 :Int64; }  # grantId: 32 bytes
    grantEnded :group { grant @9 :UInt32; visibleAt @10 :Int64; }
    dataKey :group { ciphertextBlob @11 :Data; keyCheckValue @12 :UInt64; }
  }
}

enum KeyState { enabled @0; disabled @1; pendingDeletion @2; deleted @3; pendingImport @4; unavailable @5; creating @6; updating @7; pendingReplicaDeletion @8; }

struct TableCreationStarted {
  table @0 :UInt32;
  tableIdHigh @1 :UInt64;    # TableId, a UUID
  tableIdLow @2 :UInt64;
  allocation @3 :Int64;      # how long allocating the partitions takes
  call @4 :UInt32;           # the first KMS call
  latency @5 :Int64;
  session @6 :UInt32;        # 1 + the creating session; 0: the operator
  key @7 :UInt32;
  step @8 :UInt32;           # 1 + step; 0: made at the start
}

struct TableKeyCreated {     # the answer to GenerateDataKey arrived: the data keys of all structures were made and wrapped
  table @0 :UInt32;
  version @1 :UInt32;
  blob @2 :Data;             # the table key under its KMS key
  dataKeys @3 :List(WrappedKey);
  call @4 :UInt32;
}

struct WrappedKey {
  structure @0 :UInt32;
  wrapped @1 :Data;          # IV (12) || ciphertext (32) || tag (16)
}

struct TableRequestRefused { # CreateTable, UpdateTable or DeleteTable failed
  table @0 :UInt32;
  operation @1 :TableOperation;
  exception @2 :Exception;
  kmsError @3 :KmsError;
  requestHigh @4 :UInt64;
  requestLow @5 :UInt64;
  session @6 :UInt32;
  call @7 :UInt32;           # the KMS call that failed, or kNone
  step @8 :UInt32;
  kmsOperation @9 :KmsOperation;
  key @10 :UInt32;           # that the failed call was about
}
enum TableOperation { createTable @0; updateTable @1; deleteTable @2; }

struct TableDeletionStarted { table @0 :UInt32; duration @1 :Int64; session @2 :UInt32; step @3 :UInt32; }

struct SseSwitchStarted {
  table @0 :UInt32;
  toKey @1 :UInt32;          # the key the table moves to
  call @2 :UInt32;
  latency @3 :Int64;
  session @4 :UInt32;
  step @5 :UInt32;
  oldKeyShown @6 :Int64;     # until the first data key is re-wrapped
  duration @7 :Int64;        # of the whole switch
}

struct DataKeysRewrapped {   # one batch of data keys, moved from the old table key to the new one
  table @0 :UInt32;
  toVersion @1 :UInt32;
  dataKeys @2 :List(WrappedKey);
  remaining @3 :UInt32;
  delay @4 :Int64;           # until the next batch, or until the switch completes
}

struct ConnectionsClosed { step @0 :UInt32; workload @1 :UInt32; connections @2 :List(UInt32); }
