#include "server/log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "temporary_directory.hpp"

namespace hermod::server {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::StartsWith;

class LogTest : public testing::Test {
 protected:
  void configure(LogLevel level, LogFormat format) { ASSERT_TRUE(configure_log({level, format, file_})); }
  ~LogTest() override { EXPECT_TRUE(configure_log({LogLevel::warn, LogFormat::text, {}})); }

  std::vector<std::string> lines() {
    std::ifstream file(file_);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  }

  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "log";
};

TEST_F(LogTest, json_lines_hold_time_level_event_and_fields) {
  configure(LogLevel::info, LogFormat::json);
  log::info("test.done", {{"count", 3}, {"name", "a"}, {"good", true}});
  EXPECT_THAT(lines(),
              ElementsAre(testing::AllOf(
                  StartsWith("{\"ts\":\""),
                  EndsWith(R"(","level":"info","event":"test.done","count":3,"name":"a","good":true})"))));
}

// A line break in a field would forge a second event.
TEST_F(LogTest, a_field_cannot_break_out_of_its_line) {
  for (const LogFormat format : {LogFormat::json, LogFormat::text}) {
    configure(LogLevel::info, format);
    log::info("test.text", {{"text", "a\nb\"} level=error"}});
  }
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_THAT(lines()[1], EndsWith(R"(test.text text="a\nb\"} level=error")"));
}

TEST_F(LogTest, below_the_level_nothing_is_written) {
  configure(LogLevel::warn, LogFormat::json);
  log::info("test.quiet");
  log::warn("test.heard");
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(LogTest, a_long_field_is_cut_between_characters) {
  configure(LogLevel::info, LogFormat::json);
  std::string text;
  while (text.size() <= log::field_bytes_max) text += "\xE2\x82\xAC";
  log::info("test.long", {{"text", text}});
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_THAT(lines()[0], EndsWith("\xE2\x82\xAC\"}"));
}

TEST_F(LogTest, a_file_that_cannot_be_opened_is_told) {
  const auto configured = configure_log({LogLevel::info, LogFormat::json, directory_.path()});
  ASSERT_FALSE(configured);
  EXPECT_THAT(configured.error().message, testing::HasSubstr(directory_.path().string()));
}

}  // namespace
}  // namespace hermod::server
