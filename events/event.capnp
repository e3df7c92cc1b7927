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
      keyJitter @145 :UInt32;    # factor on the lifetime of the table key that it used, times 2^31; 0: none is drawn
      refresh @146 :Bool;        # this use sets off a refresh of the table key behind it
      attempt @163 :UInt8;       # retries before it
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
      localTag @115 :UInt64;     # of the item's entries in local secondary indexes: first 8 bytes of SHA-256 over their tags; 0: none
      keyJitter @147 :UInt32;
      refresh @148 :Bool;
      attempt @164 :UInt8;
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
      keyJitter @149 :UInt32;
      refresh @150 :Bool;
      attempt @165 :UInt8;
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
      retryAt @151 :Int64;       # when the client sends it again; 0: it does not
      attempt @152 :UInt8;       # retries before it
      keyJitter @162 :UInt32;
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
      keyJitter @161 :UInt32;    # of the key that it has just got, where it goes on to another table
      attempt @166 :UInt8;
    }
    requestWaited :group {       # another request of this connection has already asked for the key
      connection @55 :UInt32;
      table @56 :UInt32;
      item @57 :UInt32;
      operation @58 :DataOperation;
      step @59 :UInt32;
      call @60 :UInt32;          # the call it waits for; kNone: its client's provider, whose keys another request is loading
      next @61 :Int64;
      attempt @167 :UInt8;
    }
    connectionOpened :group {
      connection @62 :UInt32;
      next @63 :Int64;
      opensAt @168 :Int64;       # it opens only then; 0: now
      lifetime @169 :Int64;      # length of this life, where it is drawn; 0: it is not
    }
    connectionClosed :group {
      connection @64 :UInt32;
      why @65 :Close;
      lifetime @170 :Int64;      # of its next life, likewise
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
      servedAfter @171 :Int64;   # from its arrival to the end of its service, where KMS is a queue; 0: it is none
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
      restored @142 :List(ItemChange);  # a restore: values that callers had given, sealed under the new data keys
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

    # --- KMS's own clockwork, identities and faults --------------------------------------------------
    keyRotated @107 :KeyRotated;
    keyMaterialExpired @108 :KeyMaterialEvent;       # at its ValidTo: KMS deleted it
    keyMaterialSynchronized @109 :KeyMaterialEvent;  # a multi-Region key's new material reached this replica
    keyReady @110 :KeyReady;                         # Creating or Updating is over
    customKeyStoreChanged @111 :CustomKeyStoreChanged;
    iamAnswered @112 :IamAnswered;
    faultStarted @113 :FaultEvent;
    faultEnded @114 :FaultEvent;

    # --- DynamoDB: requests with all their parameters ---------------------------------------------------
    dataAnswered @116 :DataAnswered;
    clientKeyRequested @117 :ClientKeyRequested;

    # --- DynamoDB: what the service does under its grants -----------------------------------------------
    serviceKeyRequested @118 :ServiceKeyRequested;
    serviceKeyAnswered @119 :ServiceKeyAnswered;
    indexEntriesWritten @120 :IndexEntriesWritten;
    streamRecordsWritten @121 :StreamRecordsWritten;
    indexBackfilled @122 :IndexBackfilled;
    partitionSplit @123 :PartitionSplit;
    shardsChanged @124 :ShardsChanged;
    itemsExpired @125 :ItemsExpired;
    logArchived @126 :LogArchived;
    snapshotTaken @127 :SnapshotTaken;
    itemsReplicated @128 :ItemsReplicated;

    # --- DynamoDB: control plane ------------------------------------------------------------------------
    controlRequested @129 :ControlRequested;
    controlAnswered @130 :ControlAnswered;
    tableJobFinished @131 :TableJobFinished;
    keyChecked @132 :KeyChecked;
    tableArchivalStarted @133 :TableArchivalStarted;
    tableArchived @134 :TableArchived;
    backupFinished @135 :BackupEvent;   # CREATING is over
    backupExpired @136 :BackupEvent;    # a SYSTEM backup after its 35 days
    exportFinished @137 :ExportFinished;
    replicaChanged @138 :ReplicaChanged;
    sseSwitchStalled @139 :SseSwitchStalled;
    tableEncrypted @140 :TableEncrypted;
    eraChanged @141 :EraChanged;

    # --- a cached table key that is refreshed behind the requests (dynamodb.md 4.3, static-stable) ------
    keyRefreshRequested @143 :KeyRefreshRequested;
    keyRefreshed @144 :KeyRefreshed;

    # --- other ways in which a cached table key is kept up or ended (cache-theory.md 1) ------------------
    keyPollPlanned @153 :KeyPollPlanned;      # polling: from when on this cache asks about this key
    keyPolled @154 :KeyPolled;                # DescribeKey was answered: the entry stays, or is purged
    keyInvalidationsSent @155 :KeyInvalidationsSent;  # push: KMS tells the caches that hold the key
    keyInvalidated @156 :KeyInvalidated;      # one of these messages arrived

    # --- load and faults ---------------------------------------------------------------------------------
    routersRestarted @157 :RoutersRestarted;
    faultPlanned @158 :FaultPlanned;          # when the next fault of a random source begins
    callLost @159 :CallLost;                  # a call to KMS that got no answer in time
    obsolete160 @160 :PoolRequest;            # nothing makes it: pools hand requests over when they arrive
  }
}

