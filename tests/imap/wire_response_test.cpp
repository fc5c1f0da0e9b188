#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/imap/wire_support.hpp"

namespace hermod::imap {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// RFC 9051 §7.1, RFC 7162, RFC 4315, RFC 8474: each code's argument, and text that only looks like one.
TEST(StatusResponse, codes_carry_their_arguments) {
  const auto code = [](std::string_view line) { return read_one<StatusResponse>(line).code; };
  EXPECT_EQ(code("* OK [UIDVALIDITY 3857529045] UIDs valid\r\n").number, 3857529045u);
  EXPECT_EQ(code("* OK [UIDNEXT 4392] Predicted next UID\r\n").code, Code::uid_next);
  EXPECT_EQ(code("* OK [HIGHESTMODSEQ 715194045007]\r\n").number, 715194045007u);
  EXPECT_EQ(code("* OK [NOMODSEQ] no\r\n").code, Code::no_modseq);
  EXPECT_THAT(code("* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] Limited\r\n").words,
              ElementsAre("\\Deleted", "\\Seen", "\\*"));
  EXPECT_THAT(code("* OK [CAPABILITY IMAP4rev1 literal+ ] x\r\n").words,
              ElementsAre("IMAP4REV1", "LITERAL+"));
  EXPECT_EQ(code("A2 OK [MODIFIED 7,9] Conditional STORE failed\r\n").uids.to_wire(), "7,9");
  EXPECT_EQ(code("A2 OK [READ-WRITE] ok\r\n").code, Code::read_write);
  EXPECT_THAT(code("* OK [MAILBOXID (F2212ea87-6097-4256-9d51-71338625)] Ok\r\n").words,
              ElementsAre("F2212ea87-6097-4256-9d51-71338625"));
  const auto copied = code("A3 OK [COPYUID 38505 304,319:320 3956:3958] Done\r\n");
  EXPECT_EQ(copied.number, 38505u);
  EXPECT_EQ(copied.source_uids, "304,319:320");
  EXPECT_EQ(copied.destination_uids, "3956:3958");
  const auto appended = code("A3 OK [APPENDUID 38505 3955] APPEND completed\r\n");
  EXPECT_EQ(appended.uids.to_wire(), "3955");
  EXPECT_EQ(code("A3 NO [X-VENDOR \"a]b\" (1 2)] text\r\n").code, Code::unknown);
  EXPECT_EQ(code("A3 NO [BADCHARSET] text\r\n").code, Code::bad_charset);
}

TEST(StatusResponse, tag_condition_and_text) {
  const auto no = read_one<StatusResponse>("A14 NO [AUTHENTICATIONFAILED] Authentication failed.\r\n");
  EXPECT_EQ(no.tag, "A14");
  EXPECT_EQ(no.condition, Condition::no);
  EXPECT_EQ(no.code.code, Code::authentication_failed);
  EXPECT_EQ(no.text, "Authentication failed.");
  EXPECT_EQ(read_one<StatusResponse>("* bye\r\n").condition, Condition::bye);
  EXPECT_EQ(read_one<StatusResponse>("* PREAUTH hi\r\n").condition, Condition::preauth);
  // Exchange's greeting ends with a bracketed blob that is plain text.
  const auto greeting =
      read_one<StatusResponse>("* OK The Microsoft Exchange IMAP4 service is ready. [QQBNAA==]\r\n");
  EXPECT_EQ(greeting.code.code, Code::none);
  EXPECT_TRUE(greeting.text.ends_with("[QQBNAA==]"));
  EXPECT_EQ(read_one<Continuation>("+ eyJz\r\n").text, "eyJz");
  EXPECT_EQ(read_one<Continuation>("+\r\n").text, "");
}

// RFC 7162 §3.2.10; the sets come unsorted from some servers.
TEST(Responses, counts_and_vanished) {
  EXPECT_EQ(read_one<Exists>("* 23 EXISTS\r\n").messages, 23u);
  EXPECT_EQ(read_one<Expunge>("* 44 EXPUNGE\r\n").number, SequenceNumber{44});
  const auto earlier = read_one<Vanished>("* VANISHED (EARLIER) 300:310,405,411\r\n");
  EXPECT_TRUE(earlier.earlier);
  EXPECT_EQ(earlier.uids.to_wire(), "300:310,405,411");
  EXPECT_FALSE(read_one<Vanished>("* VANISHED 405,407\r\n").earlier);
  EXPECT_THAT(read_one<FlagList>("* FLAGS (\\Answered $Forwarded)\r\n").flags,
              ElementsAre("\\Answered", "$Forwarded"));
  EXPECT_THAT(read_one<CapabilityList>("* CAPABILITY IMAP4rev1 AUTH=PLAIN \r\n").names,
              ElementsAre("IMAP4REV1", "AUTH=PLAIN"));
  EXPECT_THAT(read_one<EnabledList>("* ENABLED\r\n").names, IsEmpty());
  EXPECT_EQ(read_one<UnknownResponse>("* XNOTIFY 1 (a b\r\n").keyword, "XNOTIFY");
}

// RFC 5258 §5, RFC 9051 §6.3.9: attributes, NIL separators, OLDNAME and CHILDINFO.
TEST(Listing, attributes_separator_name_and_extensions) {
  const auto plain = read_one<MailboxListing>("* LIST (\\Marked \\NoInferiors) \"/\" \"inbox\"\r\n");
  EXPECT_THAT(plain.attributes, ElementsAre("\\Marked", "\\NoInferiors"));
  EXPECT_EQ(plain.separator, '/');
  EXPECT_EQ(plain.name, "inbox");
  EXPECT_EQ(read_one<MailboxListing>("* LIST () NIL \"NIL\"\r\n").separator, std::nullopt);
  EXPECT_EQ(read_one<MailboxListing>("* LIST () NIL \"NIL\"\r\n").name, "NIL");
  EXPECT_EQ(read_one<MailboxListing>("* LIST () \"\\\\\" \"a\\\\b\\\"\"\r\n").separator, '\\');
  EXPECT_EQ(read_one<MailboxListing>("* LIST () \"\\\\\" \"a\\\\b\\\"\"\r\n").name, "a\\b\"");
  EXPECT_EQ(read_one<MailboxListing>("* XLIST (\\Inbox) \"/\" {3}\r\nA B\r\n").name, "A B");
  const auto extended = read_one<MailboxListing>(
      "* LIST (\\Subscribed) \"/\" new (\"CHILDINFO\" (\"SUBSCRIBED\") \"OLDNAME\" (\"old\") X y)\r\n");
  EXPECT_EQ(extended.old_name, "old");
  EXPECT_THAT(extended.child_info, ElementsAre("SUBSCRIBED"));
}

TEST(Status, known_items_are_read_and_others_skipped) {
  const auto status = read_one<MailboxStatus>(
      "* STATUS {5}\r\nT\xc3\xa9st (MESSAGES 231 UIDNEXT 44292 X-OTHER (1 (2)) UIDVALIDITY 0 HIGHESTMODSEQ "
      "7011231777 "
      "MAILBOXID (Fabc) UNSEEN 5 SIZE 99999999999)\r\n");
  EXPECT_EQ(status.name, "T\xc3\xa9st");
  EXPECT_EQ(status.messages, 231u);
  EXPECT_EQ(status.uid_next, Uid{44292});
  EXPECT_EQ(status.uid_validity, UidValidity{0});
  EXPECT_EQ(status.highest_modseq, ModSeq{7011231777});
  EXPECT_EQ(status.mailbox_id, "Fabc");
  EXPECT_EQ(status.unseen, 5u);
  EXPECT_EQ(status.size, 99999999999u);
  EXPECT_EQ(read_one<MailboxStatus>("* STATUS INBOX ()\r\n").messages, std::nullopt);
}

// RFC 2342 §5.
TEST(Namespaces, personal_others_and_shared) {
  const auto list = read_one<NamespaceList>(
      "* NAMESPACE ((\"INBOX.\" \".\")(\"\" NIL \"X-PARAM\" (\"F1\" \"F2\"))) NIL ((\"#shared/\" \"/\") "
      "(\"#public/\" \"/\"))\r\n");
  ASSERT_EQ(list.personal.size(), 2u);
  EXPECT_EQ(list.personal[0].prefix, "INBOX.");
  EXPECT_EQ(list.personal[0].separator, '.');
  EXPECT_EQ(list.personal[1].separator, std::nullopt);
  EXPECT_THAT(list.other_users, IsEmpty());
  EXPECT_EQ(list.shared.size(), 2u);
}

// RFC 4731 §3.1 and the trailing space of Yahoo.
TEST(Search, plain_and_extended) {
  EXPECT_EQ(read_one<SearchResult>("* SEARCH 2 84 882 3\r\n").numbers.to_wire(), "2:3,84,882");
  EXPECT_EQ(read_one<SearchResult>("* SEARCH 2 84 \r\n").numbers.to_wire(), "2,84");
  EXPECT_TRUE(read_one<SearchResult>("* SEARCH\r\n").numbers.empty());
  EXPECT_EQ(read_one<SearchResult>("* SEARCH 2 5 (MODSEQ 917162500)\r\n").modseq, ModSeq{917162500});
  const auto extended = read_one<ExtendedSearchResult>(
      "* ESEARCH (TAG \"A283\") UID MIN 7 MAX 3800 COUNT 15 ALL 7:9,3800 X (1)\r\n");
  EXPECT_EQ(extended.tag, "A283");
  EXPECT_TRUE(extended.has_uids);
  EXPECT_EQ(extended.all->to_wire(), "7:9,3800");
  EXPECT_EQ(extended.count, 15u);
  EXPECT_EQ(extended.min, 7u);
  const auto nothing = read_one<ExtendedSearchResult>("* ESEARCH (TAG \"A2\") UID\r\n");
  EXPECT_EQ(nothing.tag, "A2");
  EXPECT_EQ(nothing.all, std::nullopt);
}

TEST(Fetch, items_come_in_any_order_and_case) {
  const auto fetch = read_one<FetchResponse>(
      "* 12 FETCH (flags (\\Seen $Label1) BODY[HEADER.FIELDS (SUBJECT \"Message-ID\")] {4}\r\nab\r\n "
      "RFC822.SIZE 44827 "
      "UID 447 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" MODSEQ (624140003))\r\n");
  EXPECT_EQ(fetch.number, SequenceNumber{12});
  EXPECT_EQ(fetch.uid, Uid{447});
  EXPECT_THAT(*fetch.flags, ElementsAre("\\Seen", "$Label1"));
  EXPECT_EQ(fetch.size, 44827u);
  EXPECT_EQ(fetch.modseq, ModSeq{624140003});
  EXPECT_EQ(fetch.internal_date->time_since_epoch().count(), 837596665);
  ASSERT_EQ(fetch.sections.size(), 1u);
  EXPECT_EQ(fetch.sections[0].section, "HEADER.FIELDS (SUBJECT \"Message-ID\")");
  EXPECT_EQ(fetch.sections[0].bytes, "ab\r\n");
}

TEST(Fetch, sections_may_be_nil_quoted_empty_or_partial) {
  const auto fetch = read_one<FetchResponse>(
      "* 1 FETCH (BODY[1]<1024> {3}\r\nabc BODY[2] NIL BODY[3] \"q\" BODY[4] {0}\r\n)\r\n");
  ASSERT_EQ(fetch.sections.size(), 4u);
  EXPECT_EQ(fetch.sections[0].origin, 1024u);
  EXPECT_EQ(fetch.sections[1].presence, BodySection::Presence::nil);
  EXPECT_EQ(fetch.sections[2].bytes, "q");
  EXPECT_EQ(fetch.sections[3].presence, BodySection::Presence::inlined);
  EXPECT_EQ(fetch.sections[3].size, 0u);
}

// RFC 8474 §5 and Gmail's X-GM-EXT-1; THREADID may be NIL.
TEST(Fetch, object_ids_of_servers) {
  const auto fetch = read_one<FetchResponse>("* 3 FETCH (EMAILID (M6d99ac3275bb4e) THREADID NIL UID 9)\r\n");
  EXPECT_EQ(fetch.email_id, "M6d99ac3275bb4e");
  EXPECT_EQ(fetch.thread_id, std::nullopt);
  const auto gmail = read_one<FetchResponse>(
      "* 1 FETCH (X-GM-THRID 1278455344230334866 X-GM-MSGID 18446744073709551615 X-GM-LABELS (\\Inbox \"my "
      "label\" &BB8-))\r\n");
  EXPECT_EQ(gmail.gmail_message_id, 18446744073709551615u);
  EXPECT_EQ(gmail.gmail_thread_id, 1278455344230334866u);
  EXPECT_THAT(*gmail.gmail_labels, ElementsAre("\\Inbox", "my label", "&BB8-"));
}

// Items nobody asked for, and a date that is none, leave the rest readable.
TEST(Fetch, unknown_items_and_bad_dates_are_skipped) {
  const auto plain = read_one<FetchResponse>(
      "* 2 FETCH (ENVELOPE (NIL \"s\" ((\"n\" NIL \"a\" {1}\r\nb)) NIL) INTERNALDATE \"99-Foo-2020\" "
      "BINARY[1] ~{2}\r\nxy UID 5)\r\n");
  EXPECT_EQ(plain.uid, Uid{5});
  EXPECT_EQ(plain.internal_date, std::nullopt);
  EXPECT_THAT(plain.sections, IsEmpty());
}

TEST(ServerIdentity, fields_may_be_nil) {
  const auto id = read_one<ServerId>("* ID (\"name\" \"Dovecot\" \"version\" NIL)\r\n");
  ASSERT_EQ(id.fields.size(), 2u);
  EXPECT_EQ(id.fields[0].second, "Dovecot");
  EXPECT_EQ(id.fields[1].second, std::nullopt);
  EXPECT_THAT(read_one<ServerId>("* ID NIL\r\n").fields, IsEmpty());
}

}  // namespace
}  // namespace hermod::imap
