// Plan: what is to be done next so that the mailbox becomes what an action wants. Pure.
//
// One mutation at a time, each from what is confirmed by then; none is left when the mailbox is so.
#pragma once

#include <variant>

#include "core/actions/replay.hpp"

namespace hermod::actions {

struct ChangeFlags {
  Placement of;
  FlagSet add, remove;
  Keywords add_keywords = {}, remove_keywords = {};
};
struct Move {
  Placement from;
  ids::ObjectId to;
};
struct Copy {
  Placement from;
  ids::ObjectId to;
};
struct Remove {
  Placement of;
};
using MessageStep = std::variant<ChangeFlags, Move, Copy, Remove>;

// Of one message with its confirmed placements; absent: it is as wanted, as far as it is there at all.
std::optional<MessageStep> next_step(const std::vector<Placement>& confirmed, const Intent& intent);

}  // namespace hermod::actions