# `entry` is an index into State.cache. On whose behalf it is refreshed: that of the connection whose use found it due.
struct KeyRefreshRequested { connection @0 :UInt32; table @1 :UInt32; call @2 :UInt32; latency @3 :Int64; entry @4 :UInt32; }
struct KeyRefreshed { connection @0 :UInt32; table @1 :UInt32; call @2 :UInt32; error @3 :KmsError; entry @4 :UInt32; keyJitter @5 :UInt32; }

struct KeyPollPlanned { entry @0 :UInt32; first @1 :Int64; }
struct KeyPolled {
  entry @0 :UInt32;
  table @1 :UInt32;
  requestHigh @2 :UInt64;
  requestLow @3 :UInt64;
  error @4 :KmsError;        # of the DescribeKey
  state @5 :KeyState;        # what it showed
  purged @6 :Bool;
  next @7 :Int64;            # when it asks again; 0: not, the entry is gone or ends before that
  decidedBy @8 :Decider;
  key @9 :UInt32;            # that it asked about
  asService @10 :Bool;       # DynamoDB calls as itself
}
struct KeyInvalidationsSent {
  key @0 :UInt32;
  messages @1 :List(Message);
  struct Message { entry @0 :UInt32; at @1 :Int64; }   # at 0: it was lost
  table @2 :UInt32;          # 1 + the table whose own grant ended; 0: the change is about the key
}
struct KeyInvalidated { entry @0 :UInt32; table @1 :UInt32; purged @2 :Bool; }  # not purged: the cache was emptied meanwhile

struct RoutersRestarted { step @0 :UInt32; routers @1 :List(UInt32); source @2 :UInt32; }  # step: 1 + the fault's; 0: of a random source, see `source`
struct FaultPlanned { source @0 :UInt32; at @1 :Int64; duration @2 :Int64; }  # index into Scenario.faults; at 0: no more
# step as in FaultEvent; latency: until whoever waits for the answer gives it up.
struct CallLost { call @0 :UInt32; step @1 :UInt32; latency @2 :Int64; source @3 :UInt32; }
struct PoolRequest { workload @0 :UInt32; next @1 :Int64; queued @2 :Bool; }

const kNone :UInt32 = 0xffffffff;

enum Access {
  hit @0;          # a usable table key was in this connection's cache
  miss @1;         # this request asked KMS
  delayedHit @2;   # it waited for another request's answer
  stale @3;        # KMS was not available: an entry past its time served (dynamodb.md 4.4)
}

# Why KMS is asked. early: the entry still serves others while this request renews it (rules grace and storm).
enum Miss {
  cold @0; idle @1; maxAge @2; version @3; dropped @4;
  maxUses @5; maxBytes @6; evicted @7; early @8; uncached @9; invalidated @10; restarted @11;
}
enum Close { requests @0; age @1; step @2; idle @3; restart @4; }
# What becomes visible later than it was made; the number beside it is a key's, except:
# identityPolicy: a principal's; alias: an alias's (index into State).
enum Change { keyState @0; keyPolicy @1; identityPolicy @2; alias @3; tags @4; keyCreation @5; }
enum Decider {
  nothing @0; keyPolicy @1; identityPolicy @2; grant @3; operator @4; explicitDenyKeyPolicy @5; explicitDenyIdentity @6; ownService @7;
  keyState @8; cryptography @9;
  quota @10; validation @11; fault @12; accountRoot @13;
  # an Allow that was missing, or a Deny, in another kind of policy (kms.md 6.3)
  permissionsBoundary @14; sessionPolicy @15; serviceControlPolicy @16; resourceControlPolicy @17; endpointPolicy @18;
  explicitDenyBoundary @19; explicitDenySession @20; explicitDenyServiceControl @21; explicitDenyResourceControl @22; explicitDenyEndpoint @23;
}

