#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "server/config/config.hpp"
#include "temporary_directory.hpp"

namespace hermod::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ConfigTest : public testing::Test {
 protected:
  Result<Config> load(const std::string& text, Environment environment = {}) {
    std::ofstream(file_) << text;
    environment.try_emplace("HERMOD_DATA_DIR", "/data");
    return load_config(file_, environment);
  }

  // The message and hint of a refusal, empty where it was accepted.
  std::string refusal(const std::string& text, Environment environment = {}) {
    auto config = load(text, std::move(environment));
    return config ? std::string() : config.error().message + " | " + config.error().hint;
  }

  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "hermod.toml";
};

// A typing mistake must not silently leave a default in force, and the operator must see where and what.
TEST_F(ConfigTest, unknown_key_names_file_line_and_nearest_key) {
  EXPECT_EQ(refusal("[server]\n\nlisten = \"127.0.0.1:1\"\nthreds = 3\n"),
            file_.string() + ":4: [server] has no key `threds` | did you mean `threads`?");
}

TEST_F(ConfigTest, unknown_table_names_nearest_table) {
  EXPECT_THAT(refusal("[databse]\nurl = \"x\"\n"),
              HasSubstr(":1: unknown table [databse] | did you mean `database`?"));
}

TEST_F(ConfigTest, key_outside_its_table_is_refused_with_the_table) {
  EXPECT_THAT(refusal("listen = \"127.0.0.1:1\"\n"), HasSubstr("put it under [server]"));
}

TEST_F(ConfigTest, table_that_is_no_table_is_refused) {
  EXPECT_THAT(refusal("sync = 3\n"), HasSubstr(":1: "));
}

struct Refused {
  const char* text;
  const char* message;
};

// One row for each type of key, so that no type is converted quietly.
TEST_F(ConfigTest, wrong_types_and_ranges_are_refused) {
  const Refused rows[] = {
      {"[server]\nthreads = \"8\"", ":2: server.threads must be a whole number"},
      {"[server]\nthreads = 1.5", ":2: server.threads must be a whole number"},
      {"[server]\nthreads = 1", ":2: server.threads must be from 2 to 4096"},
      {"[server]\nlisten = 8080", ":2: server.listen must be a string"},
      {"[server]\nlisten = \"localhost\"", ":2: server.listen an address to listen on needs a port"},
      {"[server]\nallow_insecure_listen = \"yes\"", ":2: server.allow_insecure_listen must be true or false"},
      {"[server]\ndata_dir = 1", ":2: server.data_dir must be a string"},
      {"[server]\nroles = \"api\"", ":2: server.roles must be a list of strings"},
      {"[plugins]\npath = [1]", ":2: plugins.path must be a list of strings"},
      {"[plugins]\nenabled = true", ":2: plugins.enabled must be a list of strings"},
      {"[sync]\nlease_seconds = 1970-01-01", ":2: sync.lease_seconds must be a whole number"},
      {"[log]\nlevel = \"loud\"", ":2: log.level must be one of \"debug\", \"info\", \"warn\", \"error\""},
      {"[log]\nformat = \"xml\"", ":2: log.format must be one of \"json\", \"text\""},
      {"[plugin.a]\nb = {c = 1}", ":2: plugin.a.b must be"},
      {"[server]\nlisten = ", ":2: "},
  };
  for (const auto& [text, message] : rows) EXPECT_THAT(refusal(text), HasSubstr(message)) << text;
}

// Listening to the network in the clear must be asked for: mail would pass readable.
TEST_F(ConfigTest, more_than_loopback_needs_tls_or_permission) {
  EXPECT_THAT(refusal("[server]\nlisten = \"0.0.0.0:80\""), HasSubstr("without TLS"));
  EXPECT_THAT(refusal("[server]\nlisten = \":80\""), HasSubstr("without TLS"));
  EXPECT_EQ(refusal("[server]\nlisten = \"0.0.0.0:80\"\nallow_insecure_listen = true"), "");
  EXPECT_EQ(refusal("[server]\nlisten = \"0.0.0.0:443\"\ntls_cert = \"c\"\ntls_key = \"k\""), "");
  for (const char* loopback : {"127.0.0.2:80", "[::1]:80", "localhost:80"}) {
    EXPECT_EQ(refusal("[server]\nlisten = \"" + std::string(loopback) + "\""), "") << loopback;
  }
}

TEST_F(ConfigTest, half_of_a_tls_pair_is_refused) {
  EXPECT_THAT(refusal("[server]\ntls_cert = \"c\""), HasSubstr("go together"));
}

