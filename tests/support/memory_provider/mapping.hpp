// Items and collections: what the server in memory stores, as the plugin API says it. Pure functions, but for
// the raw bytes that a mode makes anew at each call.
#pragma once

#include "tests/support/memory_provider/session_options.hpp"

namespace hermod::memory {

enum class Content : std::uint8_t { whole, as_held };  // as_held: the engine has it already

struct Shape {  // of the pages
  const SessionOptions& options;
  FetchLimits limits;
  std::int64_t window_start = INT64_MIN;  // Mode::window: as of now
};

// The labels that a message bears stand among its keywords, as `in:` and the label's id.
Item to_item(MailboxState& state, const Folder& folder, std::uint64_t uid, Content content,
             const Shape& shape);
Collection to_collection(const MailboxState& state, const Folder& folder, const SessionOptions& options,
                         std::int64_t window_start);
// The bytes as they are served now.
std::string raw_bytes(MailboxState& state, const StoredMessage& message, const SessionOptions& options);

}  // namespace hermod::memory
