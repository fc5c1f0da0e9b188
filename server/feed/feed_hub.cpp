#include "server/feed/feed_hub.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "core/feed/sequencer.hpp"
#include "core/store/application_store.hpp"
#include "core/store/notification_listener.hpp"
#include "server/failure.hpp"
#include "server/feed/feed_reader.hpp"
#include "server/log/log.hpp"

namespace hermod::server {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using store::LoggedChange;
using Clock = FeedClient::Clock;
using ClientPointer = std::shared_ptr<FeedClient>;

namespace {

constexpr int rows_at_once = 1'000;                                 // that the hub reads
constexpr int page_of_client = 100, page_of_client_with_data = 20;  // of one that is behind
constexpr std::string_view stream_greeting = "retry: 2000\n";
constexpr auto stop_max = 1s;

bool ends_grant(const LoggedChange& change) {
  return change.object == store::ObjectType::grant && change.change == store::ChangeType::deleted;
}

// The same text, kept alive by what it is part of.
SharedText text_of(const std::shared_ptr<const EventText>& event) { return {event, &event->text}; }

}  // namespace

const std::shared_ptr<const EventText>& SharedEntry::event(FeedScope::Kind kind, EntryData data) {
  auto& event = events_[static_cast<std::size_t>(kind)][static_cast<std::size_t>(data)];
  if (!event) {
    FeedCursor cursor;
    cursor.number = number(kind);
    const FeedScope scope{kind, kind == FeedScope::Kind::grant ? change_.account_id : change_.application_id};
    event = std::make_shared<const EventText>(event_text(scope, {change_, cursor, data_}, data));
  }
  return event;
}

struct FeedHub::Impl {
  Impl(store::Database& given, Metrics& metrics, Options wanted)
      : database(given),
        options(wanted),
        streams(metrics.gauge("hermod_feed_clients", "Clients that wait for changes.", {{"kind", "stream"}})),
        polls(metrics.gauge("hermod_feed_clients", "Clients that wait for changes.", {{"kind", "poll"}})),
        lag(metrics.gauge(
            "hermod_feed_lag_seconds",
            "From the commit of the oldest change of the last read to its delivery; 0 at rest.")),
        events(metrics.counter("hermod_feed_events_total", "Entries handed to waiting clients.")),
        cut(metrics.counter("hermod_feed_clients_cut_total", "Clients cut because they took nothing.")),
        tick(loop),
        work(loop.get_executor()),
        thread([this] { loop.run(); }) {}

  // --- clients
  // ---------------------------------------------------------------------------------------------------

  struct ScopeClients {
    std::vector<FeedClient*> clients;
    std::size_t with_data = 0;
  };
  using ScopeIndex = std::unordered_map<ids::ObjectId, ScopeClients>;
  ScopeIndex& index_of(FeedScope::Kind kind) {
    return kind == FeedScope::Kind::grant ? of_grant : of_application;
  }

  void add(const ClientPointer& client) {
    clients.insert(client);
    ScopeClients& scope = index_of(client->scope().kind)[client->scope().id];
    client->index = scope.clients.size();
    scope.clients.push_back(client.get());
    if (client->filter().data == EntryData::included) ++scope.with_data;
    (client->subscription.poll ? polls : streams).add(1);
  }

  // Closes the connection.
  void remove(const ClientPointer& client) {
    if (clients.erase(client) == 0) return;
    ScopeIndex& index = index_of(client->scope().kind);
    ScopeClients& scope = index[client->scope().id];
    scope.clients[client->index] = scope.clients.back();
    scope.clients[client->index]->index = client->index;
    scope.clients.pop_back();
    if (client->filter().data == EntryData::included) --scope.with_data;
    if (scope.clients.empty()) index.erase(client->scope().id);
    (client->subscription.poll ? polls : streams).add(-1);
    client->stage = FeedClient::Stage::ending;
    client->outlet.reset();
    client->held.clear();
    client->subscription.place.reset();
  }

  // Once what is queued is out.
  void end(const ClientPointer& client) {
    client->stage = FeedClient::Stage::ending;
    client->outlet->flush();
    if (client->outlet->queued_bytes() == 0) remove(client);
  }

