// SSESpecification: what a request says, and which key that comes to. Requests that DynamoDB
// refuses are a warning, since a run shows the refusal (dynamodb.md 2.1, 10.1).
#pragma once

#include <cstdint>
#include <string_view>

#include "scenarios/draft.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

struct SseChoice {
  DraftSse sse;
  std::uint32_t key = kNone;  // the AWS owned key where the request is refused
};
// `node` may be null: nothing was specified. `key_follows`: add_sse_key will say which key it is,
// so that the AWS managed one need not exist; `key` is kNone until then.
[[nodiscard]] SseChoice read_sse_specification(const Node* node, const Whereabouts& where,
                                               Draft& draft, Diagnostics& diagnostics,
                                               bool key_follows = false);
// Adds a key that stands elsewhere (that of a replica of a global table) to what was specified.
void add_sse_key(const Node& node, const Whereabouts& where, SseChoice& choice, Draft& draft,
                 Diagnostics& diagnostics);

// A key as a request names it; what is none of the scenario's goes as it is written. `where` is the
// place of a key that stands for one which a template takes from elsewhere.
[[nodiscard]] DraftKeyReference read_key_name(const Node& node, std::string_view field,
                                              const Whereabouts& where, Draft& draft,
                                              Diagnostics& diagnostics);
// The key that a reference comes to at a place; kNone if it is none of the scenario's.
[[nodiscard]] std::uint32_t referred_key(const DraftKeyReference& reference,
                                         const Whereabouts& where, Draft& draft);
void set_key_reference(const DraftKeyReference& from, events::KeyReference::Builder to);
void set_sse(const DraftSse& from, events::SseSpecification::Builder to);

}  // namespace tablekey::scenarios
