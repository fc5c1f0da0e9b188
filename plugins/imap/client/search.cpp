#include "plugins/imap/client/search.hpp"

#include <algorithm>
#include <limits>

namespace hermod::imap {
namespace {

constexpr Uid uid_max{std::numeric_limits<std::uint32_t>::max()};

enum class Form : std::uint8_t { plain, extended };

// Absent: the server answered an extended search without the UIDs.
Task<Result<std::optional<UidSet>>> search(Connection& connection, SearchProgram program, Subject subject,
                                           Form form) {
  std::vector<Response> responses;
  Command command(form == Form::extended ? "UID SEARCH RETURN (ALL)" : "UID SEARCH");
  program.append_to(command);
  const auto reply = co_await connection.run(std::move(command), subject, &responses);
  if (!reply) co_return reply.error();
  UidUnion found;
  bool counted_only = false;
  for (const auto& response : responses) {
    if (const auto* plain = std::get_if<SearchResult>(&response)) found.add(plain->numbers);
    if (const auto* extended = std::get_if<ExtendedSearchResult>(&response)) {
      if (extended->all) found.add(*extended->all);
      counted_only = !extended->all && extended->count.value_or(0) != 0;
    }
  }
  if (counted_only) co_return std::optional<UidSet>{};
  co_return std::optional(found.take());
}

Task<Result<UidSet>> search_in_its_best_form(Connection& connection, SearchProgram program, Subject subject) {
  const auto form = connection.capabilities().extended_search() ? Form::extended : Form::plain;
  auto found = co_await search(connection, program, subject, form);
  if (!found) co_return std::move(found).error();
  // Quirk(iCloud): ESEARCH gives the count alone.
  if (!*found) found = co_await search(connection, std::move(program), subject, Form::plain);
  if (!found) co_return std::move(found).error();
  co_return found->value_or(UidSet{});
}

}  // namespace

Task<Result<UidSet>> search_mailbox(Connection& connection, SearchProgram program) {
  return search_in_its_best_form(connection, std::move(program), Subject::search);
}

Task<Result<UidSet>> search_existing(Connection& connection, Uid first, Uid last) {
  auto found =
      co_await search_in_its_best_form(connection, SearchProgram::uids_within(first, last), Subject::mailbox);
  if (!found) co_return std::move(found).error();
  // `n:*` always names the last message, even below n.
  co_return found->within(first, last);
}

Task<Result<Uid>> find_uid_next(Connection& connection, Uid at_least) {
  const auto found = co_await search_existing(connection, at_least, uid_max);
  if (!found) co_return found.error();
  if (found->empty()) co_return at_least;
  const auto largest = found->ranges().back().last;
  co_return largest == uid_max ? uid_max : Uid{largest.value + 1};
}

}  // namespace hermod::imap
