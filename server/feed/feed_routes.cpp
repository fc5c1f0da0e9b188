#include "server/feed/feed_routes.hpp"

#include "server/auth/grant_directory.hpp"
#include "server/failure.hpp"
#include "server/feed/feed_reader.hpp"

namespace hermod::server {
namespace {

constexpr std::int64_t wait_seconds_max = 60;

struct Feed {
  explicit Feed(FeedServices given) : services(given), grants(given.database) {}
  FeedServices services;
  GrantDirectory grants;
};
using FeedPointer = std::shared_ptr<Feed>;

struct FeedRequest {
  FeedScope scope;
  FeedFilter filter;
  int limit = feed_limit_default;
  std::int64_t wait = 0;
  bool stream = false;
  std::string cursor;  // empty: none
};

bool asks_for_stream(const Request& request) {
  const auto accept = request.headers.find("Accept");
  return accept && accept->find("text/event-stream") != std::string_view::npos;
}

// A grant that is gone has entries, too; so an id need not be one that is there.
Status read_grants(Feed& feed, const Request& request, FeedFilter& filter) {
  for (const std::string& name : request.query.all("grant_id", ',')) {
    if (name.empty()) continue;
    if (const auto id = ids::parse_public(name)) {
      filter.grants.push_back(*id);
      continue;
    }
    auto scope = feed.grants.resolve(request.principal, name);
    if (!scope) return std::move(scope).error();
    filter.grants.push_back(scope->account_id);
  }
  return ok();
}

Result<FeedRequest> parse(Feed& feed, const Request& request, const FeedScope& scope) {
  FeedRequest parsed;
  parsed.scope = scope;
  auto filter = parse_feed_filter(request.query);
  if (!filter) return std::move(filter).error();
  parsed.filter = std::move(*filter);
  if (scope.kind == FeedScope::Kind::application) {
    if (Status read = read_grants(feed, request, parsed.filter); !read) return std::move(read).error();
  }
  auto limit = request.query.number("limit", feed_limit_default, 1, feed_limit_max);
  if (!limit) return std::move(limit).error();
  parsed.limit = static_cast<int>(*limit);
  auto wait = request.query.number("wait", 0, 0, wait_seconds_max);
  if (!wait) return std::move(wait).error();
  parsed.wait = *wait;
  parsed.stream = asks_for_stream(request);
  parsed.cursor = std::string(request.query.find("cursor").value_or(""));
  // What a browser's EventSource sends by itself when it connects again.
  const auto last = request.headers.find("Last-Event-ID");
  if (parsed.stream && last && !last->empty()) parsed.cursor = std::string(*last);
  return parsed;
}

Result<FeedCursor> starting_cursor(store::Connection& connection, const FeedRequest& asked) {
  if (asked.cursor.empty()) return snapshot_cursor(connection, asked.scope);
  if (asked.cursor == "now") return now_cursor(connection, asked.scope);
  if (const auto cursor = parse_cursor(asked.scope, asked.cursor)) return *cursor;
  return failure(ErrorKind::invalid_argument, "the cursor is not one of this feed",
                 "pass a `cursor` or `next_cursor` of the same grant, or of /v3/changes, unchanged");
}

Reply page_reply(const Request& request, const FeedRequest& asked, const FeedPage& page) {
  std::vector<std::string> texts;
  for (const FeedEntry& entry : page.entries)
    texts.push_back(entry_json(asked.scope, entry, asked.filter.data));
  const std::vector<std::string_view> items(texts.begin(), texts.end());
  return Reply{.body = feed_page_json(request.id, items, cursor_text(asked.scope, page.next), page.more)};
}

// Takes the connection over: for a stream, or for a poll that has found nothing yet.
Result<Reply> wait_reply(Feed& feed, const Request& request, FeedRequest asked, const FeedCursor& from) {
  auto place = feed.services.hub.take_place(request.principal.key_id);
  if (!place) return std::move(place).error();
  Subscription subscription{
      asked.scope, std::make_shared<const FeedFilter>(std::move(asked.filter)), from, *place, {}};
  Reply reply;
  reply.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  if (asked.stream) {
    reply.content_type = "text/event-stream";
  } else {
    subscription.poll = Subscription::Poll{request.id, asked.limit, std::chrono::seconds(asked.wait)};
  }
  reply.detach = [&hub = feed.services.hub, subscription](DetachedClient client) {
    hub.attach(subscription, std::move(client));
  };
  return reply;
}

Result<Reply> changes(Feed& feed, const Request& request, const FeedScope& scope) {
  auto asked = parse(feed, request, scope);
  if (!asked) return std::move(asked).error();
  FeedCursor from;
  {
    auto connection = feed.services.database.connect();
    if (!connection) return std::move(connection).error();
    auto start = starting_cursor(*connection, *asked);
    if (!start) return std::move(start).error();
    from = *start;
    if (asked->stream) {
      // Whatever is wrong with the cursor is told by a status, which a stream no longer has.
      if (auto first = read_feed(*connection, scope, from, {}, 1); !first) return std::move(first).error();
    } else {
      auto page = read_feed(*connection, scope, from, asked->filter, asked->limit);
      if (!page) return std::move(page).error();
      if (!page->entries.empty() || page->more || asked->wait == 0) return page_reply(request, *asked, *page);
      from = page->next;
    }
  }
  return wait_reply(feed, request, std::move(*asked), from);
}

Result<Reply> of_grant(Feed& feed, const Request& request) {
  auto scope = feed.grants.resolve(request.principal, request.segment("grant"));
  if (!scope) return std::move(scope).error();
  return changes(feed, request, {FeedScope::Kind::grant, scope->account_id});
}

Result<Reply> of_application(Feed& feed, const Request& request) {
  if (request.principal.grant_id) {
    return failure(ErrorKind::denied, "an access token cannot read the changes of all grants",
                   "use an API key, or GET /v3/grants/me/changes");
  }
  const auto application_id = ids::parse_public(request.principal.application_id).value_or(ids::ObjectId{});
  return changes(feed, request, {FeedScope::Kind::application, application_id});
}

}  // namespace

void add_feed_routes(Router& router, FeedServices services) {
  const auto feed = std::make_shared<Feed>(services);
  router.get("/v3/grants/{grant}/changes", [feed](Request& request) { return of_grant(*feed, request); });
  router.get("/v3/changes", [feed](Request& request) { return of_application(*feed, request); });
}

}  // namespace hermod::server
