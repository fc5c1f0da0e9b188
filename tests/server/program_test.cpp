#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <fstream>

#include "server/postgres/child_process.hpp"
#include "temporary_directory.hpp"

// The program itself, on a private database, from the outside.
namespace hermod::server {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override { configure("127.0.0.1:0"); }

  void configure(const std::string& listen) {
    std::ofstream(config()) << "[server]\ndata_dir = \"" << directory_.path().string() << "\"\nlisten = \""
                            << listen << "\"\n[plugins]\nenabled = []\n[log]\nfile = \"" << log().string()
                            << "\"\n";
  }

  std::filesystem::path config() const { return directory_.path() / "hermod.toml"; }
  std::filesystem::path log() const { return directory_.path() / "hermod.log"; }
  std::filesystem::path output() const { return directory_.path() / "output"; }

  static std::string text(const std::filesystem::path& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  ChildProcess start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), HERMOD_PROGRAM);
    arguments.insert(arguments.end(), {"--config", config()});
    std::filesystem::remove(output());
    auto child = ChildProcess::start({.arguments = std::move(arguments),
                                      .directory = directory_.path(),
                                      .output = output(),
                                      .death_signal = SIGKILL});
    EXPECT_TRUE(child) << child.error().message;
    return *std::move(child);
  }

  static int code(ChildProcess& child) {
    const auto status = child.wait(120s);
    return status && WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
  }

  // Runs a command to its end; what it printed.
  std::string run(std::vector<std::string> arguments, int expected = 0) {
    auto child = start(std::move(arguments));
    EXPECT_EQ(code(child), expected) << text(output());
    return text(output());
  }

  // Starts the server and waits for its "server.ready", which tells the port.
  ChildProcess serve() {
    std::filesystem::remove(log());
    auto child = start({"serve"});
    constexpr std::string_view mark = "\"event\":\"server.ready\"";
    std::string seen;
    while ((seen = text(log())).find(mark) == std::string::npos) {
      if (child.wait(10ms)) {
        ADD_FAILURE() << text(output()) << seen;
        return child;
      }
    }
    port_ = static_cast<std::uint16_t>(std::atoi(seen.c_str() + seen.find("\"port\":", seen.find(mark)) + 7));
    return child;
  }

  std::pair<int, std::string> get(const std::string& target, const std::string& key = {}) const {
    Poco::Net::HTTPClientSession session("127.0.0.1", port_);
    Poco::Net::HTTPRequest request("GET", target, Poco::Net::HTTPRequest::HTTP_1_1);
    if (!key.empty()) request.set("Authorization", "Bearer " + key);
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    std::istream& stream = session.receiveResponse(response);
    return {response.getStatus(), std::string(std::istreambuf_iterator<char>(stream), {})};
  }

  // The private database's process and those that it started.
  std::vector<pid_t> database_processes() const {
    pid_t parent = 0;
    std::ifstream(directory_.path() / "postgres" / "data" / "postmaster.pid") >> parent;
    if (parent == 0) return {};
    std::vector<pid_t> all{parent};
    const std::string number = std::to_string(parent);
    std::ifstream children("/proc/" + number + "/task/" + number + "/children");
    for (pid_t child = 0; children >> child;) all.push_back(child);
    return all;
  }

  std::string create_key() {
    std::string key = run({"key", "create", "--name", "test"});
    EXPECT_THAT(key, MatchesRegex("hmd_[0-9A-Za-z]{40}\n")) << "the key and nothing else";
    key.pop_back();
    return key;
  }

  TemporaryDirectory directory_;
  std::uint16_t port_ = 0;
};

// The whole life of an installation: first start, a key made beside the running server, an orderly stop, a
// second start.
TEST_F(ProgramTest, a_key_made_beside_the_server_opens_the_api_and_survives_a_restart) {
  std::string key;
  {
    auto server = serve();
    EXPECT_EQ(get("/healthz").first, 200);
    EXPECT_EQ(get("/readyz").first, 200) << get("/readyz").second;
    EXPECT_EQ(get("/v3/grants").first, 401);
    key = create_key();
    EXPECT_EQ(get("/v3/grants", key).first, 200);
    EXPECT_THAT(get("/metrics").second, HasSubstr("hermod_http_requests_total"));
    server.send(SIGTERM);
    EXPECT_EQ(code(server), 0) << text(output());
  }
  auto server = serve();
  EXPECT_EQ(get("/v3/grants", key).first, 200);
  server.send(SIGTERM);
  EXPECT_EQ(code(server), 0);
}

