// Drawing a request and the policies that speak about it. Every choice is a byte, so that the same
// code serves property tests (drawn bytes, which shrink) and fuzzing (bytes that find new paths). A
// policy's values are mostly made from the request's own, a little changed, so that statements
// apply about as often as they do not.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "model/iam/evaluate.h"
#include "tests/fuzz/reader.h"
#include "tests/model/iam/slow_evaluator.h"

namespace tablekey::model::iam {

/// A request and its policies as the slow evaluator reads them.
struct DrawnCase {
  slow::Asked asked;
  slow::Papers papers;
};

DrawnCase draw_case(fuzz::Reader& dice);

/// A statement more for a policy of that kind (`key`, `identity`, ...), aimed at the request.
slow::Json draw_statement(fuzz::Reader& dice, const slow::Asked& asked, const std::string& policy);

/// The same case for the engine: compiled policies, and a request whose views point in here.
class EngineCase {
 public:
  /// Throws std::runtime_error where a document does not compile under stored rules.
  explicit EngineCase(const DrawnCase& drawn);
  EngineCase(const EngineCase&) = delete;
  EngineCase& operator=(const EngineCase&) = delete;

  const Request& request() const { return request_; }
  const PolicySet& policies() const { return policies_; }

 private:
  struct AnyGrant : GrantSource {
    std::optional<std::uint64_t> allowing_grant(const Request&) const override { return 7; }
  };
  using List = std::vector<const Policy*>;

  void add_request();
  const Policy* compile(const slow::Json& document, PolicyKind kind);
  void compile_all(const std::vector<slow::Json>& documents, PolicyKind kind, List& list);

  slow::Asked asked_;
  std::deque<std::vector<std::string_view>> values_;
  std::vector<ContextEntry> context_;
  std::deque<Policy> compiled_;
  List identities_, sessions_, scps_, rcps_;
  AnyGrant grant_;
  Request request_;
  PolicySet policies_;
};

/// The engine's answer in the slow evaluator's words, from its explanation.
slow::Answer answer_of(const Explanation& explanation);

/// Where the two answers differ, in one line; empty where they agree.
std::string difference(const slow::Answer& engine, const slow::Answer& slow);

}  // namespace tablekey::model::iam