enum DataOperation {
  getItem @0; putItem @1; deleteItem @2; query @3; scan @4;
  updateItem @5; batchGetItem @6; batchWriteItem @7; transactGetItems @8; transactWriteItems @9; getRecords @10;
  getShardIterator @11;
}

enum KmsOperation {
  createKey @0; describeKey @1; enableKey @2; disableKey @3; scheduleKeyDeletion @4; cancelKeyDeletion @5;
  putKeyPolicy @6; createGrant @7; retireGrant @8; revokeGrant @9;
  generateDataKey @10; decrypt @11; encrypt @12; reEncrypt @13; generateDataKeyWithoutPlaintext @14;
  generateDataKeyPair @15; generateDataKeyPairWithoutPlaintext @16; generateRandom @17; generateMac @18; verifyMac @19; sign @20; verify @21;
  deriveSharedSecret @22; getPublicKey @23;
  getKeyPolicy @24; listKeyPolicies @25; listKeys @26; updateKeyDescription @27; getKeyLastUsage @28;
  tagResource @29; untagResource @30; listResourceTags @31;
  createAlias @32; updateAlias @33; deleteAlias @34; listAliases @35;
  enableKeyRotation @36; disableKeyRotation @37; getKeyRotationStatus @38; rotateKeyOnDemand @39; listKeyRotations @40;
  getParametersForImport @41; importKeyMaterial @42; deleteImportedKeyMaterial @43;
  listGrants @44; listRetirableGrants @45;
  replicateKey @46; updatePrimaryRegion @47;
  createCustomKeyStore @48; connectCustomKeyStore @49; disconnectCustomKeyStore @50; deleteCustomKeyStore @51; describeCustomKeyStores @52;
  updateCustomKeyStore @53;
}

enum KmsError {  # exception names of AWS KMS
  none @0; accessDenied @1; disabled @2; kmsInvalidState @3; notFound @4; invalidCiphertext @5; incorrectKey @6;
  malformedPolicyDocument @7; limitExceeded @8; validation @9; unsupportedOperation @10; invalidArn @11;
  alreadyExists @12; invalidAliasName @13; tag @14; conflict @15; invalidGrantToken @16; invalidGrantId @17; invalidMarker @18; invalidKeyUsage @19;
  incorrectKeyMaterial @20; invalidImportToken @21; expiredImportToken @22; dryRunOperation @23; throttling @24; kmsInternal @25;
  keyUnavailable @26; dependencyTimeout @27; customKeyStoreInvalidState @28; customKeyStoreNotFound @29; customKeyStoreHasCMKs @30;
  customKeyStoreNameInUse @31; cloudHsmClusterNotFound @32; cloudHsmClusterInUse @33; kmsInvalidMac @34; kmsInvalidSignature @35;
  xksKeyAlreadyInUse @36; xksKeyInvalidConfiguration @37; notAuthorized @38;
}

