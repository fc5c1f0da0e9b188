// FETCH responses to the model's items. Pure functions.
#pragma once

#include <string_view>

#include <hermod/host.hpp>

#include "plugins/imap/wire/response.hpp"

namespace hermod::imap {

// The id in a header block that holds a Message-ID field, folded or not, without its brackets; empty for
// none.
std::string message_id_in(std::string_view header);

// Everything but the payload. `fetch` has a UID.
Item map_item(const FetchResponse& fetch, UidValidity uid_validity);

ItemKeys keys_of(const Item& item);

}  // namespace hermod::imap
