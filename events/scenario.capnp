@0xd2c2f6f0c1a94b07;
# A compiled scenario: everything a run needs, as the trace's identity frame carries it. Built by scenarios/, read by model/.
# All references are resolved to indices, all times absolute, all policies plain JSON with their ARNs filled in.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tablekey::events");

using Event = import "event.capnp";
using DataOperation = Event.DataOperation;

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
  materials @15 :List(Text);  # names of the key material that steps import; its bytes are drawn from the seed and the name
  customKeyStores @16 :List(CustomKeyStore);
  organizationPolicies @17 :List(OrganizationPolicy);
  eras @18 :List(Era);        # settings that replace the present ones at a time, in order of time
  encryptors @19 :List(ItemEncryptor);
  faults @20 :List(FaultSource);   # faults that come at random
}

# From `at` on the settings are these (all that differ from the defaults, sorted by path) instead of the former ones.
struct Era { at @0 :Int64; profile @1 :Text; settings @2 :List(Setting); line @3 :UInt32; }

# How a client encrypts items before they reach DynamoDB (dynamodb.md 8).
struct ItemEncryptor {
  logicalId @0 :Text;
  format @1 :Format;
  provider @2 :Provider;
  key @3 :KeyReference;       # directKms, hierarchical
  keyName @4 :Text;           # mostRecent: material name; wrapped, static: name its bytes are drawn by
  defaultAction @5 :Action;
  actions @6 :List(AttributeAction);
  ttl @7 :Int64;              # caching providers, ns
  capacity @8 :UInt32 = 1000;
  wrapping @9 :Text;          # wrapped: AESWrap, RSA/ECB/OAEPWithSHA-256AndMGF1Padding
  signatures @10 :Bool;       # databaseEncryptionSdk: flavour 1
  plaintextPolicy @11 :Text;  # forceWriteAllowRead, forbidWriteAllowRead, forbidWriteForbidRead
  legacyPolicy @12 :Text;
  keyStore @13 :UInt32 = 0xffffffff;  # mostRecent: table that holds the provider's keys, a version a record
  keyNamespace @14 :Text;     # databaseEncryptionSdk, wrapped: of the raw keyring's key
  enum Format { encryptionClient @0; databaseEncryptionSdk @1; }
  enum Provider { directKms @0; wrapped @1; mostRecent @2; static @3; }
  enum Action { encryptAndSign @0; signOnly @1; doNothing @2; signAndIncludeInContext @3; }
  struct AttributeAction { name @0 :Text; action @1 :Action; }
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
  boundary @7 :Text;          # PermissionsBoundary: a policy document; empty: none
  tags @8 :List(Pair);
  enum Kind { role @0; user @1; root @2; }
}
struct NamedPolicy { name @0 :Text; document @1 :Text; }
struct Pair { name @0 :Text; value @1 :Text; }

# Applies to every principal (serviceControl) or every resource (resourceControl) of an account; empty account: of all.
struct OrganizationPolicy { name @0 :Text; document @1 :Text; account @2 :Text; kind @3 :Kind; enum Kind { serviceControl @0; resourceControl @1; endpoint @2; } }

struct CustomKeyStore {
  logicalId @0 :Text;
  name @1 :Text;              # CustomKeyStoreName
  id @2 :Text;                # cks-…
  type @3 :Type;
  account @4 :Text;
  region @5 :Text;
  clusterId @6 :Text;
  connected @7 :Bool;         # at the start; else DISCONNECTED
  byStep @8 :Bool;            # made by a CreateCustomKeyStore step
  enum Type { awsCloudHsm @0; externalKeyStore @1; }
}

struct Key {
  logicalId @0 :Text;
  manager @1 :Manager;
  keyId @2 :Text;             # UUID, or mrk- and 32 hex digits; a replica has its primary's
  account @3 :Text;
  region @4 :Text;
  policy @5 :Text;            # JSON
  description @6 :Text;
  enabled @7 :Bool = true;
  aliases @8 :List(Text);     # alias/…
  spec @9 :Event.KeySpec;
  usage @10 :Event.KeyUsage;
  origin @11 :Event.Origin;
  multiRegion @12 :Bool;
  primary @13 :UInt32 = 0xffffffff;  # of a replica: the key it was made from; it has the same key id
  store @14 :UInt32 = 0xffffffff;    # its custom key store
  xksKeyId @15 :Text;
  tags @16 :List(Pair);
  rotationPeriodInDays @17 :UInt32;  # EnableKeyRotation from its creation on; 0: off
  material @18 :UInt32 = 0xffffffff; # Origin EXTERNAL: material that is there from the start
  byStep @19 :Bool;                  # made by a CreateKey or ReplicateKey step, not at the start
  enum Manager { customer @0; aws @1; owned @2; }
}

