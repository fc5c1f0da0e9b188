// The server's folders as the model's collections (RFC 9051 §5.1, RFC 2342). Pure functions.
//
// The remote id is the name as on the wire, which may be undecodable; name and path are for people. The
// personal namespace's prefix (Courier's `INBOX.`) is not shown. The parent is the nearest listed ancestor.
#pragma once

#include <vector>

#include <hermod/model.hpp>

#include "plugins/imap/client/listing.hpp"

namespace hermod::imap {

std::vector<Collection> map_folders(const FolderListing& listing);

inline constexpr std::size_t collection_id_bytes_max = 1024;  // the model's

// Quirk(UW-IMAP and its kin): a container is listed as `Mail/`. No name ends in its separator.
std::string without_trailing_separator(std::string name, std::optional<char> separator);

// The remote id of the folder of that name: INBOX has no case.
std::string collection_key(const std::string& name);

// Whether a server that says `name` means that collection. Quirk(Dovecot): NOTIFY tells names decoded.
bool is_name_of(const CollectionRemoteId& collection, std::string_view name);

// Equal to an earlier one only when nothing changed in between; empty where that cannot be told.
// HIGHESTMODSEQ alone is no proof: a server did not raise it on delivery.
std::string change_token(const MailboxStatus& status);

}  // namespace hermod::imap
