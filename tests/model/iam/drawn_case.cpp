#include "tests/model/iam/drawn_case.h"

#include <algorithm>

namespace tablekey::model::iam {
namespace {

using fuzz::Reader;
using slow::Asked;
using slow::AskedKey;
using slow::Json;
using Texts = std::vector<std::string>;

const std::string kOwn = "111122223333";
const std::string kOther = "444455556666";
const std::string kKeyArn = "arn:aws:kms:us-west-2:111122223333:key/1234abcd";

/// A family of operators, with keys that hold such values and values of the request.
struct Family {
  Texts operators, keys, values;
};

const std::vector<Family> kFamilies = {
    {{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
      "StringLike", "StringNotLike"},
     {"kms:ViaService", "aws:username", "kms:EncryptionContext:aws:dynamodb:tableName",
      "aws:PrincipalTag/team", "aws:TagKeys", "kms:EncryptionContextKeys"},
     {"alice", "dynamodb.us-west-2.amazonaws.com", "Books", "a", "A", "\xc3\xa4", "\xc3\x84", "",
      "a*", "${x}", "\xc3\x97", "\xc3\xb7", "x:y:z", "aaaab"}},
    {{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
      "NumericGreaterThan", "NumericGreaterThanEquals"},
     {"aws:MultiFactorAuthAge", "kms:RotationPeriodInDays"},
     {"30", "30.0", "3e1", "-1", "+0", "-0.0", "7", "0.5", ".5", "5.", "1e-2", "x", "1e400", ""}},
    {{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
      "DateGreaterThanEquals"},
     {"aws:CurrentTime", "kms:ValidTo"},
     {"2018-02-14T00:15:15Z", "2018-02-14T01:15:15+01:00", "1518567315", "2018-02-14", "2018-02",
      "2018-02-29", "2000-02-29", "1900-03-01", "2016-02-29T23:59:59.999999999Z",
      "2018-02-14T00:15:15.5", "yesterday", "-1", "0000-01-01", "9999-12-31T23:59-23:59",
      "2018-02-14T00:15:15-0030"}},
    {{"Bool"},
     {"aws:SecureTransport", "kms:GrantIsForAWSResource"},
     {"true", "false", "True", "FALSE", "yes"}},
    {{"IpAddress", "NotIpAddress"},
     {"aws:SourceIp"},
     {"10.1.2.3", "10.0.0.0/8", "10.1.2.3/31", "10.1.2.1/30", "10.129.2.3/9", "192.0.2.1",
      "2001:db8::1", "2001:db8::/33", "::ffff:10.1.2.3", "10.1.2", "10.01.2.3", "0.0.0.0/0", "::/0",
      "1:2:3:4:5:6:7::", "::"}},
    {{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
     {"aws:SourceArn", "aws:PrincipalArn"},
     {"arn:aws:dynamodb:us-west-2:111122223333:table/Books", "arn:aws:iam::111122223333:role/App",
      "arn:aws:s3:::a:b:c", "not-an-arn", "arn:aws:sqs:us-west-2:111122223333:q"}},
    {{"BinaryEquals"},
     {"k:bytes"},
     {"QUJD", "QUI=", "QUI", "QUJ=", "QQ==", "QR", "QU==", "Q", "!!"}},
    {{"Null"},
     {"kms:ViaService", "aws:TagKeys", "aws:SourceIp", "kms:ValidTo", "never:there"},
     {"true", "false", "True"}},
};

const Texts kActions = {"kms:Decrypt",     "kms:Encrypt",         "kms:ReEncryptFrom",
                        "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyPair",
                        "kms:CreateGrant", "kms:DescribeKey"};
const Texts kActionPatterns = {"*", "kms:*", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                               "KMS:*crypt*"};

bool chance(Reader& dice, std::size_t percent) { return dice.below(100) < percent; }

const std::string& pick(Reader& dice, const Texts& from) { return from[dice.below(from.size())]; }

bool is_multivalued(const std::string& key) {
  return key == "aws:TagKeys" || key == "kms:EncryptionContextKeys";
}

/// The same letters in another case.
std::string other_case(Reader& dice, std::string text) {
  for (char& c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter && dice.flip()) c = static_cast<char>(c ^ 0x20);
  }
  return text;
}

// ---- the request --------------------------------------------------------------------------------

void draw_caller(Reader& dice, Asked& asked) {
  const std::string account = chance(dice, 80) ? kOwn : kOther;
  const std::string iam = "arn:aws:iam::" + account + ":";
  asked.account = account;
  switch (dice.below(7)) {
    case 0:
      asked.type = "root";
      asked.arn = iam + "root";
      break;
    case 1:
      asked.type = "service";
      asked.arn = "dynamodb.amazonaws.com";
      asked.account.clear();
      break;
    case 2:
      asked.type = "role";
      asked.arn = iam + "role/a/App";
      asked.unique_id = "AROAEXAMPLEEXAMPLE12";
      break;
    case 3:
    case 4:
      asked.type = "assumed-role";
      asked.arn = "arn:aws:sts::" + account + ":assumed-role/App/s1";
      asked.role_arn = iam + "role/a/App";
      asked.unique_id = "AROAEXAMPLEEXAMPLE12";
      break;
    default:
      asked.type = "user";
      asked.arn = iam + "user/alice";
      asked.unique_id = "AIDAEXAMPLEEXAMPLE12";
      break;
  }
}

AskedKey draw_key(Reader& dice, const Family& family, const std::string& key) {
  AskedKey entry{dice.flip() ? key : other_case(dice, key), is_multivalued(key), {}};
  const std::size_t count = entry.several ? dice.below(4) : 1;
  for (std::size_t i = 0; i < count; ++i) entry.values.push_back(pick(dice, family.values));
  return entry;
}

Asked draw_asked(Reader& dice) {
  Asked asked;
  asked.key_account = kOwn;
  asked.on_key = !chance(dice, 10);
  asked.resource = asked.on_key ? kKeyArn : "*";
  draw_caller(dice, asked);
  asked.action = pick(dice, kActions);
  if (chance(dice, 15)) asked.action = other_case(dice, asked.action);
  for (const Family& family : kFamilies) {
    if (family.operators.front() == "Null") continue;
    for (const std::string& key : family.keys) {
      if (chance(dice, 65)) asked.context.push_back(draw_key(dice, family, key));
    }
  }
  return asked;
}

// ---- texts of policies --------------------------------------------------------------------------

/// A reference to a key of the request, or to none, with or without a default.
std::string draw_variable(Reader& dice, const Asked& asked, const std::string& has) {
  std::string key = "never:there";
  if (!asked.context.empty() && chance(dice, 70)) {
    key = asked.context[dice.below(asked.context.size())].name;
  }
  if (dice.flip()) return "${" + key + "}";
  return "${" + key + ",  '" + (dice.flip() ? has : "d") + "'}";
}

/// A place between two characters, so that no UTF-8 sequence is torn.
std::size_t draw_place(Reader& dice, const std::string& text) {
  std::size_t at = dice.below(text.size() + 1);
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}

/// A text of a policy made from one of the request.
std::string near(Reader& dice, const Asked& asked, const std::string& has) {
  std::string text = has;
  const std::size_t from = draw_place(dice, has);
  const std::size_t to = std::max(from, draw_place(dice, has));
  switch (dice.below(11)) {
    case 0:
      return other_case(dice, text);
    case 1:
      return text.replace(from, to - from, "*");
    case 2:
      return text.replace(from, to - from, "?");
    case 3:
      return text.replace(from, to - from, draw_variable(dice, asked, has.substr(from, to - from)));
    case 4:
      return text.replace(from, to - from, dice.flip() ? "${*}" : "${?}");
    case 5:
      text.insert(to, "*");
      return text.insert(from, "*");
    case 6:
      return text.insert(from, dice.flip() ? "x" : ":");
    default:
      return text;
  }
}

/// One value, or an array of one to three.
template <class Draw>
Json one_or_some(Reader& dice, Draw draw) {
  if (chance(dice, 45)) return draw();
  Json list = Json::array();
  const std::size_t count = 1 + dice.below(3);
  for (std::size_t i = 0; i < count; ++i) list.push_back(draw());
  return list;
}

std::string draw_action(Reader& dice, const Asked& asked) {
  switch (dice.below(4)) {
    case 0:
      return pick(dice, kActions);
    case 1:
      return pick(dice, kActionPatterns);
    default:
      return near(dice, asked, asked.action);
  }
}

std::string draw_resource(Reader& dice, const Asked& asked) {
  static const Texts kOthers = {"arn:aws:kms:us-east-1:111122223333:key/*", "arn:aws:*",
                                "arn:aws:kms", "arn:*:kms:*:*:key/*", "**"};
  if (chance(dice, 50)) return "*";
  return chance(dice, 40) ? pick(dice, kOthers) : near(dice, asked, asked.resource);
}

/// What may stand under `AWS`: all that the caller is, and some that it is not.
std::string draw_name(Reader& dice, const Asked& asked) {
  Texts names = {"*",
                 asked.arn,
                 asked.account,
                 "arn:aws:iam::" + asked.account + ":root",
                 asked.role_arn,
                 asked.unique_id,
                 kOwn,
                 kOther,
                 "arn:aws-cn:iam::" + kOwn + ":root",
                 "arn:aws:iam::" + kOwn + ":user/bob",
                 "arn:aws:iam::" + kOwn + ":role/*"};
  const std::string& name = chance(dice, 40) ? names[1 + dice.below(3)] : pick(dice, names);
  return name.empty() ? kOwn : name;
}

Json draw_principal(Reader& dice, const Asked& asked) {
  if (chance(dice, 10)) return "*";
  Json element = Json::object();
  if (asked.type == "service" ? chance(dice, 70) : chance(dice, 10)) {
    element["Service"] = one_or_some(
        dice, [&] { return dice.flip() ? "dynamodb.amazonaws.com" : "s3.amazonaws.com"; });
  }
  if (chance(dice, 5)) element["Federated"] = "cognito-identity.amazonaws.com";
  if (element.empty() || dice.flip()) {
    element["AWS"] = one_or_some(dice, [&] { return draw_name(dice, asked); });
  }
  return element;
}

// ---- conditions ---------------------------------------------------------------------------------

/// A value for that key: near the request's, or one of the family's.
Json draw_value(Reader& dice, const Asked& asked, const Family& family, const std::string& key) {
  const auto entry = std::find_if(asked.context.begin(), asked.context.end(),
                                  [&](const AskedKey& one) { return one.name == key; });
  const bool known = entry != asked.context.end() && !entry->values.empty();
  if (family.operators.front() == "Null" || !known || chance(dice, 30)) {
    const std::string& value = pick(dice, family.values);
    if ((value == "true" || value == "false") && dice.flip()) return value == "true";
    if (value == "30" && dice.flip()) return 30;
    return value;
  }
  return near(dice, asked, entry->values[dice.below(entry->values.size())]);
}

std::string draw_operator(Reader& dice, const Family& family, const std::string& key) {
  std::string op = pick(dice, family.operators);
  const bool null = op == "Null";
  if (!null && chance(dice, 25)) op += "IfExists";
  if (is_multivalued(key) ? chance(dice, 70) : chance(dice, 5)) {
    op = (dice.flip() ? "ForAllValues:" : "ForAnyValue:") + op;
  }
  return op;
}

void draw_condition(Reader& dice, const Asked& asked, Json& block) {
  const Family& family = chance(dice, 25) ? kFamilies[0] : kFamilies[dice.below(kFamilies.size())];
  // Now and then a key whose values the operator cannot read.
  const Family& other = chance(dice, 6) ? kFamilies[dice.below(kFamilies.size())] : family;
  std::string key = pick(dice, other.keys);
  if (chance(dice, 60)) {  // Rather one that the request has.
    for (const AskedKey& entry : asked.context) {
      const bool listed =
          std::find(other.keys.begin(), other.keys.end(), entry.name) != other.keys.end();
      if (listed && dice.flip()) key = entry.name;
    }
  }
  const std::string op = draw_operator(dice, family, key);
  if (chance(dice, 2)) {
    block[op][key] = Json::array();
  } else {
    block[op][key] = one_or_some(dice, [&] { return draw_value(dice, asked, family, key); });
  }
}

// ---- documents ----------------------------------------------------------------------------------

bool names_principals(const std::string& policy) {
  return policy == "key" || policy == "rcp" || policy == "endpoint";
}

Json draw_document(Reader& dice, const Asked& asked, const std::string& policy) {
  Json document = Json::object();
  const std::size_t version = dice.below(10);
  if (version < 8) document["Version"] = "2012-10-17";
  if (version == 8) document["Version"] = "2008-10-17";
  const std::size_t count = 1 + dice.below(4);
  if (count == 1 && dice.flip()) {
    document["Statement"] = draw_statement(dice, asked, policy);
    return document;
  }
  document["Statement"] = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    document["Statement"].push_back(draw_statement(dice, asked, policy));
  }
  return document;
}

std::vector<Json> draw_documents(Reader& dice, const Asked& asked, const std::string& policy,
                                 std::size_t count) {
  std::vector<Json> documents;
  for (std::size_t i = 0; i < count; ++i) documents.push_back(draw_document(dice, asked, policy));
  return documents;
}

}  // namespace

