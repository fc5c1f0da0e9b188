// Action: what an application wants changed in the mailbox, as it is queued.
//
// An action says how its messages shall be, not what to do: what to do follows from it and from what is
// confirmed, anew at each attempt (plan.hpp). So it can be repeated after a crash, and by then another client
// may have done it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/actions/keywords.hpp"
#include "core/ids/object_id.hpp"

namespace hermod::actions {

enum class ActionKind : std::int16_t {
  message_update = 1,
  message_destroy,
  thread_update,
  thread_destroy,
  draft_create,
  draft_update,
  draft_destroy,
  folder_create,
  folder_update,
  folder_destroy,
};
enum class ActionStatus : std::int16_t { pending, running, done, failed, outcome_unknown };

struct ActionName {
  std::string_view type, object;  // "message.update", "message"
};
constexpr ActionName name_of(ActionKind kind) {
  constexpr ActionName names[] = {{},
                                  {"message.update", "message"},
                                  {"message.destroy", "message"},
                                  {"thread.update", "thread"},
                                  {"thread.destroy", "thread"},
                                  {"draft.create", "draft"},
                                  {"draft.update", "draft"},
                                  {"draft.destroy", "draft"},
                                  {"folder.create", "folder"},
                                  {"folder.update", "folder"},
                                  {"folder.destroy", "folder"}};
  return names[static_cast<std::size_t>(kind)];
}
constexpr std::string_view name_of(ActionStatus status) {
  constexpr std::string_view names[] = {"pending", "running", "done", "failed", "outcome_unknown"};
  return names[static_cast<std::size_t>(status)];
}
constexpr bool is_of_a_folder(ActionKind kind) { return kind >= ActionKind::folder_create; }
// It brings bytes of its own: PutDraft.
constexpr bool puts_a_draft(ActionKind kind) {
  return kind == ActionKind::draft_create || kind == ActionKind::draft_update;
}

// How messages shall be. Absent: as they are.
struct Intent {
  std::optional<bool> unread = {}, starred = {};
  std::optional<std::vector<ids::ObjectId>> folders =
      {};  // in these and in no others; empty: deleted for good
  std::optional<Keywords> keywords = {};  // these and no others
  friend bool operator==(const Intent&, const Intent&) = default;
};

}  // namespace hermod::actions