# SSESpecification as a request gives it (dynamodb.md 2.1); which combinations are refused is the run's business.
struct SseSpecification {
  given @0 :Bool;
  hasEnabled @1 :Bool;
  enabled @2 :Bool;
  sseType @3 :Text;
  kmsMasterKeyId @4 :KeyReference;
}

struct SecondaryIndex {
  name @0 :Text;
  hashKey @1 :Attribute;
  rangeKey @2 :Attribute;     # absent name: none
  projection @3 :Projection;
  nonKeyAttributes @4 :List(Text);
  readCapacity @5 :UInt32;
  writeCapacity @6 :UInt32;
  byStep @7 :Bool;            # a global index that an UpdateTable makes, not CreateTable
  enum Projection { all @0; keysOnly @1; include @2; }
}

struct Table {
  logicalId @0 :Text;
  name @1 :Text;              # with copies > 1 the tables are name-0, name-1, …
  copies @2 :UInt32 = 1;
  key @3 :UInt32;             # index into keys; always present (an AWS owned key is a key too)
  hashKey @4 :Attribute;
  rangeKey @5 :Attribute;     # absent name: none
  localIndexes @6 :List(SecondaryIndex);
  globalIndexes @7 :List(SecondaryIndex);   # those that steps make (byStep) among them
  stream @8 :Bool;            # from its creation on
  created @9 :Int64;          # when CreateTable is called; 0: only by a step
  creator @10 :UInt32;        # principal; kNone: the operator, who is not checked
  items @11 :UInt32;          # generated items per table at its start
  itemSize @12 :UInt32;       # plaintext bytes of a generated item
  collection @13 :UInt32 = 1; # generated items that share a partition key (only with a rangeKey)
  region @14 :Text;           # empty: the scenario's
  account @15 :Text;          # likewise
  sse @16 :SseSpecification;  # as CreateTable gives it; `key` is what it comes to at the start of the run
  streamView @17 :Text;       # KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES
  timeToLive @18 :Text;       # TimeToLiveSpecification.AttributeName, enabled from its creation on; empty: none
  pointInTimeRecovery @19 :Bool;
  recoveryPeriodInDays @20 :UInt32 = 35;
  provisioned @21 :Bool;      # BillingMode PROVISIONED
  readCapacity @22 :UInt32;
  writeCapacity @23 :UInt32;
  tableClass @24 :Text;       # empty: STANDARD
  deletionProtection @25 :Bool;
  tags @26 :List(Pair);
  contributorInsights @27 :Bool;
  byStep @28 :Bool;           # made by a restore, or as a replica by a step: CreateTable never makes it
  space @29 :UInt32 = 0xffffffff;  # table whose numbering of items this one shares (a restore's source, a replica's first table); kNone: its own
  globalTable @30 :UInt32;    # 1 + group of replicas that it belongs to from the start; 0: none
  globalTableVersion @31 :Text;    # 2017.11.29 or 2019.11.21
  generatedTtl @32 :Int64;    # ns: generated items carry their TTL attribute so long after they are written; 0: they have none
  onDemandReads @33 :UInt32;       # OnDemandThroughput: MaxReadRequestUnits, MaxWriteRequestUnits; 0: no limit
  onDemandWrites @34 :UInt32;
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
  requests @15 :UInt64;       # total requests of each connection (of a pool: of all), after which it is silent; 0: no limit
  shape @16 :Float64;         # gamma, weibull, pareto
  branches @17 :List(GapBranch);        # hyperexponential
  states @18 :List(ModulatedState);     # mmpp: in a circle
  think @19 :Text;            # closed: a distribution, sim/distribution.h
  diurnal @20 :Diurnal;
  lifetime @21 :Text;         # of connections, where it is drawn: a distribution; connectionLifetime is then 0
  startSpread @22 :Int64;     # ns; each connection opens at a uniform random time in it
  tablePopularity @23 :Popularity;      # of the copies of the table; their shares of the rate
  tableSkew @24 :Float64;
  pool @25 :Pool;
  itemSize @26 :Text;         # of written values: a distribution of bytes, as sim/distribution.h writes it, bytes for nanoseconds; empty: the table's
  retries @27 :Retries;
  trace @28 :ArrivalTrace;
  encryptor @29 :UInt32 = 0xffffffff;   # index into encryptors: what its clients encrypt items with; kNone: they do not
  enum Process { constant @0; poisson @1; gamma @2; weibull @3; pareto @4; hyperexponential @5; mmpp @6; closed @7; trace @8; }
  enum Popularity { uniform @0; zipf @1; }
}
# A share of all gaps is exponential with this rate (of one connection, or of the pool).
struct GapBranch { millionths @0 :UInt32; rate @1 :Float64; }
struct ModulatedState { rate @0 :Float64; hold @1 :Int64; }   # hold: mean of its exponential length
# The rate, times 1 + amplitude * cos(2 pi (t - peak) / period) between corners (model/clients/arrivals_rate.h).
struct Diurnal { period @0 :Int64; amplitudeMillionths @1 :UInt32; peak @2 :Int64; }  # period 0: none
# One arrival process for the whole workload; each arrival goes to one of its connections.
struct Pool {
  dispatch @0 :Dispatch;
  idleClose @1 :Int64;        # ns after its last answer a connection closes; 0: never
  enum Dispatch { none @0; roundRobin @1; random @2; mostRecent @3; }   # none: each connection has arrivals of its own
}
struct Retries { attempts @0 :UInt32; base @1 :Int64; cap @2 :Int64; jitterMillionths @3 :UInt32; }  # attempts 0 or 1: none
# Recorded arrivals, in order of time: one process for the whole workload.
struct ArrivalTrace {
  times @0 :List(Int64);      # ns since the workload began, or absolute
  absolute @1 :Bool;
  operations @2 :List(DataOperation);   # of each; empty: as `operations` of the workload says
  copies @3 :List(UInt32);    # of its table; empty: the first
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
    assumeRole :group { principal @5 :UInt32; sessionName @6 :Text; accessKeyId @7 :Text; policy @22 :Text; tags @23 :List(Pair); }
    kms @8 :KmsCall;          # a KMS API call
    createTable :group { table @9 :UInt32; }
    deleteTable :group { table @10 :UInt32; }
    updateTable :group { table @11 :UInt32; toKey @12 :UInt32; }   # SSESpecification alone, the key by its ARN; all else is `control`
    data :group {             # GetItem, PutItem, DeleteItem, Query or Scan without options: `request` has all the rest
      table @13 :UInt32;
      operation @14 :DataOperation;
      item @15 :UInt32;       # ordinal: below Table.items a generated one, else one that some step puts
      value @16 :Text;        # PutItem: the item in canonical DynamoDB JSON; else its key in the same form
    }
    closeConnections :group { workload @17 :UInt32; shareMillionths @18 :UInt32; }
    iam :group {              # an identity's policy is put or deleted
      operation @19 :IamOperation;
      principal @20 :UInt32;
      policy @21 :NamedPolicy;  # a deleted one has no document
    }
    fault @24 :Fault;
    control @25 :TableCall;   # any other call of DynamoDB's control plane
    request @26 :DataCall;    # a data request with all its parameters
  }
  enum IamOperation { putPolicy @0; deletePolicy @1; putPermissionsBoundary @2; deletePermissionsBoundary @3; deletePrincipal @4; }
}