slow::Json draw_statement(Reader& dice, const Asked& asked, const std::string& policy) {
  Json statement = Json::object();
  const bool limiting = policy != "key" && policy != "identity";
  statement["Effect"] = chance(dice, limiting ? 90 : 75) ? "Allow" : "Deny";
  if (names_principals(policy)) {
    const bool negated = chance(dice, 10);
    statement[negated ? "NotPrincipal" : "Principal"] = draw_principal(dice, asked);
  }
  const auto element = [&](const std::string& name, auto draw) {
    if (chance(dice, 2)) return;
    if (chance(dice, limiting ? 40 : 25)) {  // What limits mostly lets through.
      statement[name] = "*";
      return;
    }
    const bool negated = chance(dice, 12);
    statement[(negated ? "Not" : "") + name] = one_or_some(dice, draw);
  };
  element("Action", [&] { return draw_action(dice, asked); });
  element("Resource", [&] { return draw_resource(dice, asked); });
  if (chance(dice, limiting ? 25 : 45)) {
    Json block = Json::object();
    const std::size_t count = 1 + dice.below(3);
    for (std::size_t i = 0; i < count; ++i) draw_condition(dice, asked, block);
    statement["Condition"] = block;
  }
  return statement;
}

DrawnCase draw_case(Reader& dice) {
  DrawnCase drawn;
  drawn.asked = draw_asked(dice);
  slow::Papers& papers = drawn.papers;
  const Asked& asked = drawn.asked;
  if (chance(dice, 95)) papers.key = draw_document(dice, asked, "key");
  papers.identities = draw_documents(dice, asked, "identity", (1 + dice.below(5)) / 2);
  if (chance(dice, 30)) papers.boundary = draw_document(dice, asked, "boundary");
  const auto some = [&] { return chance(dice, 25) ? 1 + dice.below(2) : 0; };
  papers.sessions = draw_documents(dice, asked, "session", some());
  papers.scps = draw_documents(dice, asked, "scp", some());
  papers.rcps = draw_documents(dice, asked, "rcp", some());
  if (chance(dice, 10)) papers.endpoint = draw_document(dice, asked, "endpoint");
  papers.granted = chance(dice, 10);
  return drawn;
}