  void attach(Subscription subscription, DetachedClient connection) {
    if (stopping) return;
    auto client = std::make_shared<FeedClient>(std::move(subscription));
    const std::weak_ptr<FeedClient> weak = client;
    client->outlet = make_outlet(loop, std::move(connection),
                                 {.drained = [this, weak] { drained(weak.lock()); },
                                  .gone =
                                      [this, weak] {
                                        if (const ClientPointer gone = weak.lock()) remove(gone);
                                      }});
    if (!client->outlet) return;
    client->last_sent = Clock::now();
    if (client->subscription.poll) client->deadline = client->last_sent + client->subscription.poll->wait;
    add(client);
    if (!client->subscription.poll) {
      // With the cursor: who is cut before the first entry still resumes where it began.
      client->outlet->queue(std::make_shared<const std::string>(
          std::string(stream_greeting) + "id: " + cursor_text(client->scope(), client->cursor) + "\n\n"));
      client->outlet->flush();
    }
    read_on(client);
    if (!ticking) wait_for_tick();
    if (position < 0) wake();
  }

  // --- a client that is behind
  // -------------------------------------------------------------------------------------

  void read_on(const ClientPointer& client) {
    client->stage = FeedClient::Stage::reading;
    if (client->job_under_way) {
      client->held_overflow = true;  // once more after that one
      return;
    }
    client->held.clear();
    client->held_overflow = false;
    if (position < 0) return;  // begin() comes back to it
    client->job_under_way = true;
    asio::post(readers_pool, [this, client] {
      auto page = std::make_shared<Result<FeedPage>>(read_page(*client));
      asio::post(loop, [this, client, page] { page_read(client, *page); });
    });
  }

  // On a reader's thread; the hub leaves alone what this reads while job_under_way.
  Result<FeedPage> read_page(const FeedClient& client) {
    auto connection = database.connect();
    if (!connection) return std::move(connection).error();
    const auto& poll = client.subscription.poll;
    const int limit = poll                                          ? poll->limit
                      : client.filter().data == EntryData::included ? page_of_client_with_data
                                                                    : page_of_client;
    return read_feed(*connection, client.scope(), client.cursor, client.filter(), limit);
  }

  void page_read(const ClientPointer& client, Result<FeedPage>& page) {
    client->job_under_way = false;
    if (!clients.contains(client) || client->stage == FeedClient::Stage::ending) return;
    if (!page) {
      // The client resumes by its cursor, and then learns what is wrong with it.
      if (page.error().kind != ErrorKind::unavailable) return end(client);
      client->retry_at = Clock::now() + retry_interval;
      client->stage = FeedClient::Stage::draining;
      return;
    }
    bool over = false;
    for (const FeedEntry& entry : page->entries) {
      hand(*client,
           std::make_shared<const EventText>(event_text(client->scope(), entry, client->filter().data)),
           entry.cursor);
      over = over || (client->scope().kind == FeedScope::Kind::grant && ends_grant(entry.change));
    }
    client->cursor = page->next;
    client->polled_more = page->more;
    if (over) return client->subscription.poll ? answer(client) : end(client);
    if (client->subscription.poll && !client->polled.empty()) return answer(client);
    if (page->more || client->held_overflow) return read_on_when_drained(client);
    client->stage = FeedClient::Stage::live;
    for (const auto& entry : std::exchange(client->held, {})) give(client, entry);
    settle(client);
  }

  void read_on_when_drained(const ClientPointer& client) {
    client->outlet->flush();
    if (client->outlet->queued_bytes() == 0) return read_on(client);
    client->stage = FeedClient::Stage::draining;
    client->held.clear();
  }

  void drained(const ClientPointer& client) {
    if (!client || !clients.contains(client)) return;
    if (client->stage == FeedClient::Stage::ending) return remove(client);
    if (client->stage == FeedClient::Stage::draining && client->retry_at <= Clock::now()) read_on(client);
  }

  // --- handing out
  // -------------------------------------------------------------------------------------------------

  void hand(FeedClient& client, std::shared_ptr<const EventText> event, const FeedCursor& cursor) {
    events.add();
    client.cursor = cursor;
    if (client.subscription.poll) {
      client.polled.push_back(std::move(event));
      return;
    }
    client.outlet->queue(text_of(event));
    client.announced = cursor.number;
    client.last_sent = Clock::now();
  }

