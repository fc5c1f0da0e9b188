// Writes: what they leave in the mailbox, on servers that offer more or less, and when the connection breaks
// at any point of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/imap/mapping/item_id.hpp"
#include "plugins/imap/mapping/items.hpp"
#include "core/conformance/message_text.hpp"
#include "core/conformance/model_engine.hpp"
#include "tests/imap/imap_subject.hpp"

namespace hermod::imap::test {
namespace {

using namespace conformance;
using testing::ElementsAre;
using testing::IsEmpty;

const ServerOptions complete{{"LITERAL+", "MOVE", "UIDPLUS", "UNSELECT", "ESEARCH", "ENABLE", "CONDSTORE",
                              "QRESYNC", "LIST-EXTENDED", "LIST-STATUS"}};
const ServerOptions no_move{{"UIDPLUS", "ESEARCH", "UNSELECT"}};
const ServerOptions bare{{}, "secret", false};

const CollectionRemoteId inbox{"INBOX"}, work{"Work"}, drafts{"Drafts"};
constexpr const char* message_id = "one@x";

// There is no trash. INBOX has two messages, of which the first is written; Drafts has an older draft.
class Written {
 public:
  explicit Written(const ServerOptions& options) : subject_(options) {
    mailbox().remove("Trash");
    for (const char* name : {"Work", "Work/Old", "Drafts"}) mailbox().create(name);
    uid_ = mailbox().append("INBOX", message_text(message_id, 30), 1'700'000'000);
    mailbox().append("INBOX", message_text("two@x", 30), 1'700'000'000);
    draft_uid_ = mailbox().append("Drafts", message_text("older@x", 10), 1'700'000'000, {"\\Draft"});
    engine_.settle();
    EXPECT_THAT(store_.violations(), IsEmpty());
  }

  ImapSubject& subject() { return subject_; }
  StoredMailbox& mailbox() { return subject_.mailbox(); }
  MemoryNet& net() { return subject_.net(); }
  ModelEngine& engine() { return engine_; }
  ModelStore& store() { return store_; }
  ItemAddress item() { return {inbox, id_in("INBOX", uid_)}; }
  ItemAddress nobody() { return {inbox, id_in("INBOX", 99)}; }
  PutDraft draft() {
    return {drafts, id_in("Drafts", draft_uid_), message_text("newer@x", 20), {9}, 1'750'000'000};
  }
  RemoteId id_in(const std::string& folder, std::uint32_t uid) {
    return item_id(UidValidity{mailbox().find(folder)->uid_validity}, Uid{uid});
  }

  template <class Change>
  Result<MutationOutcome> push(Change change, int attempt = 1, std::optional<RemoteVersion> base = {}) {
    Mutation mutation{std::move(change), std::move(base), "marker", attempt};
    return subject_.strand().run(engine_.session()->push_mutation(std::move(mutation), {}));
  }
  // `applied`, or what is wrong.
  template <class Change>
  std::string pushed(Change change, int attempt = 1, std::optional<RemoteVersion> base = {}) {
    constexpr const char* results[] = {"applied", "conflict", "failed", "unknown"};
    const auto outcome = push(std::move(change), attempt, std::move(base));
    if (!outcome) return "error " + std::string(to_string(outcome.error().kind));
    std::string text = results[static_cast<int>(outcome->result)];
    if (outcome->error) text += ' ' + std::string(to_string(outcome->error->kind));
    return text;
  }
  // As the engine does: again while it cannot be told whether it was done.
  template <class Change>
  std::string pushed_until_told(Change change) {
    std::string told;
    for (int attempt = 1, tries = 0; tries < 5; ++tries) {
      told = pushed(change, attempt);
      if (told.starts_with("unknown")) {
        ++attempt;
      } else if (!told.starts_with("error")) {
        break;
      }
    }
    return told;
  }

  // `id flags` of the messages there.
  std::vector<std::string> messages(const std::string& folder) {
    std::vector<std::string> lines;
    for (const auto& message : mailbox().find(folder)->messages) {
      std::string line = message_id_in(message.raw);
      for (const auto& flag : message.flags) line += ' ' + flag;
      lines.push_back(std::move(line));
    }
    return lines;
  }
  std::vector<std::string> folders() {
    std::vector<std::string> names;
    for (const auto& [name, folder] : mailbox().folders())
      names.push_back(name + (folder.container ? "!" : ""));
    return names;
  }

 private:
  ImapSubject subject_;
  ModelStore store_;
  ModelEngine engine_{subject_, store_};
  std::uint32_t uid_ = 0, draft_uid_ = 0;
};

struct Kind {
  const char* name;
  ServerOptions options;
  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};
const Kind kinds[] = {{"complete", complete}, {"no_move", no_move}, {"bare", bare}};

class Writes : public testing::TestWithParam<Kind> {
 protected:
  // Breaks the connection after each few octets that the server says; `expect` judges the end.
  template <class Push, class Expect>
  void broken_anywhere(Push push, Expect expect) {
    constexpr std::size_t stride = 5, octets_max = 20'000;
    for (std::size_t octets = 0; octets < octets_max; octets += stride) {
      SCOPED_TRACE("cut after " + std::to_string(octets));
      Written written(GetParam().options);
      written.net().faults().bytes_until_cut = octets;
      EXPECT_EQ(push(written), "applied");
      expect(written);
      if (written.net().faults().bytes_until_cut != SIZE_MAX || testing::Test::HasFailure()) return;
    }
    FAIL() << "it never came to its end";
  }
  // Says BYE instead of doing what each command asks for.
  template <class Push, class Expect>
  void refused_anywhere(Push push, Expect expect) {
    constexpr std::size_t commands_max = 60;
    for (std::size_t command = 0; command < commands_max; ++command) {
      SCOPED_TRACE("BYE at command " + std::to_string(command));
      Written written(GetParam().options);
      auto& log = written.net().log();
      log.bye_at_command = log.commands.size() + command;
      EXPECT_EQ(push(written), "applied");
      expect(written);
      if (log.bye_at_command != SIZE_MAX || testing::Test::HasFailure()) return;
    }
    FAIL() << "it never came to its end";
  }
  template <class Push, class Expect>
  void at_any_fault(Push push, Expect expect) {
    broken_anywhere(push, expect);
    refused_anywhere(push, expect);
  }
};

// Once, whatever happened: twice is a message too many, never is one lost.
TEST_P(Writes, flags_are_set_whatever_breaks) {
  at_any_fault(
      [](Written& w) { return w.pushed_until_told(SetFlags{w.item(), {1}, {}, {"Label"}, {}}); },
      [](Written& w) { EXPECT_THAT(w.messages("INBOX"), ElementsAre("one@x \\Seen Label", "two@x")); });
}

TEST_P(Writes, a_message_is_moved_once_whatever_breaks) {
  at_any_fault([](Written& w) { return w.pushed_until_told(MoveItem{w.item(), work}); },
               [](Written& w) {
                 EXPECT_THAT(w.messages("INBOX"), ElementsAre("two@x"));
                 EXPECT_THAT(w.messages("Work").size(), 1u);
               });
}

TEST_P(Writes, a_message_is_copied_once_whatever_breaks) {
  at_any_fault([](Written& w) { return w.pushed_until_told(CopyItem{w.item(), work}); },
               [](Written& w) {
                 EXPECT_THAT(w.messages("INBOX"), ElementsAre("one@x", "two@x"));
                 EXPECT_THAT(w.messages("Work"), ElementsAre("one@x"));
               });
}

TEST_P(Writes, a_message_is_deleted_whatever_breaks) {
  at_any_fault([](Written& w) { return w.pushed_until_told(DeleteItem{w.item(), Deletion::for_good}); },
               [](Written& w) { EXPECT_THAT(w.messages("INBOX"), ElementsAre("two@x")); });
}

TEST_P(Writes, a_draft_is_put_once_and_never_missing_whatever_breaks) {
  at_any_fault([](Written& w) { return w.pushed_until_told(w.draft()); },
               [](Written& w) {
                 EXPECT_THAT(w.messages("Drafts"), ElementsAre("newer@x \\Seen \\Draft"));
                 EXPECT_EQ(w.mailbox().find("Drafts")->messages.back().received_at, 1'750'000'000);
               });
}

TEST_P(Writes, folders_are_changed_once_whatever_breaks) {
  at_any_fault([](Written& w) { return w.pushed_until_told(CreateCollection{work, "Né & w", {}}); },
               [](Written& w) {
                 EXPECT_THAT(w.folders(),
                             ElementsAre("Drafts", "INBOX", "Work", "Work/N&AOk- &- w", "Work/Old"));
               });
  at_any_fault([](Written& w) { return w.pushed_until_told(RenameCollection{work, drafts, "Jobs"}); },
               [](Written& w) {
                 EXPECT_THAT(w.folders(), ElementsAre("Drafts", "Drafts/Jobs", "Drafts/Jobs/Old", "INBOX"));
               });
  at_any_fault([](Written& w) { return w.pushed_until_told(DeleteCollection{work}); },
               [](Written& w) { EXPECT_THAT(w.folders(), ElementsAre("Drafts", "INBOX")); });
}

// Servers answer OK for what is not there.
TEST_P(Writes, of_what_is_not_there_are_told_so) {
  Written w(GetParam().options);
  EXPECT_EQ(w.pushed(SetFlags{w.nobody(), {1}, {}, {}, {}}), "failed not_found");
  EXPECT_EQ(w.pushed(MoveItem{w.nobody(), work}), "failed not_found");
  EXPECT_EQ(w.pushed(CopyItem{w.nobody(), work}), "failed not_found");
  EXPECT_EQ(w.pushed(DeleteItem{w.nobody(), Deletion::for_good}), "failed not_found");
  EXPECT_EQ(w.pushed(MoveItem{w.item(), {"Nowhere"}}), "failed not_found");
  EXPECT_EQ(w.pushed(CopyItem{w.item(), {"Nowhere"}}), "failed not_found");
  EXPECT_EQ(w.pushed(PutDraft{{"Nowhere"}, {}, "Subject: s\r\n\r\n", {8}}), "failed not_found");
  EXPECT_THAT(w.messages("INBOX"), ElementsAre("one@x", "two@x"));
}

// The application decided by what it saw.
TEST_P(Writes, of_another_version_are_conflicts) {
  Written w(GetParam().options);
  const auto seen = w.push(SetFlags{w.item(), {1}, {}, {}, {}});
  ASSERT_TRUE(seen && seen->new_version);
  w.mailbox().set_flags("INBOX", 1, {"\\Seen", "\\Flagged"});
  w.net().mailbox_changed();
  EXPECT_EQ(w.pushed(SetFlags{w.item(), {4}, {}, {}, {}}, 1, seen->new_version), "conflict conflict");
  EXPECT_EQ(w.pushed(MoveItem{w.item(), work}, 1, seen->new_version), "conflict conflict");
  EXPECT_EQ(w.pushed(DeleteItem{w.item(), Deletion::for_good}, 1, seen->new_version), "conflict conflict");
  EXPECT_THAT(w.messages("INBOX"), ElementsAre("one@x \\Seen \\Flagged", "two@x"));
  // Done by the attempt before, whose answer was lost.
  EXPECT_EQ(w.pushed(SetFlags{w.item(), {2}, {}, {}, {}}, 2, seen->new_version), "applied");
}

// The echo of a write in the next delta must not look like a change by somebody else.
TEST_P(Writes, are_no_news_in_the_next_delta) {
  Written w(GetParam().options);
  const auto confirm = [&](auto change) {
    const Mutation mutation{change, {}, "marker", 1};
    const auto outcome = w.push(change);
    ASSERT_TRUE(outcome);
    ASSERT_EQ(outcome->result, MutationResult::applied);
    w.store().confirm(mutation, *outcome);
  };
  confirm(SetFlags{w.item(), {1}, {}, {}, {}});
  confirm(MoveItem{w.item(), work});
  confirm(DeleteItem{{inbox, w.id_in("INBOX", 2)}, Deletion::for_good});
  const auto before = w.store().changes_seen();
  w.engine().settle();
  EXPECT_EQ(w.store().changes_seen(), before);
  EXPECT_THAT(w.store().violations(), IsEmpty());
}

// What somebody else marked for deletion is theirs to expunge.
TEST_P(Writes, expunge_nothing_but_their_own) {
  Written w(GetParam().options);
  w.mailbox().set_flags("INBOX", 2, {"\\Deleted"});
  EXPECT_EQ(w.pushed(MoveItem{w.item(), work}), "applied");
  EXPECT_EQ(w.pushed(SetFlags{{inbox, w.id_in("INBOX", 2)}, {1}, {}, {}, {}}), "applied");
  w.engine().settle();  // leaves the folder
  const auto left = w.messages("INBOX");
  EXPECT_THAT(left.back(), "two@x \\Deleted \\Seen");
  const bool alone = GetParam().options.capabilities.contains("UIDPLUS");
  EXPECT_EQ(left.size(), alone ? 1u : 2u);
  if (!alone) EXPECT_EQ(left.front(), "one@x \\Deleted");
  EXPECT_THAT(w.messages("Work").size(), 1u);
}

TEST_P(Writes, to_the_trash_need_one) {
  Written w(GetParam().options);
  EXPECT_EQ(w.pushed(DeleteItem{w.item(), Deletion::to_trash}), "failed unsupported");
  EXPECT_EQ(w.pushed(CreateCollection{{}, "Trash", {}}), "applied");
  EXPECT_EQ(w.pushed(DeleteItem{w.item(), Deletion::to_trash}), "applied");
  EXPECT_THAT(w.messages("INBOX"), ElementsAre("two@x"));
  EXPECT_THAT(w.messages("Trash").size(), 1u);
}

// A pass over a folder takes many calls, and applications write meanwhile.
TEST_P(Writes, between_two_pages_of_a_pass_disturb_nothing) {
  Written w(GetParam().options);
  for (int i = 0; i < 9; ++i)
    w.mailbox().append("INBOX", message_text("more" + std::to_string(i) + "@x", 10), 0);
  constexpr FetchLimits few_items{.items_max = 2, .page_bytes_max = 5000, .inline_bytes = 500};
  ImapSubject& subject = w.subject();
  ModelStore cold;
  auto session = subject.open(cold, "cold");
  ASSERT_TRUE(session);
  std::set<RemoteId> listed;
  SyncCursor cursor;
  for (int page_number = 0; page_number < 20; ++page_number) {
    auto page = subject.strand().run((*session)->fetch_changes(inbox, cursor, few_items));
    ASSERT_TRUE(page);
    for (const auto& item : page->items) listed.insert(item.remote_id);
    if (page->complete) break;
    cursor = page->next;
    const Mutation flag{SetFlags{w.item(), {1}, {}, {}, {}}, {}, "marker", 1};
    const auto outcome = subject.strand().run((*session)->push_mutation(flag, cursor));
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->result, MutationResult::applied);
    w.mailbox().append("INBOX", message_text("late" + std::to_string(page_number) + "@x", 10), 0);
  }
  // Those that came late are told by the pass that saw them, or by the next.
  auto next = subject.strand().run((*session)->fetch_changes(inbox, cursor, {}));
  for (const auto& message : w.mailbox().find("INBOX")->messages) {
    if (!message_id_in(message.raw).starts_with("late"))
      EXPECT_TRUE(listed.contains(w.id_in("INBOX", message.uid))) << message_id_in(message.raw);
  }
}

TEST_P(Writes, of_folders_are_named_as_the_server_lists_them) {
  Written w(GetParam().options);
  const auto created = w.push(CreateCollection{{}, "日本 \"語\" 100%*", {}});
  ASSERT_TRUE(created && created->new_collection);
  EXPECT_TRUE(w.mailbox().find(created->new_collection->bytes) != nullptr);
  EXPECT_TRUE(w.mailbox().is_subscribed(created->new_collection->bytes));
  const auto renamed = w.push(RenameCollection{work, *created->new_collection, "Jobs"});
  ASSERT_TRUE(renamed && renamed->new_collection);
  const auto name = created->new_collection->bytes + "/Jobs";
  EXPECT_EQ(renamed->new_collection->bytes, name);
  ASSERT_EQ(renamed->moved_collections.size(), 1u);
  EXPECT_EQ(renamed->moved_collections[0].from.bytes, "Work/Old");
  EXPECT_EQ(renamed->moved_collections[0].to.bytes, name + "/Old");
}

TEST_P(Writes, of_folders_refuse_what_makes_no_sense) {
  Written w(GetParam().options);
  const auto create = [&](const char* parent, std::string name) {
    return w.pushed(CreateCollection{{parent}, std::move(name), {}});
  };
  EXPECT_EQ(create("", ""), "failed invalid_argument");
  EXPECT_EQ(create("", "a/b"), "failed invalid_argument");
  EXPECT_EQ(create("", "a\r\nb"), "failed invalid_argument");
  EXPECT_EQ(create("", "\xff"), "failed invalid_argument");
  EXPECT_EQ(create("", std::string(2000, 'x')), "failed invalid_argument");
  EXPECT_EQ(create("Nowhere", "a"), "failed not_found");
  EXPECT_EQ(create("", "Work"), "failed conflict");
  EXPECT_EQ(create("", "inbox"), "failed conflict");
  EXPECT_EQ(w.pushed(RenameCollection{inbox, {}, "Old mail"}), "failed denied");
  EXPECT_EQ(w.pushed(RenameCollection{work, {}, "Drafts"}), "failed conflict");
  EXPECT_EQ(w.pushed(RenameCollection{work, {"Work/Old"}, "Work"}), "failed invalid_argument");
  EXPECT_EQ(w.pushed(RenameCollection{{"Nowhere"}, {}, "Somewhere"}), "failed not_found");
  EXPECT_EQ(w.pushed(DeleteCollection{inbox}), "failed denied");
  EXPECT_EQ(w.pushed(DeleteCollection{{"Nowhere"}}), "failed not_found");
  EXPECT_THAT(w.folders(), ElementsAre("Drafts", "INBOX", "Work", "Work/Old"));
}

// Another client deleted it, and it stays for those below it.
TEST_P(Writes, of_a_container_make_it_a_folder_or_take_it_away) {
  Written w(GetParam().options);
  w.mailbox().remove_alone("Work");
  EXPECT_THAT(w.folders(), ElementsAre("Drafts", "INBOX", "Work!", "Work/Old"));
  EXPECT_EQ(w.pushed(CreateCollection{{}, "Work", {}}), "applied");
  EXPECT_THAT(w.folders(), ElementsAre("Drafts", "INBOX", "Work", "Work/Old"));
  w.mailbox().remove_alone("Work");
  EXPECT_EQ(w.pushed(DeleteCollection{work}), "applied");
  EXPECT_THAT(w.folders(), ElementsAre("Drafts", "INBOX"));
}

// What another client did meanwhile is still to be told.
TEST_P(Writes, of_flags_tell_a_version_only_where_nobody_else_changed_it) {
  Written w(GetParam().options);
  w.mailbox().set_flags("INBOX", 1, {"\\Flagged"});
  w.net().mailbox_changed();
  const auto outcome = w.push(SetFlags{w.item(), {1}, {}, {}, {}});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->result, MutationResult::applied);
  EXPECT_FALSE(outcome->new_version);
}

// A mailbox that takes no keywords is asked for none: a STORE would be answered OK and lost.
TEST_P(Writes, of_keywords_are_refused_where_the_mailbox_takes_none) {
  ServerOptions options = GetParam().options;
  options.takes_keywords = false;
  Written w(options);
  EXPECT_EQ(w.pushed(SetFlags{w.item(), {1}, {}, {"Label"}, {}}), "failed unsupported");
  EXPECT_EQ(w.pushed(SetFlags{w.item(), {32}, {}, {}, {}}), "failed unsupported");
  EXPECT_THAT(w.messages("INBOX"), ElementsAre("one@x", "two@x"));
  EXPECT_EQ(w.pushed(SetFlags{w.item(), {1}, {}, {}, {"Label"}}), "applied");
  EXPECT_THAT(w.messages("INBOX"), ElementsAre("one@x \\Seen", "two@x"));
}

INSTANTIATE_TEST_SUITE_P(Server, Writes, testing::ValuesIn(kinds),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hermod::imap::test
