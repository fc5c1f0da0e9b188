#include "plugins/imap/session/search.hpp"

#include "plugins/imap/client/mailbox.hpp"
#include "plugins/imap/client/search.hpp"
#include "plugins/imap/mapping/item_id.hpp"

namespace hermod::imap {
namespace {

struct FoundInFolder {
  UidValidity uid_validity;
  UidSet uids;
};

// What a search finds by UIDs that end with the selection nobody could look up.
Error not_sticky() {
  return {ErrorKind::unsupported,
          ErrorScope::collection,
          Retry::never(),
          "the server's message numbers do not last, so its search cannot be used",
          {},
          {},
          {}};
}

// What the server offers is known on a connection, so the text is read there.
Task<Result<FoundInFolder>> search_folder(Connection& connection, std::string mailbox, std::string text) {
  const auto& capabilities = connection.capabilities();
  auto program = SearchProgram::parse(text, [&](std::string_view name) { return capabilities.has(name); });
  if (!program) co_return std::move(program).error();
  const auto& selected = connection.selected();
  if (!selected || selected->name != mailbox) {
    auto opened = co_await open_mailbox(connection, std::move(mailbox), std::nullopt, nullptr);
    if (!opened) co_return std::move(opened).error();
  }
  if (!selected->uids_sticky) co_return not_sticky();
  const auto uid_validity = selected->uid_validity;
  auto found = co_await search_mailbox(connection, *std::move(program));
  if (!found) co_return std::move(found).error();
  co_return FoundInFolder{uid_validity, *std::move(found)};
}

// Gone since it was listed, or closed to this user: it has nothing to be found.
bool has_nothing(const Error& error) {
  return error.scope == ErrorScope::collection &&
         (error.kind == ErrorKind::not_found || error.kind == ErrorKind::denied);
}

Error too_many(std::size_t items_max) {
  return {ErrorKind::limit,
          ErrorScope::item,
          Retry::never(),
          "the search finds more than " + std::to_string(items_max) + " messages",
          {},
          "narrow it, by a folder or by SINCE",
          {}};
}

void append(std::vector<FoundItem>& items, const CollectionRemoteId& collection, const FoundInFolder& found) {
  for (const auto& range : found.uids.ranges()) {
    for (std::uint64_t uid = range.first.value; uid <= range.last.value; ++uid) {
      items.push_back({collection, item_id(found.uid_validity, Uid{static_cast<std::uint32_t>(uid)})});
    }
  }
}

}  // namespace

Task<Result<std::vector<FoundItem>>> ImapSearch::search(SearchQuery query) {
  std::vector<FoundItem> items;
  for (const auto& collection : query.in) {
    for (;;) {
      auto lease = co_await pool_.acquire(collection.bytes);
      if (!lease) co_return std::move(lease).error();
      auto found = co_await search_folder(**lease, collection.bytes, query.text);
      if (!found && was_dropped(found.error(), *lease)) continue;
      if (!found && has_nothing(found.error())) break;
      if (!found) co_return std::move(found).error();
      if (found->uids.count() > query.items_max - items.size()) co_return too_many(query.items_max);
      append(items, collection, *found);
      break;
    }
  }
  co_return items;
}

}  // namespace hermod::imap
