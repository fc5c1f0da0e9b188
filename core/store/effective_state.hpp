// EffectiveState: what a transaction does to messages that are held already: locks them, and when their
// confirmed placements have been changed, or their actions, makes what the API shows follow from both.
//
//   lock(…)  ─►  the caller changes placements and actions  ─►  settle()
//
// Unread, starred, folders, keywords and orphaned follow from the placements; the folders' counts from the difference.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "core/store/change_log.hpp"

namespace hermod::store {

// The orphaned_round of a message that an unfinished action deletes for good: hidden, and no round deletes
// it.
inline constexpr std::int64_t hidden_by_action = INT64_MAX;

// The remote id of what no provider knows yet: none that a provider gives.
std::string arriving_remote_id(const ids::ObjectId& id);
bool is_arriving_remote_id(std::string_view remote_id);

using ThreadChanges = std::unordered_map<ids::ObjectId, std::int32_t>;  // fields
void append_threads(std::vector<Change>& changes, const ThreadChanges& threads);

class EffectiveState {
 public:
  EffectiveState(Connection& connection, const ids::ObjectId& account_id)
      : connection_(connection), account_id_(account_id) {}

  // Locks those that are not locked yet, by id. Before any of their placements is changed.
  Status lock(const std::vector<ids::ObjectId>& message_ids);
  // Of those that were locked; `round` is that of the sync, for messages without a placement. Changes of
  // messages and, by thread, of what its messages make of it, are added.
  Status settle(std::int64_t round, std::vector<Change>& changes, ThreadChanges& threads);

  // Whether it is held and not hidden. Of locked ones.
  bool is_shown(const ids::ObjectId& message_id) const;
  std::size_t orphaned() const { return orphaned_; }
  // Of the caller that writes one collection's row itself, after settle(): locks that row and those of the folders whose
  // counts change, by id. Before take_counts().
  Status lock_counted(const ids::ObjectId& collection_id);
  // The change of the counts of the collection whose row the caller writes itself.
  struct Counts {
    std::int64_t total = 0, unread = 0;
  };
  Counts take_counts(const ids::ObjectId& collection_id);
  // Writes what is left of them. Locks the folders, by id.
  Status write_counts();

 private:
  struct Before {
    bool unread = false, starred = false, orphaned = false, hidden = false;
    std::string folders, keywords;
  };
  Status count(const std::vector<ids::ObjectId>& message_ids, int sign);
  Status replay_actions(const std::vector<ids::ObjectId>& message_ids);
  Status note_changes(const std::vector<ids::ObjectId>& message_ids, std::int64_t round,
                      std::vector<Change>& changes, ThreadChanges& threads);

  Connection& connection_;
  const ids::ObjectId account_id_;
  std::unordered_map<ids::ObjectId, Before> before_;
  std::unordered_set<ids::ObjectId> deleted_for_good_;
  std::unordered_map<ids::ObjectId, Counts> counts_;
  std::size_t orphaned_ = 0;
};

}  // namespace hermod::store
