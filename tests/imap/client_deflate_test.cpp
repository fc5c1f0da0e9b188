// COMPRESS=DEFLATE as a filter: any cut, no more memory than asked for, damage told.
#include <gtest/gtest.h>

#include <deque>

#include "plugins/imap/client/deflate_stream.hpp"
#include "tests/imap/server/deflate.hpp"
#include "tests/support/inline_strand.hpp"

namespace hermod::imap::test {
namespace {

// Gives the pieces it has, takes what is written.
class Pieces final : public Stream {
 public:
  Pieces(std::deque<std::string> pieces, std::string& written)
      : pieces_(std::move(pieces)), written_(written) {}
  Task<Result<std::string>> read(std::size_t) override {
    if (pieces_.empty()) co_return std::string();
    auto piece = std::move(pieces_.front());
    pieces_.pop_front();
    co_return std::move(piece);
  }
  Task<Status> write(std::string bytes) override {
    written_ += bytes;
    co_return ok();
  }
  Task<Status> start_tls() override { co_return ok(); }
  bool encrypted() const noexcept override { return true; }
  void close() noexcept override {}

 private:
  std::deque<std::string> pieces_;
  std::string& written_;
};

struct Filter {
  explicit Filter(std::deque<std::string> pieces, std::string received = {})
      : stream(std::make_unique<Pieces>(std::move(pieces), written), std::move(received)) {}
  // Up to the end or an Error; no piece may be larger than asked for.
  Result<std::string> read_all(std::size_t bytes_max, std::size_t enough = SIZE_MAX) {
    std::string all;
    while (all.size() < enough) {
      auto piece = strand.run(stream.read(bytes_max));
      if (!piece) return std::move(piece).error();
      if (piece->empty()) break;
      EXPECT_LE(piece->size(), bytes_max);
      all += *piece;
    }
    return all;
  }
  hermod::test::InlineStrand strand;
  std::string written;
  DeflateStream stream;
};

std::deque<std::string> octet_by_octet(const std::string& text) {
  std::deque<std::string> pieces;
  for (const char c : text) pieces.emplace_back(1, c);
  return pieces;
}

TEST(DeflateStream, what_was_deflated_comes_out_however_it_is_cut) {
  Deflate server;
  std::string text, wire;
  for (int i = 0; i < 300; ++i) {
    const auto line = "* " + std::to_string(i) + " FETCH (FLAGS (\\Seen))\r\n";
    text += line;
    wire += server.deflated(line);
  }
  EXPECT_LT(wire.size(), text.size() / 2);
  for (const std::size_t bytes_max : {1u, 7u, 65536u}) {
    EXPECT_EQ(*Filter({wire}).read_all(bytes_max), text);
    EXPECT_EQ(*Filter(octet_by_octet(wire)).read_all(bytes_max), text);
    EXPECT_EQ(*Filter(octet_by_octet(wire.substr(100)), wire.substr(0, 100)).read_all(bytes_max), text);
  }
}

TEST(DeflateStream, the_server_can_read_each_command_at_once) {
  Filter filter({});
  Deflate server;
  for (const std::string& command : {std::string("A1 NOOP\r\n"), "A2 X " + std::string(100'000, 'x') + "\r\n",
                                     std::string("A3 NOOP\r\n")}) {
    EXPECT_TRUE(filter.strand.run(filter.stream.write(command)));
    EXPECT_EQ(server.inflated(std::exchange(filter.written, {})), command);
  }
}

// A thousand octets become a million: they come in pieces, and nobody who stops asking gets the rest.
TEST(DeflateStream, a_decompression_bomb_is_read_in_pieces) {
  Deflate server;
  const auto bomb = server.deflated(std::string(64u << 20, '\0'));
  EXPECT_LT(bomb.size(), 100'000u);
  Filter filter({bomb});
  EXPECT_EQ(filter.read_all(65536, 1u << 20)->size(), 1u << 20);
}

TEST(DeflateStream, damage_is_told) {
  Filter filter({"this is no deflated data"});
  const auto result = filter.read_all(100);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::invalid_data);
}

}  // namespace
}  // namespace hermod::imap::test
