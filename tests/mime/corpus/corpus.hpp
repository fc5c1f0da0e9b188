// The corpus: messages as mailers of forty years sent them, and what their senders meant.
//
// One row is one message. To add one, write a row into the table it belongs to; what a row does not name is
// as in head(): the usual subject, addresses and date, no text, no file. Expectations come from the standards
// and from what the sender meant, never from what the parser gave. Rows whose lines end in LF are read with
// CR LF, too.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermod::mime::corpus {

constexpr std::int64_t utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0,
                           int second = 0) {
  using namespace std::chrono;
  const sys_days midnight{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)};
  return sys_seconds{midnight + hours{hour} + minutes{minute} + seconds{second}}.time_since_epoch().count();
}

// The header fields of the usual message; a row names those it changes.
struct Head {
  std::string from = "Ann <ann@example.test>";
  std::string to = "Bob <bob@example.test>";
  std::string subject = "Report";
  std::string date = "Tue, 24 Nov 2026 13:05:06 +0000";
};
std::string head(const Head& fields = {});

struct File {
  std::string name, type, bytes;
};

enum class LineEnds : std::uint8_t { lf_and_crlf, as_written };

struct Message {
  std::string name;
  std::string raw;
  std::string subject = "Report";
  std::string from = "Ann <ann@example.test>";  // "Name <address>", or the address alone, joined by ", "
  std::string to = "Bob <bob@example.test>";
  std::string cc = "";
  std::optional<std::int64_t> date = utc(2026, 11, 24, 13, 5, 6);
  std::string text = "";
  std::vector<File> files = {};
  bool flagged = false;  // something is lost, and the message says so
  LineEnds line_ends = LineEnds::lf_and_crlf;
  std::int64_t now = utc(2026, 11, 25);  // when it is read
};

// The tables.
std::vector<Message> address_messages();
std::vector<Message> charset_messages();
std::vector<Message> date_messages();
std::vector<Message> encoded_word_messages();
std::vector<Message> file_messages();
std::vector<Message> large_messages();
Message hundred_megabytes();
std::vector<Message> parameter_messages();
std::vector<Message> secured_messages();
std::vector<Message> structure_messages();

// Encodings for rows that would be unreadable otherwise, independent of the parser's.
std::string base64(std::string_view bytes);           // one line
std::string base64_lines(std::string_view bytes);     // lines of 76
std::string q_encoded(std::string_view bytes);        // every byte escaped, RFC 2047 §4.2
std::string percent_encoded(std::string_view bytes);  // every byte escaped
std::string uuencoded(std::string_view bytes);        // the lines between "begin" and "end"
std::string repeated(std::string_view text, std::size_t times);

}  // namespace hermod::mime::corpus