  // One entry that the hub read; settle() follows after the last.
  void give(const ClientPointer& client, const std::shared_ptr<SharedEntry>& entry) {
    using enum FeedClient::Stage;
    FeedClient& c = *client;
    if (c.stage == reading) return hold(c, entry);
    if (c.stage != live) return;
    const std::int64_t number = entry->number(c.scope().kind);
    if (number <= c.cursor.number) return;
    const LoggedChange& change = entry->change();
    const bool ends = c.scope().kind == FeedScope::Kind::grant && ends_grant(change);
    if (c.filter().takes(change)) {
      if (!c.filter().folders.empty() || !entry->has(c.filter().data)) return read_on(client);
      FeedCursor after;
      after.number = number;
      hand(c, entry->event(c.scope().kind, c.filter().data), after);
      if (!c.subscription.poll && c.outlet->queued_bytes() > queued_bytes_max) {
        c.outlet->flush();
        if (c.outlet->queued_bytes() > queued_bytes_max) c.stage = draining;
      }
      const bool full =
          c.subscription.poll && static_cast<int>(c.polled.size()) >= c.subscription.poll->limit;
      if (full) {
        c.stage = draining;  // what follows is for the next poll
        c.polled_more = true;
      }
    }
    c.cursor.number = number;
    if (ends) c.stage = ending;
  }

  static void hold(FeedClient& client, const std::shared_ptr<SharedEntry>& entry) {
    if (client.held_overflow) return;
    if (client.held.size() < held_entries_max) return client.held.push_back(entry);
    client.held_overflow = true;
    client.held.clear();
  }

  // Sends what give() queued.
  void settle(const ClientPointer& client) {
    if (client->subscription.poll && !client->polled.empty()) return answer(client);
    if (client->stage == FeedClient::Stage::ending)
      return client->subscription.poll ? answer(client) : end(client);
    client->outlet->flush();
    if (client->stage == FeedClient::Stage::draining && client->outlet->queued_bytes() == 0) read_on(client);
  }

  // Ends a long poll with what there is.
  void answer(const ClientPointer& client) {
    std::vector<std::string_view> items;
    for (const auto& event : client->polled) items.push_back(event->json());
    client->outlet->queue(std::make_shared<const std::string>(
        feed_page_json(client->subscription.poll->request_id, items,
                       cursor_text(client->scope(), client->cursor), client->polled_more)));
    end(client);
  }

  // --- the one read for all
  // ----------------------------------------------------------------------------------------

  void wake() {
    if (stopping) return;
    if (reading) {
      again = true;
      return;
    }
    if (clients.empty()) {
      position = -1;  // asleep: the next client begins at the end of the log
      lag.set(0);
      return;
    }
    reading = true;
    again = false;
    asio::post(readers_pool, [this, from = position] {
      if (from < 0) return begin();
      auto page = std::make_shared<Result<store::ChangePage>>(read_rows(from));
      asio::post(loop, [this, page] { rows_read(*page); });
    });
  }

  Result<store::ChangePage> read_rows(std::int64_t from) {
    auto connection = database.connect();
    if (!connection) return std::move(connection).error();
    return store::all_changes(*connection, std::nullopt, from, rows_at_once);
  }

  // On a reader's thread: where the log ends. Whoever waits reads from its own cursor only after this.
  void begin() {
    auto connection = database.connect();
    auto end = connection ? store::last_position(*connection) : Result<std::int64_t>(connection.error());
    asio::post(loop, [this, at = end ? *end : -1] {
      reading = false;
      if (at < 0) return;  // the next tick tries again
      position = at;
      const std::vector<ClientPointer> waiting(clients.begin(), clients.end());
      for (const ClientPointer& client : waiting) {
        if (client->stage == FeedClient::Stage::reading) read_on(client);
      }
      if (again) wake();
    });
  }

  void rows_read(Result<store::ChangePage>& page) {
    if (!page) {
      reading = false;
      if (page.error().kind != ErrorKind::cursor_invalid) return;  // the next sweep tries again
      position = -1;
      const std::vector<ClientPointer> all(clients.begin(), clients.end());
      for (const ClientPointer& client : all) {
        if (client->stage == FeedClient::Stage::live) read_on(client);
      }
      return wake();
    }
    auto batch = std::make_shared<Batch>();
    batch->next = page->next;
    batch->more = page->more;
    std::vector<std::shared_ptr<SharedEntry>> with_data;
    std::int64_t oldest = 0;
    for (const LoggedChange& change : page->changes) {
      const Interest interest = interest_in(change);
      if (interest == Interest::none) continue;
      if (oldest == 0) oldest = change.at;
      batch->entries.push_back(std::make_shared<SharedEntry>(change));
      if (interest == Interest::data) with_data.push_back(batch->entries.back());
    }
    batch->oldest = oldest;
    if (with_data.empty()) return deliver(*batch);
    asio::post(readers_pool, [this, batch, with_data] {
      read_data(with_data);
      asio::post(loop, [this, batch] { deliver(*batch); });
    });
  }