enum Exception {  # exception names of DynamoDB
  none @0; accessDenied @1; validation @2; resourceNotFound @3; resourceInUse @4; limitExceeded @5; internalServerError @6;
  conditionalCheckFailed @7; throttling @8;
  tableNotFound @9; tableAlreadyExists @10; tableInUse @11; backupNotFound @12; backupInUse @13; continuousBackupsUnavailable @14;
  pointInTimeRecoveryUnavailable @15; invalidRestoreTime @16; transactionCanceled @17; transactionConflict @18; transactionInProgress @19;
  idempotentParameterMismatch @20; itemCollectionSizeLimitExceeded @21; provisionedThroughputExceeded @22; requestLimitExceeded @23;
  trimmedDataAccess @24; expiredIterator @25; indexNotFound @26; globalTableNotFound @27; globalTableAlreadyExists @28;
  replicaNotFound @29; replicaAlreadyExists @30; exportNotFound @31; exportConflict @32; invalidExportTime @33; serviceUnavailable @34;
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

# What an answer says besides who asked what: which step of the timeline it answers, and what KMS changed or handed out.
# A change whose particulars stand in the step's own parameters (scenario.capnp, KmsCall) does not repeat them.
struct KmsEffect {
  union {
    none @0 :Void;
    keyState :group { state @1 :KeyState; visibleAt @2 :Int64; deletionDate @3 :Int64; }
    policy :group { document @4 :Text; visibleAt @5 :Int64; }
    grantCreated :group {      # for DynamoDB's own grants, or with the terms that the step gives
      grant @6 :UInt32;
      grantId @7 :Data;        # 32 bytes
      visibleAt @8 :Int64;
      existing @21 :Bool;      # an equal grant of that Name was there: same grant, fresh token (kms.md 5.4)
    }
    grantEnded :group { grant @9 :UInt32; visibleAt @10 :Int64; }
    dataKey :group { ciphertextBlob @11 :Data; keyCheckValue @12 :UInt64; }  # of the plaintext, also of Encrypt and ReEncrypt
    plaintext :group { keyCheckValue @22 :UInt64; }                           # Decrypt by a step: what was opened
    keySettings :group { visibleAt @23 :Int64; }        # description, tags; CreateKey's own are in keyMade
    aliasChange :group { alias @24 :UInt32; visibleAt @25 :Int64; }  # CreateAlias, UpdateAlias, DeleteAlias
    rotation :group { enabled @26 :Bool; next @27 :Int64; }    # EnableKeyRotation, DisableKeyRotation: NextRotationDate
    rotationStarted :group { until @28 :Int64; }               # RotateKeyOnDemand: when it will be done
    keyMade @29 :KeyMade;                                      # CreateKey, ReplicateKey
    importParameters :group { token @30 :Data; validTo @31 :Int64; }  # GetParametersForImport: 32 bytes, ParametersValidTo
    materialImported :group { index @32 :UInt32; materialId @33 :Data; keyCheckValue @34 :UInt64; visibleAt @35 :Int64; }
    materialDeleted :group { index @36 :UInt32; visibleAt @37 :Int64; }
    primaryUpdated :group { until @38 :Int64; }                # until when both keys are Updating
    customKeyStore :group { state @39 :ConnectionState; until @40 :Int64; error @41 :ConnectionError; visibleAt @44 :Int64; }
    listed :group { rows @42 :UInt32; truncated @43 :Bool; }   # the List operations
  }
  step @13 :UInt32;             # 1 + step of the timeline that called; 0: a call of DynamoDB
  message @14 :Text;            # of an exception, where the call came from the timeline or the control plane
  material @15 :UInt32 = 0xffffffff;             # index of the key material used, as State numbers it
  destinationKey @16 :UInt32 = 0xffffffff;       # ReEncrypt
  destinationMaterial @17 :UInt32 = 0xffffffff;
  destinationDecidedBy @18 :Decider;             # ReEncrypt is two decisions
  destinationDecider @19 :UInt32;
  alias @20 :UInt32 = 0xffffffff;                # the alias that the request named the key by
}

struct KeyMade {
  key @0 :UInt32;
  keyIdHigh @1 :UInt64;
  keyIdLow @2 :UInt64;
  materialId @3 :Data;          # empty: no material yet (Origin EXTERNAL)
  keyCheckValue @4 :UInt64;
  visibleAt @5 :Int64;          # from when the key can be found (kms.md 10)
  readyAt @6 :Int64;            # a replica is Creating until then; 0: it is ready at once
}

struct KeyRotated {
  key @0 :UInt32;
  material @1 :UInt32;          # index of the new current material
  materialId @2 :Data;
  keyCheckValue @3 :UInt64;
  type @4 :RotationType;
  next @5 :Int64;               # NextRotationDate; 0: none
}
enum RotationType { none @0; automatic @1; onDemand @2; }

struct KeyMaterialEvent { key @0 :UInt32; material @1 :UInt32; }
struct KeyReady { key @0 :UInt32; }
struct CustomKeyStoreChanged { store @0 :UInt32; state @1 :ConnectionState; error @2 :ConnectionError; visibleAt @3 :Int64; }  # from when its keys follow

enum ConnectionState { disconnected @0; connecting @1; connected @2; disconnecting @3; failed @4; deleted @5; absent @6; }
enum ConnectionError {
  none @0; invalidCredentials @1; clusterNotFound @2; networkErrors @3; internalError @4; insufficientCloudhsmHsms @5; userLockedOut @6;
  userNotFound @7; userLoggedIn @8; subnetNotFound @9; insufficientFreeAddressesInSubnet @10; xksProxyAccessDenied @11;
  xksProxyNotReachable @12; xksProxyInvalidResponse @13; xksProxyInvalidConfiguration @14; xksProxyTimedOut @15;
  xksProxyInvalidTlsConfiguration @16; xksVpcEndpointServiceNotFound @17; xksVpcEndpointServiceInvalidConfiguration @18;
}

struct IamAnswered {            # a step changed an identity's policies
  step @0 :UInt32;              # the step's index
  error @1 :IamError;
  message @2 :Text;
  visibleAt @3 :Int64;
  decidedBy @4 :Decider;
  decider @5 :UInt32;
}
enum IamError { none @0; accessDenied @1; noSuchEntity @2; malformedPolicyDocument @3; limitExceeded @4; }

struct FaultEvent { step @0 :UInt32; source @1 :UInt32; }  # index of the step that describes it; kNone: the random source 1 + source does

enum KeySpec {
  symmetricDefault @0; rsa2048 @1; rsa3072 @2; rsa4096 @3; eccNistP256 @4; eccNistP384 @5; eccNistP521 @6; eccSecgP256k1 @7;
  eccNistEdwards25519 @8; hmac224 @9; hmac256 @10; hmac384 @11; hmac512 @12; mlDsa44 @13; mlDsa65 @14; mlDsa87 @15; sm2 @16;
}
enum KeyUsage { encryptDecrypt @0; signVerify @1; generateVerifyMac @2; keyAgreement @3; }
enum Origin { awsKms @0; external @1; awsCloudHsm @2; externalKeyStore @3; }

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
  message @11 :Text;         # what KMS said, or DynamoDB's own text where KMS said nothing
  region @12 :Text;          # of a replica that the call was about; empty: the table's own
}
# Operations of DynamoDB's control plane, and of streams where no key is needed.
enum TableOperation {
  createTable @0; updateTable @1; deleteTable @2;
  describeTable @3; listTables @4; updateTimeToLive @5; describeTimeToLive @6; updateContinuousBackups @7; describeContinuousBackups @8;
  createBackup @9; deleteBackup @10; describeBackup @11; listBackups @12; restoreTableFromBackup @13; restoreTableToPointInTime @14;
  exportTableToPointInTime @15; describeExport @16; listExports @17;
  createGlobalTable @18; updateGlobalTable @19; describeGlobalTable @20; listGlobalTables @21;
  updateContributorInsights @22; describeContributorInsights @23; tagResource @24; untagResource @25; listTagsOfResource @26;
  listStreams @27; describeStream @28; describeLimits @29; describeEndpoints @30;
}

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

