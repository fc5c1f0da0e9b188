// One connection watches every folder (NOTIFY), and what is done where a server does not let it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/conformance/model_engine.hpp"
#include "core/conformance/world.hpp"
#include "plugins/imap/mapping/item_id.hpp"
#include "tests/imap/imap_subject.hpp"

namespace hermod::imap::test {
namespace {

using namespace conformance;
using hermod::test::Call;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

ServerOptions notifying() {
  ServerOptions options{{"ENABLE", "IDLE", "CONDSTORE", "QRESYNC", "ESEARCH", "LIST-EXTENDED", "LIST-STATUS",
                         "NOTIFY", "UNSELECT"}};
  return options;
}

class Notify : public testing::Test {
 protected:
  explicit Notify(ServerOptions options = notifying()) : subject_(std::move(options)), world_(subject_, 1) {
    for (const char* folder : {"Work", "Tést", "A & B"}) {
      world_.create_folder(folder);
      world_.deliver(folder);
    }
    world_.deliver("INBOX");
    engine_.settle();
  }
  PushFacet& push() { return *static_cast<PushFacet*>(engine_.session()->facet(PushFacet::id)); }
  std::vector<CollectionRemoteId> folders() {
    std::vector<CollectionRemoteId> ids;
    for (const auto& [id, collection] : store_.collections()) ids.push_back(id);
    return ids;
  }
  // The event that `change` leads to, which the folders named in it must be.
  template <class Change>
  std::vector<std::string> dirty_after(Change change) {
    Call<Result<PushEvent>> wait(subject_.strand(), push().wait(folders()));
    subject_.strand().drain();
    EXPECT_FALSE(wait.done()) << "nothing has changed yet";
    change();
    auto event = wait.result();
    EXPECT_TRUE(event);
    std::vector<std::string> dirty;
    if (!event) return dirty;
    for (const auto& id : event->dirty) dirty.push_back(id.bytes);
    if (event->collections_changed) dirty.emplace_back("(listing)");
    return dirty;
  }
  std::size_t commands(const std::string& word) {
    return static_cast<std::size_t>(std::ranges::count_if(
        subject_.net().log().commands, [&](const CommandLine& command) { return command.word(0) == word; }));
  }