// ---- the engine's side --------------------------------------------------------------------------

EngineCase::EngineCase(const DrawnCase& drawn) : asked_(drawn.asked) {
  add_request();
  const slow::Papers& papers = drawn.papers;
  if (papers.key) policies_.key_policy = compile(*papers.key, PolicyKind::key);
  if (papers.boundary) policies_.boundary = compile(*papers.boundary, PolicyKind::identity);
  if (papers.endpoint) policies_.endpoint_policy = compile(*papers.endpoint, PolicyKind::key);
  compile_all(papers.identities, PolicyKind::identity, identities_);
  compile_all(papers.sessions, PolicyKind::identity, sessions_);
  compile_all(papers.scps, PolicyKind::identity, scps_);
  compile_all(papers.rcps, PolicyKind::key, rcps_);
  policies_.identities = identities_;
  policies_.session_policies = sessions_;
  policies_.scps = scps_;
  policies_.rcps = rcps_;
  if (papers.granted) policies_.grants = &grant_;
}

void EngineCase::add_request() {
  static const Texts kTypes = {"user", "role", "assumed-role", "root", "service"};
  const auto type = std::find(kTypes.begin(), kTypes.end(), asked_.type) - kTypes.begin();
  request_.principal = {static_cast<PrincipalType>(type), asked_.arn, asked_.account,
                        asked_.role_arn, asked_.unique_id};
  request_.action = asked_.action;
  request_.resource = asked_.resource;
  request_.resource_account = asked_.key_account;
  request_.scope = asked_.on_key ? Scope::key : Scope::account;
  for (const AskedKey& key : asked_.context) {
    auto& views = values_.emplace_back(key.values.begin(), key.values.end());
    context_.push_back(key.several ? ContextEntry::many(key.name, views)
                                   : ContextEntry::one(key.name, views.at(0)));
  }
  request_.context = context_;
}

