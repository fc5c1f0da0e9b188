// Frame → Response (RFC 9051 §7). Pure functions; a frame that is no response is an Error of scope `item`.
#pragma once

#include <hermod/result.hpp>
#include "plugins/imap/wire/frame.hpp"
#include "plugins/imap/wire/limits.hpp"
#include "plugins/imap/wire/response.hpp"

namespace hermod::imap {

class Scanner;

// Moves the literals out of `frame`.
Result<Response> parse_response(Frame& frame, const WireLimits& limits);

// True while `text`, an unfinished line, is the free text of a status response or a continuation: there a
// `{5}` at the end of the line is just text.
bool ends_in_free_text(std::string_view text);

// The parts of parse_response, one a family. Failure is the scanner's.
StatusResponse parse_status_response(Scanner& scan, Condition condition);
FetchResponse parse_fetch(Scanner& scan, SequenceNumber number);
MailboxListing parse_listing(Scanner& scan);
MailboxStatus parse_mailbox_status(Scanner& scan);
NamespaceList parse_namespaces(Scanner& scan);
SearchResult parse_search(Scanner& scan);
ExtendedSearchResult parse_extended_search(Scanner& scan);
Vanished parse_vanished(Scanner& scan);
ServerId parse_server_id(Scanner& scan);

}  // namespace hermod::imap