struct ConnectionsClosed { step @0 :UInt32; workload @1 :UInt32; connections @2 :List(UInt32); lifetimes @3 :List(Int64); }  # lifetimes: of their next lives, by position; empty: none is drawn


# ---- structures and their data keys (dynamodb.md 3.2) ----------------------------------------------------

# What owns a data key. Its number is its place in the table's list of structures; numbers are not used again.
enum StructureKind { partition @0; localIndex @1; globalIndex @2; shard @3; logSegment @4; snapshot @5; itemGroup @6; }

struct NewStructure {
  structure @0 :UInt32;
  kind @1 :StructureKind;
  index @2 :UInt32 = 0xffffffff;     # which local or global index; of an item group: its number
  parent @3 :UInt32 = 0xffffffff;    # a split: the structure it came of; a local index, an item group: its partition
  wrapped @4 :Data;                  # its data key under the table key; empty: the table is not encrypted
  dataKey @5 :UInt32 = 0xffffffff;   # split_keys inherit: the structure whose data key it has, wrapped anew; kNone: its own
}

# ---- items -----------------------------------------------------------------------------------------------

# One change of one item. A given value's ciphertext is in the event, a generated one's can be made again.
struct ItemChange {
  table @0 :UInt32;
  item @1 :UInt32;
  version @2 :UInt32;                # the record version that the change made
  deleted @3 :Bool;
  size @4 :UInt32;                   # of the item by DynamoDB's rules (dynamodb.md 9)
  tagHigh @5 :UInt64;
  tagLow @6 :UInt64;
  ivHead @7 :UInt64;
  ivTail @8 :UInt32;
  sealed @9 :Data;                   # empty: a generated value
  expires @10 :Int64;                # its TTL attribute as a time; 0: none
  localTag @11 :UInt64;              # as in itemWritten
  origin @12 :UInt32 = 0xffffffff;   # replication, restore: whose generated value it is (State.origins); kNone: the table's own
  written @13 :Int64;                # replication: when and where it was first written, which decides between writers
  writer @14 :UInt32 = 0xffffffff;   # table where it was written; kNone: this one
}

