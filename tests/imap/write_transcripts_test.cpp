// Wire dialogues of writes: what is sent, and what each answer, or its loss, is told as.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/imap/dialogue/client.hpp"

namespace hermod::imap::test {
namespace {

using testing::IsEmpty;

const CollectionRemoteId work{"Work"}, target{"Other"};
const ItemAddress message{work, {"0000000009.0000000007"}};

// `result new_remote_id`, and the Error if there is one.
std::string told(const Result<MutationOutcome>& outcome) {
  if (!outcome) return "Error " + described(outcome);
  constexpr const char* results[] = {"applied", "conflict", "failed", "unknown"};
  std::string text = results[static_cast<int>(outcome->result)];
  if (outcome->new_remote_id) text += ' ' + outcome->new_remote_id->bytes;
  if (outcome->error) text += ": " + described(Result<Unit>(*outcome->error));
  return text;
}

struct WriteCase {
  const char* name;
  std::vector<std::string> connections;
  const char* told;
  int attempt = 1;
};

template <class Change>
void expect_told(const std::vector<WriteCase>& cases, const Change& change) {
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    ScriptedClient client(one.connections);
    auto session = client.open();
    ASSERT_EQ(described(session), "ok");
    const Mutation mutation{change, {}, "marker", one.attempt};
    EXPECT_EQ(told(client.strand().run((*session)->push_mutation(mutation, {}))), one.told);
    EXPECT_THAT(client.net().violations(), IsEmpty());
    EXPECT_TRUE(client.net().played());
  }
}

const std::string full = login("MOVE UIDPLUS");
// With the tag `number`; `flags` are the permanent ones.
std::string select(int number = 2, const std::string& flags = "\\Seen \\Deleted \\*") {
  const auto tag = 'A' + std::to_string(number);
  return "C: " + tag + " SELECT Work\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 9] v\nS: * OK [UIDNEXT 8] n\n" +
         "S: * OK [PERMANENTFLAGS (" + flags + ")] kept\nS: " + tag + " OK [READ-WRITE] open\n";
}

// --- flags
// ---------------------------------------------------------------------------------------------------

constexpr const char* store = "C: A3 UID STORE 7 +FLAGS (\\Seen)\n";

const std::vector<WriteCase> flag_cases{
    {"set", {full + select() + store + "S: * 1 FETCH (UID 7 FLAGS (\\Seen))\nS: A3 OK\n"}, "applied"},
    {"set before",
     {full + select() + store + "S: A3 OK\nC: A4 UID FETCH 7 (UID FLAGS)\n" +
      "S: * 1 FETCH (UID 7 FLAGS (\\Seen))\nS: A4 OK\n"},
     "applied"},
    {"of no message",
     {full + select() + store + "S: A3 OK\nC: A4 UID FETCH 7 (UID FLAGS)\nS: A4 OK\n"},
     "failed: not_found item never"},
    {"not kept", {full + select(2, "\\Deleted")}, "failed: unsupported item never"},
    {"kept by its name alone",
     {full + select(2, "\\seen") + store + "S: * 1 FETCH (UID 7 FLAGS (\\Seen))\nS: A3 OK\n"},
     "applied"},
    {"said to be set and not set",
     {full + select() + store + "S: * 1 FETCH (UID 7 FLAGS ())\nS: A3 OK\n"},
     "failed: unsupported item never"},
    {"read-only",
     {full + "C: A2 SELECT Work\nS: * OK [UIDVALIDITY 9] v\nS: A2 OK [READ-ONLY] open\n"},
     "failed: denied collection never"},
    {"another UIDVALIDITY",
     {full + "C: A2 SELECT Work\nS: * OK [UIDVALIDITY 10] v\nS: A2 OK [READ-WRITE] open\n"},
     "failed: not_found item never"},
    {"denied", {full + select() + store + "S: A3 NO [NOPERM] no\n"}, "failed: denied item never NOPERM"},
    {"busy", {full + select() + store + "S: A3 NO [INUSE] locked\n"}, "Error unavailable item after INUSE"},
    {"slowed down",
     {full + select() + store + "S: A3 NO [LIMIT] slower\n"},
     "Error rate_limited account after LIMIT"},
    {"answer lost", {full + select() + store + "X\n"}, "unknown: unavailable account after"},
    {"answer lost, with good-bye",
     {full + select() + store + "S: * BYE going down\n"},
     "unknown: unavailable account after"},
    {"never answered", {full + select() + store}, "unknown: timeout account after"},
    {"dropped before",
     {full + "C: A2 SELECT Work\nX\n",
      full + select() + store + "S: * 1 FETCH (UID 7 FLAGS (\\Seen))\nS: A3 OK\n"},
     "applied"},
    {"dropped before, twice",
     {full + "C: A2 SELECT Work\nX\n", full + "C: A2 SELECT Work\nX\n"},
     "Error unavailable account after"},
    {"answered with what is none",
     {full + select() + store + "S: * 1 FETCH (UID\nS: A3 OK\n"},
     "unknown: invalid_data collection after"},
};

TEST(FlagsWritten, each_answer_is_told_as_what_it_means) {
  expect_told(flag_cases, SetFlags{message, {1}, {}, {}, {}});
}

// With CONDSTORE another client cannot come between the look and the change.
TEST(FlagsWritten, a_change_between_look_and_store_is_a_conflict) {
  ScriptedClient client(std::vector<std::string>{
      login("CONDSTORE") +
      "C: A2 SELECT Work (CONDSTORE)\nS: * OK [UIDVALIDITY 9] v\nS: A2 OK [READ-WRITE] open\n"
      "C: A3 UID FETCH 7 (UID FLAGS MODSEQ)\nS: * 1 FETCH (UID 7 FLAGS () MODSEQ (12))\nS: A3 OK\n"
      "C: A4 UID STORE 7 (UNCHANGEDSINCE 12) +FLAGS (\\Seen)\nS: * 1 FETCH (UID 7 MODSEQ (13))\n"
      "S: A4 OK [MODIFIED 7] no\n"});
  auto session = client.open();
  ASSERT_EQ(described(session), "ok");
  const RemoteVersion unflagged{"f0000cbf29ce484222325"};
  const Mutation mutation{SetFlags{message, {1}, {}, {}, {}}, unflagged, "marker", 1};
  EXPECT_EQ(told(client.strand().run((*session)->push_mutation(mutation, {}))),
            "conflict: conflict item never");
  EXPECT_THAT(client.net().violations(), IsEmpty());
}

// A keyword that the mailbox knows can be set though it takes no new ones.
TEST(FlagsWritten, a_keyword_needs_a_mailbox_that_keeps_it) {
  const std::string store = "C: A3 UID STORE 7 +FLAGS (work)\nS: * 1 FETCH (UID 7 FLAGS (Work))\nS: A3 OK\n";
  expect_told({{"any", {full + select() + store}, "applied"},
               {"this one", {full + select(2, "\\Seen Work") + store}, "applied"},
               {"others", {full + select(2, "\\Seen Home")}, "failed: unsupported item never"},
               {"said to be kept and not kept",
                {full + select() + "C: A3 UID STORE 7 +FLAGS (work)\nS: * 1 FETCH (UID 7 FLAGS ())\nS: A3 OK\n"},
                "failed: unsupported item never"}},
              SetFlags{message, {}, {}, {"work"}, {}});
}

// Flags that go are removed by both names that clients use.
TEST(FlagsWritten, forwarded_has_two_names) {
  expect_told(
      {{"both",
        {full + select(2, "Forwarded \\*") +
         "C: A3 UID STORE 7 -FLAGS ($Forwarded Forwarded)\nS: * 1 FETCH (UID 7 FLAGS ())\nS: A3 OK\n"},
        "applied"}},
      SetFlags{message, {}, {32}, {}, {}});
}

// --- moves
// ---------------------------------------------------------------------------------------------------

constexpr const char* move = "C: A3 UID MOVE 7 Other\n";
constexpr const char* no_status =
    "C: A3 UID FETCH 7 (UID FLAGS INTERNALDATE RFC822.SIZE "
    "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])\n";
const std::string facts_end =
    " FLAGS () INTERNALDATE \"01-Jan-2026 00:00:00 +0000\" RFC822.SIZE 50 BODY[HEADER.FIELDS "
    "(MESSAGE-ID)] {21}\nS: Message-ID: <7@xyz>\nS: )\n";
const std::string bare_move =
    login() + select() + no_status + "S: * 1 FETCH (UID 7" + facts_end + "S: A3 OK\n";

const std::vector<WriteCase> move_cases{
    {"COPYUID untagged",
     {full + select() + move + "S: * OK [COPYUID 4 7 12] moved\nS: * 1 EXPUNGE\nS: A3 OK done\n"},
     "applied 0000000004.0000000012"},
    {"COPYUID tagged",
     {full + select() + move + "S: * 1 EXPUNGE\nS: A3 OK [COPYUID 4 7 12] moved\n"},
     "applied 0000000004.0000000012"},
    {"COPYUID of several",
     {full + select() + move + "S: A3 OK [COPYUID 4 3,7,5 10:12] moved\n"},
     "applied 0000000004.0000000011"},
    {"no such target",
     {full + select() + move + "S: A3 NO [TRYCREATE] no\n"},
     "failed: not_found item never TRYCREATE"},
    {"no such target, without a code",
     {full + select() + move + "S: A3 NO no\nC: A4 LIST \"\" \"Other\"\nS: A4 OK\n"},
     "failed: not_found item never"},
    {"refused, without a code",
     {full + select() + move +
      "S: A3 NO no\nC: A4 LIST \"\" \"Other\"\nS: * LIST () \"/\" Other\nS: A4 OK\n"},
     "Error unavailable item after"},
    {"mailbox full",
     {full + select() + move + "S: A3 NO [OVERQUOTA] full\n"},
     "Error limit account after:3600000 OVERQUOTA"},
    {"mailbox full, without a code",
     {full + select() + move + "S: A3 NO Mailbox is over quota\n"},
     "Error limit account after:3600000"},
    {"answer lost",
     {full + select() + move + "S: * OK [COPYUID 4 7 12] moved\nX\n"},
     "unknown: unavailable account after"},
    {"without MOVE",
     {login("UIDPLUS") + select() +
      "C: A3 UID COPY 7 Other\nS: A3 OK [COPYUID 4 7 12] copied\n"
      "C: A4 UID STORE 7 +FLAGS (\\Deleted)\nS: * 1 FETCH (UID 7 FLAGS (\\Deleted))\nS: A4 OK\n"
      "C: A5 UID EXPUNGE 7\nS: * 1 EXPUNGE\nS: A5 OK\n"},
     "applied 0000000004.0000000012"},
    {"copied, and not to be removed",
     {login("UIDPLUS") + select(2, "\\Seen") + "C: A3 UID COPY 7 Other\nS: A3 OK [COPYUID 4 7 12] copied\n"},
     "failed: denied collection never"},
    {"copied, and the answer to the removal lost",
     {login("UIDPLUS") + select() +
      "C: A3 UID COPY 7 Other\nS: A3 OK [COPYUID 4 7 12] copied\nC: A4 UID STORE 7 +FLAGS (\\Deleted)\nX\n"},
     "unknown: unavailable account after"},
    {"without UIDPLUS",
     {bare_move +
      "C: A4 STATUS Other (MESSAGES UIDNEXT UIDVALIDITY)\n"
      "S: * STATUS Other (MESSAGES 3 UIDNEXT 12 UIDVALIDITY 4)\nS: A4 OK\n"
      "C: A5 UID COPY 7 Other\nS: A5 OK\n"
      "C: A6 UID STORE 7 +FLAGS (\\Deleted)\nS: * 1 FETCH (UID 7 FLAGS (\\Deleted))\nS: A6 OK\n"
      "C: A7 UID SEARCH DELETED\nS: * SEARCH 7\nS: A7 OK\nC: A8 EXPUNGE\nS: * 1 EXPUNGE\nS: A8 OK\n"
      "C: A9 EXAMINE Other\nS: * OK [UIDVALIDITY 4] v\nS: A9 OK [READ-ONLY] open\n"
      "C: A10 UID SEARCH UID 12:* HEADER Message-ID \"7@xyz\"\nS: * SEARCH 11 12\nS: A10 OK\n"
      "C: A11 UID FETCH 12 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS "
      "(MESSAGE-ID)])\nS: * 4 FETCH (UID 12" +
      facts_end + "S: A11 OK\n"},
     "applied 0000000004.0000000012"},
    {"others are to be expunged as well",
     {bare_move + "C: A4 STATUS Other (MESSAGES UIDNEXT UIDVALIDITY)\n"
                  "S: * STATUS Other (MESSAGES 3 UIDNEXT 12 UIDVALIDITY 4)\nS: A4 OK\n"
                  "C: A5 UID COPY 7 Other\nS: A5 OK\n"
                  "C: A6 UID STORE 7 +FLAGS (\\Deleted)\nS: * 1 FETCH (UID 7 FLAGS (\\Deleted))\nS: A6 OK\n"
                  "C: A7 UID SEARCH DELETED\nS: * SEARCH 5 7\nS: A7 OK\n"
                  "C: A8 EXAMINE Other\nS: * OK [UIDVALIDITY 4] v\nS: A8 OK [READ-ONLY] open\n"
                  "C: A9 UID SEARCH UID 12:* HEADER Message-ID \"7@xyz\"\nS: * SEARCH\nS: A9 OK\n"},
     "applied"},
};

TEST(Moved, each_answer_is_told_as_what_it_means) { expect_told(move_cases, MoveItem{message, target}); }

// --- drafts
// ---------------------------------------------------------------------------------------------------

const PutDraft draft{work, {}, "Message-ID: <1@x>\nSubject: s\r\n\r\nt\n", {1}, 1'767'225'600};
const std::string append = "C: A3 APPEND Work (\\Seen \\Draft) \"01-Jan-2026 00:00:00 +0000\" {36";
const std::string octets = "C: Message-ID: <1@x>\nC: Subject: s\nC: \nC: t\nC: \n";
const std::string seen_there =
    "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])\n"
    "S: * 3 FETCH (UID 8 FLAGS (\\Seen \\Draft) INTERNALDATE \"01-Jan-2026 00:00:00 +0000\" RFC822.SIZE 36 "
    "BODY[HEADER.FIELDS (MESSAGE-ID)] {21}\nS: Message-ID: <1@x>\nS: \nS: )\n";

const std::vector<WriteCase> draft_cases{
    {"waits for the server to ask for it",
     {login("UIDPLUS") + select() + append + "}\nS: + go on\n" + octets + "S: A3 OK [APPENDUID 9 8] there\n" +
      "C: A4 UID FETCH 8 " + seen_there + "S: A4 OK\n"},
     "applied 0000000009.0000000008"},
    {"at once where the server takes it",
     {login("UIDPLUS LITERAL+") + select() + append + "+}\n" + octets + "S: A3 OK [APPENDUID 9 8] there\n" +
      "C: A4 UID FETCH 8 " + seen_there + "S: A4 OK\n"},
     "applied 0000000009.0000000008"},
    {"found where the server does not tell",
     {login() + select() + append + "}\nS: + go on\n" + octets + "S: * 3 EXISTS\nS: A3 OK there\n" +
      "C: A4 UID SEARCH UID 8:* HEADER Message-ID \"1@x\"\nS: * SEARCH 8\nS: A4 OK\nC: A5 UID FETCH 8 " +
      seen_there + "S: A5 OK\nC: A6 UID FETCH 8 " + seen_there + "S: A6 OK\n"},
     "applied 0000000009.0000000008"},
    {"refused instead of asked for: nothing more is sent",
     {login() + select() + append + "}\nS: A3 NO [OVERQUOTA] full\n"},
     "Error limit account after:3600000 OVERQUOTA"},
    {"no such folder any more",
     {login() + select() + append + "}\nS: A3 NO [TRYCREATE] no\n"},
     "failed: not_found item never TRYCREATE"},
    {"larger than the server takes", {login("APPENDLIMIT=20") + select()}, "failed: limit item never"},
    {"refused for its size",
     {login() + select() + append + "}\nS: A3 NO [TOOBIG] no\n"},
     "failed: limit item never TOOBIG"},
    {"cut before it was asked for",
     {login() + select() + append + "}\nX\n"},
     "unknown: unavailable account after"},
    {"answer lost",
     {login() + select() + append + "}\nS: + go on\n" + octets + "X\n"},
     "unknown: unavailable account after"},
    {"repeated, and there already",
     {login() + select() + "C: A3 UID SEARCH UID 1:* HEADER Message-ID \"1@x\"\nS: * SEARCH 8\nS: A3 OK\n" +
      "C: A4 UID FETCH 8 " + seen_there + "S: A4 OK\nC: A5 UID FETCH 8 " + seen_there + "S: A5 OK\n"},
     "applied 0000000009.0000000008",
     2},
};

TEST(DraftPut, each_answer_is_told_as_what_it_means) { expect_told(draft_cases, draft); }

// Nothing could tell it from one that was put before.
TEST(DraftPut, one_without_message_id_is_not_put_again) {
  expect_told({{"repeated", {login() + select()}, "unknown: not_found item never", 2}},
              PutDraft{work, {}, "Subject: s\r\n\r\nMessage-ID: <1@x>\r\n", {}, 0});
}

TEST(DraftPut, no_message_holds_a_nul) {
  expect_told({{"", {login()}, "failed: invalid_argument item never"}},
              PutDraft{work, {}, std::string("a\0b", 3), {}, 0});
}

// --- folders
// ---------------------------------------------------------------------------------------------------

const std::string listed =
    "C: A2 NAMESPACE\nC: A3 LIST \"\" \"*\"\n"
    "S: * NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\nS: A2 OK\n"
    "S: * LIST () \".\" INBOX\nS: * LIST () \".\" INBOX.Work\nS: * LIST () \".\" INBOX.Work.Old\n"
    "S: A3 OK\n";

TEST(FolderCreated, each_answer_is_told_as_what_it_means) {
  const std::string begun = login("NAMESPACE") + listed + "C: A4 CREATE \"INBOX.T&AOk-st\"\n";
  const auto cases = std::vector<WriteCase>{
      {"created", {begun + "S: A4 OK\nC: A5 SUBSCRIBE \"INBOX.T&AOk-st\"\nS: A5 NO no matter\n"}, "applied"},
      {"there by another's hand",
       {begun + "S: A4 NO [ALREADYEXISTS] no\n"},
       "failed: conflict collection never ALREADYEXISTS"},
      {"denied", {begun + "S: A4 NO [NOPERM] no\n"}, "failed: denied collection never NOPERM"},
      {"refused", {begun + "S: A4 NO Invalid mailbox name\n"}, "failed: denied collection never"},
      {"busy", {begun + "S: A4 NO [INUSE] locked\n"}, "Error unavailable collection after INUSE"},
      {"answer lost", {begun + "X\n"}, "unknown: unavailable account after"},
  };
  expect_told(cases, CreateCollection{{}, "Tést", CollectionKind::folder});
}

// A server that does not rename what lies below.
TEST(FolderRenamed, those_below_it_are_renamed_one_by_one_where_the_server_does_not) {
  const std::string after =
      "C: A5 NAMESPACE\nC: A6 LIST \"\" \"*\"\n"
      "S: * NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\nS: A5 OK\n"
      "S: * LIST () \".\" INBOX\nS: * LIST () \".\" INBOX.Jobs\nS: * LIST () \".\" "
      "INBOX.Work.Old\nS: A6 OK\n";
  expect_told(
      {{"",
        {login("NAMESPACE") + listed + "C: A4 RENAME INBOX.Work INBOX.Jobs\nS: A4 OK\n" + after +
         "C: A7 RENAME INBOX.Work.Old INBOX.Jobs.Old\nS: A7 OK\n"
         "C: A8 SUBSCRIBE INBOX.Jobs\nS: A8 OK\nC: A9 UNSUBSCRIBE INBOX.Work\nS: A9 OK\n"
         "C: A10 SUBSCRIBE INBOX.Jobs.Old\nS: A10 OK\nC: A11 UNSUBSCRIBE INBOX.Work.Old\nS: A11 OK\n"},
        "applied"}},
      RenameCollection{{"INBOX.Work"}, {}, "Jobs"});
}

}  // namespace
}  // namespace hermod::imap::test