const Policy* EngineCase::compile(const Json& document, PolicyKind kind) {
  auto policy = Policy::compile(document.dump(), kind, {.rules = PolicyRules::stored});
  if (!policy) throw std::runtime_error(policy.error().print());
  return &compiled_.emplace_back(*std::move(policy));
}

void EngineCase::compile_all(const std::vector<Json>& documents, PolicyKind kind, List& list) {
  for (const Json& document : documents) list.push_back(compile(document, kind));
}

slow::Answer answer_of(const Explanation& explanation) {
  static const Texts kPolicies = {"none",    "key", "identity", "boundary",
                                  "session", "scp", "rcp",      "endpoint"};
  const auto policy = [&](PolicyType type) { return kPolicies[static_cast<std::size_t>(type)]; };
  const Decision& decision = explanation.decision;
  slow::Answer answer{
      std::string(name(decision.kind)), policy(decision.type), policy(decision.lacking), {}};
  if (decision.by == DecidedBy::nothing) answer.by = "nothing";
  if (decision.by == DecidedBy::grant) answer.by = "grant";
  if (decision.by == DecidedBy::account_root) answer.by = "root";
  for (const StatementReport& report : explanation.statements) {
    slow::Line line;
    line.policy = policy(report.type);
    line.number = report.policy;
    line.statement = report.statement;
    line.effect = report.effect == Effect::allow ? "Allow" : "Deny";
    line.via = name(report.via);
    line.failed = name(report.failed);
    line.failed_operator = report.failed_operator;
    line.failed_key = report.failed_key;
    answer.lines.push_back(line);
  }
  return answer;
}

std::string difference(const slow::Answer& engine, const slow::Answer& slow) {
  const auto differ = [](const std::string& what, const std::string& a, const std::string& b) {
    return what + ": the engine says " + a + ", the slow evaluator " + b;
  };
  if (engine.kind != slow.kind) return differ("decision", engine.kind, slow.kind);
  if (engine.by != slow.by) return differ("decided by", engine.by, slow.by);
  if (engine.lacking != slow.lacking) return differ("lacking", engine.lacking, slow.lacking);
  if (engine.lines.size() != slow.lines.size()) return "other statements are listed";
  for (std::size_t i = 0; i < slow.lines.size(); ++i) {
    slow::Line wanted = slow.lines[i];
    wanted.role = false;  // Not told by an explanation.
    const slow::Line& has = engine.lines[i];
    if (has == wanted) continue;
    const auto told = [](const slow::Line& line) {
      return line.policy + "[" + std::to_string(line.number) + "].Statement[" +
             std::to_string(line.statement) + "] via " + line.via + ", failed " + line.failed +
             " " + line.failed_operator + " " + line.failed_key;
    };
    return differ("statement", told(has), told(wanted));
  }
  return {};
}

}  // namespace tablekey::model::iam