# How a request names a key: its parameter as the caller passed it.
struct KeyReference {
  union {
    none @0 :Void;
    arn @1 :UInt32;           # key ARN of this key
    id @2 :UInt32;            # its bare key id
    text @3 :Text;            # anything else: an alias name or ARN, or what is no key at all
  }
}

# A grant that is only known when the run gets there.
struct GrantReference {
  union {
    none @0 :Void;
    step @1 :UInt32;          # the grant that this CreateGrant step made
    ofTable :group { table @2 :UInt32; choice @3 :Choice; key @6 :UInt32; }  # DynamoDB's for this table (index into tables), on this key
    text @4 :Text;            # a GrantId (or, as a token, a token) as given
  }
  token @5 :Bool;             # RetireGrant: by its token instead of key and id
  enum Choice { all @0; first @1; second @2; }
}

# A CiphertextBlob.
struct BlobReference {
  union {
    none @0 :Void;
    step @1 :UInt32;          # what that Encrypt, GenerateDataKey… or ReEncrypt step returned
    table @2 :UInt32;         # the present table key of this table (index into tables)
    bytes @3 :Data;
  }
  flipBit @4 :UInt32;         # 1 + bit to invert; 0: none
  truncateTo @5 :UInt32 = 0xffffffff;  # bytes to keep
}

