// Folders as the API writes them (contract C3).
#pragma once

#include "core/store/folder_query.hpp"
#include "server/api/selection.hpp"
#include "server/json/writer.hpp"

namespace hermod::server {

// The special-use attribute of a role (RFC 6154 §2, RFC 8457; INBOX has none there, clients know \Inbox).
std::string_view special_use_attribute(Role role);

void write_folder(JsonWriter& writer, const store::Folder& folder, std::string_view grant_id,
                  const Selection& selected);

}  // namespace hermod::server
