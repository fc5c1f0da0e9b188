// What a hostile server can make the client hold: a few octets each, but without an end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/imap/client/limits.hpp"
#include "plugins/imap/wire/limits.hpp"
#include "tests/imap/dialogue/client.hpp"
#include "tests/support/heap_meter.hpp"

namespace hermod::imap::test {
namespace {

using hermod::test::HeapMeter;

// What is kept, once more while it is moved to a larger block, and a line with its parts.
constexpr std::size_t heap_allowed = 2 * kept_bytes_max + (32u << 20);

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

const std::string open_folder =
    "C: A2 EXAMINE Work\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 9] v\nS: * OK [UIDNEXT 4] n\nS: A2 OK\n"
    "C: A3 UID SEARCH UID 1:3\n";
const std::string ask_facts =
    "S: * SEARCH 2 3\nS: A3 OK\n"
    "C: A4 UID FETCH 2:3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])\n";

struct Flood {
  const char* name;
  std::string before;
  std::string response;
  std::size_t times;
  const char* result;
};

std::vector<Flood> floods() {
  const std::string list_at_its_maximum = '(' + repeated("a ", WireLimits{}.list_items_max) + ')';
  const std::string list_beyond = '(' + repeated("a ", 1'500'000) + ')';
  return {
      {"responses that nobody knows", open_folder, "* X\r\n", 1'000'000, "timeout account after"},
      {"responses that nobody asked for", open_folder, "* 1 EXISTS\r\n", 1'000'000, "limit collection after"},
      {"long lists", open_folder, "* FLAGS " + list_at_its_maximum + "\r\n", 1000, "limit collection after"},
      {"lists without end", open_folder, "* FLAGS " + list_beyond + "\r\n", 8, "timeout account after"},
      {"words without end", open_folder, "* CAPABILITY" + repeated(" a", 3'000'000) + "\r\n", 3,
       "timeout account after"},
      {"facts of one message", open_folder + ask_facts,
       "* 1 FETCH (UID 2 RFC822.SIZE 1 FLAGS " + list_at_its_maximum + ")\r\n", 1000,
       "limit collection after"},
      {"folders", "C: A2 LIST \"\" \"*\"\n", "* LIST " + list_at_its_maximum + " \"/\" x\r\n", 1000,
       "limit collection after"},
  };
}

// Law 8: a server must not be able to fill the memory of the process that all accounts share.
TEST(AnswerMemory, is_bounded_whatever_the_server_sends) {
  for (const auto& flood : floods()) {
    SCOPED_TRACE(flood.name);
    Dialogue dialogue(login() + flood.before);
    dialogue.server(repeated(flood.response, flood.times));
    ScriptedClient client(std::vector{dialogue});
    auto session = client.open();
    ASSERT_EQ(described(session), "ok");
    const HeapMeter heap;
    if (flood.before.contains("EXAMINE")) {
      EXPECT_EQ(described(client.strand().run((*session)->fetch_changes({"Work"}, {}, {}))), flood.result);
    } else {
      EXPECT_EQ(described(client.strand().run((*session)->fetch_collections({}))), flood.result);
    }
    EXPECT_LE(heap.peak(), heap_allowed);
  }
}

// The flags of a whole large folder change at once when somebody marks it as read. Such an answer is longer
// than others may be; an Error would come again at every try, but a new listing has an end.
TEST(AnswerMemory, of_more_changed_flags_than_are_kept_the_folder_is_listed_anew) {
  const std::string state = "S: * 0 EXISTS\nS: * OK [UIDVALIDITY 9] v\nS: * OK [UIDNEXT 4] n\n";
  Dialogue dialogue(login("CONDSTORE") + "C: A2 EXAMINE Work (CONDSTORE)\n" + state +
                    "S: * OK [HIGHESTMODSEQ 5] m\nS: A2 OK\nC: A3 UID SEARCH UID 1:3\nS: * SEARCH\nS: A3 OK\n"
                    "C: A4 EXAMINE Work (CONDSTORE)\n" +
                    state + "S: * OK [HIGHESTMODSEQ 6] m\nS: A4 OK\n" +
                    "C: A5 UID FETCH 1:3 (UID FLAGS) (CHANGEDSINCE 5)\n");
  const std::string flags = repeated(std::string(99, 'f') + ' ', 100);
  std::string changes;
  for (int uid = 1; changes.size() <= answer_octets_max; ++uid) {
    changes +=
        "* " + std::to_string(uid) + " FETCH (UID " + std::to_string(uid) + " FLAGS (" + flags + "))\r\n";
  }
  dialogue.server(changes + "A5 OK\r\n");
  ScriptedClient client(std::vector{dialogue});
  auto session = client.open();
  ASSERT_EQ(described(session), "ok");
  const auto first = client.strand().run((*session)->fetch_changes({"Work"}, {}, {}));
  ASSERT_EQ(described(first), "ok");
  const HeapMeter heap;
  EXPECT_EQ(described(client.strand().run((*session)->fetch_changes({"Work"}, first->next, {}))),
            "cursor_invalid collection now");
  EXPECT_LE(heap.peak(), heap_allowed);
  EXPECT_THAT(client.net().violations(), testing::IsEmpty());
}

}  // namespace
}  // namespace hermod::imap::test