TEST_F(ConfigTest, unknown_role_is_refused) {
  EXPECT_THAT(refusal("[server]\nroles = [\"api\", \"snyc\"]"), HasSubstr("no role `snyc`"));
}

// The order of precedence: default, file, short variable, full variable.
TEST_F(ConfigTest, variables_win_over_the_file_and_the_full_name_over_the_short) {
  const char* file = "[server]\nlisten = \"127.0.0.1:1\"\nthreads = 9\n";
  EXPECT_EQ(load(file)->server.listen.port, 1);
  EXPECT_EQ(load(file, {{"HERMOD_LISTEN", "127.0.0.1:2"}})->server.listen.port, 2);
  EXPECT_EQ(load(file, {{"HERMOD_LISTEN", "127.0.0.1:2"}, {"HERMOD_SERVER_LISTEN", "127.0.0.1:3"}})
                ->server.listen.port,
            3);
  EXPECT_EQ(load(file, {{"HERMOD_SERVER_THREADS", "12"}})->server.threads, 12);
  EXPECT_EQ(load(file)->server.threads, 9);
}

TEST_F(ConfigTest, variables_are_read_by_the_type_of_their_key) {
  const auto config = load("", {{"HERMOD_PLUGIN_PATH", "/a:/b"},
                                {"HERMOD_PLUGINS_ENABLED", "x,y"},
                                {"HERMOD_ALLOW_PRIVATE_HOSTS", "1"},
                                {"HERMOD_SYNC_LEASE_SECONDS", "45"},
                                {"HERMOD_LOG_LEVEL", "debug"}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->plugins.path, ElementsAre("/a", "/b"));
  EXPECT_THAT(config->plugins.enabled.value(), ElementsAre("x", "y"));
  EXPECT_EQ(config->network.allow_private_hosts, PrivateHosts::allow);
  EXPECT_EQ(config->sync.lease, std::chrono::seconds(45));
  EXPECT_EQ(config->log.level, LogLevel::debug);
  EXPECT_THAT(config->warnings, ElementsAre());
}

TEST_F(ConfigTest, bad_variable_is_refused_by_its_name) {
  EXPECT_THAT(refusal("", {{"HERMOD_LISTEN", "nowhere"}}), HasSubstr("HERMOD_LISTEN an address"));
  EXPECT_THAT(refusal("", {{"HERMOD_SERVER_THREADS", "many"}}),
              HasSubstr("HERMOD_SERVER_THREADS must be a whole"));
}

// An orchestrator sets HERMOD_PORT and the like for a service of that name; refusing those would stop the
// server.
TEST_F(ConfigTest, unknown_variable_is_a_warning) {
  const auto config = load("", {{"HERMOD_PORT", "tcp://10.0.0.1:80"}, {"HERMOD_LISTN", "127.0.0.1:1"}});
  ASSERT_TRUE(config);
  EXPECT_THAT(config->warnings,
              ElementsAre(HasSubstr("did you mean HERMOD_LISTEN?"), HasSubstr("HERMOD_PORT")));
}

// What a plugin declares is not known here, so its table passes through with the place for the host's own
// message.
TEST_F(ConfigTest, plugin_settings_pass_through_with_their_origin) {
  const auto config =
      load("[plugin.demo]\nnumber = 3\nnames = [\"a\"]\n", {{"HERMOD_PLUGIN_DEMO_SOME_KEY", "7"}});
  ASSERT_TRUE(config) << config.error().message;
  const PluginSettings& settings = config->plugin.at("demo");
  EXPECT_EQ(std::get<std::int64_t>(settings.at("number").value), 3);
  EXPECT_EQ(settings.at("number").origin, file_.string() + ":2");
  EXPECT_THAT(std::get<std::vector<std::string>>(settings.at("names").value), ElementsAre("a"));
  EXPECT_EQ(std::get<std::string>(settings.at("some_key").value), "7");
  EXPECT_EQ(settings.at("some_key").origin, "HERMOD_PLUGIN_DEMO_SOME_KEY");
}

TEST_F(ConfigTest, missing_file_is_told_by_name) {
  const auto config = load_config(directory_.path() / "none.toml", {});
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("none.toml"));
}

TEST_F(ConfigTest, data_dir_alone_is_enough_and_blobs_follow_it) {
  const auto config = load("");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->server.data_dir, "/data");
  EXPECT_EQ(config->blobs.path, "/data/blobs");
}

}  // namespace
}  // namespace hermod::server
