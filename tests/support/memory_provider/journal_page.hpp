// journal_page: the next page of a folder from the server's own record of changes.
//
// A page has what is new since the cursor first, then history, newest first. The position in both is the
// cursor.
#pragma once

#include "hermod/result.hpp"
#include "tests/support/memory_provider/cursor.hpp"
#include "tests/support/memory_provider/mapping.hpp"

namespace hermod::memory {

// The place that the cursor names; with an empty one the place where a snapshot begins. Error{not_found}: no
// such folder; Error{cursor_invalid}.
Result<Position> position_of(MailboxState& state, const std::string& folder_id, const SyncCursor& cursor,
                             const Shape& shape);
// The cursor for that position; Mode::consumed: of the earlier ones only the one that led here stays valid.
SyncCursor issue_cursor(MailboxState& state, const std::string& folder_id, Position position,
                        const SessionOptions& options);

Result<ChangePage> journal_page(MailboxState& state, const std::string& folder_id, const SyncCursor& cursor,
                                const Shape& shape);

}  // namespace hermod::memory
