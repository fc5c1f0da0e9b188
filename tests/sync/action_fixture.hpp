// Actions: a live account on the memory provider, and writes to it as the API makes them. Used by the tests of writes to
// messages and to folders.
#pragma once

#include "sync/sync_fixture.hpp"

namespace hermod::testing {

using actions::ActionKind;
using actions::Intent;
using memory::Request;

class Actions : public SyncFixture {
 protected:
  void start_live(const std::string& mode = {}) {
    mailbox_->create_folder("INBOX", Role::inbox);
    mailbox_->create_folder("Archive", Role::archive);
    mailbox_->create_folder("Trash", Role::trash);
    for (const char* mid : {"first", "second", "third"})
      mailbox_->deliver("INBOX", message(mid), {1'700'000'001});
    connect(mode);
    start();
    await_phase("live");
  }
  ids::ObjectId id_of(const std::string& statement) { return *ids::parse_uuid_text(value(statement)); }
  ids::ObjectId message_id(const std::string& subject) {
    return id_of("SELECT message_id FROM messages WHERE subject = '" + subject + "'");
  }
  ids::ObjectId folder_id(const std::string& name) {
    return id_of("SELECT collection_id FROM collections WHERE name = '" + name + "'");
  }
  Result<ids::ObjectId> write(const std::vector<std::string>& subjects, Intent intent) {
    std::vector<ids::ObjectId> messages;
    for (const std::string& subject : subjects) messages.push_back(message_id(subject));
    auto connection = database_.connect();
    return store::write_messages(connection, grant_.account_id,
                                 {ActionKind::message_update, messages.front(), messages, std::move(intent)});
  }
  void await_status(const ids::ObjectId& action_id, actions::ActionStatus status) {
    await("SELECT status FROM actions WHERE action_id = '" + ids::to_uuid_text(action_id) + "'",
          std::to_string(static_cast<int>(status)));
  }
  void await_done(const ids::ObjectId& action_id) { await_status(action_id, actions::ActionStatus::done); }
  // Folder counts that are not those of the placements that are shown.
  static constexpr const char* wrong_counts =
      "SELECT count(*) FROM collections c WHERE (total_count, unread_count) <> (SELECT count(*), count(*) "
      "FILTER (WHERE"
      " effective_flags & 1 = 0) FROM placements p WHERE p.account_id = c.account_id AND p.collection_id = "
      "c.collection_id AND"
      " standing <> 1)";
  static constexpr const char* unsettled =
      "SELECT (SELECT count(*) FROM placements WHERE standing <> 0 OR effective_flags <> flags) + (SELECT "
      "count(*) FROM"
      " action_objects)";
  void expect_settled() {
    expect_agreement({"INBOX", "Archive", "Trash"});
    EXPECT_EQ(value(wrong_counts), "0");
    EXPECT_EQ(value(unsettled), "0");
    EXPECT_EQ(value(messages_with_other_folders), "0");
  }
  // How often the log tells of that message.
  std::string changes_of(const std::string& subject) {
    return value(
        "SELECT count(*) FROM change_log l, unnest(l.object_ids) o JOIN messages m ON m.message_id = o WHERE "
        "m.subject = '" +
        subject + "'");
  }
};

}  // namespace hermod::testing
