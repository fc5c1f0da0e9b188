// What a sync costs: no second download of what is known, no request for what did not change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "plugins/imap/wire/uid_set.hpp"
#include "core/conformance/model_engine.hpp"
#include "core/conformance/world.hpp"
#include "tests/imap/imap_subject.hpp"

namespace hermod::imap::test {
namespace {

using namespace conformance;
using conformance::Tokens;  // not those of the host
using testing::IsEmpty;

const ServerOptions qresync{{"ENABLE", "IDLE", "NAMESPACE", "LITERAL+", "CONDSTORE", "QRESYNC", "ESEARCH",
                             "LIST-EXTENDED", "LIST-STATUS", "UNSELECT"}};
const ServerOptions object_ids{
    {"ENABLE", "IDLE", "CONDSTORE", "QRESYNC", "ESEARCH", "LIST-EXTENDED", "LIST-STATUS", "OBJECTID"}};
const ServerOptions condstore{{"ENABLE", "IDLE", "CONDSTORE", "ESEARCH", "UNSELECT"}};
const ServerOptions bare{{}, "secret", false};
const ServerOptions not_sticky{{"UNSELECT"}, "secret", true, false};

// Messages whose bodies were asked for.
std::uint64_t bodies_asked(const ServerLog& log) {
  std::uint64_t count = 0;
  for (const auto& command : log.commands) {
    const bool whole = command.word(1) == "FETCH" && command.arguments.at(3).lists("BODY.PEEK[]");
    if (whole) count += UidSet::parse(command.arguments.at(2).text).value().count();
  }
  return count;
}

std::map<std::string, std::size_t> counted(const ServerLog& log) {
  std::map<std::string, std::size_t> counts;
  for (const auto& command : log.commands) {
    ++counts[command.word(0) == "UID" ? "UID " + command.word(1) : command.word(0)];
  }
  return counts;
}

// Dovecot: a folder is deleted, and those below it stay.
struct DeletedParent : testing::TestWithParam<const ServerOptions*> {};

TEST_P(DeletedParent, that_is_listed_as_if_it_were_there_is_a_container) {
  auto options = *GetParam();
  options.lists_deleted_parents = true;
  ImapSubject subject(options);
  World world(subject, 1);
  ModelStore store;
  ModelEngine engine(subject, store);
  world.create_folder("Work");
  world.create_folder("Work/Old");
  world.deliver("Work");
  world.deliver("Work/Old");
  engine.settle();
  subject.mailbox().remove_alone("Work");
  const auto page = subject.strand().run(engine.session()->fetch_collections({}));
  ASSERT_TRUE(page);
  std::map<std::string, bool> readable;
  for (const auto& collection : page->collections)
    readable[collection.path] = collection.rights.has(Right::read);
  EXPECT_EQ(readable.at("Work"), false);
  EXPECT_EQ(readable.at("Work/Old"), true);
  const auto changes = subject.strand().run(engine.session()->fetch_changes({"Work"}, {}, {}));
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().kind, ErrorKind::not_found);
}

INSTANTIATE_TEST_SUITE_P(Server, DeletedParent, testing::Values(&qresync, &condstore));

struct Mailbox50 {
  explicit Mailbox50(const ServerOptions& options) : subject(options), world(subject, 1) {
    for (int i = 0; i < 48; ++i) world.create_folder("Folder " + std::to_string(i));
    for (int i = 0; i < 48; ++i) world.deliver("Folder " + std::to_string(i));
    world.deliver("INBOX");
    world.deliver("Trash");
    engine.settle();
    subject.net().log().commands.clear();
  }
  std::map<std::string, std::size_t> round(Tokens tokens = Tokens::honoured) {
    subject.net().log().commands.clear();
    engine.round({}, tokens);
    EXPECT_THAT(store.violations(), IsEmpty());
    return counted(subject.net().log());
  }

