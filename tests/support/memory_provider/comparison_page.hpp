// comparison_page: the next page of a folder where the server keeps no record of changes: what it has is
// compared with what the host has confirmed, in the order of remote ids, one stretch a page.
#pragma once

#include "hermod/host.hpp"
#include "tests/support/memory_provider/journal_page.hpp"
#include "tests/support/memory_provider/memory_mailbox.hpp"

namespace hermod::memory {

Task<Result<ChangePage>> comparison_page(MemoryMailbox& mailbox, Host& host, std::string folder_id,
                                         SyncCursor cursor, Shape shape);

}  // namespace hermod::memory
