// What `explain` says of one step, and of the particulars of a key.
#pragma once

#include <string>

#include "scenario.capnp.h"

namespace tablekey::scenarios {

// Who does what: "Admin/user01: kms:DisableKey on OrdersKey".
[[nodiscard]] std::string step_line(events::Scenario::Reader scenario, events::Step::Reader step);
// ", RSA_2048 for SIGN_VERIFY, with imported material …": what is not the usual of a key.
[[nodiscard]] std::string key_particulars(events::Scenario::Reader scenario,
                                          events::Key::Reader key);

// What a fault does: "KMS answers 100% of calls with KMSInternalException, for 10m".
[[nodiscard]] std::string fault_line(events::Scenario::Reader scenario, events::Fault::Reader fault,
                                     bool at_random);
[[nodiscard]] std::string principal_name(events::Scenario::Reader scenario, std::uint32_t index);
// With its Region in brackets where that is not the scenario's; empty: kNone.
[[nodiscard]] std::string table_name(events::Scenario::Reader scenario, std::uint32_t index);
[[nodiscard]] std::string key_name(events::Scenario::Reader scenario, std::uint32_t index);

// Small texts that the whole of `explain` uses.
[[nodiscard]] std::string text(capnp::Text::Reader value);
[[nodiscard]] std::string span(std::int64_t nanoseconds);
[[nodiscard]] std::string plural(std::uint64_t count, std::string_view one);
[[nodiscard]] std::string pairs(capnp::List<events::Pair>::Reader list);  // {a: b, c: d}

// A client that encrypts items: "Encryptor Pens, the DynamoDB Encryption Client: …"
// (explain_encryptors.cpp).
[[nodiscard]] std::string encryptor_sentence(events::Scenario::Reader scenario,
                                             events::ItemEncryptor::Reader encryptor);

// Calls of DynamoDB (explain_tables.cpp).
[[nodiscard]] std::string control_line(events::Scenario::Reader scenario,
                                       events::TableCall::Reader call);
[[nodiscard]] std::string request_line(events::Scenario::Reader scenario,
                                       events::DataCall::Reader call);

}  // namespace tablekey::scenarios