  enum class Interest : std::uint8_t { none, plain, data };
  Interest interest_in(const LoggedChange& change) const {
    Interest interest = Interest::none;
    const auto ask = [&](const ScopeIndex& index, const ids::ObjectId& id) {
      const auto found = index.find(id);
      if (found == index.end()) return;
      interest = std::max(interest, found->second.with_data > 0 ? Interest::data : Interest::plain);
    };
    ask(of_grant, change.account_id);
    ask(of_application, change.application_id);
    return interest;
  }

  // On a reader's thread. Without them, clients that want data read by themselves.
  void read_data(const SharedEntries& entries) {
    auto connection = database.connect();
    if (!connection) return;
    std::vector<FeedEntry> wanted;
    for (const auto& entry : entries) wanted.push_back({entry->change(), {}, std::nullopt});
    if (!add_data(*connection, wanted)) return;
    for (std::size_t i = 0; i < entries.size(); ++i) entries[i]->set_data(std::move(wanted[i].data));
  }

  struct Batch {
    SharedEntries entries;
    std::int64_t next = 0, oldest = 0;
    bool more = false;
  };

  void deliver(const Batch& batch) {
    std::vector<ClientPointer> given;
    for (const auto& entry : batch.entries) {
      give_all(of_grant, entry->change().account_id, entry, given);
      give_all(of_application, entry->change().application_id, entry, given);
    }
    for (const ClientPointer& client : given) {
      client->was_given = false;
      if (client->outlet) settle(client);
    }
    lag.set(batch.oldest == 0
                ? 0
                : static_cast<double>(std::max<std::int64_t>(store::unix_seconds() - batch.oldest, 0)));
    position = batch.next;
    reading = false;
    if (batch.more || again) wake();
  }

  void give_all(const ScopeIndex& index, const ids::ObjectId& id, const std::shared_ptr<SharedEntry>& entry,
                std::vector<ClientPointer>& given) {
    const auto found = index.find(id);
    if (found == index.end()) return;
    for (FeedClient* each : found->second.clients) {
      ClientPointer client = each->shared_from_this();
      give(client, entry);
      if (!std::exchange(client->was_given, true)) given.push_back(std::move(client));
    }
  }

  // --- time
  // --------------------------------------------------------------------------------------------------------

  void wait_for_tick() {
    ticking = true;
    tick.expires_after(tick_interval);
    tick.async_wait([this](boost::system::error_code failed) {
      ticking = false;
      if (failed || stopping || clients.empty()) return;
      look_at_clients();
      if (position < 0) wake();
      wait_for_tick();
    });
  }

  void look_at_clients() {
    using enum FeedClient::Stage;
    const auto now = Clock::now();
    const std::vector<ClientPointer> all(clients.begin(), clients.end());
    for (const ClientPointer& client : all) {
      if (now - client->outlet->progressed() > options.stalled) {
        cut.add();
        remove(client);
      } else if (client->stage == draining && client->outlet->queued_bytes() == 0 &&
                 client->retry_at <= now) {
        read_on(client);
      } else if (client->stage == ending) {
        continue;
      } else if (client->subscription.poll) {
        if (now >= client->deadline) answer(client);
      } else if (now - client->last_sent >= heartbeat_interval && client->outlet->queued_bytes() == 0) {
        beat(*client, now);
      }
    }
  }

  // With the cursor, so that a client whose filter takes little does not fall behind the log's beginning.
  static void beat(FeedClient& client, Clock::time_point now) {
    std::string text = ": heartbeat\n";
    const bool moved =
        client.cursor.stage == FeedCursor::Stage::log && client.cursor.number != client.announced;
    if (moved) text += "id: " + cursor_text(client.scope(), client.cursor) + "\n";
    client.announced = client.cursor.number;
    client.last_sent = now;
    client.outlet->queue(std::make_shared<const std::string>(text + "\n"));
    client.outlet->flush();
  }

