// AccountSync: the supervisor of one leased account.
//
//   run ──► open session ──► list ──► workers: round per dirty collection ◄── push, poll
//    ▲          │ Error        │ Error          │ Error
//    └──────────┴─ back-off ◄──┴────────────────┘     auth → the grant becomes invalid, run ends; lease lost → run ends
//
// A round walks one collection by fetch_changes until the provider has nothing more (collection_round.cpp). Rounds and
// listings are numbered; a message without a placement is deleted only when every collection has finished a round
// that began later, so that a move is seen in either order; one that the server denies us is not waited for. Owner: SyncService. Thread: the account's strand alone.
// Limits: SyncOptions; pages_ahead_max pages of a round are in memory besides the one that is committed.
#pragma once

#include <map>

#include "core/blob/blob_store.hpp"
#include "core/blob/pack_writer.hpp"
#include "core/host/account_host.hpp"
#include "core/host/plugin_registry.hpp"
#include "core/store/draft_store.hpp"
#include "core/store/folder_write.hpp"
#include "core/store/grant_store.hpp"
#include "core/store/lease_store.hpp"
#include "core/store/stand_in.hpp"
#include "core/sync/account_services.hpp"
#include "core/sync/backoff.hpp"
#include "core/sync/memory_budget.hpp"
#include "core/sync/prepared_page.hpp"
#include "core/sync/request_inbox.hpp"
#include "hermod/channel.hpp"
#include "hermod/facet.hpp"
#include "hermod/race.hpp"

