// What a check compares in the end: the store that was synced, the mailbox, and a store from scratch.
#pragma once

#include "core/conformance/model_engine.hpp"
#include "core/conformance/world.hpp"

namespace hermod::conformance {

// That the store is what a cold snapshot gives; a difference is a violation.
void compare_with_cold(Subject& subject, ModelEngine& engine, ModelStore& store);
// And that it is what the world made of the mailbox.
void compare(Subject& subject, ModelEngine& engine, ModelStore& store, const World& world);

std::vector<std::string> lines(const ModelStore& store);  // its violations

}  // namespace hermod::conformance
