#include "plugins/imap/session/find_message.hpp"

#include <limits>

#include "plugins/imap/client/fetch.hpp"
#include "plugins/imap/client/search.hpp"
#include "plugins/imap/mapping/items.hpp"
#include "plugins/imap/session/limits.hpp"

namespace hermod::imap {
namespace {

bool fits(const ItemKeys& wanted, const ItemKeys& found) {
  if (!wanted.object_key.empty() && !found.object_key.empty()) return wanted.object_key == found.object_key;
  if (wanted.message_id != found.message_id) return false;
  if (wanted.size != 0 && wanted.size != found.size) return false;
  return !wanted.message_id.empty() || wanted.received_at == found.received_at;
}

}  // namespace

bool can_be_found(const ItemKeys& keys) { return !keys.message_id.empty() || keys.size != 0; }

Task<Result<std::optional<Uid>>> find_message(Connection& connection, Uid first, ItemKeys keys) {
  if (!can_be_found(keys)) co_return std::optional<Uid>{};
  auto program = keys.message_id.empty() ? SearchProgram::of_size(first, keys.size)
                                         : SearchProgram::with_message_id(first, keys.message_id);
  auto candidates = co_await search_mailbox(connection, std::move(program));
  if (!candidates) co_return std::move(candidates).error();
  // `n:*` names the last message, even below n.
  constexpr Uid uid_max{std::numeric_limits<std::uint32_t>::max()};
  auto fetched = co_await fetch_facts(connection, candidates->within(first, uid_max).newest(candidates_max));
  if (!fetched) co_return std::move(fetched).error();
  std::optional<Uid> found;
  for (const auto& [uid, facts] : fetched->by_uid) {
    if (fits(keys, keys_of(map_item(facts, UidValidity{})))) found = uid;
  }
  co_return found;
}

}  // namespace hermod::imap