struct GrantTerms {
  granteePrincipal @0 :Text;
  granteeServicePrincipal @1 :Text;
  retiringPrincipal @2 :Text;
  retiringServicePrincipal @3 :Text;
  operations @4 :List(Text);  # in the order given
  constraint @5 :Constraint;
  pairs @6 :List(Pair);       # of the constraint, in the order given
  sourceArn @7 :Text;
  name @8 :Text;
  enum Constraint { none @0; equals @1; subset @2; }
}

# A KMS API call of the timeline: the request's parameters, those of every operation in one struct. An empty or zero field
# was not given, unless a `has…` field says otherwise.
struct KmsCall {
  operation @0 :Event.KmsOperation;
  keyId @1 :KeyReference;     # KeyId, TargetKeyId, SourceKeyId
  destinationKeyId @2 :KeyReference;
  region @3 :Text;            # whose endpoint is called; empty: the scenario's
  table @4 :UInt32 = 0xffffffff;  # the request carries this table's encryption context
  encryptionContext @5 :List(Pair);            # in the order given; also SourceEncryptionContext
  destinationEncryptionContext @6 :List(Pair);
  blob @7 :BlobReference;     # CiphertextBlob
  plaintext @8 :Data;         # Plaintext, Message
  plaintextBytes @9 :UInt32;  # so many bytes drawn from the seed instead
  numberOfBytes @10 :UInt32;
  hasNumberOfBytes @11 :Bool;
  keySpec @12 :Text;          # of a data key: AES_256, AES_128; of a pair: RSA_2048…
  policy @13 :Text;
  policyName @14 :Text;
  bypassPolicyLockoutSafetyCheck @15 :Bool;
  description @16 :Text;
  pendingWindowInDays @17 :Int32;
  hasPendingWindow @18 :Bool;
  rotationPeriodInDays @19 :Int32;
  hasRotationPeriod @20 :Bool;
  tags @21 :List(Pair);
  tagKeys @22 :List(Text);
  aliasName @23 :Text;
  grant @24 :GrantReference;  # RetireGrant, RevokeGrant, ListGrants
  grantTerms @25 :GrantTerms; # CreateGrant
  grantTokens @26 :List(GrantReference);
  dryRun @27 :Bool;
  newKey @28 :UInt32 = 0xffffffff;    # CreateKey, ReplicateKey: the key it makes (byStep)
  store @29 :UInt32 = 0xffffffff;     # custom key store that is named or made
  storeId @30 :Text;          # as passed, where it is none of the scenario's
  newStoreName @31 :Text;
  replicaRegion @32 :Text;    # ReplicateKey; UpdatePrimaryRegion's PrimaryRegion
  material @33 :UInt32 = 0xffffffff;  # ImportKeyMaterial: index into materials; Delete…: the one meant
  materialBytes @34 :UInt32 = 32;     # how many of its bytes are wrapped
  importToken @35 :UInt32;    # 1 + the GetParametersForImport step whose token is used; 0: garbage
  wrappedFor @36 :UInt32;     # 1 + the step whose public key wrapped the material; 0: that of importToken
  wrappingAlgorithm @37 :Text;
  wrappingKeySpec @38 :Text;
  expirationModel @39 :Text;
  validTo @40 :Int64;
  importType @41 :Text;
  keyMaterialId @42 :Text;
  keyMaterialDescription @43 :Text;
  includeKeyMaterial @44 :Text;
  encryptionAlgorithm @45 :Text;             # also MacAlgorithm, SigningAlgorithm, KeyAgreementAlgorithm
  destinationEncryptionAlgorithm @46 :Text;
  limit @47 :Int32;
  hasLimit @48 :Bool;
  marker @49 :Text;
  principal @50 :Text;        # ListRetirableGrants: RetiringPrincipal; ListGrants: GranteePrincipal
  conditions @51 :List(Pair); # further condition keys that the request carries: aws:SourceIp, aws:SourceArn, …
  viaService @52 :Text;       # kms:ViaService: dynamodb, s3, …; the caller goes through this service
  service @53 :Text;          # the caller is this service itself: dynamodb.amazonaws.com; then `caller` is kNone
  recipient @54 :Bool;
  keyUsage @55 :Text;         # parameters of CreateKey that may be wrong; what the key becomes stands in keys[newKey]
  newKeySpec @56 :Text;
  origin @57 :Text;
  multiRegion @58 :Bool;
  ignoreCiphertext @59 :Bool; # DryRunModifiers IGNORE_CIPHERTEXT
  cloudHsmClusterId @60 :Text;
  keyStorePassword @61 :Bool; # whether one was given; its text never enters a trace
}

