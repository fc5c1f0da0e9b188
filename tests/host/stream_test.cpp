// The host's streams against a server of the test's own: trust, STARTTLS, cancellation, ends.
#include <future>

#include "host/host_fixture.hpp"
#include "host/script_server.hpp"

namespace hermod::test {
namespace {

using StreamResult = Result<std::unique_ptr<Stream>>;
constexpr Duration for_ever = std::chrono::hours(1);

class StreamTest : public HostTest {
 protected:
  static void SetUpTestSuite() { authority = new Authority; }
  static void TearDownTestSuite() { delete authority; }

  ConnectOptions options(const ScriptServer& server, TlsMode mode = TlsMode::implicit) const {
    ConnectOptions options;
    options.host = "127.0.0.1";
    options.port = server.port();
    options.tls.mode = mode;
    options.tls.authority_pem = authority->pem();
    return options;
  }
  StreamResult connect(ConnectOptions options) { return run(egress.net().connect(std::move(options))); }
  static Identity local_identity() { return authority->issue("IP:127.0.0.1"); }

  static Authority* authority;
};
Authority* StreamTest::authority = nullptr;

void echo(Peer& peer) {
  for (std::string bytes = peer.receive(); !bytes.empty(); bytes = peer.receive()) peer.send(bytes);
}
void echo_by_tls(Peer& peer) {
  peer.start_tls();
  echo(peer);
}

Task<Result<std::string>> read_exactly(Stream* stream, std::size_t count) {
  std::string all;
  while (all.size() < count) {
    auto bytes = co_await stream->read(count - all.size());
    if (!bytes) co_return bytes;
    if (bytes->empty()) co_return all;
    all += *bytes;
  }
  co_return all;
}
Task<Result<std::string>> ask(Stream* stream, std::string question) {
  const std::size_t size = question.size();
  if (Status sent = co_await stream->write(std::move(question)); !sent) co_return std::move(sent).error();
  co_return co_await read_exactly(stream, size);
}

TEST_F(StreamTest, bytes_go_both_ways_by_tls) {
  ScriptServer server(local_identity(), echo_by_tls);
  StreamResult stream = connect(options(server));
  ASSERT_TRUE(stream) << stream.error().message << stream.error().detail;
  EXPECT_TRUE((*stream)->encrypted());
  EXPECT_EQ(*run(ask(stream->get(), "hello")), "hello");
}

// Every way in which a certificate can be wrong must keep the password from being sent.
TEST_F(StreamTest, certificate_that_cannot_be_verified_is_denied) {
  const Authority stranger;
  struct {
    const char* what;
    Identity identity;
    std::string trusted;
  } cases[] = {
      {"another name", authority->issue("DNS:other.example"), authority->pem()},
      {"another address", authority->issue("IP:127.0.0.2"), authority->pem()},
      {"expired", authority->issue("IP:127.0.0.1", Validity::expired), authority->pem()},
      {"another authority", stranger.issue("IP:127.0.0.1"), authority->pem()},
      {"not of the system's store", local_identity(), ""},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.what);
    ScriptServer server(one.identity, echo_by_tls);
    ConnectOptions wanted = options(server);
    wanted.tls.authority_pem = one.trusted;
    StreamResult stream = connect(wanted);
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().kind, ErrorKind::denied);
    // A certificate that expired is renewed, a clock that jumped is set: the account goes on by itself.
    EXPECT_EQ(stream.error().retry.when, Retry::When::after);
    EXPECT_GE(stream.error().retry.delay, std::chrono::minutes(5));
    EXPECT_FALSE(stream.error().hint.empty());
  }
}

// A name is checked as a name, and is sent as SNI.
TEST_F(StreamTest, certificate_of_a_name_is_accepted) {
  ScriptServer server(authority->issue("DNS:localhost"), echo_by_tls);
  ConnectOptions by_name = options(server);
  by_name.host = "localhost";
  StreamResult stream = connect(by_name);
  ASSERT_TRUE(stream) << stream.error().message << stream.error().detail;
}

