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

    # --- KMS's own clockwork, identities and faults --------------------------------------------------
    keyRotated @107 :KeyRotated;
    keyMaterialExpired @108 :KeyMaterialEvent;       # at its ValidTo: KMS deleted it
    keyMaterialSynchronized @109 :KeyMaterialEvent;  # a multi-Region key's new material reached this replica
    keyReady @110 :KeyReady;                         # Creating or Updating is over
    customKeyStoreChanged @111 :CustomKeyStoreChanged;
    iamAnswered @112 :IamAnswered;
    faultStarted @113 :FaultEvent;
    faultEnded @114 :FaultEvent;
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

enum DataOperation { getItem @0; putItem @1; deleteItem @2; query @3; scan @4; }

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

struct FaultEvent { step @0 :UInt32; }  # index of the step that describes it

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
  message @11 :Text;         # what KMS said
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