# An item that was opened to answer a request, or found absent (version 0).
# material: of a record in the key store of a client's caching provider, 1 + number of the material (State.materials) whose keys it
# holds: the provider loaded them, or (version 0) used those that it had; 0: the item is no such record.
struct ItemTouch { table @0 :UInt32; item @1 :UInt32; version @2 :UInt32; tagHigh @3 :UInt64; tagLow @4 :UInt64; material @5 :UInt32; }

# What a request consumed. Read units in halves, as an eventually consistent read costs half of one.
struct Capacity { table @0 :UInt32; index @1 :Text; halfReadUnits @2 :UInt32; writeUnits @3 :UInt32; }

struct CancellationReason { position @0 :UInt32; exception @1 :Exception; message @2 :Text; }

# The answer to a data request with all its parameters: one of the timeline (Step.request), or an UpdateItem, batch or
# transaction of a workload. All its changes take effect at once, or none do.
struct DataAnswered {
  connection @0 :UInt32;
  step @1 :UInt32;                   # 1 + step; 0: workload
  operation @2 :DataOperation;
  via @3 :Access;
  exception @4 :Exception;
  message @5 :Text;                  # of the exception, as the client sees it
  kmsError @6 :KmsError;             # what KMS had said, or none
  kmsTable @7 :UInt32 = 0xffffffff;  # about which table's key
  requestHigh @8 :UInt64;
  requestLow @9 :UInt64;
  changes @10 :List(ItemChange);
  reads @11 :List(ItemTouch);
  returned @12 :UInt32;              # Count: items (or records) in the answer
  scanned @13 :UInt32;               # ScannedCount
  lastItem @14 :UInt32 = 0xffffffff; # whose key is LastEvaluatedKey; of a shard iterator: its shard (index into Stream::shards)
  unprocessed @15 :List(UInt32);     # positions of the batch's requests that were not done
  reasons @16 :List(CancellationReason);
  capacity @17 :List(Capacity);
  resultHigh @18 :UInt64;            # SHA-256 over what the client gets, in canonical JSON: first 16 bytes; 0: nothing
  resultLow @19 :UInt64;
  latency @20 :Int64;
  next @21 :Int64;
  lastSequence @22 :UInt64;          # GetRecords: sequence number of the last record returned; GetShardIterator: after or at which it begins
  item @23 :UInt32 = 0xffffffff;     # of a workload's request: the first item it is about
  decryptedHigh @24 :UInt64;         # with client-side encryption: as result, of what the client decrypted
  decryptedLow @25 :UInt64;
  keyUses @26 :List(KeyUse);         # of tables whose cached key was used in a way that the entry alone does not say
  retryAt @27 :Int64;                # as in requestFailed
  attempt @28 :UInt8;
}
# keyJitter, refresh: as in itemRead.
struct KeyUse { connection @0 :UInt32; keyJitter @1 :UInt32; refresh @2 :Bool; bytes @3 :UInt64; }

# The client asks KMS for an item's key before it encrypts or after it reads (dynamodb.md 8).
struct ClientKeyRequested { connection @0 :UInt32; step @1 :UInt32; operation @2 :DataOperation; call @3 :UInt32; latency @4 :Int64; next @5 :Int64; item @6 :UInt32; attempt @7 :UInt8; }  # item, attempt: of a workload's request

# ---- work under grants (dynamodb.md 5.3) -------------------------------------------------------------------

# Who does it: each has its own copy of the table key.
enum ServiceJob { indexes @0; streams @1; backfill @2; split @3; timeToLive @4; logArchive @5; snapshot @6; replication @7; checker @8; }

struct ServiceKeyRequested { table @0 :UInt32; job @1 :ServiceJob; call @2 :UInt32; latency @3 :Int64; argument @4 :UInt32; }
struct ServiceKeyAnswered { table @0 :UInt32; job @1 :ServiceJob; call @2 :UInt32; error @3 :KmsError; argument @4 :UInt32; retry @5 :Int64; }  # retry: delay until the job asks again; -1: it goes on at once

struct ItemEntry { item @0 :UInt32; version @1 :UInt32; present @2 :Bool; tagHigh @3 :UInt64; tagLow @4 :UInt64; sealed @5 :Data; partition @6 :UInt32; size @7 :UInt32; }
struct IndexEntriesWritten { table @0 :UInt32; index @1 :UInt32; entries @2 :List(ItemEntry); next @3 :Int64; }  # next: delay until the next change of this index is propagated; -1: none waits