  ImapSubject subject;
  World world;
  ModelStore store;
  ModelEngine engine{subject, store};
};

using Counts = std::map<std::string, std::size_t>;

// LIST-STATUS: one command tells that nothing changed in any of the folders.
TEST(RequestsOfAnIdleAccount, none_for_a_folder_whose_status_came_with_the_list) {
  Mailbox50 mailbox(qresync);
  EXPECT_EQ(mailbox.round(), (Counts{{"NAMESPACE", 1}, {"LIST", 1}}));
}

TEST(RequestsOfAnIdleAccount, only_the_changed_folder_is_looked_at) {
  Mailbox50 mailbox(qresync);
  mailbox.world.deliver("Folder 7");
  EXPECT_EQ(mailbox.round(),
            (Counts{{"NAMESPACE", 1}, {"LIST", 1}, {"EXAMINE", 1}, {"UID SEARCH", 1}, {"UID FETCH", 2}}));
  EXPECT_EQ(mailbox.round(), (Counts{{"NAMESPACE", 1}, {"LIST", 1}, {"UNSELECT", 1}}));
}

TEST(RequestsOfAnIdleAccount, a_status_a_folder_where_the_list_brings_none) {
  Mailbox50 mailbox(condstore);
  EXPECT_EQ(mailbox.round(), (Counts{{"LIST", 1}, {"STATUS", 50}}));
}

// Asked all the same: what was found when the folder is opened is enough.
TEST(RequestsOfAnIdleAccount, one_for_a_folder_with_modseqs) {
  for (const auto& options : {qresync, condstore, object_ids}) {
    Mailbox50 mailbox(options);
    auto counts = mailbox.round(Tokens::ignored);
    EXPECT_EQ(counts["EXAMINE"], 50u);
    EXPECT_FALSE(counts.contains("UID FETCH"));
    EXPECT_FALSE(counts.contains("UID SEARCH"));
  }
}

// Nothing but a look tells whether flags changed there. A server without UIDNEXT is asked for the flags, for
// the next UID, and for the newest message, whose UID may be another's since a restore.
TEST(RequestsOfAnIdleAccount, three_for_a_folder_without_modseqs_and_uid_next) {
  Mailbox50 mailbox(bare);
  auto counts = mailbox.round();
  EXPECT_EQ(counts["EXAMINE"], 50u);
  EXPECT_EQ(counts["UID SEARCH"], 50u);
  EXPECT_EQ(counts["UID FETCH"], 100u);
  EXPECT_EQ(bodies_asked(mailbox.subject.net().log()), 0u);
}

struct Renumbering {
  const char* name;
  ServerOptions options;
  std::int64_t step;  // of UIDVALIDITY
  friend void PrintTo(const Renumbering& value, std::ostream* out) { *out << value.name; }
};

class NewUidValidity : public testing::TestWithParam<Renumbering> {
 protected:
  static constexpr std::size_t messages = 30;
  static constexpr FetchLimits few_items{.items_max = 4, .page_bytes_max = 5000, .inline_bytes = 500};

  NewUidValidity() : subject_(GetParam().options), world_(subject_, 1) {
    for (std::size_t i = 0; i < messages; ++i) world_.deliver("INBOX", i % 5 == 0 ? 900 : 100);
  }
  void renumber() {
    const auto now = subject_.mailbox().find("INBOX")->uid_validity;
    subject_.mailbox().renumber("INBOX", static_cast<std::uint32_t>(now + GetParam().step));
    subject_.net().log().commands.clear();
  }
  void expect_in_step() {
    EXPECT_THAT(store_.violations(), IsEmpty());
    EXPECT_THAT(differences(store_.mailbox(RawStability::stable, 0), world_.expected(RawStability::stable)),
                IsEmpty());
  }

