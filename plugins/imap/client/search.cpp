#include "plugins/imap/client/search.hpp"

#include <algorithm>
#include <limits>

namespace hermod::imap {
namespace {

constexpr Uid uid_max{std::numeric_limits<std::uint32_t>::max()};

std::string range_text(Uid first, Uid last) {
  return std::to_string(first.value) + ':' + (last == uid_max ? "*" : std::to_string(last.value));
}

enum class Form : std::uint8_t { plain, extended };

// Absent: the server answered an extended search without the UIDs.
Task<Result<std::optional<UidSet>>> search(Connection& connection, std::string range, Form form) {
  std::vector<Response> responses;
  Command command(form == Form::extended ? "UID SEARCH RETURN (ALL) UID" : "UID SEARCH UID");
  command.words(range);
  const auto reply = co_await connection.run(std::move(command), Subject::mailbox, &responses);
  if (!reply) co_return reply.error();
  UidSet found;
  bool counted_only = false;
  for (const auto& response : responses) {
    if (const auto* plain = std::get_if<SearchResult>(&response)) found = found.united_with(plain->numbers);
    if (const auto* extended = std::get_if<ExtendedSearchResult>(&response)) {
      if (extended->all) found = found.united_with(*extended->all);
      counted_only = !extended->all && extended->count.value_or(0) != 0;
    }
  }
  if (counted_only) co_return std::optional<UidSet>{};
  co_return std::optional(std::move(found));
}

}  // namespace

Task<Result<UidSet>> search_existing(Connection& connection, Uid first, Uid last) {
  const auto range = range_text(first, last);
  const auto form = connection.capabilities().extended_search() ? Form::extended : Form::plain;
  auto found = co_await search(connection, range, form);
  if (!found) co_return std::move(found).error();
  // Quirk(iCloud): ESEARCH gives the count alone.
  if (!*found) found = co_await search(connection, range, Form::plain);
  if (!found) co_return std::move(found).error();
  // `n:*` always names the last message, even below n.
  co_return found->value_or(UidSet{}).within(first, last);
}

Task<Result<Uid>> find_uid_next(Connection& connection, Uid at_least) {
  const auto found = co_await search_existing(connection, at_least, uid_max);
  if (!found) co_return found.error();
  if (found->empty()) co_return at_least;
  const auto largest = found->ranges().back().last;
  co_return largest == uid_max ? uid_max : Uid{largest.value + 1};
}

}  // namespace hermod::imap