// An administrator may pin the server's own certificate.
TEST_F(StreamTest, pinned_server_certificate_is_enough) {
  const Identity identity = local_identity();
  ScriptServer server(identity, echo_by_tls);
  ConnectOptions wanted = options(server);
  wanted.tls.authority_pem = identity.certificate_pem;
  EXPECT_TRUE(connect(wanted));
}

TEST_F(StreamTest, authority_that_is_no_certificate_is_an_invalid_argument) {
  ScriptServer server(local_identity(), echo_by_tls);
  for (const char* pem : {"nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    ConnectOptions wanted = options(server);
    wanted.tls.authority_pem = pem;
    StreamResult stream = connect(wanted);
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().kind, ErrorKind::invalid_argument) << pem;
  }
}

// TLS 1.1 is broken (RFC 8996); a server that has nothing better is not talked to.
TEST_F(StreamTest, old_tls_is_refused) {
  ScriptServer server(local_identity(), echo_by_tls, {.tls_version_max = TLS1_1_VERSION});
  EXPECT_FALSE(connect(options(server)));
  ScriptServer newer(local_identity(), echo_by_tls, {.tls_version_max = TLS1_2_VERSION});
  EXPECT_TRUE(connect(options(newer)));
}

TEST_F(StreamTest, starttls_upgrades_the_stream) {
  ScriptServer server(local_identity(), [](Peer& peer) {
    peer.send("ready\n");
    peer.receive_exactly(9);
    peer.send("go\n");
    echo_by_tls(peer);
  });
  StreamResult stream = connect(options(server, TlsMode::none));
  ASSERT_TRUE(stream);
  EXPECT_EQ(*run(read_exactly(stream->get(), 6)), "ready\n");
  EXPECT_FALSE((*stream)->encrypted());
  ASSERT_TRUE(run((*stream)->write("STARTTLS\n")));
  EXPECT_EQ(*run(read_exactly(stream->get(), 3)), "go\n");
  ASSERT_TRUE(run((*stream)->start_tls()));
  EXPECT_TRUE((*stream)->encrypted());
  EXPECT_EQ(*run(ask(stream->get(), "secret")), "secret");
}

// Bytes sent in the clear by someone in the middle must not be taken for what came by TLS.
TEST_F(StreamTest, bytes_before_starttls_are_invalid) {
  ScriptServer server(local_identity(), [](Peer& peer) {
    peer.send("go\ninjected\n");
    echo_by_tls(peer);
  });
  StreamResult stream = connect(options(server, TlsMode::none));
  ASSERT_TRUE(stream);
  EXPECT_EQ(*run(read_exactly(stream->get(), 3)), "go\n");
  Status upgraded = run((*stream)->start_tls());
  ASSERT_FALSE(upgraded);
  EXPECT_EQ(upgraded.error().kind, ErrorKind::invalid_data);
  EXPECT_EQ(run((*stream)->write("x")).error().kind, ErrorKind::unavailable) << "it is closed";
}

Task<Result<int>> read_against_a_timer(Stream* stream) {
  auto outcome = co_await race(stream->read(100), host::sleep_for(std::chrono::milliseconds(1)));
  co_return outcome->winner == 1 && outcome->first.error().kind == ErrorKind::cancelled ? 1 : 0;
}

// IDLE is a read that is cancelled whenever there is something to do: nothing may be lost, however often.
TEST_F(StreamTest, cancelled_read_leaves_the_stream_usable) {
  ScriptServer server(local_identity(), echo_by_tls);
  StreamResult stream = connect(options(server));
  ASSERT_TRUE(stream);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(*run(read_against_a_timer(stream->get())), 1);
    EXPECT_EQ(*run(ask(stream->get(), "still here")), "still here");
  }
}

