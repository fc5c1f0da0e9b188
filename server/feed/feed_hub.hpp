// FeedHub: everyone in this process who waits for changes: SSE streams and long polls.
//
//   NOTIFY or sweep ─► read the new rows, once ─► objects, where a client wants them ─► hand out, each
//   spelling made once
//
// However many clients wait, there is one connection that listens, one read of the log a wake-up, and one
// thread for all sockets; a client that is behind reads by itself, a page at a time, on one of `readers`
// threads. A client with a filter of folders reads by itself after each wake-up that concerns it, because the
// log does not say where an object is. A slow one is not waited for: what it cannot take is read again from
// the log once it has drained, and one that takes nothing for `stalled` is cut and resumes by its cursor.
// Owner: the engine, one. Threads: any; the connections of waiting clients belong to it. With no client it is
// asleep.
#pragma once

#include <memory>

#include "core/store/database.hpp"
#include "server/feed/feed_client.hpp"
#include "server/metrics/metrics.hpp"

namespace hermod::server {

class FeedHub {
 public:
  static constexpr std::chrono::milliseconds sweep_interval{2'000}, tick_interval{250}, retry_interval{1'000};
  static constexpr std::chrono::seconds heartbeat_interval{15};
  static constexpr std::size_t queued_bytes_max = 64 << 10;  // of a live client
  static constexpr std::size_t held_entries_max = 1'000;
  static constexpr int readers = 2;

  struct Options {
    std::int64_t clients_max = 20'000, key_clients_max = 10'000;
    std::int64_t tls_clients_max = 64;  // where the server speaks TLS: each has a thread
    bool encrypted = false;             // whether it does
    std::chrono::seconds stalled{30};
  };

  FeedHub(store::Database& database, Metrics& metrics, Options options);
  ~FeedHub();
  FeedHub(const FeedHub&) = delete;

  // Before the answer's header is out; Error{unavailable} also once it stops.
  Result<std::shared_ptr<const FeedPlace>> take_place(const std::string& key_id);
  // Takes the connection over; what comes of it, the client learns from there.
  void attach(Subscription subscription, DetachedClient client);

  // Streams end, long polls are answered with what there is. Idempotent.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<FeedPlaces> places_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hermod::server