enum StreamEventName { insert @0; modify @1; remove @2; }
struct StreamRecord {
  sequence @0 :UInt64; item @1 :UInt32; oldVersion @2 :UInt32; newVersion @3 :UInt32; name @4 :StreamEventName; byService @5 :Bool;
  shard @6 :UInt32; tagHigh @7 :UInt64; tagLow @8 :UInt64; sealed @9 :Data; size @10 :UInt32;
}
struct StreamRecordsWritten { table @0 :UInt32; records @1 :List(StreamRecord); next @2 :Int64; passed @3 :UInt32; }  # passed: changes among the oldest that changed nothing and make no record

struct IndexBackfilled { table @0 :UInt32; index @1 :UInt32; entries @2 :List(ItemEntry); upTo @3 :UInt32; next @4 :Int64; }  # items below upTo are done; next: -1: the index is complete

struct Boundary { hash @0 :UInt64; sortKey @1 :Data; }   # sortKey: the real value, as metadata keeps it in plaintext (dynamodb.md 3.2); empty: at a hash
struct PartitionSplit {
  table @0 :UInt32;
  index @1 :UInt32 = 0xffffffff;     # kNone: the base table; else which global index
  partition @2 :UInt32;              # the structure that is split
  at @3 :Boundary;                   # where its second child begins
  children @4 :List(NewStructure);   # the two partitions, then their local indexes
  moved @5 :List(ItemChange);        # given values, sealed again under the children's keys
  why @6 :Cause;
  entries @7 :List(ItemEntry);       # a global index: all entries of the partition, sealed again; their partition says under which child
  next @8 :Int64;                    # how long a child that has reached a limit itself will wait for its split
  enum Cause { size @0; throughput @1; heat @2; renewal @3; }  # renewal: one child, as its data key had reached its limit
}

struct ShardsChanged { table @0 :UInt32; closed @1 :List(UInt32); opened @2 :List(NewStructure); trimmed @3 :List(UInt32); until @4 :Int64; }  # until: delay until the next change; -1: none
struct ItemExpiry { item @0 :UInt32; at @1 :Int64; }
# Deletions by TTL; next: delay until the next scan, -1: none is due; found: items whose time has come, with the drawn time of
# their deletion; passed: entries taken from the front of the list of items that were due.
struct ItemsExpired { table @0 :UInt32; changes @1 :List(ItemChange); next @2 :Int64; found @3 :List(ItemExpiry); passed @4 :UInt32; }
struct LogArchived { table @0 :UInt32; segment @1 :NewStructure; records @2 :UInt32; upTo @3 :Int64; next @4 :Int64; }
struct SnapshotTaken { table @0 :UInt32; snapshots @1 :List(NewStructure); next @2 :Int64; }
struct ItemsReplicated { table @0 :UInt32; source @1 :UInt32; changes @2 :List(ItemChange); next @3 :Int64; passed @4 :UInt32; }  # passed: changes that lost to a later writer

# ---- control plane -----------------------------------------------------------------------------------------

# A request of the timeline needs KMS before it can be answered: Decrypt of a table key, as the caller.
struct ControlRequested { step @0 :UInt32; operation @1 :TableOperation; table @2 :UInt32; call @3 :UInt32; latency @4 :Int64; copy @5 :UInt32;
  # Which call it is: Decrypt of a version of the table key (0: the present one; a backup keeps its own), or an export's
  # GenerateDataKey on the bucket's key. key: of that call; kNone: the table's.
  kmsOperation @6 :KmsOperation = decrypt; key @7 :UInt32 = 0xffffffff; version @8 :UInt32;
}