  ImapSubject subject_;
  World world_;
  ModelStore store_;
  ModelEngine engine_{subject_, store_};
};

TEST_F(Notify, every_folder_is_watched_by_one_connection) {
  EXPECT_EQ(push().watchable(100), 100u);
  EXPECT_THAT(dirty_after([&] { world_.deliver("Work"); }), UnorderedElementsAre("Work"));
  EXPECT_THAT(dirty_after([&] { world_.deliver("INBOX"); }), UnorderedElementsAre("INBOX"));
  EXPECT_EQ(commands("IDLE"), 0u);
  EXPECT_EQ(commands("NOTIFY"), 1u);
}

// Dovecot tells names decoded: the folder must be known all the same.
TEST_F(Notify, folders_are_known_by_their_decoded_names) {
  EXPECT_THAT(dirty_after([&] { world_.deliver("Tést"); }), UnorderedElementsAre("T&AOk-st"));
  EXPECT_THAT(dirty_after([&] { world_.deliver("A & B"); }), UnorderedElementsAre("A &- B"));
}

TEST_F(Notify, changes_of_flags_and_expunges_are_told) {
  const auto uid = subject_.mailbox().find("Work")->messages.front().uid;
  EXPECT_THAT(dirty_after([&] {
                subject_.mailbox().set_flags("Work", uid, {"\\Seen"});
                subject_.net().mailbox_changed();
              }),
              UnorderedElementsAre("Work"));
  EXPECT_THAT(dirty_after([&] {
                subject_.mailbox().expunge("Work", uid);
                subject_.net().mailbox_changed();
              }),
              UnorderedElementsAre("Work"));
}

TEST_F(Notify, new_and_renamed_folders_ask_for_a_listing) {
  EXPECT_THAT(dirty_after([&] { subject_.other_client().create_folder("New"); }),
              UnorderedElementsAre("New", "(listing)"));
  EXPECT_THAT(dirty_after([&] { subject_.other_client().rename_folder("Work", "Play"); }),
              UnorderedElementsAre("Work", "Play", "(listing)"));
}

// What happens while nobody waits is told by the next wait, also when the connection was lost meanwhile.
TEST_F(Notify, nothing_that_happened_between_two_waits_is_missed) {
  EXPECT_THAT(dirty_after([&] { world_.deliver("Work"); }), UnorderedElementsAre("Work"));
  engine_.settle();
  world_.deliver("INBOX");
  auto event = subject_.strand().run(push().wait(folders()));
  ASSERT_TRUE(event);
  EXPECT_THAT(event->dirty, UnorderedElementsAre(CollectionRemoteId{"INBOX"}));
  engine_.settle();
  engine_.drop_session();
  world_.deliver("Work");
  event = subject_.strand().run(push().wait(folders()));
  ASSERT_TRUE(event);  // nothing was listed or read by this session: all of it may be news
  EXPECT_THAT(event->dirty, testing::Contains(CollectionRemoteId{"Work"}));
}

// Dovecot loses what changes right behind a notice.
TEST_F(Notify, what_the_server_kept_to_itself_behind_a_notice_is_found_soon) {
  {
    Call<Result<PushEvent>> wait(subject_.strand(), push().wait(folders()));
    subject_.let_time_pass(std::chrono::hours(1));
    ASSERT_FALSE(wait.done());
  }
  const auto before = commands("NOOP");
  EXPECT_THAT(dirty_after([&] { world_.deliver("Tést"); }), UnorderedElementsAre("T&AOk-st"));
  engine_.settle();
  Call<Result<PushEvent>> wait(subject_.strand(), push().wait(folders()));
  subject_.strand().drain();
  const auto uid = subject_.mailbox().find("T&AOk-st")->messages.front().uid;
  subject_.mailbox().set_flags("T&AOk-st", uid, {"\\Seen"});
  subject_.let_time_pass(std::chrono::hours(1));
  ASSERT_TRUE(wait.done());
  const auto event = wait.result();
  ASSERT_TRUE(event);
  EXPECT_THAT(event->dirty, UnorderedElementsAre(CollectionRemoteId{"T&AOk-st"}));
  EXPECT_EQ(commands("STATUS"), 1u);
  EXPECT_EQ(commands("NOOP"), before) << "minutes later";
}

TEST_F(Notify, a_folder_is_looked_at_once_more_for_each_notice) {
  EXPECT_THAT(dirty_after([&] { world_.deliver("Work"); }), UnorderedElementsAre("Work"));
  engine_.settle();
  Call<Result<PushEvent>> wait(subject_.strand(), push().wait(folders()));
  subject_.let_time_pass(std::chrono::hours(1));
  EXPECT_FALSE(wait.done());
  EXPECT_EQ(commands("STATUS"), 1u);
}

// What the listing told, the engine knows: a reconnection is no reason to look at every folder.
TEST_F(Notify, what_the_listing_told_is_no_news) {
  engine_.drop_session();
  engine_.round();
  EXPECT_THAT(dirty_after([&] { world_.deliver("Work"); }), UnorderedElementsAre("Work"));
}

// The first write to the trash has the folders listed to find it, and tells the engine nothing of them.
TEST_F(Notify, what_a_write_had_listed_is_news) {
  engine_.drop_session();
  world_.deliver("Work");
  const auto& inbox = *subject_.mailbox().find("INBOX");
  const auto id = item_id(UidValidity{inbox.uid_validity}, Uid{inbox.messages.front().uid});
  const Mutation mutation{DeleteItem{{{"INBOX"}, id}, Deletion::to_trash}, {}, "marker", 1};
  const auto outcome = subject_.strand().run(engine_.session()->push_mutation(mutation, {}));
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->result, MutationResult::applied);
  const auto event = subject_.strand().run(push().wait(folders()));
  ASSERT_TRUE(event);
  EXPECT_THAT(event->dirty, testing::Contains(CollectionRemoteId{"Work"}));
}

// A quiet connection is used before servers and NATs forget it.
TEST_F(Notify, a_noop_now_and_then_keeps_the_connection) {
  Call<Result<PushEvent>> wait(subject_.strand(), push().wait(folders()));
  subject_.strand().drain();
  const auto before = commands("NOOP");
  subject_.let_time_pass(std::chrono::hours(1));
  EXPECT_FALSE(wait.done());
  EXPECT_GE(commands("NOOP") - before, 6u);
  EXPECT_EQ(commands("NOTIFY"), 1u);
}

struct PickyNotify : Notify {
  PickyNotify()
      : Notify([] {
          auto options = notifying();
          options.refused_events = {"SubscriptionChange", "MailboxName"};
          return options;
        }()) {}
};

// A server need not know every event (RFC 5465 §5).
TEST_F(PickyNotify, fewer_events_are_better_than_none) {
  EXPECT_THAT(dirty_after([&] { world_.deliver("Work"); }), UnorderedElementsAre("Work"));
  EXPECT_EQ(commands("NOTIFY"), 3u);
}

struct RefusedNotify : Notify {
  RefusedNotify()
      : Notify([] {
          auto options = notifying();
          options.refused_events = {"FlagChange"};
          return options;
        }()) {}
};

TEST_F(RefusedNotify, idle_takes_over) {
  auto event = subject_.strand().run(push().wait(folders()));
  ASSERT_TRUE(event);
  EXPECT_THAT(event->dirty, IsEmpty());  // all: nobody watched so far
  EXPECT_EQ(push().watchable(100), 1u);
  EXPECT_THAT(dirty_after([&] { world_.deliver("A & B"); }), UnorderedElementsAre("A &- B"));
  EXPECT_EQ(commands("IDLE"), 1u);
}

struct OverflowingNotify : Notify {
  OverflowingNotify()
      : Notify([] {
          auto options = notifying();
          options.notify_overflows = true;
          return options;
        }()) {}
};

// The server stopped: all may have changed, and it is asked again, though not for ever.
TEST_F(OverflowingNotify, everything_is_looked_at) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(dirty_after([&] { world_.deliver("Work"); }), UnorderedElementsAre("(listing)"));
    engine_.settle();
  }
  EXPECT_EQ(commands("NOTIFY"), 2u);
  Call<Result<PushEvent>> wait(subject_.strand(), push().wait(folders()));
  world_.deliver("Work");
  ASSERT_TRUE(wait.result());
  EXPECT_EQ(push().watchable(100), 1u);
}

}  // namespace
}  // namespace hermod::imap::test
