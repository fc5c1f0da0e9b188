#include "plugins/imap/session/session.hpp"

#include <algorithm>

#include "plugins/imap/client/body_stream.hpp"
#include "plugins/imap/client/mailbox.hpp"
#include "plugins/imap/mapping/collections.hpp"
#include "plugins/imap/mapping/item_id.hpp"
#include "plugins/imap/session/folder_pass.hpp"
#include "plugins/imap/session/folder_writes.hpp"
#include "plugins/imap/session/item_writes.hpp"

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

Error not_ours() {
  return {ErrorKind::unsupported,
          ErrorScope::account,
          Retry::never(),
          "this provider does not write that",
          {},
          {},
          {}};
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

bool is_ours(const Mutation& mutation) {
  return !std::holds_alternative<PutObject>(mutation.change) &&
         !std::holds_alternative<RespondToEvent>(mutation.change);
}

// The mailboxes whose messages it changes; the one that is to be opened first.
std::vector<std::string> mailboxes_of(const Mutation& mutation) {
  using Names = std::vector<std::string>;
  return std::visit(
      Overloaded{
          [](const SetFlags& change) { return Names{change.item.collection.bytes}; },
          [](const MoveItem& change) { return Names{change.item.collection.bytes, change.to.bytes}; },
          [](const CopyItem& change) { return Names{change.item.collection.bytes, change.to.bytes}; },
          [](const DeleteItem& change) { return Names{change.item.collection.bytes}; },
          [](const PutDraft& change) { return Names{change.collection.bytes}; },
          [](const auto&) { return Names{}; },
      },
      mutation.change);
}

// The folder whose name is to go.
std::optional<std::string> vacated_by(const Mutation& mutation) {
  if (const auto* change = std::get_if<RenameCollection>(&mutation.change)) return change->collection.bytes;
  if (const auto* change = std::get_if<DeleteCollection>(&mutation.change)) return change->collection.bytes;
  return std::nullopt;
}

Task<Result<MutationOutcome>> write(Writing& writing, Mutation mutation) {
  auto& base = mutation.base;
  if (auto* change = std::get_if<SetFlags>(&mutation.change)) {
    co_return co_await set_flags(writing, std::move(*change), std::move(base));
  }
  if (auto* change = std::get_if<MoveItem>(&mutation.change)) {
    co_return co_await move_item(writing, std::move(*change), std::move(base));
  }
  if (auto* change = std::get_if<CopyItem>(&mutation.change)) {
    co_return co_await copy_item(writing, std::move(*change), std::move(base));
  }
  if (auto* change = std::get_if<DeleteItem>(&mutation.change)) {
    co_return co_await delete_item(writing, std::move(change->item), std::move(base));
  }
  if (auto* change = std::get_if<PutDraft>(&mutation.change)) {
    co_return co_await put_draft(writing, std::move(*change), std::move(base));
  }
  if (auto* change = std::get_if<CreateCollection>(&mutation.change)) {
    co_return co_await create_collection(writing, std::move(*change));
  }
  if (auto* change = std::get_if<RenameCollection>(&mutation.change)) {
    co_return co_await rename_collection(writing, std::move(*change));
  }
  if (auto* change = std::get_if<DeleteCollection>(&mutation.change)) {
    co_return co_await delete_collection(writing, std::move(*change));
  }
  co_return not_ours();
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

Task<Result<FolderListing>> ImapSession::list(Lister lister) {
  for (;;) {
    auto lease = co_await pool_.acquire({});
    if (!lease) co_return std::move(lease).error();
    auto listing = co_await lister(**lease);
    if (!listing && was_dropped(listing.error(), *lease)) continue;
    co_return std::move(listing);
  }
}

void ImapSession::note_trash(const std::vector<Collection>& collections) {
  const auto trash = std::ranges::find(collections, Role::trash, &Collection::role);
  trash_ = trash != collections.end() ? trash->remote_id : CollectionRemoteId{};
}

Task<Result<CollectionPage>> ImapSession::fetch_collections(SyncCursor) {
  auto listing = co_await list(list_folders);
  if (!listing) co_return std::move(listing).error();
  states_.listed.clear();
  for (const auto& status : listing->statuses) {
    if (auto state = folder_state(status)) states_.listed.emplace(collection_key(status.name), *state);
  }
  CollectionPage page{map_folders(*listing), {}, true};
  note_trash(page.collections);
  co_return std::move(page);
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

// What goes to the trash moves to the folder of that role. Of the states of folders this listing must not
// learn: the engine would not be told of them.
Task<Result<Mutation>> ImapSession::with_trash_named(Mutation mutation) {
  auto* deleted = std::get_if<DeleteItem>(&mutation.change);
  if (deleted == nullptr || deleted->deletion == Deletion::for_good) co_return std::move(mutation);
  if (!trash_) {
    const auto listing = co_await list(list_names);
    if (!listing) co_return listing.error();
    note_trash(map_folders(*listing));
  }
  if (trash_->empty()) {
    co_return Error{
        ErrorKind::unsupported, ErrorScope::item, Retry::never(), "there is no trash folder", {}, {}, {}};
  }
  auto item = std::move(deleted->item);
  mutation.change = MoveItem{std::move(item), *trash_};
  co_return std::move(mutation);
}

Task<Result<MutationOutcome>> ImapSession::push_mutation(Mutation mutation, std::optional<SyncCursor>) {
  if (!is_ours(mutation)) co_return not_ours();
  auto named = co_await with_trash_named(std::move(mutation));
  if (!named) co_return verdict(std::move(named).error(), {});
  const auto mailboxes = mailboxes_of(*named);
  if (mailboxes.empty()) trash_.reset();
  for (;;) {
    if (const auto vacated = vacated_by(*named)) pool_.close_on(*vacated);
    auto lease =
        co_await pool_.acquire(mailboxes.empty() ? std::string() : mailboxes.front(), Purpose::writing);
    if (!lease) co_return std::move(lease).error();
    const bool anew = named->attempt > 1 || named->base || lease->is_doubtful();
    Writing writing{**lease, host_.known(), named->attempt, anew};
    auto outcome = co_await write(writing, *named);
    if (!outcome && !writing.effects.possible() && was_dropped(outcome.error(), *lease)) continue;
    for (const auto& mailbox : mailboxes) memories_.erase(mailbox);
    co_return outcome ? std::move(outcome) : verdict(std::move(outcome).error(), writing.effects);
  }
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
