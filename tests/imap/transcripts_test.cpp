// Wire dialogues for what real servers will not do on demand: what the engine is told, that the session goes
// on, and that nothing of the mailbox is lost or made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/imap/client/limits.hpp"
#include "tests/imap/dialogue/client.hpp"

namespace hermod::imap::test {
namespace {

using testing::IsEmpty;

// --- opening
// -------------------------------------------------------------------------------------------------

struct Opening {
  const char* script;
  const char* error;
};

constexpr const char* greeting =
    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\n"
    "C: A1 AUTHENTICATE PLAIN AHNvbWVvbmUAc2VjcmV0\n";

const Opening refused_openings[] = {
    {"S: * BYE [UNAVAILABLE] too much to do", "unavailable account after UNAVAILABLE"},
    {"S: * BYE good night", "unavailable account after"},
    {"S: * BYE [ALERT] Too many simultaneous connections. (Failure)", "rate_limited account after ALERT"},
    {"S: HTTP/1.1 400 Bad Request\nS: * OK hi\nC: A1 CAPABILITY\nX", "unavailable account after"},
    {"X", "unavailable account after"},
    {"S< * OK hi\nX", "unavailable account after"},
    {"", "timeout account after"},
    {"D: * OK a server that has a great deal to say about itself and its maker but not the time to say it, "
     "so "
     "that whoever waits for the end of this line waits for minutes without an end of them in sight, all of "
     "them\n",
     "timeout account after"},
};

const Opening refused_logins[] = {
    {"S: A1 NO [AUTHENTICATIONFAILED] no", "auth account after_user_action AUTHENTICATIONFAILED"},
    {"S: A1 NO no", "auth account after_user_action"},
    {"S: A1 NO [EXPIRED] password", "auth account after_user_action EXPIRED"},
    {"S: A1 NO [PRIVACYREQUIRED] no", "denied account after_user_action PRIVACYREQUIRED"},
    {"S: A1 NO [AUTHORIZATIONFAILED] no", "denied account after_user_action AUTHORIZATIONFAILED"},
    {"S: A1 NO [CONTACTADMIN] no", "denied account after_user_action CONTACTADMIN"},
    {"S: A1 NO [UNAVAILABLE] the password database is down", "unavailable account after UNAVAILABLE"},
    {"S: A1 NO [INUSE] locked", "unavailable account after INUSE"},
    {"S: A1 NO [LIMIT] Rate limit hit", "rate_limited account after LIMIT"},
    {"S: A1 NO [THROTTLED] slow down", "rate_limited account after THROTTLED"},
    {"S: A1 NO [ALERT] Too many simultaneous connections", "rate_limited account after ALERT"},
    {"S: A1 NO Request is throttled. Suggested Backoff Time: 7000 milliseconds",
     "rate_limited account after:7000"},
    {"S: A1 NO [OVERQUOTA] mailbox full", "limit account after:3600000 OVERQUOTA"},
    {"S: * BYE [THROTTLED] later", "rate_limited account after THROTTLED"},
    {"S: * BYE [AUTHENTICATIONFAILED] no", "auth account after_user_action AUTHENTICATIONFAILED"},
    {"S: * BYE going down", "unavailable account after"},
    {"X", "unavailable account after"},
    {"", "timeout account after"},
    {"S: + Zm9v\nC: \nS: A1 NO [AUTHENTICATIONFAILED] no",
     "auth account after_user_action AUTHENTICATIONFAILED"},
};

// The engine acts on kind, scope and retry alone: a wrong one asks the user for a password that is right, or
// never tries again.
TEST(Opening, each_refusal_is_what_it_means) {
  const auto expect = [](const std::string& script, const char* error) {
    SCOPED_TRACE(script);
    ScriptedClient client({script});
    const auto session = client.open();
    EXPECT_EQ(described(session), error);
    // What stops an account is shown to people, who must know what to do.
    EXPECT_NE(session ? "" : session.error().hint, "");
    EXPECT_THAT(client.net().violations(), IsEmpty());
    EXPECT_TRUE(client.net().played() || std::string_view(error).starts_with("timeout"));
  };
  for (const auto& [script, error] : refused_openings) expect(script, error);
  for (const auto& [script, error] : refused_logins) expect(std::string(greeting) + script, error);
}

// A password that was sent in the clear cannot be taken back, even where the settings allow it.
TEST(LoginDisabled, sends_no_password_in_the_clear) {
  for (const std::string offered : {"", " AUTH=PLAIN", " AUTH=LOGIN", " AUTH=PLAIN AUTH=LOGIN SASL-IR"}) {
    SCOPED_TRACE(offered);
    ScriptedClient client({"S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED" + offered + "] hi\n"});
    const auto session = client.open("none");
    EXPECT_EQ(described(session), "denied account after_user_action");
    EXPECT_NE(session ? "" : session.error().hint, "");
    EXPECT_THAT(client.net().violations(), IsEmpty());
  }
}

// Over TLS it forbids the command LOGIN alone.
TEST(LoginDisabled, over_tls_leaves_the_mechanisms_that_are_offered) {
  ScriptedClient client(
      {"S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED SASL-IR AUTH=PLAIN] hi\n"
       "C: A1 AUTHENTICATE PLAIN AHNvbWVvbmUAc2VjcmV0\n"
       "S: A1 OK [CAPABILITY IMAP4rev1] in\n"});
  EXPECT_EQ(described(client.open()), "ok");
  ScriptedClient without({"S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\n"});
  EXPECT_EQ(described(without.open()), "denied account after_user_action");
  EXPECT_THAT(without.net().violations(), IsEmpty());
}

// Nothing secret goes in the clear; but a server that has lost its certificate for a day does not lose its accounts.
TEST(Opening, without_starttls_nothing_is_sent_and_it_is_tried_again) {
  for (const char* script : {"S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\n",
                             "S: * PREAUTH [CAPABILITY IMAP4rev1] hi\n",
                             "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi\nC: A1 STARTTLS\nS: A1 NO not now\n"}) {
    SCOPED_TRACE(script);
    ScriptedClient client({std::string(script)});
    EXPECT_EQ(described(client.open("starttls")), "denied account after:600000");
    EXPECT_THAT(client.net().violations(), IsEmpty());
  }
}

// A slow server is no dead one, as long as its lines have an end.
TEST(Opening, a_byte_a_second_is_enough_for_short_lines) {
  ScriptedClient client(
      {std::string("D: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\n"
                   "C: A1 AUTHENTICATE PLAIN AHNvbWVvbmUAc2VjcmV0\n"
                   "D: A1 OK [CAPABILITY IMAP4rev1] in\n")});
  EXPECT_EQ(described(client.open()), "ok");
}

// Whoever sits between can say anything before TLS, or behind the OK: none of it may last. With QRESYNC taken
// for enabled, a folder would be asked for in words that the server refuses.
TEST(StartTls, leaves_nothing_of_what_was_said_in_the_clear) {
  Dialogue dialogue(
      "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi\n"
      "C: A1 STARTTLS\n"
      "S: * ENABLED QRESYNC\n");
  dialogue.server("A1 OK begin\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n* ENABLED QRESYNC\r\n");
  const std::string folder =
      "(CONDSTORE)\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9] v\nS: * OK [UIDNEXT 1] n\n"
      "S: * OK [HIGHESTMODSEQ 5] m\n";
  const Dialogue rest(
      "C: A2 CAPABILITY\nS: * CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\nS: A2 OK\n"
      "C: A3 AUTHENTICATE PLAIN AHNvbWVvbmUAc2VjcmV0\n"
      "S: A3 OK [CAPABILITY IMAP4rev1 CONDSTORE] in\n"
      "C: A4 EXAMINE Work " +
      folder + "S: A4 OK\nC: A5 EXAMINE Work " + folder + "S: A5 OK\n");
  dialogue.steps.insert(dialogue.steps.end(), rest.steps.begin(), rest.steps.end());
  ScriptedClient client(std::vector{dialogue});
  auto session = client.open("starttls");
  ASSERT_EQ(described(session), "ok");
  const auto first = client.strand().run((*session)->fetch_changes({"Work"}, {}, {}));
  ASSERT_EQ(described(first), "ok");
  EXPECT_EQ(described(client.strand().run((*session)->fetch_changes({"Work"}, first->next, {}))), "ok");
  EXPECT_THAT(client.net().violations(), IsEmpty());
  EXPECT_TRUE(client.net().played());
}

// --- a session
// -----------------------------------------------------------------------------------------------

constexpr const char* examine =
    "C: A2 EXAMINE Work\n"
    "S: * 2 EXISTS\nS: * OK [UIDVALIDITY 9] v\nS: * OK [UIDNEXT 4] n\n"
    "S: A2 OK [READ-ONLY] open\n";
constexpr const char* search = "C: A3 UID SEARCH UID 1:3\nS: * SEARCH 2 3\nS: A3 OK\n";
constexpr const char* ask_facts =
    "C: A4 UID FETCH 2:3 (UID FLAGS INTERNALDATE RFC822.SIZE "
    "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])\n";
std::string fact(int number, int uid, const std::string& flags = "") {
  return "S: * " + std::to_string(number) + " FETCH (UID " + std::to_string(uid) + " FLAGS (" + flags +
         ") INTERNALDATE \"01-Jan-2026 00:00:00 +0000\" RFC822.SIZE 13 BODY[HEADER.FIELDS (MESSAGE-ID)] {" +
         std::to_string(21) + "}\nS: Message-ID: <" + std::to_string(uid) + "@x>\nS: \nS: )\n";
}
std::string body(int number, int uid) {
  return "S: * " + std::to_string(number) + " FETCH (UID " + std::to_string(uid) +
         " BODY[] {13}\nS: Subject: s" + std::to_string(uid) + "\nS: )\n";
}
const std::string facts = ask_facts + fact(1, 2) + fact(2, 3, "\\Seen") + "S: A4 OK\n";
constexpr const char* ask_bodies = "C: A5 UID FETCH 2:3 (UID BODY.PEEK[])\n";
const std::string bodies = ask_bodies + body(1, 2) + body(2, 3) + "S: A5 OK\n";

// Listing with the tag `first`; after CLOSE where a mailbox is open.
std::string list(int first, bool open = false) {
  std::string script;
  if (open) {
    const std::string tag = "A" + std::to_string(first++);
    script += "C: " + tag + " CLOSE\nS: " + tag + " OK\n";
  }
  const std::string tag = "A" + std::to_string(first);
  return script + "C: " + tag + " LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: " + tag + " OK\n";
}

std::string page_of(const Result<ChangePage>& page) {
  if (!page) return described(page);
  std::string text;
  for (const auto& item : page->items) {
    text += item.remote_id.bytes.substr(20) + ':' + (item.flags.has(Flag::seen) ? "seen" : "") +
            (item.flags.has(Flag::flagged) ? "flagged" : "") + ':' +
            (item.payload == PayloadKind::message ? item.raw.substr(0, 11) : "later") + ' ';
  }
  return text + (page->complete ? "complete" : "more");
}

struct SessionCase {
  const char* name;
  std::vector<std::string> connections;
  const char* page;  // of the folder `Work`, or the Error
};

// Walks a folder once, then lists: the session must be usable whatever happened.
void expect_page_and_usable_session(const SessionCase& expected) {
  SCOPED_TRACE(expected.name);
  ScriptedClient client(expected.connections);
  auto session = client.open();
  ASSERT_EQ(described(session), "ok");
  const auto page = client.strand().run((*session)->fetch_changes({"Work"}, {}, {}));
  EXPECT_EQ(page_of(page), expected.page);
  if (!page && page.error().scope == ErrorScope::account) {
    EXPECT_NE(page.error().hint, "");
  }
  EXPECT_EQ(described(client.strand().run((*session)->fetch_collections({}))), "ok");
  EXPECT_THAT(client.net().violations(), IsEmpty());
}

constexpr const char* whole = "3:seen:Subject: s3 2::Subject: s2 complete";

const SessionCase refusals[] = {
    {"gone",
     {login() + "C: A2 EXAMINE Work\nS: A2 NO [NONEXISTENT] no\n" + list(3)},
     "not_found collection never NONEXISTENT"},
    {"gone, without a code",
     {login() + "C: A2 EXAMINE Work\nS: A2 NO no\nC: A3 LIST \"\" \"Work\"\nS: A3 OK\n" + list(4)},
     "not_found collection never"},
    {"there, and refused without a code",
     {login() +
      "C: A2 EXAMINE Work\nS: A2 NO no\nC: A3 LIST \"\" \"Work\"\nS: * LIST () \"/\" Work\nS: A3 OK\n" +
      list(4)},
     "unavailable collection after"},
    {"unavailable",
     {login() + "C: A2 EXAMINE Work\nS: A2 NO [UNAVAILABLE] no\n" + list(3)},
     "unavailable collection after UNAVAILABLE"},
    {"in use",
     {login() + "C: A2 EXAMINE Work\nS: A2 NO [INUSE] no\n" + list(3)},
     "unavailable collection after INUSE"},
    {"no permission",
     {login() + "C: A2 EXAMINE Work\nS: A2 NO [NOPERM] no\n" + list(3)},
     "denied collection after_user_action NOPERM"},
    {"a limit",
     {login() + "C: A2 EXAMINE Work\nS: A2 NO [LIMIT] no\n" + list(3)},
     "rate_limited account after LIMIT"},
    {"throttled, with a time",
     {login() +
      "C: A2 EXAMINE Work\nS: A2 BAD Request is throttled. Suggested Backoff Time: 9000 milliseconds\n" +
      list(3)},
     "rate_limited account after:9000"},
    {"corrupt",
     {login() + "C: A2 EXAMINE Work\nS: A2 NO [CORRUPTION] no\n" + list(3)},
     "invalid_data collection after CORRUPTION"},
    {"search refused",
     {login() + examine + "C: A3 UID SEARCH UID 1:3\nS: A3 NO [SERVERBUG] no\n" + list(4, true)},
     "invalid_data collection after SERVERBUG"},
    {"traffic used up",
     {login() + examine + search + ask_facts + "S: A4 NO [OVERQUOTA] enough\n" + list(5, true)},
     "limit account after:3600000 OVERQUOTA"},
    {"traffic used up, by text",
     {login() + examine + search + ask_facts +
      "S: A4 NO Account exceeded command or bandwidth limits. (Failure)\n" + list(5, true)},
     "rate_limited account after:3600000"},
    {"throttled while bodies come",
     {login() + examine + search + facts + ask_bodies + body(1, 2) + "S: A5 NO [THROTTLED] no\n" +
      list(6, true)},
     "rate_limited account after THROTTLED"},
    {"one message refused",
     {login() + examine + search + facts + ask_bodies + "S: A5 NO broken message\n" +
      "C: A6 UID FETCH 3 (UID BODY.PEEK[])\nC: A7 UID FETCH 2 (UID BODY.PEEK[])\n" + body(2, 3) +
      "S: A6 OK\n" + "S: A7 NO broken message\n" + list(8, true)},
     "3:seen:Subject: s3 2::later complete"},
};

TEST(Session, each_refusal_is_what_it_means_and_leaves_it_usable) {
  for (const auto& one : refusals) expect_page_and_usable_session(one);
}

// Dropped while it rested, or at its first use: tried once more on a new one, which nobody need know.
const SessionCase drops[] = {
    {"at EXAMINE",
     {login() + "C: A2 EXAMINE Work\nS: * BYE idle for too long\nX\n",
      login() + examine + search + facts + bodies + list(6, true)},
     whole},
    {"token expired",
     {login() + "C: A2 EXAMINE Work\nS: * BYE Session invalidated - AccessTokenExpired\nX\n",
      login() + examine + search + facts + bodies + list(6, true)},
     whole},
    {"in the middle of a literal",
     {login() + examine + search + facts + ask_bodies + "S: * 1 FETCH (UID 2 BODY[] {13}\nS< Subj\nX\n",
      login() + examine + search + facts + bodies + list(6, true)},
     whole},
    {"twice",
     {login() + "C: A2 EXAMINE Work\nX\n", login() + "C: A2 EXAMINE Work\nX\n", login() + list(2)},
     "unavailable account after"},
    {"with a reason, twice",
     {login() + "C: A2 EXAMINE Work\nS: * BYE [UNAVAILABLE] x\nX\n",
      login() + "C: A2 EXAMINE Work\nS: * BYE [UNAVAILABLE] x\nX\n", login() + list(2)},
     "unavailable account after UNAVAILABLE"},
    {"for a reason that a new one does not change",
     {login() + "C: A2 EXAMINE Work\nS: * BYE [THROTTLED] x\nX\n", login() + list(2)},
     "rate_limited account after THROTTLED"},
};

TEST(Session, a_dropped_connection_is_replaced) {
  for (const auto& one : drops) expect_page_and_usable_session(one);
}

const SessionCase silences[] = {
    {"after EXAMINE",
     {login() + "C: A2 EXAMINE Work\nS: * 2 EXISTS\n", login() + list(2)},
     "timeout account after"},
    {"after FETCH",
     {login() + examine + search + ask_facts + fact(1, 2), login() + list(2)},
     "timeout account after"},
    {"in a literal",
     {login() + examine + search + facts + ask_bodies + "S: * 1 FETCH (UID 2 BODY[] {13}\nS< Subj\n",
      login() + list(2)},
     "timeout account after"},
    {"a literal longer than what comes",
     {login() + examine + search + facts + ask_bodies +
          "S: * 1 FETCH (UID 2 BODY[] {400000}\nS: Subject: s2\nS: )\nS: A5 OK\n",
      login() + list(2)},
     "timeout account after"},
    {"a line that trickles",
     {login() + "C: A2 EXAMINE Work\nD: * OK " + std::string(500, 'x') + "\n", login() + list(2)},
     "timeout account after"},
    {"a literal that trickles",
     {login() + examine + search + facts + ask_bodies +
          "S: * 1 FETCH (UID 2 BODY[] {600000}\nD: " + std::string(500, 'x') + "\n",
      login() + list(2)},
     "timeout account after"},
};

// A server that says nothing more must not hold the account for ever. No time passes in this test.
TEST(Session, a_silent_server_is_left) {
  for (const auto& one : silences) expect_page_and_usable_session(one);
}

const SessionCase surprises[] = {
    {"nothing unusual", {login() + examine + search + facts + bodies + list(6, true)}, whole},
    {"a byte a second",
     {login() +
      "C: A2 EXAMINE Work\nD: * 1 EXISTS\nD: * OK [UIDVALIDITY 9] v\nD: * OK [UIDNEXT 4] n\nD: A2 OK open\n"
      "C: A3 UID SEARCH UID 1:3\nD: * SEARCH\nD: A3 OK\n" +
      list(4, true)},
     "complete"},
    {"unsolicited data everywhere",
     {login() +
      "C: A2 EXAMINE Work\nS: * 1 FETCH (FLAGS (\\Draft))\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 9] v\n"
      "S: * BAD what is that\nS: * OK [UIDNEXT 4] n\nS: * 2 FETCH (UID 3 FLAGS (\\Draft))\nS: A2 OK open\n"
      "C: A3 UID SEARCH UID 1:3\nS: * 5 EXISTS\nS: * SEARCH 2 3\nS: * 5 EXPUNGE\nS: * 4 EXPUNGE\nS: A3 OK\n" +
      ask_facts +
      "S: * 3 EXPUNGE\nS: * FLAGS (\\Seen x)\nS: * 2 FETCH (UID 3 FLAGS (\\Flagged))\nS: * 1 FETCH (FLAGS "
      "())\n" +
      fact(1, 2) + "S: * XYZZY 5\nS: * 1 FETCH (UID 2 FLAGS (\\Flagged))\n" + fact(2, 3, "\\Seen") +
      "S: * LIST () \"/\" Work\nS: * STATUS Work (MESSAGES 7)\nS: A4 OK\n" + ask_bodies +
      "S: * 3 EXISTS\nS: * 1 RECENT\nS: * 1 FETCH (FLAGS (\\Seen))\nS: * 2 FETCH (UID 3 FLAGS "
      "(\\Deleted))\n" +
      body(2, 3) + "S: * 3 EXPUNGE\n" + "S: * NO [ALERT] disk nearly full\nS: + what\n" + body(1, 2) +
      "S: * 2 FETCH (UID 99 BODY[] {3}\nS: xyz)\nS: A99 OK whose\nS: A5 OK\n" + list(6, true)},
     "3:seen:Subject: s3 2:flagged:Subject: s2 complete"},
    {"expunged between the search and the fetch",
     {login() + examine + search + ask_facts + "S: * 1 EXPUNGE\n" + fact(1, 3, "\\Seen") + "S: A4 OK\n" +
      "C: A5 UID FETCH 2 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])\nS: A5 "
      "OK\n" +
      "C: A6 UID SEARCH UID 2:2\nS: * SEARCH\nS: A6 OK\n" + "C: A7 UID FETCH 3 (UID BODY.PEEK[])\n" +
      body(1, 3) + "S: A7 OK\n" + list(8, true)},
     "3:seen:Subject: s3 complete"},
    {"a literal shorter than what comes",
     {login() + examine + search + facts + ask_bodies +
      "S: * 1 FETCH (UID 2 BODY[] {5}\nS: Subject: s2\nS: )\n" + body(2, 3) + "S: A5 OK\n" +
      "C: A6 UID FETCH 2 (UID BODY.PEEK[])\n" + body(1, 2) + "S: A6 OK\n" + list(7, true)},
     whole},
    {"a length that is none",
     {login() + examine + search + facts + ask_bodies + "S: * 1 FETCH (UID 2 BODY[] {99999999999999999999}\n",
      login() + list(2)},
     "invalid_data account after"},
    {"a literal without end",
     {login() + "C: A2 EXAMINE Work\nS: * LIST () \"/\" {9999999999}\n", login() + list(2)},
     "invalid_data account after"},
};

TEST(Session, surprises_change_nothing_that_was_asked_for) {
  for (const auto& one : surprises) expect_page_and_usable_session(one);
}

// --- waiting
// ---------------------------------------------------------------------------------------------------

// Now and then the wait is interrupted to close the connections that rest. That must not fall into a renewal
// of IDLE, whose answer takes its time: the connection would be lost, and the session with it.
TEST(Push, a_slow_renewal_of_idle_keeps_the_connection) {
  const std::string slow = std::string(130, 'x');  // a byte a second, longer than any of the wait's pieces
  ScriptedClient client({login("IDLE"), login("IDLE") +
                                            "C: A2 EXAMINE INBOX\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9] v\n"
                                            "S: A2 OK open\n"
                                            "C: A3 IDLE\nS: + idling\nC: DONE\nD: A3 OK " +
                                            slow + "\nC: A4 IDLE\nD: + " + slow + "\nS: * 1 EXISTS\n"});
  auto session = client.open();
  ASSERT_EQ(described(session), "ok");
  auto& push = *static_cast<PushFacet*>((*session)->facet(PushFacet::id));
  ASSERT_EQ(described(client.strand().run(push.wait({{"INBOX"}}))), "ok");  // nobody watched before
  EXPECT_EQ(described(client.strand().run(push.wait({{"INBOX"}}))), "ok");
  EXPECT_THAT(client.net().violations(), IsEmpty());
  EXPECT_TRUE(client.net().played());
}

// --- large answers
// ---------------------------------------------------------------------------------------------

constexpr std::size_t ten_megabytes = 10'000'000;

// A line beyond every limit costs its response alone; what it may have said is asked for again or an Error.
TEST(LargeAnswers, a_line_of_ten_megabytes_is_passed_over) {
  Dialogue dialogue(login() + "C: A2 EXAMINE Work\n");
  dialogue.server("* OK " + std::string(ten_megabytes, 'x') + "\r\n* LIST () \"/\" " +
                  std::string(ten_megabytes, 'y') + "\r\n");
  const Dialogue rest(std::string(examine + 19) + search + facts + bodies + list(6, true));
  dialogue.steps.insert(dialogue.steps.end(), rest.steps.begin(), rest.steps.end());
  ScriptedClient client(std::vector{dialogue});
  auto session = client.open();
  ASSERT_EQ(described(session), "ok");
  EXPECT_EQ(page_of(client.strand().run((*session)->fetch_changes({"Work"}, {}, {}))), whole);
  EXPECT_EQ(described(client.strand().run((*session)->fetch_collections({}))), "ok");
  EXPECT_THAT(client.net().violations(), IsEmpty());
}

// The lost line could have named any folder: an incomplete listing would look like deleted ones.
TEST(LargeAnswers, a_listing_with_a_lost_line_is_none) {
  Dialogue dialogue(login() + "C: A2 LIST \"\" \"*\"\n");
  dialogue.server("* LIST () \"/\" INBOX\r\n* LIST () \"/\" " + std::string(ten_megabytes, 'y') +
                  "\r\nA2 OK\r\n");
  ScriptedClient client(std::vector{dialogue});
  auto session = client.open();
  ASSERT_EQ(described(session), "ok");
  EXPECT_EQ(described(client.strand().run((*session)->fetch_collections({}))), "invalid_data account after");
}

// Untagged responses without end, each of them in order.
TEST(LargeAnswers, an_answer_without_end_is_cut_off) {
  const std::string line = "* OK " + std::string(1u << 20, 'x') + "\r\n";
  std::string endless;
  while (endless.size() <= answer_octets_max) endless += line;
  for (const std::string before :
       {"", "* 2 EXISTS\r\n* OK [UIDVALIDITY 9] v\r\n* OK [UIDNEXT 4] n\r\nA2 OK open\r\n"}) {
    Dialogue dialogue(login() + "C: A2 EXAMINE Work\n");
    if (!before.empty()) {
      dialogue.server(before);
      dialogue.steps.push_back({Step::Kind::client, "A3 UID SEARCH UID 1:3\r\n"});
    }
    dialogue.server(endless);
    ScriptedClient client(std::vector{dialogue, Dialogue(login() + list(2))});
    auto session = client.open();
    ASSERT_EQ(described(session), "ok");
    EXPECT_EQ(page_of(client.strand().run((*session)->fetch_changes({"Work"}, {}, {}))),
              "limit collection after");
    EXPECT_EQ(described(client.strand().run((*session)->fetch_collections({}))), "ok");
  }
}

// Announced as 13 octets, sent as 300,000: it comes alone, as any large one.
TEST(LargeAnswers, a_body_larger_than_announced_does_not_fill_the_page) {
  Dialogue dialogue(login() + examine + search + facts + ask_bodies);
  dialogue.server("* 1 FETCH (UID 2 BODY[] {300000}\r\n" + std::string(300'000, 'x') + ")\r\n");
  const Dialogue rest(body(2, 3) + "S: A5 OK\n");
  dialogue.steps.insert(dialogue.steps.end(), rest.steps.begin(), rest.steps.end());
  ScriptedClient client(std::vector{dialogue});
  auto session = client.open();
  ASSERT_EQ(described(session), "ok");
  EXPECT_EQ(page_of(client.strand().run((*session)->fetch_changes({"Work"}, {}, {}))),
            "3:seen:Subject: s3 2::later complete");
}

// --- one message
// -----------------------------------------------------------------------------------------------

struct CollectingSink final : BodySink {
  Task<Status> write(std::string chunk) override {
    bytes += chunk;
    co_return ok();
  }
  std::string bytes;
};

struct BodyCase {
  const char* name;
  std::vector<std::string> connections;
  const char* result;  // the bytes, or the Error
};

constexpr const char* ask_body = "C: A3 UID FETCH 2 (UID BODY.PEEK[])\n";

const BodyCase body_cases[] = {
    {"whole", {login() + examine + ask_body + body(1, 2) + "S: A3 OK\n" + list(4, true)}, "Subject: s2\r\n"},
    {"gone",
     {login() + examine + ask_body + "S: A3 OK\nC: A4 UID SEARCH UID 2:2\nS: * SEARCH\nS: A4 OK\n" +
      list(5, true)},
     "not_found item never"},
    {"there, and not given out",
     {login() + examine + ask_body + "S: A3 OK\nC: A4 UID SEARCH UID 2:2\nS: * SEARCH 2\nS: A4 OK\n" +
      list(5, true)},
     "unavailable item after"},
    {"refused",
     {login() + examine + ask_body + "S: A3 NO broken\n" + list(4, true)},
     "unavailable item after"},
    {"quota",
     {login() + examine + ask_body + "S: A3 NO [OVERQUOTA] enough\n" + list(4, true)},
     "limit account after:3600000 OVERQUOTA"},
    {"expunged meanwhile",
     {login() + examine + ask_body + "S: A3 NO [EXPUNGEISSUED] gone\n" + list(4, true)},
     "conflict item now EXPUNGEISSUED"},
    {"another message's",
     {login() + examine + ask_body + body(1, 7) + "S: A3 OK\n" + list(4, true)},
     "invalid_data item after"},
    {"a literal shorter than what comes",
     {login() + examine + ask_body + "S: * 1 FETCH (UID 2 BODY[] {5}\nS: Subject: s2\nS: )\nS: A3 OK\n" +
      list(4, true)},
     "invalid_data item after"},
    {"dropped before it began",
     {login() + examine + ask_body + "X\n",
      login() + examine + ask_body + body(1, 2) + "S: A3 OK\n" + list(4, true)},
     "Subject: s2\r\n"},
    {"dropped in the middle of a large one",
     {login() + examine + ask_body + "S: * 1 FETCH (UID 2 BODY[] {600000}\nS: Subject: s2\nX\n",
      login() + list(2)},
     "unavailable account after"},
    {"another UIDVALIDITY",
     {login() + "C: A2 EXAMINE Work\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 8] v\nS: A2 OK open\n" +
      list(3, true)},
     "cursor_invalid collection now"},
};

TEST(Body, each_answer_is_what_it_means_and_leaves_the_session_usable) {
  for (const auto& one : body_cases) {
    SCOPED_TRACE(one.name);
    ScriptedClient client(one.connections);
    auto session = client.open();
    ASSERT_EQ(described(session), "ok");
    CollectingSink sink;
    const auto status =
        client.strand().run((*session)->fetch_body({"Work"}, {"0000000009.0000000002"}, sink));
    EXPECT_EQ(status ? sink.bytes : described(status), one.result);
    EXPECT_EQ(described(client.strand().run((*session)->fetch_collections({}))), "ok");
    EXPECT_THAT(client.net().violations(), IsEmpty());
  }
}

}  // namespace
}  // namespace hermod::imap::test
