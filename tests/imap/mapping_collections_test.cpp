// Listings as servers really send them, and the folders that people see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/imap/mapping/collections.hpp"
#include "tests/imap/wire_support.hpp"

namespace hermod::imap {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

FolderListing listing_of(std::string_view wire) {
  FolderListing listing;
  for (auto& event : read_all(wire)) {
    auto* response = std::get_if<Response>(&event);
    if (response == nullptr) continue;
    if (auto* folder = std::get_if<MailboxListing>(response)) listing.folders.push_back(*folder);
    if (auto* status = std::get_if<MailboxStatus>(response)) listing.statuses.push_back(*status);
    if (auto* namespaces = std::get_if<NamespaceList>(response)) listing.namespaces = *namespaces;
  }
  return listing;
}

// `id < parent: path (name) role`, without what is empty; a container ends in `!`.
std::vector<std::string> folders(std::string_view wire) {
  std::vector<std::string> lines;
  for (const auto& folder : map_folders(listing_of(wire))) {
    std::string line = folder.remote_id.bytes;
    if (!folder.parent.empty()) line += " < " + folder.parent.bytes;
    line += ": " + folder.path;
    if (folder.name != folder.path) line += " (" + folder.name + ')';
    if (folder.role != Role::none) line += ' ' + std::string(to_string(folder.role));
    if (!folder.rights.has(Right::read)) line += '!';
    lines.push_back(std::move(line));
  }
  return lines;
}

// Flat names: what looks like a separator is a letter of the name.
TEST(Listing, a_server_without_hierarchy_has_flat_names) {
  EXPECT_THAT(folders("* LIST () NIL INBOX\r\n* LIST () NIL a/b\r\n* LIST () \"\" c.d\r\n"),
              ElementsAre("INBOX: INBOX inbox", "a/b: a/b", "c.d: c.d"));
}

// INBOX is the one name without case, and so is the level that it is for those below it.
TEST(Listing, inbox_has_no_case) {
  EXPECT_THAT(folders("* LIST () \".\" Inbox\r\n* LIST () \".\" inbox.Work\r\n* LIST () \".\" INBOX\r\n"),
              ElementsAre("INBOX: Inbox inbox", "inbox.Work < INBOX: inbox/Work (Work)"));
}

// The engine takes a name that comes twice for a broken rule; the selectable one is the real one.
TEST(Listing, a_name_listed_twice_is_one_folder) {
  EXPECT_THAT(folders("* LIST (\\NoSelect) \"/\" a\r\n* LIST () \"/\" a\r\n* LIST (\\NoSelect) \"/\" a\r\n"),
              ElementsAre("a: a"));
}

TEST(Listing, containers_are_shown_and_never_read) {
  EXPECT_THAT(folders("* LIST (\\Noselect \\HasChildren) \"/\" a\r\n* LIST () \"/\" a/b\r\n"),
              ElementsAre("a: a!", "a/b < a: a/b (b)"));
}

// After RENAME the subscription keeps the old name (RFC 9051 §7.3.1): it is no folder, unless one lies below.
TEST(Listing, what_is_only_subscribed_is_no_folder) {
  EXPECT_THAT(folders("* LIST (\\Subscribed \\NonExistent) \"/\" gone\r\n"
                      "* LIST (\\NonExistent) \"/\" a\r\n* LIST () \"/\" a/b/c\r\n"
                      "* LIST (\\NonExistent) \"/\" lost\r\n* LIST (\\NonExistent) \"/\" lost/too\r\n"),
              ElementsAre("a: a!", "a/b/c < a: a/b/c (b/c)"));
}

// CHILDREN is an attribute, no promise: a folder is what is listed.
TEST(Listing, children_that_nobody_lists_are_none) {
  EXPECT_THAT(folders("* LIST (\\NonExistent \\HasChildren) \"/\" a\r\n* LIST (\\HasNoChildren) \"/\" b\r\n"
                      "* LIST () \"/\" b/c\r\n"),
              ElementsAre("b: b", "b/c < b: b/c (c)"));
}

TEST(Listing, a_trailing_separator_is_not_of_the_name) {
  EXPECT_THAT(folders("* LIST (\\NoSelect) \"/\" Mail/\r\n* LIST () \"/\" Mail/x\r\n* LIST () \"/\" \"/\"\r\n"
                      "* LIST (\\NoSelect) \"/\" \"\"\r\n* LIST () \"/\" Mail/x/\r\n"),
              ElementsAre("Mail: Mail!", "Mail/x < Mail: Mail/x (x)"));
}

TEST(Listing, empty_levels_belong_to_the_name) {
  EXPECT_THAT(folders("* LIST () \"/\" a\r\n* LIST () \"/\" a//b\r\n* LIST () \"/\" /c\r\n"),
              ElementsAre("a: a", "a//b < a: a//b (/b)", "/c: /c"));
}

// A parent that is too long to be an id is none.
TEST(Listing, names_beyond_the_limit_are_left_out_as_parents_too) {
  const std::string too_long(1025, 'x');
  EXPECT_THAT(folders("* LIST () \"/\" " + too_long + "\r\n* LIST () \"/\" b\r\n"), ElementsAre("b: b"));
}

// The octets stay the id; people see what can be shown.
TEST(Listing, names_that_are_no_modified_utf7_are_shown_lossily) {
  EXPECT_THAT(
      folders("* LIST () \"/\" \"A & B\"\r\n* LIST () \"/\" &!-\r\n* LIST () \"/\" \"T\xc3\xa9st\"\r\n"
              "* LIST () \"/\" {2}\r\n\xff.\r\n* LIST () \"/\" &AOk-\r\n"),
      ElementsAre("A & B: A & B", "&!-: &!-", "T\xc3\xa9st: T\xc3\xa9st", "\xff.: \xef\xbf\xbd.",
                  "&AOk-: \xc3\xa9"));
}

// A literal may stand anywhere, also with a line break or a quote inside.
TEST(Listing, literals_are_names) {
  EXPECT_THAT(folders("* LIST () \"/\" {4}\r\na\r\nb\r\n* LIST () {1}\r\n/ {3}\r\nc\"d\r\n"),
              ElementsAre("a\r\nb: a\xef\xbf\xbd\xef\xbf\xbd"
                          "b",
                          "c\"d: c\"d"));
}

// A folder called NIL is sent quoted; without quotes nobody else is meant either.
TEST(Listing, nil_is_a_name) { EXPECT_THAT(folders("* LIST () \"/\" \"NIL\"\r\n"), ElementsAre("NIL: NIL")); }

TEST(Listing, the_personal_prefix_is_not_shown) {
  EXPECT_THAT(folders("* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\n* LIST () \".\" INBOX\r\n"
                      "* LIST () \".\" INBOX.Work.A\r\n* LIST () \".\" INBOX.Work\r\n"),
              ElementsAre("INBOX: INBOX inbox", "INBOX.Work.A < INBOX.Work: Work/A (A)", "INBOX.Work: Work"));
}

TEST(Listing, roles_are_declared_or_guessed_by_the_one_name) {
  EXPECT_THAT(
      folders("* LIST (\\SENT) \"/\" Out\r\n* LIST () \"/\" Sent\r\n* LIST () \"/\" Trash\r\n"
              "* LIST () \"/\" Spam\r\n* LIST () \"/\" Junk\r\n* LIST (\\Drafts \\Noselect) \"/\" d\r\n"),
      ElementsAre("Out: Out sent", "Sent: Sent", "Trash: Trash trash", "Spam: Spam", "Junk: Junk", "d: d!"));
}

std::vector<std::string> tokens(std::string_view wire) {
  std::vector<std::string> tokens;
  for (const auto& folder : map_folders(listing_of(wire))) tokens.push_back(folder.change_token);
  return tokens;
}

// A token spares the asking, so it may be there only when it tells of every change.
TEST(Listing, a_status_without_modseq_tells_no_changes) {
  EXPECT_THAT(
      tokens("* LIST () \"/\" a\r\n* STATUS a (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3)\r\n"
             "* LIST () \"/\" b\r\n* STATUS b (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 HIGHESTMODSEQ 0)\r\n"
             "* LIST () \"/\" c\r\n* STATUS c (UIDNEXT 2 UIDVALIDITY 3 HIGHESTMODSEQ 4)\r\n"
             "* LIST () \"/\" d\r\n"),
      testing::Each(IsEmpty()));
}

// Each of the four alone may be all that changes.
TEST(Listing, every_number_of_a_status_is_in_the_token) {
  const auto token = [](std::string_view status) {
    return tokens("* LIST () \"/\" Inbox\r\n* STATUS INBOX (" + std::string(status) + ")\r\n").at(0);
  };
  const std::set<std::string> different = {
      token("MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 HIGHESTMODSEQ 4"),
      token("MESSAGES 9 UIDNEXT 2 UIDVALIDITY 3 HIGHESTMODSEQ 4"),
      token("MESSAGES 1 UIDNEXT 9 UIDVALIDITY 3 HIGHESTMODSEQ 4"),
      token("MESSAGES 1 UIDNEXT 2 UIDVALIDITY 9 HIGHESTMODSEQ 4"),
      token("MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 HIGHESTMODSEQ 9"),
  };
  EXPECT_EQ(different.size(), 5u);
  EXPECT_FALSE(different.contains(""));
  EXPECT_EQ(token("HIGHESTMODSEQ 4 UIDVALIDITY 3 UIDNEXT 2 MESSAGES 1"),
            token("MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 HIGHESTMODSEQ 4"));
}

}  // namespace
}  // namespace hermod::imap