  ImapSubject subject_;
  World world_;
  ModelStore store_;
  ModelEngine engine_{subject_, store_};
};

TEST_P(NewUidValidity, downloads_nothing_again_and_tells_no_change) {
  engine_.settle(few_items);
  const auto changes = store_.changes_seen();
  renumber();
  engine_.settle(few_items);
  EXPECT_EQ(bodies_asked(subject_.net().log()), 0u);
  EXPECT_EQ(store_.changes_seen(), changes);
  expect_in_step();
}

TEST_P(NewUidValidity, in_the_middle_of_a_backfill_downloads_what_was_not_committed) {
  EXPECT_FALSE(engine_.round(few_items, Tokens::honoured, {2, Death::When::after_commit}));
  const auto held = store_.collections().at({"INBOX"}).placements.size();
  ASSERT_GT(held, 0u);
  ASSERT_LT(held, messages);
  renumber();
  engine_.settle(few_items);
  EXPECT_EQ(bodies_asked(subject_.net().log()), messages - held);
  expect_in_step();
}

// Some messages are known by two addresses when the second one comes.
TEST_P(NewUidValidity, twice_in_a_row_downloads_nothing_again) {
  engine_.settle(few_items);
  renumber();
  engine_.round(few_items, Tokens::honoured, {1, Death::When::after_commit});
  renumber();
  engine_.settle(few_items);
  EXPECT_EQ(bodies_asked(subject_.net().log()), 0u);
  expect_in_step();
}

const Renumbering renumberings[] = {
    {"qresync_up", qresync, 7},          {"qresync_down", qresync, -7}, {"condstore_down", condstore, -500},
    {"object_ids_down", object_ids, -1}, {"bare_up", bare, 1},          {"bare_down", bare, -1},
};
INSTANTIATE_TEST_SUITE_P(Server, NewUidValidity, testing::ValuesIn(renumberings),
                         [](const auto& info) { return std::string(info.param.name); });

// An older backup comes back under the same UIDVALIDITY: its mod-sequences are behind ours, and pass ours
// again between two pages. What was flagged and expunged since the backup is as it was in it.
TEST(RestoredFolder, is_compared_as_a_whole_though_its_modseqs_have_caught_up) {
  for (const auto& options : {qresync, condstore}) {
    ImapSubject subject(options);
    World world(subject, 1);
    for (int i = 0; i < 10; ++i) world.deliver("INBOX");
    ModelStore store;
    ModelEngine engine(subject, store);
    engine.settle();
    auto& mailbox = subject.mailbox();
    const StoredFolder backup = *mailbox.find("INBOX");
    for (std::uint32_t uid = 1; uid <= 3; ++uid) mailbox.set_flags("INBOX", uid, {"\\Flagged"});
    for (std::uint32_t uid = 4; uid <= 5; ++uid) mailbox.expunge("INBOX", uid);
    for (int i = 0; i < 5; ++i) mailbox.append("INBOX", "Subject: later\r\n\r\nlater", 1'700'000'000 + i);
    engine.settle();
    *mailbox.find("INBOX") = backup;
    for (int i = 0; i < 5; ++i) mailbox.append("INBOX", "Subject: after\r\n\r\nafter", 1'710'000'000 + i);
    engine.round({}, Tokens::honoured, {1, Death::When::after_commit});
    for (int i = 0; i < 20; ++i) mailbox.set_flags("INBOX", 8, {i % 2 == 0 ? "\\Seen" : "\\Answered"});
    engine.settle();
    ModelStore cold;
    ModelEngine(subject, cold).settle();
    EXPECT_THAT(store.violations(), IsEmpty());
    EXPECT_THAT(differences(store.mailbox(RawStability::stable, 0), cold.mailbox(RawStability::stable, 0)),
                IsEmpty());
  }
}

// UIDs that end with the session are no reason to download anything twice, large bodies included.
TEST(UidNotSticky, every_pass_finds_what_is_known) {
  ImapSubject subject(not_sticky);
  World world(subject, 1);
  for (std::size_t i = 0; i < 20; ++i) world.deliver("INBOX", i % 5 == 0 ? 900 : 100);
  ModelStore store;
  ModelEngine engine(subject, store);
  engine.settle({.items_max = 4, .page_bytes_max = 5000, .inline_bytes = 500});
  EXPECT_EQ(bodies_asked(subject.net().log()), 20u);
  const auto changes = store.changes_seen();
  engine.round();
  EXPECT_EQ(store.changes_seen(), changes);
  EXPECT_EQ(bodies_asked(subject.net().log()), 20u);
  EXPECT_THAT(store.violations(), IsEmpty());
  EXPECT_THAT(differences(store.mailbox(RawStability::stable, 0), world.expected(RawStability::stable)),
              IsEmpty());
}

}  // namespace
}  // namespace hermod::imap::test
