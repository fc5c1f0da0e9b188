// FeedClient: one reader that waits: an SSE stream, or a long poll. State only; the hub moves it on.
//
//   reading ──page──► draining ──sent──► reading     behind the log's end: page by page, as fast as it takes
//   them
//      │                  ▲
//      └─ log's end ─► live ── queue full                at its end: the hub hands over what comes
//
// While it reads, what the hub hands out is held, so that nothing falls between the last page and the first
// entry. Owner: the hub; on its loop.
#pragma once

#include "server/feed/client_outlet.hpp"
#include "server/feed/entry.hpp"
#include "server/feed/feed_place.hpp"

namespace hermod::server {

// An entry that the hub read, with each of its spellings made once, when the first client wants it.
class SharedEntry {
 public:
  explicit SharedEntry(const store::LoggedChange& change) : change_(change) {}

  const store::LoggedChange& change() const { return change_; }
  std::int64_t number(FeedScope::Kind kind) const {
    return kind == FeedScope::Kind::grant ? change_.seq : change_.position;
  }
  void set_data(std::optional<std::string> data) {
    data_ = std::move(data);
    has_data_ = true;
  }
  bool has(EntryData data) const { return data == EntryData::left_out || has_data_; }
  // `has(data)` must hold.
  const std::shared_ptr<const EventText>& event(FeedScope::Kind kind, EntryData data);

 private:
  store::LoggedChange change_;
  std::optional<std::string> data_;
  bool has_data_ = false;
  std::shared_ptr<const EventText> events_[2][2];  // by kind of scope, by data
};
using SharedEntries = std::vector<std::shared_ptr<SharedEntry>>;

// What a waiting reader asked for.
struct Subscription {
  FeedScope scope;
  std::shared_ptr<const FeedFilter> filter;
  FeedCursor from;
  std::shared_ptr<const FeedPlace> place;

  // Of a long poll; without it, it is a stream.
  struct Poll {
    std::string request_id;
    int limit = 0;
    std::chrono::seconds wait{0};
  };
  std::optional<Poll> poll;
};

struct FeedClient : std::enable_shared_from_this<FeedClient> {
  using Clock = std::chrono::steady_clock;
  enum class Stage : std::uint8_t { reading, draining, live, ending };

  explicit FeedClient(Subscription given) : subscription(std::move(given)), cursor(subscription.from) {}

  const FeedScope& scope() const { return subscription.scope; }
  const FeedFilter& filter() const { return *subscription.filter; }

  Subscription subscription;
  FeedCursor cursor;            // what it was given so far
  std::int64_t announced = -1;  // the number of the last id that a stream has sent
  Stage stage = Stage::reading;
  bool job_under_way = false;
  SharedEntries held;
  bool held_overflow = false;
  std::vector<std::shared_ptr<const EventText>> polled;  // of a long poll: the answer so far
  Clock::time_point last_sent, retry_at, deadline;
  bool polled_more = false, was_given = false;
  std::size_t index = 0;  // in its scope's list
  std::unique_ptr<ClientOutlet> outlet;
};

}  // namespace hermod::server
