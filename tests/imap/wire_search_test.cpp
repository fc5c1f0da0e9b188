// What a user may write into a search, and that nothing else of it reaches the server.
#include <gtest/gtest.h>

#include "plugins/imap/wire/search_program.hpp"

namespace hermod::imap {
namespace {

// The capability that a server of the test announces.
Result<SearchProgram> parse(std::string_view text, std::string_view capability = {}) {
  return SearchProgram::parse(text, [&](std::string_view asked) { return asked == capability; });
}

std::string wire(std::string_view text, std::string_view capability = {}) {
  auto program = parse(text, capability);
  if (!program) return program.error().message;
  Command command("UID SEARCH");
  program->append_to(command);
  std::string all;
  for (const std::string& segment : command.serialize("A1", LiteralSupport::any)) all += segment;
  return all;
}

struct Case {
  std::string_view given, sent;
};

// RFC 9051 §6.4.4: the keys, their operands and their nesting, in canonical spelling.
TEST(SearchProgram, writes_what_the_grammar_allows) {
  const Case cases[] = {
      {"ALL", "ALL"},
      {"flagged since 1-Feb-1994 not FROM \"Smith\"", "FLAGGED SINCE 1-Feb-1994 NOT FROM Smith"},
      {"  unseen  ", "UNSEEN"},
      {"OR (FROM a SUBJECT \"b c\") (TO d)", "OR (FROM a SUBJECT \"b c\") (TO d)"},
      {"( NOT ( SEEN ) )", "(NOT (SEEN))"},
      {"((DELETED))", "((DELETED))"},
      {"2,4:7,9,12:*", "2,4:7,9,12:*"},
      {"UID 443:557 NOT UID 500", "UID 443:557 NOT UID 500"},
      {"LARGER 100 SMALLER 9223372036854775807", "LARGER 100 SMALLER 9223372036854775807"},
      {"HEADER Message-ID <a@b.example>", "HEADER Message-ID \"<a@b.example>\""},
      {"HEADER X-Empty \"\"", "HEADER X-Empty \"\""},
      {"KEYWORD $Forwarded", "KEYWORD $Forwarded"},
      {"ON \"29-feb-2024\"", "ON 29-feb-2024"},
      {"FROM bob@example.test", "FROM \"bob@example.test\""},
      {"BODY \"say \\\"hi\\\" \\\\ bye\"", "BODY \"say \\\"hi\\\" \\\\ bye\""},
      {"CHARSET utf-8 TEXT x", "TEXT x"},
      {"SUBJECT NIL", "SUBJECT \"NIL\""},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(wire(one.given), "A1 UID SEARCH " + std::string(one.sent) + "\r\n") << one.given;
  }
}

// RFC 9051 §6.4.4: the charset is named only where it is needed, and the text goes as a literal.
TEST(SearchProgram, sends_text_beyond_ascii_as_utf8) {
  EXPECT_EQ(wire("SUBJECT Gr\xc3\xb6\xc3\x9f"
                 "e FROM a"),
            "A1 UID SEARCH CHARSET UTF-8 SUBJECT {7+}\r\nGr\xc3\xb6\xc3\x9f"
            "e FROM a\r\n");
  EXPECT_EQ(wire("NOT (TEXT \"\xc3\xa4 b\")"),
            "A1 UID SEARCH CHARSET UTF-8 NOT (TEXT {4+}\r\n\xc3\xa4 b)\r\n");
}

struct Refusal {
  std::string_view given;
  int character;
};

// Whoever wrote it must find the place; characters are counted, not octets.
TEST(SearchProgram, names_the_place_of_a_mistake) {
  const Refusal cases[] = {
      {"", 1},
      {"   ", 4},
      {"FRM a", 1},
      {"SEEN FRM a", 6},
      {"FROM", 5},
      {"FROM ", 6},
      {"FROM\"a\"", 5},
      {"FROM \"a", 6},
      {"FROM \"\\a\"", 7},
      {"FROM \"a\"b", 9},
      {"FROM {3}", 6},
      {"FROM a*", 7},
      {"SINCE 1994-02-01", 7},
      {"SINCE 30-Feb-2024", 7},
      {"SINCE \"1-Feb-2024", 7},
      {"SINCE 001-Feb-2024", 7},
      {"LARGER -1", 8},
      {"LARGER 9223372036854775808", 8},
      {"UID 0", 5},
      {"UID 1:", 5},
      {"OR SEEN", 8},
      {"(SEEN", 6},
      {"SEEN)", 5},
      {"()", 2},
      {"NOT", 4},
      {"KEYWORD \\Seen", 9},
      {"CHARSET KOI8-R TEXT a", 9},
      {"RETURN (ALL) SEEN", 1},
      {"UID $", 5},
      {"SUBJECT \xc3\xa4\xc3\xb6 FRM", 12},
      {"X-GM-RAW a", 1},
      {"OLDER 60", 1},
  };
  for (const Refusal& one : cases) {
    const auto parsed = parse(one.given);
    ASSERT_FALSE(parsed) << one.given;
    EXPECT_EQ(parsed.error().kind, ErrorKind::invalid_argument);
    EXPECT_EQ(parsed.error().scope, ErrorScope::item);
    const auto place = "at character " + std::to_string(one.character) + ":";
    EXPECT_NE(parsed.error().message.find(place), std::string::npos)
        << one.given << ": " << parsed.error().message;
  }
}

// Keys of an extension go only to a server that announced it.
TEST(SearchProgram, asks_for_extensions_where_they_are_offered) {
  EXPECT_EQ(wire("YOUNGER 3600", "WITHIN"), "A1 UID SEARCH YOUNGER 3600\r\n");
  EXPECT_EQ(wire("X-GM-RAW \"has:attachment in:unread\"", "X-GM-EXT-1"),
            "A1 UID SEARCH X-GM-RAW \"has:attachment in:unread\"\r\n");
  EXPECT_EQ(wire("EMAILID M6d99ac3275bb4e", "OBJECTID"), "A1 UID SEARCH EMAILID M6d99ac3275bb4e\r\n");
}

// Nothing that a user writes becomes a command of its own, or a literal whose octets are read as one.
TEST(SearchProgram, refuses_what_could_end_the_command) {
  for (const std::string& hostile :
       {std::string("SEEN\r\nA2 LOGOUT"), std::string("FROM \"a\r\nA2 LOGOUT\""),
        std::string("FROM \"a\nb\""), std::string("FROM a\rb"), std::string("FROM {1+}\r\na"),
        std::string("FROM \"a\0b\"", 10), std::string("SEEN\t"), std::string("FROM \"\x7f\"")}) {
    const auto parsed = parse(hostile);
    ASSERT_FALSE(parsed) << hostile;
    EXPECT_NE(parsed.error().message.find("control characters"), std::string::npos) << parsed.error().message;
  }
}

// Limits: a text of any length or nesting costs little and never the stack.
TEST(SearchProgram, is_bounded) {
  const auto repeated = [](std::string_view piece, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += piece;
    return text;
  };
  EXPECT_TRUE(parse(repeated("SEEN ", search_keys_max)));
  EXPECT_FALSE(parse(repeated("SEEN ", search_keys_max + 1)));
  EXPECT_TRUE(parse(repeated("NOT ", search_depth_max - 1) + "SEEN"));
  EXPECT_FALSE(parse(repeated("NOT ", search_depth_max) + "SEEN"));
  EXPECT_FALSE(parse(repeated("(", 3000)));
  EXPECT_TRUE(parse("TEXT " + std::string(search_bytes_max - 5, 'a')));
  EXPECT_FALSE(parse("TEXT " + std::string(search_bytes_max - 4, 'a')));
}

}  // namespace
}  // namespace hermod::imap