# Something that goes wrong on KMS's side, from the step's time on.
struct Fault {
  kind @0 :Kind;
  duration @1 :Int64;         # 0: until the end
  region @2 :Text;
  account @3 :Text;           # neighbour: whose quota is eaten
  error @4 :Event.KmsError;   # outage: what calls give
  shareMillionths @5 :UInt32 = 1000000;  # of calls that are hit
  latency @6 :Int64;          # added to each call
  operation @7 :Text;         # neighbour: whose quota group; outage: only this operation; empty: all
  rate @8 :Float64;           # neighbour: calls a second
  store @9 :UInt32 = 0xffffffff;   # keyStore
  storeError @10 :Event.ConnectionError;
  enum Kind {
    outage @0; latency @1; neighbour @2; keyStore @3;
    partition @4;               # between routers and KMS: calls get no answer
    restart @5;                 # of routers: their connections close, their caches are cold
    brownOut @6;                # a share of calls fails, the others take longer
    regionFailure @7;           # KMS and DynamoDB of a Region
    propagation @8;             # changes take longer to reach KMS's data plane
  }
  routers @11 :List(UInt32);    # partition, restart: these; empty: a share of all of them
  timeout @12 :Int64;           # partition: after which DynamoDB gives a call up
  exception @13 :Event.Exception;  # regionFailure: what DynamoDB's clients get
}

# A fault that comes again and again: `every` counts from the beginning, and then from the end of the last one.
struct FaultSource {
  name @0 :Text;
  fault @1 :Fault;
  every @2 :Text;               # distributions in canonical text
  lasts @3 :Text;               # empty: it is over at once
  from @4 :Int64;
  until @5 :Int64;              # none begins then or later; 0: the end of the run
  line @6 :UInt32;
}

struct Expectation {
  name @0 :Text;
  check @1 :Text;
  warn @2 :Bool;              # severity: warn
  line @3 :UInt32;
}


