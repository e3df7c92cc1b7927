#include "replay/policy_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "replay/policy_answer.h"

namespace tablekey::replay {
namespace {

namespace iam = model::iam;
using Json = nlohmann::ordered_json;

std::string one_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

LineAnswer broken(Json id, std::uint64_t line_number, const std::string& error) {
  Json line = {{"id", std::move(id)}};
  if (line["id"].is_null()) line["line"] = line_number;
  line["error"] = error;
  return {one_line(line), false};
}

std::string in_words(const JsonProblem& problem) {
  const std::string place =
      problem.path == "$" ? fmt::format("byte {}", problem.offset + 1) : problem.path;
  return fmt::format("{}: {}{}", place, problem.message,
                     problem.hint.empty() ? "" : "; " + problem.hint);
}

/// All that is wrong, or the first few of it.
std::string in_words(const std::vector<JsonProblem>& problems) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), kShown); ++i) {
    text += (i == 0 ? "" : "\n") + in_words(problems[i]);
  }
  if (problems.size() > kShown) text += fmt::format("\nand {} more", problems.size() - kShown);
  return text;
}

/// The id as it stands: a text or a number.
Json id_of(const JsonFields& fields) {
  const JsonPart* id = fields.find("id");
  if (id == nullptr || id->is_object() || id->is_array()) return nullptr;
  if (const auto text = text_of(*id)) return *text;
  return Json::parse(id->raw, nullptr, false);
}

/// The bytes that a base64 text stands for (RFC 4648, with or without its padding).
std::optional<std::string> decode_base64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    buffer = (buffer << 6 | static_cast<std::uint32_t>(digit)) & 0xffffU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>(buffer >> bits & 0xffU));
  }
  return bytes;
}

std::string_view verdict_of(const std::expected<iam::Policy, iam::PolicyError>& result) {
  if (result) return "accepted";
  switch (result.error().fault) {
    case iam::PolicyFault::malformed:
      return "malformed";
    case iam::PolicyFault::too_large:
      return "limit";
    case iam::PolicyFault::forbidden_character:
      break;
  }
  return "rejected";  // by a ValidationException
}

class LineReader {
 public:
  LineReader(const JsonPart& record, std::uint64_t line_number)
      : record_(record), fields_(record, {}, problems_), number_(line_number) {}

  LineAnswer answer() {
    line_["id"] = id_of(fields_);
    if (!record_.is_object()) return refuse();
    if (line_["id"].is_null()) line_["line"] = number_;
    if (fields_.find("document") != nullptr || fields_.find("document_base64") != nullptr) {
      return check_document();
    }
    if (fields_.find("request") == nullptr && fields_.find("action") == nullptr) {
      problems_.errors.push_back(
          problem_with(record_, "neither 'request' nor 'document' is there"));
      return refuse();
    }
    return answer_question();
  }

 private:
  LineAnswer refuse() { return broken(line_["id"], number_, in_words(problems_.errors)); }

  LineAnswer check_document() {
    const std::string policy = fields_.text("policy").value_or("key");
    if (policy != "key" && policy != "identity") {
      problems_.errors.push_back(problem_with(*fields_.find("policy"),
                                              fmt::format("'{}' is no kind of policy", policy),
                                              "write key or identity"));
    }
    std::string text = fields_.text_or_empty("document");
    if (const auto encoded = fields_.text("document_base64")) {
      const auto bytes = decode_base64(*encoded);
      if (!bytes) {
        problems_.errors.push_back(problem_with(*fields_.find("document_base64"), "not base64"));
      }
      text = bytes.value_or("");
    }
    if (!problems_.errors.empty()) return refuse();
    const auto kind = policy == "key" ? iam::PolicyKind::key : iam::PolicyKind::identity;
    const auto result = iam::Policy::compile(text, kind);
    line_["verdict"] = verdict_of(result);
    line_["message"] = result ? std::string()
                              : fmt::format("{}: {}", iam::exception_name(result.error().fault),
                                            result.error().print());
    return {one_line(line_), true};
  }

  LineAnswer answer_question() {
    QuestionRead read = read_question(record_);
    const PolicyQuestion& question = read.question;
    if (question.kind == "validate" && !question.draft && read.problems.errors.empty()) {
      read.problems.errors.push_back(
          problem_with(*fields_.find("request"), "'grant' is missing", "the grant to be made"));
    }
    if (!read.problems.errors.empty()) {
      problems_.errors = std::move(read.problems.errors);
      return refuse();
    }
    if (question.kind == "validate") return validate(question);
    const PolicyAnswer result = replay::answer(question);
    line_["kind"] = iam::name(result.explanation.decision.kind);
    if (!question.kind.empty() || question.grants) {
      line_["grants"] = result.allowing();
    } else {
      line_["matched"] = matched(question, result);
    }
    return {one_line(line_), true};
  }

  LineAnswer validate(const PolicyQuestion& question) {
    const auto made = try_grant(question);
    line_["verdict"] = made ? "accepted" : "rejected";
    if (!made) {
      line_["reason"] = made.error().reason;
      line_["message"] = fmt::format("{}: {}", made.error().exception, made.error().message);
    }
    return {one_line(line_), true};
  }

  static Json matched(const PolicyQuestion& question, const PolicyAnswer& result) {
    Json list = Json::array();
    for (const iam::StatementReport& report : result.explanation.statements) {
      if (!report.matched) continue;
      list.push_back({{"policy", policy_label(question, report.type, report.policy)},
                      {"statement", report.statement},
                      {"effect", report.effect == iam::Effect::allow ? "Allow" : "Deny"},
                      {"via", iam::name(report.via)}});
    }
    return list;
  }

  const JsonPart& record_;
  JsonProblems problems_;
  JsonFields fields_;
  std::uint64_t number_;
  Json line_ = Json::object();
};

}  // namespace

LineAnswer answer_line(std::string_view record, std::uint64_t line_number) {
  const auto whole = read_json_text(record);
  if (!whole) return broken(nullptr, line_number, in_words(whole.error()));
  return LineReader(*whole, line_number).answer();
}

LineAnswer refuse_long_line(std::uint64_t line_number, std::uint64_t bytes_max) {
  return broken(nullptr, line_number, fmt::format("the line is longer than {} bytes", bytes_max));
}

}  // namespace tablekey::replay
