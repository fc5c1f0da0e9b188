#include "session.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace hermod_template {
namespace {

using namespace hermod;

// Any bytes will do for ids, as long as they never change. Pick what the server calls the thing.
constexpr std::string_view folder_id = "welcome";

struct Sample {
  std::string_view remote_id;
  std::int64_t received_at;  // unix seconds
  std::string_view raw;      // RFC 5322, its lines ending in CRLF
};
constexpr std::array<Sample, 3> samples = {{
    {"1", 1'700'000'000,
     "Message-ID: <1@template.example>\r\nFrom: a@template.example\r\nSubject: One\r\n\r\nThe first.\r\n"},
    {"2", 1'700'000'100,
     "Message-ID: <2@template.example>\r\nFrom: a@template.example\r\nSubject: Two\r\n\r\nThe second.\r\n"},
    {"3", 1'700'000'200,
     "Message-ID: <3@template.example>\r\nFrom: a@template.example\r\nSubject: Three\r\n\r\nThe third.\r\n"},
}};

// `scope` says how far a failure reaches, `retry` when the engine may try again. The message is shown to
// people.
Error failure(ErrorKind kind, ErrorScope scope, Retry retry, std::string message) {
  return {kind, scope, retry, std::move(message), {}, {}, {}};
}

Item to_item(const Sample& sample, const FetchLimits& limits) {
  Item item;
  item.remote_id.bytes = sample.remote_id;
  item.object_key = sample.remote_id;  // only because these messages never move
  item.message_id = std::string(sample.remote_id) + "@template.example";
  item.size = sample.raw.size();
  item.received_at = sample.received_at;
  item.version.bytes = "1";  // must change whenever flags or content do
  if (sample.raw.size() > limits.inline_bytes) {
    item.payload = PayloadKind::on_demand;  // the engine calls fetch_body
  } else {
    item.payload = PayloadKind::message;
    item.raw = sample.raw;
  }
  return item;
}

// Our cursors: how many messages, from the newest on, were told. The engine keeps them and hands back the one
// it committed last, also after a crash: so all that is needed to go on must be in it, or be known to the
// server.
std::optional<std::size_t> told_of(const SyncCursor& cursor) {
  if (cursor.empty()) return 0;
  std::size_t told = 0;
  const char* end = cursor.bytes.data() + cursor.bytes.size();
  const auto [stopped, error] = std::from_chars(cursor.bytes.data(), end, told);
  if (error != std::errc() || stopped != end || told > samples.size()) return std::nullopt;
  return told;
}

}  // namespace

// One call at a time is the default and always right. Allow more only where the protocol gains by it.
SessionTraits TemplateSession::traits() const noexcept { return {}; }

Task<Result<CollectionPage>> TemplateSession::fetch_collections(SyncCursor) {
  Collection folder;
  folder.remote_id.bytes = folder_id;
  folder.name = "Welcome";
  folder.path = "Welcome";
  folder.role = Role::inbox;
  folder.rights.add(Right::read);
  folder.change_token = "1";  // as long as it stays the same, the engine need not call fetch_changes
  folder.total = samples.size();
  CollectionPage page;
  page.collections.push_back(std::move(folder));
  co_return page;  // `complete` is true by default: what is not in the listing is gone
}

Task<Result<ChangePage>> TemplateSession::fetch_changes(CollectionRemoteId collection, SyncCursor cursor,
                                                        FetchLimits limits) {
  if (collection.bytes != folder_id) {
    co_return failure(ErrorKind::not_found, ErrorScope::collection, Retry::never(),
                      "there is no such folder");
  }
  const std::optional<std::size_t> told = told_of(cursor);
  if (!told) {
    // The engine then begins anew with an empty cursor.
    co_return failure(ErrorKind::cursor_invalid, ErrorScope::collection, Retry::now(),
                      "the cursor is not valid");
  }
  ChangePage page;
  // With all of them told, what follows is a delta: what changed since. Here nothing ever does.
  page.kind = *told < samples.size() ? PageKind::snapshot : PageKind::delta;
  const std::size_t count = std::min(std::max<std::size_t>(limits.items_max, 1), samples.size() - *told);
  for (std::size_t at = 0; at < count; ++at) {  // the newest first: people look at those
    page.items.push_back(to_item(samples[samples.size() - 1 - *told - at], limits));
  }
  page.next.bytes = std::to_string(*told + count);
  page.complete = *told + count == samples.size();
  page.total = samples.size();
  co_return page;
}

// A message that does not fit into memory is written piece by piece; the sink is slow when the engine is.
Task<Status> TemplateSession::fetch_body(CollectionRemoteId collection, RemoteId remote_id, BodySink& sink) {
  for (const Sample& sample : samples) {
    if (collection.bytes == folder_id && sample.remote_id == remote_id.bytes) {
      co_return co_await sink.write(std::string(sample.raw));
    }
  }
  co_return failure(ErrorKind::not_found, ErrorScope::item, Retry::never(), "there is no such message");
}

// What describe().mutations does not name answers `unsupported`.
Task<Result<MutationOutcome>> TemplateSession::push_mutation(Mutation, std::optional<SyncCursor>) {
  co_return failure(ErrorKind::unsupported, ErrorScope::item, Retry::never(), "the mailbox can only be read");
}

// A session that can wait for changes, send or search gives the facet of that id here.
Facet* TemplateSession::facet(std::string_view) { return nullptr; }

Task<Status> TemplateSession::close() { co_return ok(); }

}  // namespace hermod_template