# A call of DynamoDB's control plane: the parameters of every operation in one struct. What was not given is empty or zero
# unless a `has…` field says otherwise.
struct TableCall {
  operation @0 :Event.TableOperation;
  table @1 :UInt32 = 0xffffffff;   # index into tables; kNone: tableName is none of the scenario's
  tableName @2 :Text;
  region @3 :Text;                 # whose endpoint is called; empty: the table's
  target @4 :UInt32 = 0xffffffff;  # restore: the table it makes; CreateGlobalTable: its first table
  sse @5 :SseSpecification;        # UpdateTable; SSESpecificationOverride of a restore
  provisioned @6 :Bool;            # BillingMode (also BillingModeOverride)
  hasBillingMode @7 :Bool;
  readCapacity @8 :UInt32;
  writeCapacity @9 :UInt32;
  hasThroughput @10 :Bool;
  tableClass @11 :Text;
  deletionProtection @12 :Bool;
  hasDeletionProtection @13 :Bool;
  streamEnabled @14 :Bool;
  hasStream @15 :Bool;
  streamView @16 :Text;
  indexChanges @17 :List(IndexChange);
  replicaChanges @18 :List(ReplicaChange);   # ReplicaUpdates, ReplicationGroup
  ttlAttribute @19 :Text;
  ttlEnabled @20 :Bool;
  pointInTimeRecovery @21 :Bool;
  recoveryPeriodInDays @22 :UInt32;
  hasRecoveryPeriod @23 :Bool;
  backupName @24 :Text;
  backup @25 :BackupReference;
  useLatestRestorableTime @26 :Bool;
  restoreTime @27 :Int64;          # RestoreDateTime, ExportTime
  s3Bucket @28 :Text;
  s3SseAlgorithm @29 :Text;
  s3SseKmsKeyId @30 :KeyReference;
  tags @31 :List(Pair);
  tagKeys @32 :List(Text);
  contributorInsights @33 :Bool;
  globalTableName @34 :Text;
  limit @35 :Int32;
  hasLimit @36 :Bool;
  hasLocalIndexOverride @37 :Bool;   # restore: LocalSecondaryIndexOverride
  hasGlobalIndexOverride @38 :Bool;
  localIndexOverride @39 :List(SecondaryIndex);    # those that are made; all others of the source are not
  globalIndexOverride @40 :List(SecondaryIndex);
  onDemandReads @41 :UInt32;       # OnDemandThroughputOverride: MaxReadRequestUnits, MaxWriteRequestUnits; 0: no limit
  onDemandWrites @42 :UInt32;
  hasOnDemandThroughput @43 :Bool;
}
struct IndexChange { kind @0 :Kind; index @1 :UInt32; name @2 :Text; readCapacity @3 :UInt32; writeCapacity @4 :UInt32; enum Kind { create @0; update @1; delete @2; } }  # index: into globalIndexes of the table; kNone: the name is none of them
struct ReplicaChange { kind @0 :Kind; table @1 :UInt32 = 0xffffffff; region @2 :Text; kmsMasterKeyId @3 :KeyReference; enum Kind { create @0; update @1; delete @2; } }  # table: the replica, as the scenario has it
struct BackupReference { union { none @0 :Void; step @1 :UInt32; archival @2 :UInt32; system @3 :UInt32; text @4 :Text; } }  # step: the CreateBackup; archival, system: the table whose backup of that kind is meant

# A data request: one item of it for GetItem and its like, several for batches and transactions.
struct DataCall {
  operation @0 :Event.DataOperation;
  items @1 :List(ItemCall);
  table @2 :UInt32 = 0xffffffff;   # Query, Scan, GetRecords
  index @3 :Text;                  # IndexName
  keyCondition @4 :Text;
  filter @5 :Text;
  projection @6 :Text;
  names @7 :List(Pair);            # ExpressionAttributeNames
  values @8 :Text;                 # ExpressionAttributeValues in canonical DynamoDB JSON: {":a":{"S":"x"}}
  select @9 :Text;
  limit @10 :Int32;
  hasLimit @11 :Bool;
  backward @12 :Bool;              # ScanIndexForward false
  consistentRead @13 :Bool;
  exclusiveStart @14 :UInt32 = 0xffffffff;  # item whose key is ExclusiveStartKey
  startAfterStep @15 :UInt32;      # 1 + step whose LastEvaluatedKey it is; 0: none
  segment @16 :UInt32;
  totalSegments @17 :UInt32;       # 0: no parallel scan
  clientRequestToken @18 :Text;
  partitionKey @19 :Text;          # Query in short: the partition key in canonical DynamoDB JSON, if keyCondition is empty
  encryptor @20 :UInt32 = 0xffffffff;  # index into Scenario.encryptors
  iterator @21 :IteratorType;      # GetRecords: where its iterator begins
  shard @22 :UInt32;               # GetRecords: which shard of the stream, as DescribeStream lists them
  sequenceOfStep @23 :UInt32;      # 1 + GetRecords step after whose last record it begins
  former @24 :Bool;                # GetRecords: of the stream before the present one
  returnConsumedCapacity @25 :Bool;
  iteratorOfStep @26 :UInt32;      # GetRecords: 1 + GetShardIterator step, or GetRecords step that used an iterator; 0: none
  enum IteratorType { trimHorizon @0; latest @1; atSequenceNumber @2; afterSequenceNumber @3; }
}
struct ItemCall {
  kind @0 :Kind;
  table @1 :UInt32;
  item @2 :UInt32;                 # ordinal in its table
  key @3 :Text;                    # canonical DynamoDB JSON
  value @4 :Text;                  # put: the whole item
  condition @5 :Text;
  update @6 :Text;
  projection @7 :Text;
  names @8 :List(Pair);
  values @9 :Text;
  returnValues @10 :Text;          # NONE, ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATED_NEW
  consistentRead @11 :Bool;
  enum Kind { get @0; put @1; update @2; delete @3; conditionCheck @4; }
}
