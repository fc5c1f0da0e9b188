#include "plugins/imap/session/session.hpp"

#include "plugins/imap/client/body_stream.hpp"
#include "plugins/imap/client/listing.hpp"
#include "plugins/imap/client/mailbox.hpp"
#include "plugins/imap/mapping/collections.hpp"
#include "plugins/imap/mapping/item_id.hpp"
#include "plugins/imap/session/folder_pass.hpp"

namespace hermod::imap {
namespace {

Error cursor_invalid(std::string_view why) {
  return {ErrorKind::cursor_invalid, ErrorScope::collection, Retry::now(), std::string(why), {}, {}, {}};
}

// Remembers whether anything went by: then a second try would repeat it.
class CountingSink final : public BodySink {
 public:
  explicit CountingSink(BodySink& inner) : inner_(inner) {}
  Task<Status> write(std::string chunk) override {
    touched = true;
    co_return co_await inner_.write(std::move(chunk));
  }
  bool touched = false;

 private:
  BodySink& inner_;
};

Task<Status> read_body(Connection& connection, std::string mailbox, ItemAddressOnServer address,
                       BodySink& sink) {
  const auto& selected = connection.selected();
  if (!selected || selected->name != mailbox) {
    auto opened = co_await open_mailbox(connection, std::move(mailbox), std::nullopt, nullptr);
    if (!opened) co_return opened;
  }
  if (selected->uid_validity != address.uid_validity) co_return cursor_invalid("UIDVALIDITY changed");
  co_return co_await stream_body(connection, address.uid, sink);
}

}  // namespace

ImapSession::ImapSession(Host& host, AccountSettings account, std::unique_ptr<Connection> first)
    : host_(host),
      account_(std::move(account)),
      pool_(host_, account_, account_.connections - 1),
      push_(host_, account_, pool_, states_, first->capabilities()),
      search_(pool_) {
  pool_.adopt(std::move(first));
}

SessionTraits ImapSession::traits() const noexcept {
  return {Overlap::any, static_cast<std::uint32_t>(account_.connections), WriteSerialization::collection,
          RawStability::stable};
}

Task<Result<CollectionPage>> ImapSession::fetch_collections(SyncCursor) {
  for (;;) {
    auto lease = co_await pool_.acquire({});
    if (!lease) co_return std::move(lease).error();
    auto listing = co_await list_folders(**lease);
    if (!listing && was_dropped(listing.error(), *lease)) continue;
    if (!listing) co_return std::move(listing).error();
    states_.listed.clear();
    for (const auto& status : listing->statuses) {
      if (auto state = folder_state(status)) states_.listed.emplace(collection_key(status.name), *state);
    }
    co_return CollectionPage{map_folders(*listing), {}, true};
  }
}

FolderMemory ImapSession::take_memory(const std::string& mailbox, const SyncCursor& cursor) {
  auto node = memories_.extract(mailbox);
  if (node.empty() || node.mapped().expected != cursor) return {};
  return std::move(node.mapped());
}

Task<Result<ChangePage>> ImapSession::fetch_changes(CollectionRemoteId collection, SyncCursor cursor,
                                                    FetchLimits limits) {
  const auto decoded = cursor.empty() ? std::nullopt : decode(cursor);
  if (!cursor.empty() && !decoded) co_return cursor_invalid("the cursor is of another version");
  for (;;) {
    auto lease = co_await pool_.acquire(collection.bytes);
    if (!lease) co_return std::move(lease).error();
    auto memory = take_memory(collection.bytes, cursor);
    FolderPass pass(**lease, collection.bytes, decoded, limits, memory);
    auto page = co_await pass.run();
    if (!page && was_dropped(page.error(), *lease)) continue;
    if (page && pass.settled_state())
      states_.settled.insert_or_assign(collection.bytes, *pass.settled_state());
    if (page && !page->complete) memories_.insert_or_assign(collection.bytes, std::move(memory));
    co_return std::move(page);
  }
}

Task<Status> ImapSession::fetch_body(CollectionRemoteId collection, RemoteId remote_id, BodySink& sink) {
  const auto address = parse_item_id(remote_id);
  if (!address) {
    co_return Error{
        ErrorKind::not_found, ErrorScope::item, Retry::never(), "there is no such message", {}, {}, {}};
  }
  CountingSink counting(sink);
  for (;;) {
    auto lease = co_await pool_.acquire(collection.bytes);
    if (!lease) co_return std::move(lease).error();
    auto status = co_await read_body(**lease, collection.bytes, *address, counting);
    if (!status && !counting.touched && was_dropped(status.error(), *lease)) continue;
    co_return status;
  }
}

Task<Result<MutationOutcome>> ImapSession::push_mutation(Mutation, std::optional<SyncCursor>) {
  co_return Error{ErrorKind::unsupported,
                  ErrorScope::account,
                  Retry::never(),
                  "this provider does not write",
                  {},
                  {},
                  {}};
}

Facet* ImapSession::facet(std::string_view id) {
  if (id == SearchFacet::id) return &search_;
  return id == PushFacet::id && push_.is_supported() ? &push_ : nullptr;
}

Task<Status> ImapSession::close() {
  (void)co_await push_.log_out();
  co_return co_await pool_.log_out();
}

}  // namespace hermod::imap
