// The text of a setup.
#include "tests/theory/setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace tablekey::theory {
namespace {

constexpr std::string_view kResources = R"(Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      Policies:
        - PolicyName: use-the-key
          PolicyDocument:
            Version: "2012-10-17"
            Statement: { Effect: Allow, Action: "kms:*", Resource: "*" }
  Other:
    Type: AWS::IAM::Role
    Properties:
      RoleName: other
      Policies:
        - PolicyName: use-the-key
          PolicyDocument:
            Version: "2012-10-17"
            Statement: { Effect: Allow, Action: "kms:*", Resource: "*" }
  OrdersKey:
    Type: AWS::KMS::Key
  Orders:
    Type: AWS::DynamoDB::Table
    Metadata: {{ tablekey: {{ Items: 1, ItemSize: 16, Copies: {} }} }}
    Properties:
      TableName: Orders
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{{ AttributeName: id, KeyType: HASH }}]
      AttributeDefinitions: [{{ AttributeName: id, AttributeType: S }}]
      SSESpecification: {{ SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt OrdersKey.Arn }}
)";

// What the theory leaves out (cache-theory.md 1): no latency, no propagation, no quota in reach,
// and nobody who asks KMS on his own.
constexpr std::pair<std::string_view, std::string_view> kStill[] = {
    {"kms.latency", "constant(0s)"},
    {"kms.key_state_propagation", "constant(0s)"},
    {"kms.propagation", "constant(0s)"},
    {"kms.quota.symmetric_large", "none"},
    {"kms.quota.describe_key", "none"},
    {"kms.quota.create_grant", "none"},
    {"iam.propagation", "constant(0s)"},
    {"dynamodb.request_latency", "constant(0s)"},
    {"dynamodb.archival.after", "36500d"},
    {"dynamodb.key_check.period", "36500d"},
    {"dynamodb.data_keys.rotation", "none"},
    {"dynamodb.tables_max", "1000000"},
    {"dynamodb.concurrent_operations_max", "1000000"},
};

std::string model_text(const Setup& setup) {
  std::map<std::string, std::string> settings;
  for (const auto& [path, value] : kStill) settings[std::string(path)] = value;
  for (const auto& [name, value] : setup.cache) settings["table_key_cache." + name] = value;
  for (const auto& [name, value] : setup.kms) settings["kms." + name] = value;
  for (const auto& [path, value] : setup.model) settings[path] = value;
  std::string text = "model:\n";
  std::vector<std::string> open;  // the maps that stand open above a line
  for (const auto& [path, value] : settings) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= path.size();) {
      const std::size_t dot = std::min(path.find('.', at), path.size());
      parts.push_back(path.substr(at, dot - at));
      at = dot + 1;
    }
    std::size_t same = 0;
    while (same < open.size() && same + 1 < parts.size() && open[same] == parts[same]) ++same;
    open.assign(parts.begin(), parts.end() - 1);
    for (std::size_t level = same; level + 1 < parts.size(); ++level) {
      text += fmt::format("{}{}:\n", std::string(2 * level + 2, ' '), parts[level]);
    }
    text += fmt::format("{}{}: \"{}\"\n", std::string(2 * parts.size(), ' '), parts.back(), value);
  }
  return text;
}

std::string load_text(const Load& load) {
  std::string text = fmt::format(
      "  - name: {}\n    principal: !Ref {}\n    table: !Ref Orders\n    connections: {}\n"
      "    arrivals: {}\n    from: {}\n",
      load.name, load.principal, load.connections, load.arrivals, duration(kBegin));
  if (load.spread > 0) text += fmt::format("    start_spread: {}\n", duration(load.spread));
  return text + load.more;
}

}  // namespace

std::int64_t moment_of(const model::ScenarioView& scenario, double seconds) {
  return scenario.start.nanoseconds() + std::llround((kBegin + seconds) * 1e9);
}

std::string duration(double seconds) { return fmt::format("{}ns", std::llround(seconds * 1e9)); }

std::string rate(double per_second) { return fmt::format("{:.17f}/s", per_second); }

std::string share(double part) { return fmt::format("{:.4f}%", part * 100); }

std::string poisson(double per_second) {
  return fmt::format("{{ process: poisson, rate: {} }}", rate(per_second));
}

std::string Setup::text() const {
  std::string text = "tablekey: 1\nname: theory\n";
  text += fmt::format("until: {}\n", duration(kBegin + until));
  const std::string_view resources = kResources;
  const std::size_t table = resources.find("  Orders:\n");
  text += resources.substr(0, table);
  text += fmt::format(fmt::runtime(resources.substr(table)), tables);
  text += model_text(*this);
  text += "workload:\n";
  for (const Load& load : loads) text += load_text(load);
  if (!steps.empty()) text += "timeline:\n";
  for (const std::string& step : steps) text += fmt::format("  - {}\n", step);
  return text;
}

}  // namespace tablekey::theory
