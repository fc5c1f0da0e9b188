// DNS responses as packets, and a query against a name server of the test's own.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "core/host/dns_answer.hpp"
#include "host/host_fixture.hpp"

namespace hermod::test {
namespace {

using namespace std::string_literals;

std::string u16(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)}; }

// "a.example" → 1 a 7 example 0
std::string dns_name(const std::string& name) {
  std::string labels;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    labels += static_cast<char>(end - at) + name.substr(at, end - at);
    at = end + 1;
  }
  return labels + '\0';
}

struct Packet {
  std::string id = "\x12\x34";
  std::string question;  // name, type, class
  std::vector<std::string> answers;

  std::string bytes() const {
    std::string packet = id + u16(0x8180) + u16(question.empty() ? 0 : 1) +
                         u16(static_cast<unsigned>(answers.size())) + u16(0) + u16(0);
    packet += question;
    for (const std::string& answer : answers) packet += answer;
    return packet;
  }
};
std::string record(int type, const std::string& data) {
  return dns_name("mail.example") + u16(static_cast<unsigned>(type)) + u16(1) + "\0\0\0\x3c"s +
         u16(static_cast<unsigned>(data.size())) + data;
}
constexpr int type_cname = 5;
constexpr int type_mx = 15;
constexpr int type_txt = 16;
constexpr int type_srv = 33;

TEST(dns_answer, mail_exchangers_come_in_order_of_preference) {
  Packet packet;
  packet.answers = {record(type_mx, u16(20) + dns_name("b.example")),
                    record(type_cname, dns_name("other.example")),
                    record(type_mx, u16(10) + dns_name("a.example"))};
  auto records = host::parse_dns_answer(packet.bytes(), DnsType::mx);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 2u);
  EXPECT_EQ((*records)[0].target, "a.example");
  EXPECT_EQ((*records)[0].priority, 10);
  EXPECT_EQ((*records)[1].target, "b.example");
}

// RFC 2782: priority, weight, port, target; "." says that the service is not offered.
TEST(dns_answer, services_carry_weight_and_port) {
  Packet packet;
  packet.answers = {record(type_srv, u16(1) + u16(5) + u16(993) + dns_name("light.example")),
                    record(type_srv, u16(1) + u16(9) + u16(1993) + dns_name("heavy.example")),
                    record(type_srv, u16(0) + u16(0) + u16(0) + "\0"s)};
  auto records = host::parse_dns_answer(packet.bytes(), DnsType::srv);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 2u);
  EXPECT_EQ((*records)[0].target, "heavy.example");
  EXPECT_EQ((*records)[0].port, 1993);
  EXPECT_EQ((*records)[1].weight, 5);
}

TEST(dns_answer, pieces_of_a_text_are_joined) {
  Packet packet;
  packet.answers = {record(type_txt,
                           "\x05v=abc\x03"
                           "def"),
                    record(type_txt, "\0"s)};
  auto records = host::parse_dns_answer(packet.bytes(), DnsType::txt);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 2u);
  EXPECT_EQ((*records)[0].target + (*records)[1].target, "v=abcdef");
}

// Cut anywhere, a packet is refused, or is shorter by whole records; it is never read past its end.
TEST(dns_answer, truncated_packets_are_invalid) {
  Packet packet;
  packet.answers = {record(type_srv, u16(1) + u16(5) + u16(993) + dns_name("a.example"))};
  const std::string whole = packet.bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut =
        whole.substr(0, size);  // a buffer of its own, so that the sanitizer sees an overrun
    auto records = host::parse_dns_answer(cut, DnsType::srv);
    ASSERT_FALSE(records) << size;
    EXPECT_EQ(records.error().kind, ErrorKind::invalid_data);
  }
}

// A name that points at itself (RFC 1035 §4.1.4) must not be followed for ever, nor a length past the record.
TEST(dns_answer, hostile_records_are_invalid) {
  Packet loop;
  loop.answers = {record(type_mx, u16(1) + "\xc0\x29"s)};
  Packet loop_at_itself = loop;
  const std::size_t data_at = loop.bytes().size() - 2;
  loop_at_itself.answers = {record(type_mx, u16(1) + u16(static_cast<unsigned>(0xc000 + data_at)))};
  EXPECT_FALSE(host::parse_dns_answer(loop_at_itself.bytes(), DnsType::mx));
  Packet short_text;
  short_text.answers = {record(type_txt, "\x20only")};
  EXPECT_FALSE(host::parse_dns_answer(short_text.bytes(), DnsType::txt));
  Packet no_data;
  no_data.answers = {record(type_srv, u16(1))};
  EXPECT_FALSE(host::parse_dns_answer(no_data.bytes(), DnsType::srv));
  EXPECT_FALSE(host::parse_dns_answer(std::string(70000, 'x'), DnsType::mx));
}

