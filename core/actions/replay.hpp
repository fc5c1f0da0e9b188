// Replay: how a message's placements will be once its unfinished actions are done. Pure.
#pragma once

#include "core/actions/action.hpp"

namespace hermod::actions {

enum class Standing : std::int16_t { confirmed, leaving, arriving };

struct Placement {
  ids::ObjectId collection_id;
  std::string remote_id;  // of an arriving one: empty
  FlagSet flags;          // confirmed
  FlagSet effective_flags;
  Standing standing = Standing::confirmed;
  Keywords keywords = {};  // confirmed
  Keywords effective_keywords = {};
  friend bool operator==(const Placement&, const Placement&) = default;
};

// `placements` are the confirmed ones; their effective flags and keywords and their standing do not count.
// The result has them in the same order, and behind them what arrives, one a folder.
std::vector<Placement> replay(std::vector<Placement> placements, const std::vector<Intent>& intents);

}  // namespace hermod::actions
