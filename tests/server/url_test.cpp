#include "server/http/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hermod::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Ids hold slashes, angle brackets and at signs; clients encode them, so decoding may only follow splitting.
TEST(Url, encoded_slash_stays_inside_its_segment) {
  EXPECT_THAT(*split_path("/v3/grants/me%40example.com/folders/INBOX%2FSub?x=/"),
              ElementsAre("v3", "grants", "me@example.com", "folders", "INBOX/Sub"));
  EXPECT_THAT(*split_path("/messages/%3Ca%2Fb%2Bc%3D%40x%3E"), ElementsAre("messages", "<a/b+c=@x>"));
}

TEST(Url, plus_is_a_plus_in_the_path_and_a_space_in_the_query) {
  EXPECT_THAT(*split_path("/a+b"), ElementsAre("a+b"));
  EXPECT_EQ(Query::parse("/x?subject=a+b%2Bc")->find("subject"), "a b+c");
}

TEST(Url, a_slash_at_the_end_is_no_segment_and_one_in_between_is) {
  EXPECT_THAT(*split_path("/"), IsEmpty());
  EXPECT_THAT(*split_path("/a/"), ElementsAre("a"));
  EXPECT_THAT(*split_path("/a//b"), ElementsAre("a", "", "b"));
}

// RFC 9112 §3.2.2: a server must accept the absolute form.
TEST(Url, absolute_form_is_read_like_the_path_alone) {
  EXPECT_THAT(*split_path("http://host:80/a/b?c"), ElementsAre("a", "b"));
  EXPECT_THAT(*split_path("http://host"), IsEmpty());
}

// None of these may reach the database: PostgreSQL refuses NUL and broken UTF-8 with an error of its own.
TEST(Url, what_does_not_decode_to_text_is_refused) {
  for (const char* target : {"/%", "/%4", "/%zz", "/%00", "/%ff", "/%c0%af", "/%ed%a0%80", "*", "", "a"}) {
    const auto path = split_path(target);
    ASSERT_FALSE(path) << target;
    EXPECT_EQ(path.error().kind, ErrorKind::invalid_argument) << target;
  }
  for (const char* target : {"/?a=%", "/?%zz=1", "/?a=%00"}) EXPECT_FALSE(Query::parse(target)) << target;
}

TEST(Url, the_number_of_parts_is_bounded) {
  std::string path;
  std::string query = "/?";
  for (std::size_t i = 0; i <= path_segments_max; ++i) path += "/a";
  for (std::size_t i = 0; i <= query_parameters_max; ++i) query += "a=b&";
  EXPECT_FALSE(split_path(path));
  EXPECT_FALSE(Query::parse(query));
}

TEST(QueryTest, repeated_keys_and_comma_lists_give_the_same_values) {
  const auto query = Query::parse("/x?to=a&to=b&any_email=c,d,&any_email=e");
  EXPECT_THAT(query->all("to"), ElementsAre("a", "b"));
  EXPECT_THAT(query->all("any_email", ','), ElementsAre("c", "d", "e"));
  EXPECT_THAT(query->all("absent"), IsEmpty());
}

// JavaScript clients send an unset option as the text "undefined".
TEST(QueryTest, undefined_counts_as_absent) {
  const auto query = Query::parse("/x?limit=undefined&unread=undefined&in=a");
  EXPECT_FALSE(query->find("limit"));
  EXPECT_FALSE(query->boolean("unread")->has_value());
  EXPECT_EQ(*query->number("limit", 50, 1, 200), 50);
}

TEST(QueryTest, numbers_and_booleans_are_checked) {
  const auto query = Query::parse("/x?a=7&b=0&c=1x&d=&e=99999999999999999999&f=true&g=yes");
  EXPECT_EQ(*query->number("a", 1, 1, 10), 7);
  for (const char* key : {"b", "c", "d", "e"}) EXPECT_FALSE(query->number(key, 1, 1, 10)) << key;
  EXPECT_EQ(*query->boolean("f"), true);
  EXPECT_FALSE(query->boolean("g"));
}

TEST(QueryTest, keys_without_value_and_empty_pairs_are_harmless) {
  const auto query = Query::parse("/x?&a&&b=#f=1");
  EXPECT_EQ(query->find("a"), "");
  EXPECT_EQ(query->find("b"), "");
  EXPECT_FALSE(query->find("f"));
}

}  // namespace
}  // namespace hermod::server
