#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "server/json/body.hpp"
#include "server/json/writer.hpp"

namespace hermod::server {
namespace {

TEST(JsonWriterTest, every_type_is_written_as_json) {
  JsonWriter json;
  json.begin_object()
      .member("text", "a\"\n\x01é")
      .member("number", -5)
      .member("big", ~0ULL)
      .member("flag", true);
  json.member("real", 1.5).raw_member("raw", "[1]").key("list").begin_array().null().end_array();
  EXPECT_EQ(json.end_object().text(),
            "{\"text\":\"a\\\"\\n\\u0001é\",\"number\":-5,\"big\":18446744073709551615,\"flag\":true,"
            "\"real\":1.5,\"raw\":[1],\"list\":[null]}");
}

TEST(JsonWriterTest, absent_members_are_left_out) {
  JsonWriter json;
  json.begin_object().member("a", std::optional<std::string>{}).member("b", std::optional(2));
  EXPECT_EQ(json.end_object().text(), R"({"b":2})");
}

TEST(JsonWriterTest, what_json_cannot_express_is_null) {
  JsonWriter json;
  json.begin_array().value(std::numeric_limits<double>::infinity()).end_array();
  EXPECT_EQ(json.text(), "[null]");
}

TEST(JsonBody, objects_are_read_and_the_last_of_a_doubled_key_counts) {
  const auto object = parse_json_object(R"({"a":1,"b":{"c":[true]},"a":2})");
  ASSERT_TRUE(object);
  EXPECT_EQ((*object)->getValue<int>("a"), 2);
  EXPECT_TRUE((*object)->getObject("b")->getArray("c")->getElement<bool>(0));
}

TEST(JsonBody, no_body_is_an_empty_object) {
  EXPECT_EQ((*parse_json_object(""))->size(), 0U);
  EXPECT_EQ((*parse_json_object(" \n"))->size(), 0U);
}

// None of these may reach a handler, and none may end in an exception.
TEST(JsonBody, what_is_no_object_is_refused) {
  for (const char* text : {"[]", "1", "null", "{", "{\"a\":}", "{\"a\":1} x", "{'a':1}", "{\"a\":\"\xff\"}",
                           "{\"a\":\"\\u0000\"}", "\x00"}) {
    if (*text == '\0') continue;
    const auto object = parse_json_object(text);
    ASSERT_FALSE(object) << text;
    EXPECT_EQ(object.error().kind, ErrorKind::invalid_argument) << text;
  }
}

TEST(JsonBody, nesting_is_bounded) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(parse_json_object(nested(json_depth_max - 2)));
  EXPECT_FALSE(parse_json_object(nested(json_depth_max + 1)));
  EXPECT_FALSE(parse_json_object(nested(100'000)));
}

}  // namespace
}  // namespace hermod::server
