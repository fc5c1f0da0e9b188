// Remote ids of messages: `uidvalidity.uid`, both zero-padded to ten digits, so that bytes sort as numbers
// do. The collection's remote id is its name as on the wire. Pure functions.
#pragma once

#include <optional>

#include <hermod/model.hpp>

#include "plugins/imap/wire/numbers.hpp"

namespace hermod::imap {

struct ItemAddressOnServer {
  UidValidity uid_validity;
  Uid uid;
};

RemoteId item_id(UidValidity uid_validity, Uid uid);
// Absent when the bytes are none of ours.
std::optional<ItemAddressOnServer> parse_item_id(const RemoteId& id);

}  // namespace hermod::imap