  void sweep() {
    wake();
    if (clients.empty() || checking_keys) return;
    std::set<ids::ObjectId> keys;
    for (const ClientPointer& client : clients) {
      if (const auto key = ids::parse_public(client->subscription.place->key_id())) keys.insert(*key);
    }
    checking_keys = true;
    asio::post(readers_pool, [this, keys = std::vector<ids::ObjectId>(keys.begin(), keys.end())] {
      auto connection = database.connect();
      std::set<std::string> revoked;
      if (connection) {
        if (auto found = store::revoked_keys(*connection, keys)) {
          for (const ids::ObjectId& key : *found) revoked.insert(ids::to_public(key));
        }
      }
      asio::post(loop, [this, revoked] {
        checking_keys = false;
        if (!revoked.empty()) end_keys(revoked);
      });
    });
  }
  void end_keys(const std::set<std::string>& revoked) {
    const std::vector<ClientPointer> all(clients.begin(), clients.end());
    for (const ClientPointer& client : all) {
      if (revoked.contains(client->subscription.place->key_id())) remove(client);
    }
  }

  void listen() {
    if (listener) return;
    listener = std::make_unique<store::NotificationListener>(database, feed::feed_channel, sweep_interval,
                                                             [this](std::string_view payload) {
                                                               const bool swept = payload.empty();
                                                               // Of many wake-ups one is enough.
                                                               if (!swept && wake_posted.exchange(true))
                                                                 return;
                                                               asio::post(loop, [this, swept] {
                                                                 if (!swept) wake_posted = false;
                                                                 swept ? sweep() : wake();
                                                               });
                                                             });
  }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      if (stopped) return;
      stopped = true;
    }
    listener.reset();
    asio::post(loop, [this] {
      stopping = true;
      tick.cancel();
      const std::vector<ClientPointer> all(clients.begin(), clients.end());
      for (const ClientPointer& client : all) {
        if (client->stage == FeedClient::Stage::ending) continue;
        client->subscription.poll ? answer(client) : end(client);
      }
    });
    readers_pool.join();
    const auto deadline = Clock::now() + stop_max;
    while (Clock::now() < deadline && polls.value() + streams.value() > 0) std::this_thread::sleep_for(5ms);
    work.reset();
    asio::post(loop, [this] {
      const std::vector<ClientPointer> all(clients.begin(), clients.end());
      for (const ClientPointer& client : all) remove(client);
    });
    thread.join();
  }

  store::Database& database;
  const Options options;
  Gauge &streams, &polls, &lag;
  Counter &events, &cut;

  asio::io_context loop;
  asio::thread_pool readers_pool{readers};
  asio::steady_timer tick;
  asio::executor_work_guard<asio::io_context::executor_type> work;

  // On the loop.
  std::unordered_set<ClientPointer> clients;
  ScopeIndex of_grant, of_application;
  std::int64_t position = -1;  // up to where the rows were handed out; -1: asleep
  bool reading = false, again = false, ticking = false, checking_keys = false, stopping = false;

  std::atomic<bool> wake_posted{false};
  std::mutex mutex;  // of the following
  bool stopped = false;
  std::unique_ptr<store::NotificationListener> listener;

  std::thread thread;
};

FeedHub::FeedHub(store::Database& database, Metrics& metrics, Options options)
    : places_(std::make_shared<FeedPlaces>(FeedPlaces::Limits{
          options.encrypted ? std::min(options.clients_max, options.tls_clients_max) : options.clients_max,
          options.key_clients_max})),
      impl_(std::make_unique<Impl>(database, metrics, options)) {}
FeedHub::~FeedHub() { stop(); }

Result<std::shared_ptr<const FeedPlace>> FeedHub::take_place(const std::string& key_id) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->stopped) return failure(ErrorKind::unavailable, "the server is stopping", "try again");
    impl_->listen();
  }
  return places_->take(key_id);
}

void FeedHub::attach(Subscription subscription, DetachedClient client) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->stopped) return;
  asio::post(impl_->loop, [impl = impl_.get(), subscription = std::move(subscription),
                           client = std::move(client)]() mutable {
    impl->attach(std::move(subscription), std::move(client));
  });
}

void FeedHub::stop() { impl_->stop(); }

}  // namespace hermod::server
