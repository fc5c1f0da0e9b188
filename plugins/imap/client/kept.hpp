// What is kept of an answer takes memory, many times the octets it came in: `a ` in a list becomes a string
// of 32. So it is counted where it is kept, and has a maximum (kept_bytes_max). Pure functions; estimates, in
// octets.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plugins/imap/wire/response.hpp"

namespace hermod::imap {

// Each with its own size and what it holds.
std::size_t memory_of(const std::string& text);
std::size_t memory_of(const std::vector<std::string>& texts);
std::size_t memory_of(const UidSet& uids);
std::size_t memory_of(const MailboxListing& listing);
std::size_t memory_of(const MailboxStatus& status);
std::size_t memory_of(const FetchResponse& fetch);
std::size_t memory_of(const Response& response);

}  // namespace hermod::imap
