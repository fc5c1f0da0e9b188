// Threads as the API shows them: what their messages have in common, and the latest one whole. One statement
// a list.
//
// A ThreadRow is a view into its Rows and lives no longer. A thread whose messages all lost their last
// placement is not shown. A draft is a message with the draft flag or in the drafts folder.
#pragma once

#include "core/store/message_query.hpp"

namespace hermod::store {

// unread, starred and has_attachment are the thread's (true: of any message); everything else must hold for
// one and the same message. thread_id, received_before and received_after are not for threads.
struct ThreadFilter {
  MessageFilter message;
  std::optional<std::int64_t> latest_before, latest_after;
};

struct ThreadRow {
  ids::ObjectId thread_id;
  bool unread = false, starred = false, has_attachments = false;
  std::vector<ids::ObjectId> message_ids;  // oldest first, drafts too
  std::vector<std::int64_t> received_at;   // of each
  std::vector<ids::ObjectId> draft_ids, sent_ids;
  std::string_view addresses;  // the JSON arrays of all messages, one after the other
  std::string_view folders;    // uuid[], see for_each_id()
  MessageRow latest;
};

class ThreadPage {
 public:
  ThreadPage(Rows rows, int limit) : rows_(std::move(rows)), limit_(limit) {}
  int size() const { return std::min(rows_.size(), limit_); }
  ThreadRow row(int index) const;
  std::optional<PagePosition> next() const;

 private:
  Rows rows_;
  int limit_;
};

Result<ThreadPage> list_threads(Connection& connection, const ids::ObjectId& account_id,
                                const ThreadFilter& filter, const PageRequest& page, MessageColumns columns);

// Those of the ids that are shown, in any order; at most page_limit_max.
Result<ThreadPage> find_threads(Connection& connection, const ids::ObjectId& account_id,
                                const std::vector<ids::ObjectId>& thread_ids, MessageColumns columns);
// An empty page when there is none.
Result<ThreadPage> find_thread(Connection& connection, const ids::ObjectId& account_id,
                               const ids::ObjectId& thread_id, MessageColumns columns);

}  // namespace hermod::store
