// The folders of an account (RFC 5258 LIST-EXTENDED, RFC 5819 LIST-STATUS, RFC 6154 SPECIAL-USE, RFC 2342).
#pragma once

#include "plugins/imap/client/connection.hpp"

namespace hermod::imap {

struct FolderListing {
  std::vector<MailboxListing> folders;
  std::vector<MailboxStatus> statuses;  // of those that the server gave one for
  NamespaceList namespaces;
};

// One LIST with everything where the server can, else LIST and a STATUS a folder where these tell of changes
// (CONDSTORE). A missing status is not a missing folder: one with folders below it is asked for by itself, and
// becomes \NonExistent where the server says so. Error{invalid_data} when part of the listing was
// lost: an incomplete one would look like deleted folders.
Task<Result<FolderListing>> list_folders(Connection& connection);

// The same without any status.
Task<Result<FolderListing>> list_names(Connection& connection);

// STATUS of one mailbox, with all that FolderState is made of.
Command status_command(const Capabilities& capabilities, std::string_view mailbox);

// Its answer. Error{not_found}: there is none of that name.
Task<Result<MailboxStatus>> fetch_status(Connection& connection, std::string mailbox);

}  // namespace hermod::imap