namespace hermod::sync {

struct SyncOptions {
  std::optional<std::string> public_url;          // where servers reach us
  std::chrono::seconds poll_interval{60};         // between listings; a folder that is not pushed is seen by them
  std::size_t page_items = 500;
  std::size_t first_page_items = 100;             // so that the newest are there at once
  std::size_t page_bytes = 8u << 20;
  std::size_t message_bytes_max = 150u << 20;     // larger ones are kept as a summary, flagged
  // A body has body_time_min, and a second more for so many bytes of its announced size: what it takes of the memory for
  // large bodies is kept from all other accounts meanwhile.
  std::chrono::milliseconds body_time_min{60'000};
  std::uint64_t body_bytes_per_second = 64u << 10;
  std::chrono::milliseconds first_retry{1000};
  std::chrono::milliseconds settled_after{60'000};  // a session that lasts so long: the next failure is a first one
  int body_rounds_max = 3;                        // that wait for a body the server refuses; then it is stood in for
  std::chrono::seconds revisit_interval{3600};    // of what is stood in for
};

// What all accounts share.
struct SyncServices {
  host::Runtime& runtime;
  host::Egress& egress;
  const host::PluginRegistry& plugins;
  store::Database& database;
  blob::BlobStore& blobs;
  const secrets::KeyRing& keys;
  Log& log;
  host::MetricsSink& metrics;
  SyncOptions options;
  std::shared_ptr<MemoryBudget> memory = std::make_shared<MemoryBudget>();
};

// The code of the error of a round that a write of ours overtook: nothing failed, it is asked for anew.
inline constexpr const char* overtaken_code = "overtaken";

// Its changes are asked for; others are mere containers, or seen through another one.
inline bool is_fetched(const Collection& collection) {
  return collection.rights.has(Right::read) && collection.through.empty();
}

class AccountSync {
 public:
  AccountSync(const SyncServices& services, const store::AccountEpoch& account);
  ~AccountSync();
  AccountSync(const AccountSync&) = delete;

  // Until cancelled, the lease is lost, or the account needs its user.
  Task<Status> run();
  // From the thread that owns it. Refused while there is no session; unanswered when run() has ended.
  void submit(LiveRequest request);
  // From any thread: an action of the account is due.
  void wake_actions() { actions_due_.notify(); }

 private:
  static constexpr std::size_t pages_ahead_max = 2;
  static constexpr std::uint32_t workers_max = 8;
  static constexpr int watched_poll_every = 15;  // poll intervals

  struct Tracked {
    store::CollectionState state;
    std::string listed_token;         // of the last listing
    bool dirty = false, running = false;
    bool denied = false;              // the last round was refused for good: what happens there cannot be seen
    std::map<std::string, int> refused_bodies;  // by remote id: rounds that waited for it
    std::int64_t round_completed = 0; // the number of the last round or listing that proved it current
    Backoff backoff;
    TimePoint retry_at{};
  };
  struct Login {  // what a session is opened with
    store::Grant grant;
    Settings settings;
    Credentials credentials;
  };
  struct Opened {  // a session and the host it was given
    std::unique_ptr<host::AccountHost> host;
    std::unique_ptr<Session> session;
    SessionTraits traits;
  };

  Task<Status> run_session();
  Task<Result<std::unique_ptr<Opened>>> open();
  Task<Result<Login>> load_login();
  Task<Result<std::unique_ptr<Opened>>> open_session(Login login);
  Task<Status> stop_on_failure(Task<Status> task, TaskGroup* group);

  Task<Status> list();
  Task<Status> list_repeatedly();
  void take_listing(std::vector<store::CollectionState> listed);
  Task<Status> wait_for_listing();
  Task<Status> work();
  Task<Status> push_repeatedly();
  std::vector<CollectionRemoteId> to_watch() const;
  Task<Status> other_folders_to_watch(std::vector<CollectionRemoteId> watched);
  void want_listing();
  Tracked* next_dirty();
  TimePoint next_retry() const;
  Task<Status> settle(Tracked& tracked, Status result);
  Task<Status> note_access(Tracked& tracked, const Status& result);
  Task<Status> after_round();
  std::int64_t rounds_completed() const;
  void mark_dirty(Tracked& tracked);
  std::vector<CollectionRemoteId> by_priority() const;

  // collection_round.cpp
  struct Round;
  Task<Status> round(Tracked& tracked);
  Task<Status> fetch_pages(Round* round);
  Task<Result<PreparedPage>> prepare(Round* round, ChangePage page);
  Task<Result<PreparedItem>> prepare_apart(Round* round, Item item, std::size_t* held_bytes);
  Task<Result<std::string>> fetch_raw(const CollectionRemoteId& collection, const Item& item);
  Result<PreparedItem> without_body(Round* round, Item item, Error error);
  Task<Result<PreparedItem>> prepare_raw(Item item, bool held);
  Task<Status> store_apart(std::string raw, PreparedItem* item);
  Task<Status> commit(Round* round, PreparedPage page, std::uint64_t confirmations);
  bool is_overtaken(const Round& round, const PreparedPage& page, std::uint64_t confirmations) const;
  Task<Result<Semaphore::Permit>> session_call() { return calls_->acquire(); }
  Result<blob::PackWriter*> packs();
  void put_away_packs();

  // account_revisits.cpp
  Task<Status> revisit_repeatedly();
  Task<Status> revisit();
  Task<Status> revisit_one(store::StandIn stand_in);
  Task<Status> replace_stand_in(const store::StandIn& stand_in, PreparedItem item);

  // account_actions.cpp
  struct Attempt;
  Task<Status> push_actions();
  Task<Status> perform(store::Action action);
  Task<Status> perform_folder(store::Action action);
  Task<Status> perform_steps(store::Action action);
  Task<Status> try_again(const store::Action& action, std::chrono::milliseconds delay);
  Task<Result<Attempt>> plan(const store::Action& action);
  Task<Result<std::optional<MutationOutcome>>> push(store::Action& action, Mutation mutation, CollectionRemoteId collection);
  Task<Status> take_refusal(const store::Action& action, Error error, bool tried);
  std::optional<ids::ObjectId> proven_absent(const store::Action& action) const;
  Task<Status> wait_for_rounds(const store::Action& action, const ids::ObjectId& sought, std::optional<ids::ObjectId> absent);
  Task<Result<bool>> is_any_folder_gone(const store::Action& action);
  Task<Status> confirm(const store::Action& action, const Attempt& attempt, MutationOutcome outcome);
  Task<Status> finish(const store::Action& action, actions::ActionStatus status, std::optional<Error> error);
  void forget(const ids::ObjectId& action_id);
  void log_finished(const store::Action& action, actions::ActionStatus status) const;
  Tracked* tracked_of(const ids::ObjectId& collection_id);

  // account_drafts.cpp
  struct UntoldDraft {  // the provider took it and did not say where it went
    std::int64_t round = 0;  // one that begins later shows it
    TimePoint until{};
  };
  Task<Status> perform_draft(store::Action action);
  Task<Status> look_for_draft(const store::Action& action, const store::PreparedDraft& draft, UntoldDraft put);
  Task<Status> confirm_draft(const store::Action& action, const store::PreparedDraft& draft, MutationOutcome outcome,
                             std::string identity);
  void note_confirmed(const ids::ObjectId& collection_id, const std::string& remote_id);

  // account_requests.cpp
  Task<Status> serve_requests();
  Task<Status> serve(LiveRequest request, Semaphore::Permit permit);
  Task<Result<std::string>> search(std::vector<std::string> argument);
  Task<Result<std::string>> compare_with_server();  // account_consistency.cpp
  Task<Status> answer_request(LiveRequest request, Result<std::string> answer);
  Task<Status> refuse_requests_for(Duration duration, Error reason);
  Task<Status> refuse_waiting_requests(Error reason);

  Task<Status> report(std::string grant_status, std::string phase, std::optional<Error> reason);
  void log_error(std::string_view event, const Error& error) const;

  const SyncServices& services_;
  store::AccountEpoch account_;
  std::string account_label_;
  KnownInStore known_;
  StateInStore state_;
  std::unique_ptr<Opened> opened_;
  PushFacet* push_ = nullptr;  // of the session, where it can be used beside other calls
  std::unique_ptr<Semaphore> calls_;  // as many of the session's calls at once as it declares
  std::map<std::string, Tracked> collections_;  // by remote id
  std::unique_ptr<blob::PackWriter> packs_;
  std::optional<blob::PackPlace> packs_end_;  // where the last writer stopped
  bool draft_is_stored_ = false;      // now, by an action: the packs stay open
  AsyncMutex commit_mutex_;           // one page of the account at a time
  WaitQueue work_, listing_, listed_;
  RequestInbox requests_;
  host::ThreadEvent actions_due_;
  // Placements that actions confirmed, by collection and remote id, and when. A page fetched before is asked for again.
  std::map<std::pair<std::string, std::string>, std::uint64_t> confirmed_;
  std::uint64_t confirmations_ = 0;
  struct Transit {
    ids::ObjectId sought;     // a message or folder that is nowhere now
    std::int64_t since = 0;   // as a round number
  };
  std::map<ids::ObjectId, Transit> in_transit_;  // by action
  std::map<ids::ObjectId, UntoldDraft> untold_drafts_;  // by action
  std::map<ids::ObjectId, Backoff> action_backoffs_;  // of failures since an action's last confirmed step
  bool listing_wanted_ = false, listed_once_ = false;
  bool listing_settled_ = false;      // the last one lacked no collection that we hold
  bool orphans_ = true;               // some may be left from before
  std::int64_t round_number_;         // rises over all epochs
  std::int64_t listing_completed_ = 0;  // the number of the last listing that was taken
  std::int64_t folders_confirmed_ = 0;  // when an action last changed folders, as a round number
  std::int64_t history_before_ = 0;
  std::string reported_phase_;
  std::optional<Error> failure_;      // what ended the session
  bool served_ = false;               // a page or a write of the session came through
  std::optional<TimePoint> listed_at_;  // when it had listed the collections for the first time
  Backoff backoff_;
};

}  // namespace hermod::sync
