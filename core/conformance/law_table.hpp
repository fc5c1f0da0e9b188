// The laws, named and numbered, with what a subject must have for them to apply.
#pragma once

#include <span>
#include <string_view>

#include "core/conformance/laws.hpp"

namespace hermod::conformance {

enum class LawNeeds : std::uint8_t {
  nothing,       // it runs on a mailbox that nobody else changes, too
  other_client,  // Quirks::other_client
  writes,        // the same, and a provider that declares mutations
};

struct Law {
  std::string_view name;    // as a report shows it
  std::string_view number;  // in the contract
  LawNeeds needs;
  Violations (*check)(const MakeSubject& make, std::uint32_t seed);
};

std::span<const Law> laws();

}  // namespace hermod::conformance