Task<Result<int>> write_against_a_timer(Stream* stream) {
  auto outcome =
      co_await race(stream->write(std::string(16 << 20, 'x')), host::sleep_for(std::chrono::milliseconds(1)));
  co_return outcome->first.error().kind == ErrorKind::cancelled ? 1 : 0;
}

// What follows half a TLS record or half a command would be read as part of it.
TEST_F(StreamTest, cancelled_write_closes_the_stream) {
  for (const TlsMode mode : {TlsMode::implicit, TlsMode::none}) {
    std::promise<void> finished;
    ScriptServer server(local_identity(), [&, done = finished.get_future().share()](Peer& peer) {
      if (mode == TlsMode::implicit) peer.start_tls();
      done.wait();  // reads nothing, so that the client must wait
    });
    StreamResult stream = connect(options(server, mode));
    ASSERT_TRUE(stream);
    EXPECT_EQ(*run(write_against_a_timer(stream->get())), 1);
    EXPECT_EQ(run((*stream)->write("x")).error().kind, ErrorKind::unavailable);
    EXPECT_EQ(run((*stream)->read(1)).error().kind, ErrorKind::unavailable);
    finished.set_value();
  }
}

Task<Result<int>> calls_of_a_cancelled_context(Stream* stream) {
  Context cancelled(co_await current_context());
  cancelled.cancel();
  const Status written = co_await stream->write("x").in(cancelled);
  const auto read = co_await stream->read(1).in(cancelled);
  co_return written.error().kind == ErrorKind::cancelled&& read.error().kind == ErrorKind::cancelled ? 1 : 0;
}

// A write that never began has broken nothing.
TEST_F(StreamTest, write_cancelled_before_it_began_leaves_the_stream_usable) {
  ScriptServer server(local_identity(), echo_by_tls);
  StreamResult stream = connect(options(server));
  ASSERT_TRUE(stream);
  EXPECT_EQ(*run(calls_of_a_cancelled_context(stream->get())), 1);
  EXPECT_EQ(*run(ask(stream->get(), "fine")), "fine");
}

Task<Result<int>> read_or_wait(Stream* stream) {
  auto outcome = co_await race(stream->read(100), host::sleep_for(for_ever));
  co_return outcome->winner == 0 && outcome->first && outcome->first->empty() ? 1 : 0;
}

// An EOF must be seen when it comes, not after the other side's timeout; then again at each read.
TEST_F(StreamTest, eof_is_seen_at_once_in_a_race) {
  for (const TlsMode mode : {TlsMode::implicit, TlsMode::none}) {
    ScriptServer server(local_identity(), [mode](Peer& peer) {
      if (mode == TlsMode::implicit) peer.start_tls();
      peer.receive();
      peer.close_politely();
      while (!peer.receive().empty()) {
      }
    });
    StreamResult stream = connect(options(server, mode));
    ASSERT_TRUE(stream);
    ASSERT_TRUE(run((*stream)->write("bye")));
    EXPECT_EQ(*run(read_or_wait(stream->get())), 1);
    EXPECT_EQ(*run((*stream)->read(1)), "");
    EXPECT_EQ(*run((*stream)->read(1)), "");
  }
}

