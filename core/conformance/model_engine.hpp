// ModelEngine: the engine in small: lists, walks every collection, commits; and dies where it is told to.
//
// It asks ahead where the provider allows it, as the engine does: the next page is fetched before the one in
// hand is committed. One engine is one run of the program; the store is what survives it.
#pragma once

#include <functional>

#include "core/conformance/model_store.hpp"
#include "core/conformance/subject.hpp"

namespace hermod::conformance {

enum class Tokens : std::uint8_t { honoured, ignored };  // whether an equal change token spares the asking

struct Death {  // stops at that page of the round
  enum class When : std::uint8_t { before_commit, after_commit };
  std::size_t page = SIZE_MAX;
  When when = When::before_commit;
};

class ModelEngine {
 public:
  static constexpr std::size_t pages_max = 20'000;  // of a collection's round: more never ends

  ModelEngine(Subject& subject, ModelStore& store, std::string device = "warm")
      : subject_(subject), store_(store), device_(std::move(device)) {}

  // One round over everything. False: it died before its end. An Error that a page answered is a violation,
  // unless it is cursor_invalid or not_found.
  bool round(FetchLimits limits = {}, Tokens tokens = Tokens::honoured, Death death = {});
  // Rounds until two of them changed nothing.
  void settle(FetchLimits limits = {});

  // Called between the fetch of a page and its commit, in rounds from then on: to write, or to let others
  // change the mailbox. What the page says of items that were written is passed over.
  void between_pages(std::function<void()> act) { between_pages_ = std::move(act); }

  Session* session();  // opened when there is none; null: it cannot be
  // Those that a page did not bring.
  std::map<RemoteId, std::string> fetch_bodies(const CollectionRemoteId& collection, const ChangePage& page);
  void drop_session() { session_.reset(); }
  std::size_t invalid_cursors() const { return invalid_cursors_; }
  std::size_t pages() const { return pages_; }  // asked for, in all

 private:
  static constexpr std::size_t rounds_max = 40;

  struct Fetched {
    SyncCursor from;
    std::uint64_t asked_at = 0;  // by the store's clock
    Result<ChangePage> page;
  };

  bool list();
  bool walk(const CollectionRemoteId& collection, const FetchLimits& limits, const Death& death);
  Fetched fetch(const CollectionRemoteId& collection, SyncCursor cursor, const FetchLimits& limits);
  Fetched fetch_on(const CollectionRemoteId& collection,
                   const FetchLimits& limits);  // from what is committed
  // No longer where a write moved the cursor, bringing what the page has, or moved away an item whose content
  // the page refers to: then it is asked for again.
  bool still_holds(const CollectionRemoteId& collection, const Fetched& fetched) const;
  bool commit(const CollectionRemoteId& collection, const Fetched& fetched, const Death& death);
  void violated(const std::string& rule, const Error& error);

  Subject& subject_;
  ModelStore& store_;
  std::string device_;
  std::unique_ptr<Session> session_;
  std::function<void()> between_pages_;
  std::size_t invalid_cursors_ = 0, pages_ = 0, committed_in_round_ = 0, lost_connections_ = 0;
  bool reopen_ = false;  // the connection was lost in this round
};

}  // namespace hermod::conformance
