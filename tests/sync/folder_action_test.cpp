// Writes to folders: made, renamed, moved, deleted, with what lies in them and waits for them.
#include "core/store/folder_write.hpp"
#include "sync/action_fixture.hpp"

namespace hermod::testing {
namespace {

class FolderActions : public Actions {
 protected:
  // Paths as the API shows them.
  static constexpr const char* paths =
      "SELECT string_agg(path, ' ' ORDER BY path) FROM collections WHERE standing <> 1";
  static constexpr const char* confirmed = "SELECT count(*) FROM collections WHERE standing <> 0";
  // How often the log tells of a new folder, and of another name.
  static constexpr const char* folders_told =
      "SELECT count(*) FILTER (WHERE change = 1) || ' ' || count(*) FILTER (WHERE field & 16 <> 0) FROM "
      "change_log l,"
      " unnest(l.objects, l.changes, l.fields) AS told (object, change, field) WHERE object = 3";
  Result<store::FolderWritten> create(const std::string& name, std::optional<ids::ObjectId> parent = {}) {
    auto connection = database_.connect();
    return store::create_folder(connection, grant_.account_id, {name, parent});
  }
  Result<store::FolderWritten> update(const ids::ObjectId& folder, store::FolderUpdate update) {
    auto connection = database_.connect();
    return store::update_folder(connection, grant_.account_id, folder, update);
  }
  Result<store::FolderWritten> remove(const ids::ObjectId& folder) {
    auto connection = database_.connect();
    return store::delete_folder(connection, grant_.account_id, folder);
  }
  // The mailbox takes nothing until the gate is opened; what is written meanwhile is planned afterwards.
  void hold_writes() {
    mailbox_->line.close_gate(Request::push_mutation);
    write({"third"}, {.starred = true}).value();
    ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  }
  void postpone_next() {
    mailbox_->line.fail_next(
        Request::push_mutation,
        {ErrorKind::unavailable, ErrorScope::item, Retry::after(std::chrono::hours(1)), "later", {}, {}, {}});
  }
  void await_postponed(const ids::ObjectId& action_id) {
    await("SELECT attempts || ' ' || status FROM actions WHERE action_id = '" + ids::to_uuid_text(action_id) +
              "'",
          "1 0");
  }
  // What was postponed is due.
  void now() {
    value("UPDATE actions SET due_at = now() WHERE finished_at IS NULL RETURNING 1");
    auto connection = database_.connect();
    store::wake_actions(connection, grant_.account_id);
  }
  // As the store has them, also after another listing, which tells of a new folder.
  void expect_folders(const std::string& expected) {
    EXPECT_EQ(value(paths), expected);
    EXPECT_EQ(value(confirmed), "0");
    mailbox_->create_folder("~");
    await(paths, expected + " ~");
  }
  void let_writes_go() { mailbox_->line.open_gate(Request::push_mutation); }
};

// Shown at once, also as the place of a message, which waits until it is there.
TEST_F(FolderActions, a_folder_is_made_and_filled) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto work = create("Work").value();
  const auto inner = create("Inner", work.folder_id).value();
  const auto moved = write({"first"}, {.folders = std::vector{inner.folder_id}}).value();
  EXPECT_EQ(value(paths), "Archive INBOX Trash Work Work/Inner");
  EXPECT_EQ(create("Work").error().kind, ErrorKind::conflict);
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(*inner.action_id);
  await_done(moved);
  EXPECT_EQ(mailbox_->list("Work/Inner").size(), 1u);
  await(folder("Inner"), "first");
  EXPECT_EQ(folder_id("Inner"), inner.folder_id);
  EXPECT_EQ(value(confirmed), "0");
  EXPECT_EQ(value(unsettled), "0");
}

TEST_F(FolderActions, a_folder_is_renamed_and_moved_with_what_lies_in_it) {
  start_live();
  const auto work = create("Work").value();
  const auto inner = create("Inner", work.folder_id).value();
  await_done(write({"first"}, {.folders = std::vector{inner.folder_id}}).value());
  EXPECT_EQ(update(work.folder_id, {{}, std::optional(inner.folder_id), {}}).error().kind,
            ErrorKind::invalid_argument);
  const auto renamed = update(work.folder_id, {"Play", std::optional(folder_id("Archive")), {}}).value();
  EXPECT_EQ(value(paths), "Archive Archive/Play Archive/Play/Inner INBOX Trash");
  await_done(*renamed.action_id);
  EXPECT_EQ(mailbox_->list("Archive/Play/Inner").size(), 1u);
  mailbox_->deliver("Archive/Play/Inner", message("later"), {1'700'000'009});
  await(folder("Inner"), "first later");
  EXPECT_EQ(value(paths), "Archive Archive/Play Archive/Play/Inner INBOX Trash");
  EXPECT_EQ(folder_id("Inner"), inner.folder_id);
  EXPECT_EQ(value(confirmed), "0");
}

TEST_F(FolderActions, a_folder_is_deleted_with_what_lies_below) {
  start_live();
  const auto work = create("Work").value();
  const auto inner = create("Inner", work.folder_id).value();
  await_done(write({"first"}, {.folders = std::vector{inner.folder_id}}).value());
  const auto gone = remove(work.folder_id).value();
  EXPECT_EQ(value(paths), "Archive INBOX Trash");
  await_done(*gone.action_id);
  EXPECT_THROW((void)mailbox_->list("Work/Inner"), std::invalid_argument);
  EXPECT_THROW((void)mailbox_->list("Work"), std::invalid_argument);
  await("SELECT count(*) FROM messages", "2");
  EXPECT_EQ(value("SELECT count(*) FROM collections"), "3");
  EXPECT_EQ(remove(folder_id("INBOX")).error().kind, ErrorKind::invalid_argument);
}

TEST_F(FolderActions, a_folder_that_is_deleted_before_it_is_made_never_is) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto held = write({"first"}, {.starred = true}).value();
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  const auto made = create("Work").value();
  const auto gone = remove(made.folder_id).value();
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(held);
  await_done(*made.action_id);
  await_done(*gone.action_id);
  EXPECT_EQ(value("SELECT count(*) FROM collections"), "3");
  EXPECT_THROW((void)mailbox_->list("Work"), std::invalid_argument);
}

TEST_F(FolderActions, what_the_server_refuses_is_taken_back) {
  start_live();
  const Error refusal{
      ErrorKind::denied, ErrorScope::collection, Retry::never(), "no folders here", {}, {}, {}};
  mailbox_->line.fail_next(Request::push_mutation, refusal, 3);
  await_status(*create("Work").value().action_id, actions::ActionStatus::failed);
  EXPECT_EQ(value(paths), "Archive INBOX Trash");
  await_status(*update(folder_id("Archive"), {"Attic", {}, {}}).value().action_id,
               actions::ActionStatus::failed);
  await(paths, "Archive INBOX Trash");
  await_status(*remove(folder_id("Trash")).value().action_id, actions::ActionStatus::failed);
  EXPECT_EQ(value(paths), "Archive INBOX Trash");
  EXPECT_EQ(value(confirmed), "0");
}

// The name of a folder that leaves can be given at once: to another one, which keeps what lies in it.
TEST_F(FolderActions, a_deletion_takes_no_folder_that_is_renamed_to_its_name) {
  start_live();
  for (const char* path : {"Old", "Old/inner", "New", "New/inner"}) mailbox_->create_folder(path);
  mailbox_->deliver("New/inner", message("kept"), {1'700'000'009});
  await(folder("inner"), "kept");
  const ids::ObjectId old_folder = folder_id("Old"), new_folder = folder_id("New");
  hold_writes();
  const auto gone = remove(old_folder).value();
  const auto renamed = update(new_folder, {"Old", {}, {}}).value();
  EXPECT_EQ(value(paths), "Archive INBOX Old Old/inner Trash");
  let_writes_go();
  await_done(*gone.action_id);
  await_done(*renamed.action_id);
  EXPECT_EQ(mailbox_->list("Old/inner").size(), 1u);
  EXPECT_EQ(folder_id("Old"), new_folder);
  EXPECT_EQ(value(folder("inner")), "kept");
  EXPECT_EQ(value(paths), "Archive INBOX Old Old/inner Trash");
  EXPECT_EQ(value(confirmed), "0");
}

TEST_F(FolderActions, a_deletion_takes_no_folder_that_is_made_in_its_place) {
  start_live();
  await_done(*create("Work").value().action_id);
  hold_writes();
  const auto gone = remove(folder_id("Work")).value();
  const auto work = create("Work").value();
  const auto inner = create("inner", work.folder_id).value();
  let_writes_go();
  await_done(*gone.action_id);
  await_done(*work.action_id);
  await_done(*inner.action_id);
  EXPECT_TRUE(mailbox_->list("Work/inner").empty());
  EXPECT_EQ(folder_id("Work"), work.folder_id);
  EXPECT_EQ(folder_id("inner"), inner.folder_id);
  EXPECT_EQ(value(confirmed), "0");
}

// Each is sent, though what is confirmed of the one before names the folder otherwise.
TEST_F(FolderActions, a_folder_is_renamed_before_it_is_made) {
  start_live();
  hold_writes();
  const auto work = create("Work").value();
  const auto renamed = update(work.folder_id, {"Play", {}, {}}).value();
  let_writes_go();
  await_done(*renamed.action_id);
  EXPECT_TRUE(mailbox_->list("Play").empty());
  EXPECT_EQ(folder_id("Play"), work.folder_id);
  expect_folders("Archive INBOX Play Trash");
}

// The listing that shows what was done has a name that is not shown any more.
TEST_F(FolderActions, a_folder_that_a_listing_shows_is_the_one_that_is_renamed_already) {
  start_live();
  mailbox_->line.close_gate(Request::push_mutation);
  const auto work = create("Work").value();
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  const auto renamed = update(work.folder_id, {"Play", {}, {}}).value();
  mailbox_->line.lose_next_answer(Request::push_mutation);
  let_writes_go();
  await_done(*renamed.action_id);
  EXPECT_TRUE(mailbox_->list("Play").empty());
  EXPECT_EQ(folder_id("Play"), work.folder_id);
  expect_folders("Archive INBOX Play Trash");
}

TEST_F(FolderActions, a_folder_is_renamed_twice) {
  start_live();
  const ids::ObjectId archive = folder_id("Archive");
  hold_writes();
  update(archive, {"Attic", {}, {}}).value();
  const auto renamed = update(archive, {"Loft", {}, {}}).value();
  let_writes_go();
  await_done(*renamed.action_id);
  EXPECT_TRUE(mailbox_->list("Loft").empty());
  EXPECT_EQ(folder_id("Loft"), archive);
  expect_folders("INBOX Loft Trash");
}

TEST_F(FolderActions, a_folder_and_the_one_above_are_renamed_in_either_order) {
  start_live();
  for (const char* path : {"One", "One/inner", "Two", "Two/below"}) mailbox_->create_folder(path);
  await(paths, "Archive INBOX One One/inner Trash Two Two/below");
  hold_writes();
  update(folder_id("One"), {"First", {}, {}}).value();
  update(folder_id("inner"), {"core", {}, {}}).value();
  update(folder_id("below"), {"under", {}, {}}).value();
  const auto last = update(folder_id("Two"), {"Second", {}, {}}).value();
  let_writes_go();
  await_done(*last.action_id);
  EXPECT_TRUE(mailbox_->list("First/core").empty());
  EXPECT_TRUE(mailbox_->list("Second/under").empty());
  expect_folders("Archive First First/core INBOX Second Second/under Trash");
}

TEST_F(FolderActions, a_second_name_is_given_though_the_first_was_refused) {
  start_live();
  const ids::ObjectId archive = folder_id("Archive");
  mailbox_->line.close_gate(Request::push_mutation);
  const auto first = update(archive, {"Attic", {}, {}}).value();
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::push_mutation));
  const auto second = update(archive, {"Loft", {}, {}}).value();
  mailbox_->line.fail_next(
      Request::push_mutation,
      {ErrorKind::denied, ErrorScope::collection, Retry::never(), "not that name", {}, {}, {}});
  let_writes_go();
  await_status(*first.action_id, actions::ActionStatus::failed);
  await_done(*second.action_id);
  EXPECT_TRUE(mailbox_->list("Loft").empty());
  expect_folders("INBOX Loft Trash");
}

// What may still hold the name, or lie below, must have gone: also where that has to be tried again.
TEST_F(FolderActions, a_folder_is_made_once_its_name_is_free) {
  start_live();
  postpone_next();
  const auto renamed = update(folder_id("Archive"), {"Attic", {}, {}}).value();
  const auto made = create("Archive").value();
  await_postponed(*renamed.action_id);
  EXPECT_EQ(value("SELECT count(*) FROM actions WHERE status = 0 AND attempts = 0"), "1");
  now();
  await_done(*made.action_id);
  postpone_next();
  const auto gone = remove(folder_id("Trash")).value();
  const auto again = create("Trash").value();
  await_postponed(*gone.action_id);
  EXPECT_EQ(value("SELECT count(*) FROM actions WHERE status = 0 AND attempts = 0"), "1");
  now();
  await_done(*again.action_id);
  EXPECT_EQ(folder_id("Archive"), made.folder_id);
  EXPECT_EQ(folder_id("Trash"), again.folder_id);
  expect_folders("Archive Attic INBOX Trash");
}

TEST_F(FolderActions, a_folder_is_deleted_once_what_lay_below_is_elsewhere) {
  start_live();
  mailbox_->create_folder("Trash/kept");
  mailbox_->deliver("Trash/kept", message("kept"), {1'700'000'009});
  await(folder("kept"), "kept");
  postpone_next();
  const auto saved = update(folder_id("kept"), {{}, std::optional<ids::ObjectId>(), {}}).value();
  const auto gone = remove(folder_id("Trash")).value();
  await_postponed(*saved.action_id);
  EXPECT_EQ(value("SELECT count(*) FROM actions WHERE status = 0 AND attempts = 0"), "1");
  now();
  await_done(*gone.action_id);
  EXPECT_EQ(mailbox_->list("kept").size(), 1u);
  expect_folders("Archive INBOX kept");
}

// Also while the folder that they need cannot be made: nothing is asked of the mailbox for them until then.
TEST_F(FolderActions, what_needs_a_new_folder_waits_for_it) {
  start_live();
  postpone_next();
  const auto work = create("Work").value();
  const auto inner = create("inner", work.folder_id).value();
  const auto archive = update(folder_id("Archive"), {{}, std::optional(work.folder_id), {}}).value();
  const auto moved = write({"first"}, {.folders = std::vector{work.folder_id}}).value();
  await_postponed(*work.action_id);
  await_done(write({"second"}, {.starred = true}).value());
  EXPECT_EQ(value("SELECT count(*) FROM actions WHERE status = 0 AND attempts = 0 AND due_at <= now()"), "3");
  now();
  for (const auto& action_id : {*inner.action_id, *archive.action_id, moved}) await_done(action_id);
  EXPECT_EQ(mailbox_->list("Work").size(), 1u);
  EXPECT_TRUE(mailbox_->list("Work/inner").empty());
  EXPECT_TRUE(mailbox_->list("Work/Archive").empty());
  EXPECT_EQ(folder_id("inner"), inner.folder_id);
  expect_folders("INBOX Trash Work Work/Archive Work/inner");
}

TEST_F(FolderActions, what_needs_a_folder_that_is_never_made_fails) {
  start_live();
  hold_writes();
  const auto work = create("Work").value();
  const auto inner = create("inner", work.folder_id).value();
  const auto moved = write({"first"}, {.folders = std::vector{work.folder_id}}).value();
  const auto deleted = create("Play").value();
  const auto also_moved = write({"second"}, {.folders = std::vector{deleted.folder_id}}).value();
  const auto gone = remove(deleted.folder_id).value();
  mailbox_->line.fail_next(Request::push_mutation,
                           {ErrorKind::unavailable, ErrorScope::item, Retry::now(), "again", {}, {}, {}});
  mailbox_->line.fail_next(
      Request::push_mutation,
      {ErrorKind::denied, ErrorScope::collection, Retry::never(), "no folders here", {}, {}, {}});
  let_writes_go();
  await_status(*work.action_id, actions::ActionStatus::failed);
  await_status(*inner.action_id, actions::ActionStatus::failed);
  await_status(moved, actions::ActionStatus::failed);
  await_status(also_moved, actions::ActionStatus::failed);
  await_done(*gone.action_id);
  await(folder("INBOX"), "first second third");
  expect_folders("Archive INBOX Trash");
}

// Also told with its parent, it is no change.
TEST_F(FolderActions, a_folder_keeps_its_own_name) {
  start_live();
  const auto work = create("Work").value();
  const auto inner = create("inner", work.folder_id).value();
  await_done(*inner.action_id);
  EXPECT_FALSE(update(inner.folder_id, {"inner", {}, {}}).value().action_id);
  EXPECT_FALSE(update(inner.folder_id, {"inner", std::optional(work.folder_id), {}}).value().action_id);
  EXPECT_FALSE(update(work.folder_id, {"Work", std::optional<ids::ObjectId>(), {}}).value().action_id);
  EXPECT_EQ(update(work.folder_id, {"Archive", {}, {}}).error().kind, ErrorKind::conflict);
  EXPECT_EQ(value(folders_told), "5 0");
}

// Where "/" divides nothing it is a letter of a name.
TEST_F(FolderActions, a_name_with_a_slash_lies_in_no_folder) {
  start_live();
  const auto work = create("Work").value();
  const auto slash = create("Work/plans").value();
  await_done(*work.action_id);
  await_done(*slash.action_id);
  await_done(*update(work.folder_id, {"Play", {}, {}}).value().action_id);
  EXPECT_EQ(value(paths), "Archive INBOX Play Trash Work/plans");
  await_done(*remove(work.folder_id).value().action_id);
  EXPECT_EQ(value(paths), "Archive INBOX Trash Work/plans");
  EXPECT_EQ(folder_id("Work/plans"), slash.folder_id);
}

// What another client put there nobody asked to delete.
TEST_F(FolderActions, a_deletion_spares_what_came_into_the_folder_meanwhile) {
  start_live();
  await_done(*create("Work").value().action_id);
  hold_writes();
  const auto gone = remove(folder_id("Work")).value();
  mailbox_->create_folder("Work/late");
  mailbox_->deliver("Work/late", message("kept"), {1'700'000'009});
  await(folder("late"), "kept");
  let_writes_go();
  await_status(*gone.action_id, actions::ActionStatus::failed);
  EXPECT_EQ(mailbox_->list("Work/late").size(), 1u);
  EXPECT_EQ(value(paths), "Archive INBOX Trash Work Work/late");
  EXPECT_EQ(value(confirmed), "0");
}

// The answer was lost, and a listing shows that it was done.
TEST_F(FolderActions, a_folder_that_a_listing_shows_is_the_one_that_was_made) {
  start_live();
  mailbox_->line.lose_next_answer(Request::push_mutation);
  const auto work = create("Work").value();
  await_done(*work.action_id);
  EXPECT_EQ(folder_id("Work"), work.folder_id);
  mailbox_->deliver("Work", message("later"), {1'700'000'009});
  await(folder("Work"), "later");
  EXPECT_EQ(value(paths), "Archive INBOX Trash Work");
}

// A listing that was asked for before the folders were changed tells of what was.
TEST_F(FolderActions, a_listing_from_before_a_change_does_not_undo_it) {
  start_live();
  const ids::ObjectId archive = folder_id("Archive");
  mailbox_->line.close_gate(Request::answer_collections);
  mailbox_->create_folder("Later");
  ASSERT_TRUE(mailbox_->line.await_blocked(Request::answer_collections));
  await_done(*update(archive, {"Attic", {}, {}}).value().action_id);
  await_done(*remove(folder_id("Trash")).value().action_id);
  mailbox_->line.open_gate(Request::answer_collections);
  await(paths, "Attic INBOX Later");
  EXPECT_EQ(folder_id("Attic"), archive);
  EXPECT_EQ(value(folders_told), "4 1");
}

TEST_F(FolderActions, a_role_is_given_by_the_application) {
  start_live();
  EXPECT_FALSE(update(folder_id("Archive"), {{}, {}, Role::trash}).value().action_id);
  mailbox_->create_folder("Later");
  await("SELECT string_agg(path || ' ' || role, ' ' ORDER BY path) FROM collections",
        "Archive 4 INBOX 1 Later 0 Trash 0");
}

// Also once a listing found it otherwise.
TEST_F(FolderActions, a_new_folder_has_the_role_source_that_a_listing_tells) {
  start_live();
  const std::string source = "SELECT role_source FROM collections WHERE name = 'Work'";
  const auto declared = std::to_string(static_cast<int>(RoleSource::declared));
  mailbox_->line.close_gate(Request::push_mutation);
  const auto work = create("Work").value();
  EXPECT_EQ(value(source), declared);
  mailbox_->line.open_gate(Request::push_mutation);
  await_done(*work.action_id);
  value("UPDATE collections SET role_source = 1 WHERE name = 'Work' RETURNING 1");
  expect_folders("Archive INBOX Trash Work");
  EXPECT_EQ(value(source), declared);
}

}  // namespace
}  // namespace hermod::testing