TEST(dns_answer, more_records_than_the_maximum_are_dropped) {
  Packet packet;
  for (unsigned i = 0; i < host::dns_records_max + 10; ++i)
    packet.answers.push_back(record(type_mx, u16(i) + dns_name("a.example")));
  EXPECT_EQ(host::parse_dns_answer(packet.bytes(), DnsType::mx)->size(), host::dns_records_max);
}

// Answers each UDP query by what the function makes of it, until destroyed.
class NameServer {
 public:
  explicit NameServer(std::function<std::string(const std::string&)> answer) : answer_(std::move(answer)) {
    socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  NameServer(const NameServer&) = delete;
  ~NameServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void serve() {
    std::string query(512, '\0');
    for (;;) {
      sockaddr_storage from{};
      socklen_t from_size = sizeof from;
      const ssize_t size =
          ::recvfrom(socket_, query.data(), query.size(), 0, reinterpret_cast<sockaddr*>(&from), &from_size);
      if (size <= 0) return;
      const std::string answer = answer_(query.substr(0, static_cast<std::size_t>(size)));
      (void)::sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), from_size);
    }
  }
  std::function<std::string(const std::string&)> answer_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// Header and question of the query; what follows (EDNS) is left out.
Packet answer_to(const std::string& query) {
  Packet packet;
  packet.id = query.substr(0, 2);
  const std::size_t end = query.find('\0', 12) + 5;
  packet.question = query.substr(12, end - 12);
  return packet;
}

class DnsTest : public HostTest {
 protected:
  Result<std::vector<DnsRecord>> ask(const NameServer& server, std::string name, DnsType type) {
    host::EgressPolicy policy;
    policy.dns_server = "127.0.0.1";
    policy.dns_port = server.port();
    host::Egress through(runtime, policy);
    return run(through.dns().query(std::move(name), type));
  }
};

TEST_F(DnsTest, query_gets_the_name_servers_answer) {
  NameServer server([](const std::string& query) {
    Packet packet = answer_to(query);
    packet.answers = {record(type_srv, u16(0) + u16(1) + u16(993) + dns_name("imap.example"))};
    return packet.bytes();
  });
  auto records = ask(server, "_imaps._tcp.mail.example", DnsType::srv);
  ASSERT_TRUE(records) << records.error().message;
  ASSERT_EQ(records->size(), 1u);
  EXPECT_EQ((*records)[0].target, "imap.example");
}

// "There is no such record" is an answer; a server that fails is not.
TEST_F(DnsTest, absent_name_is_empty_and_a_failing_server_an_error) {
  std::atomic<unsigned> code = 3;
  NameServer server([&code](const std::string& query) {
    std::string packet = answer_to(query).bytes();
    packet[3] = static_cast<char>(packet[3] | static_cast<char>(code.load()));
    return packet;
  });
  auto absent = ask(server, "absent.example", DnsType::mx);
  ASSERT_TRUE(absent);
  EXPECT_TRUE(absent->empty());
  code = 0;
  auto no_data = ask(server, "no-data.example", DnsType::mx);
  ASSERT_TRUE(no_data);
  EXPECT_TRUE(no_data->empty());
  code = 2;
  EXPECT_EQ(ask(server, "failing.example", DnsType::mx).error().kind, ErrorKind::unavailable);
}

TEST_F(DnsTest, name_that_is_none_is_an_invalid_argument) {
  for (const char* name : {"", "a b", "\xff", "a/b"}) {
    EXPECT_EQ(run(egress.dns().query(name, DnsType::mx)).error().kind, ErrorKind::invalid_argument) << name;
  }
  EXPECT_EQ(run(egress.dns().query(std::string(300, 'a'), DnsType::mx)).error().kind,
            ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace hermod::test