// After kill -9 the next start must come up by itself, with everything that was acknowledged.
TEST_F(ProgramTest, kill_and_start_again_keeps_the_key) {
  std::string key;
  {
    auto server = serve();
    key = create_key();
    server.send(SIGKILL);
    ASSERT_TRUE(server.wait(10s));
  }
  auto server = serve();
  EXPECT_EQ(get("/v3/grants", key).first, 200);
  server.send(SIGTERM);
  EXPECT_EQ(code(server), 0);
}

// Nothing can be handed back to a database that hangs, and whoever waits for its answer waits for ever.
TEST_F(ProgramTest, a_stop_ends_though_the_database_hangs) {
  auto server = serve();
  const auto database = database_processes();
  ASSERT_GT(database.size(), 1u);
  for (const pid_t process : database) kill(process, SIGSTOP);
  server.send(SIGTERM);
  const auto status = server.wait(30s);
  for (const pid_t process : database) kill(process, SIGCONT);
  ASSERT_TRUE(status) << text(log());
  EXPECT_EQ(WEXITSTATUS(*status), 130);
  EXPECT_THAT(text(log()), HasSubstr("server.stop_forced"));
  // The next start has its database, whatever became of the last one.
  auto next = serve();
  EXPECT_EQ(get("/readyz").first, 200);
  next.send(SIGTERM);
  EXPECT_EQ(code(next), 0);
}

TEST_F(ProgramTest, a_second_server_on_the_folder_ends_with_one_clear_line) {
  auto server = serve();
  const std::string told = run({"serve"}, 5);
  EXPECT_THAT(told, HasSubstr("hermod: another hermod already works on " + directory_.path().string()));
  EXPECT_EQ(get("/healthz").first, 200) << "the first one is not disturbed";
  server.send(SIGTERM);
  EXPECT_EQ(code(server), 0);
}

TEST_F(ProgramTest, commands_work_while_no_server_runs) {
  create_key();
  const std::string listed = run({"key", "list"});
  const auto id = listed.substr(listed.find('\n') + 1, 25);
  run({"key", "revoke", id});
  EXPECT_THAT(run({"key", "list"}), MatchesRegex(".*" + id + ".*T.*Z.*T.*Z\n"));
  EXPECT_THAT(run({"migrate"}), HasSubstr("already"));
  EXPECT_THAT(run({"grant", "show", "nobody@example.com"}, 1), HasSubstr("there is no such grant"));
}

// A script must be able to tell these apart.
TEST_F(ProgramTest, exit_codes_tell_what_is_wrong) {
  EXPECT_THAT(run({"--version"}), MatchesRegex("hermod [0-9.]+\n"));
  EXPECT_THAT(run({"--help"}), HasSubstr("Exit codes"));
  run({"sreve"}, 2);
  run({"key"}, 2);
  configure("0.0.0.0:0");
  EXPECT_THAT(run({"serve"}, 3), HasSubstr("without TLS"));
  std::ofstream(config()) << "[database]\nurl = \"host=/nowhere dbname=none\"\n";
  EXPECT_THAT(run({"key", "list"}, 4), HasSubstr("hermod: "));
}

TEST_F(ProgramTest, doctor_names_what_is_wrong_and_ends_with_1) {
  std::filesystem::create_directory(directory_.path() / "keys");
  std::filesystem::permissions(directory_.path() / "keys", std::filesystem::perms(0755));
  const std::string told = run({"doctor"}, 1);
  EXPECT_THAT(told, HasSubstr("FAIL  data"));
  EXPECT_THAT(told, HasSubstr("run: chmod 0700"));
}

}  // namespace
}  // namespace hermod::server