// Without close_notify the end may be an attacker's: what was read may not be all.
TEST_F(StreamTest, tls_that_ends_without_notice_is_an_error) {
  ScriptServer server(local_identity(), [](Peer& peer) {
    peer.start_tls();
    peer.send("half");
    peer.close_abruptly();
    while (!peer.receive().empty()) {
    }
  });
  StreamResult stream = connect(options(server));
  ASSERT_TRUE(stream);
  EXPECT_EQ(*run(read_exactly(stream->get(), 4)), "half");
  EXPECT_EQ(run((*stream)->read(1)).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(run((*stream)->read(1)).error().kind, ErrorKind::unavailable);
}

constexpr std::size_t large = 2 << 20;
Task<Status> write_large(Stream* stream) { co_return co_await stream->write(std::string(large, 'y')); }
Task<Status> read_large(Stream* stream, std::size_t* read) {
  auto bytes = co_await read_exactly(stream, large);
  if (!bytes) co_return std::move(bytes).error();
  *read = bytes->size();
  co_return ok();
}
Task<Status> both_ways(Stream* stream, std::size_t* read) {
  TaskGroup group(co_await current_context());
  (void)group.spawn(write_large(stream));
  (void)group.spawn(read_large(stream, read));
  co_return co_await group.join();
}

// A read and a write may overlap: a pipelining client writes while answers come.
TEST_F(StreamTest, reads_and_writes_overlap) {
  for (const TlsMode mode : {TlsMode::implicit, TlsMode::none}) {
    ScriptServer server(local_identity(), mode == TlsMode::implicit ? echo_by_tls : echo);
    StreamResult stream = connect(options(server, mode));
    ASSERT_TRUE(stream);
    std::size_t read = 0;
    EXPECT_TRUE(run(both_ways(stream->get(), &read)));
    EXPECT_EQ(read, large);
  }
}

Task<Result<int>> two_reads(Stream* stream) {
  auto outcome = co_await race(stream->read(1), stream->read(1));
  co_return outcome->winner == 1 && outcome->second.error().kind == ErrorKind::internal ? 1 : 0;
}

// Two readers would tear the stream apart; the second is told.
TEST_F(StreamTest, second_reader_is_refused) {
  ScriptServer server(local_identity(), echo_by_tls);
  StreamResult stream = connect(options(server));
  ASSERT_TRUE(stream);
  EXPECT_EQ(*run(two_reads(stream->get())), 1);
}

// Whoever can name a host must not reach what only this machine can.
TEST_F(StreamTest, private_addresses_are_refused) {
  host::Egress strict(runtime, {});
  ScriptServer server(local_identity(), echo);
  for (const char* name :
       {"127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "10.1.2.3", "169.254.169.254", "fd00::1", "0"}) {
    ConnectOptions wanted = options(server, TlsMode::none);
    wanted.host = name;
    StreamResult stream = run(strict.net().connect(wanted));
    ASSERT_FALSE(stream) << name;
    EXPECT_EQ(stream.error().kind, ErrorKind::denied) << name;
  }
}

TEST_F(StreamTest, host_that_is_none_is_an_invalid_argument) {
  for (const char* name : {"", "a b", "a/b", "fe80::1%lo", "m\xc3\xbcller.example"}) {
    ConnectOptions wanted;
    wanted.host = name;
    wanted.port = 993;
    EXPECT_EQ(connect(wanted).error().kind, ErrorKind::invalid_argument) << name;
  }
}

// Nobody listens on a port that was just given back.
TEST_F(StreamTest, refused_connection_is_unavailable) {
  ConnectOptions wanted;
  {
    ScriptServer server(local_identity(), echo);
    wanted = options(server);
  }
  EXPECT_EQ(connect(wanted).error().kind, ErrorKind::unavailable);
}

// A server that accepts and then says nothing must not hold an account for ever.
TEST_F(StreamTest, handshake_that_never_comes_is_a_timeout) {
  ScriptServer server(local_identity(), [](Peer& peer) {
    while (!peer.receive().empty()) {
    }
  });
  ConnectOptions wanted = options(server);
  wanted.timeout = std::chrono::milliseconds(30);
  EXPECT_EQ(connect(wanted).error().kind, ErrorKind::timeout);
}

// A server that speaks no TLS where TLS is wanted gives an Error, not garbage.
TEST_F(StreamTest, server_without_tls_is_unavailable) {
  ScriptServer server(local_identity(), [](Peer& peer) {
    peer.send("* OK ready\r\n");
    while (!peer.receive().empty()) {
    }
  });
  StreamResult stream = connect(options(server));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace hermod::test