# What the control plane answered. What the step's own parameters say (scenario.capnp, TableCall) is not repeated.
struct ControlAnswered {
  step @0 :UInt32;                   # 1 + step
  operation @1 :TableOperation;
  table @2 :UInt32 = 0xffffffff;     # kNone: the name is no table's
  session @3 :UInt32;
  exception @4 :Exception;
  message @5 :Text;                  # as the client sees it
  kmsError @6 :KmsError;
  requestHigh @7 :UInt64;
  requestLow @8 :UInt64;
  call @9 :UInt32 = 0xffffffff;      # the KMS call whose answer it came of
  copy @10 :UInt32;
  effect :union {
    none @11 :Void;
    job @12 :JobStarted;             # UpdateTable other than SSE: the table is UPDATING
    settings @13 :Void;              # deletion protection, tags, contributor insights: done at once
    timeToLive @14 :Void;            # UpdateTimeToLive
    continuousBackups :group { since @15 :Int64; }  # UpdateContinuousBackups: EarliestRestorableDateTime
    backupStarted @16 :BackupStarted;
    backupDeleted @17 :UInt32;       # number of the backup
    restoreStarted @18 :RestoreStarted;
    exportStarted @19 :ExportStarted;
    globalTable :group { group @20 :UInt32; until @21 :Int64; }  # CreateGlobalTable, UpdateGlobalTable
    listed :group { rows @22 :UInt32; truncated @23 :Bool; }     # the List and Describe operations
  }
  status @24 :TableStatus;           # DescribeTable and what shows a table: the status that was shown
  expiries @25 :List(ItemExpiry);    # UpdateTimeToLive: what the attribute says in values that callers gave
}
enum TableStatus { none @0; creating @1; updating @2; active @3; deleting @4; inaccessibleEncryptionCredentials @5; archiving @6; archived @7; replicationNotAuthorized @8; }

enum JobKind { stream @0; throughput @1; billing @2; tableClass @3; createIndex @4; updateIndex @5; deleteIndex @6; replica @7; deletionProtection @8; }
struct JobStarted {
  kind @0 :JobKind;
  duration @1 :Int64;
  index @2 :UInt32 = 0xffffffff;     # createIndex, deleteIndex: which global index
  structures @3 :List(NewStructure); # createIndex: its first partition; stream: its first shard
  label @4 :Int64;                   # stream: its label
  replica @5 :UInt32 = 0xffffffff;   # table that becomes or ceases to be a replica
}
struct TableJobFinished { table @0 :UInt32; kind @1 :JobKind; index @2 :UInt32 = 0xffffffff; }

# The health checker looked (dynamodb.md 2.8). Recorded when it found another thing than last time.
struct KeyChecked { table @0 :UInt32; usable @1 :Bool; error @2 :KmsError; call @3 :UInt32 = 0xffffffff; next @4 :Int64; }
struct TableArchivalStarted { table @0 :UInt32; duration @1 :Int64; backup @2 :UInt32; backupIdHigh @3 :UInt64; }
struct TableArchived { table @0 :UInt32; backup @1 :UInt32; }

enum BackupType { user @0; system @1; awsBackup @2; }
struct BackupStarted { backup @0 :UInt32; id @1 :UInt64; duration @2 :Int64; type @3 :BackupType; expires @4 :Int64; structures @5 :List(NewStructure); }
struct BackupEvent { backup @0 :UInt32; }
struct RestoreStarted { target @0 :UInt32; tableIdHigh @1 :UInt64; tableIdLow @2 :UInt64; backup @3 :UInt32 = 0xffffffff; at @4 :Int64; duration @5 :Int64; key @6 :UInt32; nextCall @7 :UInt32; latency @8 :Int64; }
struct ExportStarted { export @0 :UInt32; duration @1 :Int64; at @2 :Int64; key @3 :UInt32 = 0xffffffff; }  # key: the bucket's, with SSE-KMS
struct ExportFinished { export @0 :UInt32; items @1 :UInt32; failed @2 :KmsError; }

enum ReplicaStatus { creating @0; creationFailed @1; updating @2; deleting @3; active @4; regionDisabled @5; inaccessibleEncryptionCredentials @6; archiving @7; archived @8; replicationNotAuthorized @9; none @10; }
struct ReplicaChanged { table @0 :UInt32; group @1 :UInt32; status @2 :ReplicaStatus; next @3 :Int64; message @4 :Text; }

# A switch cannot go on: one of its keys is lost (dynamodb.md 2.6, S8).
struct SseSwitchStalled { table @0 :UInt32; error @1 :KmsError; key @2 :UInt32; retry @3 :Int64; aborted @4 :Bool; }
# A table of the time before encryption by default is encrypted by DynamoDB itself (dynamodb.md 2.9).
struct TableEncrypted { table @0 :UInt32; key @1 :UInt32; version @2 :UInt32; blob @3 :Data; dataKeys @4 :List(WrappedKey); moved @5 :List(ItemChange); keyCheckValue @6 :UInt64; }
struct EraChanged { era @0 :UInt32; }   # index into Scenario.eras
