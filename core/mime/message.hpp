// Raw message bytes → the model that is stored, searched and served. Pure functions: no I/O, no global state.
//
// Ownership: results own their strings; nothing points into `raw`. Threads: every function may be called from
// any number of threads at once. Failure: parse_message() never fails; what cannot be read is left out or
// repaired, flagged in `decode_error` and named in `diagnostics`. Every string of the result is valid UTF-8
// without NUL, so PostgreSQL accepts it. Limits: ParseLimits; time and memory are linear in the input.
// Specification: RFC 5322, 2045-2047, 2231, 3676, 2392, 6532; deviations seen in the wild are read leniently.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hermod/result.hpp>

namespace hermod::mime {

// Grows with every change that makes stored values worth being derived again.
inline constexpr int parser_version = 2;

struct EmailAddress {
  std::string name;
  std::string email;  // as sent; without a domain if none was sent
  friend bool operator==(const EmailAddress&, const EmailAddress&) = default;
};

struct Header {
  std::string name;   // as sent
  std::string value;  // unfolded, encoded words decoded
  friend bool operator==(const Header&, const Header&) = default;
};

struct Attachment {
  std::string part_path;            // "1.2", numbered as in RFC 9051 §6.4.5; "1.2~1": a file within that part
  std::string filename;             // cleaned for display; never empty; never use it as a path
  std::string content_type;         // lower case, without parameters
  std::string content_id;           // without brackets
  std::string content_disposition;  // lower case, without parameters; empty if none was sent
  std::uint64_t size = 0;           // decoded bytes
  bool is_inline = false;
  std::array<std::uint8_t, 32> sha256{};  // of the decoded bytes
};

struct ParsedMessage {
  std::string subject;
  std::vector<EmailAddress> from, sender, reply_to, to, cc, bcc;
  std::optional<std::int64_t> date;      // Unix seconds, from the first sane Date header
  std::string message_id;                // without brackets; empty if none was sent
  std::vector<std::string> in_reply_to;  // without brackets
  std::vector<std::string> references;   // without brackets, in order, first and last kept
  std::vector<Header> headers;           // in order, duplicates kept
  std::string body_html;                 // HTML as sent but in UTF-8, else the text turned into HTML
  std::string body_text;                 // what a reader sees, for search
  std::string snippet;                   // the start of the visible text on one line
  bool has_html = false;                 // an HTML part was sent
  bool has_plain = false;                // a plain text part was sent
  std::vector<Attachment> attachments;
  bool has_attachments = false;  // at least one attachment is not inline
  bool decode_error = false;     // something was lost or cut; see diagnostics
  std::vector<std::string> diagnostics;
};

// The named maxima. What exceeds one is left out, and the message is flagged.
struct ParseLimits {
  std::size_t message_bytes = std::size_t{150} << 20;     // larger than any provider accepts today
  std::size_t header_block_bytes = std::size_t{1} << 20;  // real blocks stay under 100 KB
  std::size_t header_bytes = std::size_t{256} << 10;      // one header; long To lists reach this
  std::size_t headers = 5'000;                            // in one block
  std::size_t recipients = 10'000;                        // in one address field
  std::size_t parts = 2'000;                              // in one message
  std::size_t mime_depth = 50;                            // multipart levels
  std::size_t message_depth = 20;                         // nested messages that a part path may lead through
  std::size_t decoded_text_bytes = std::size_t{25} << 20;  // HTML and text bodies after decoding
  std::size_t references = 100;                            // first and last half are kept
  std::size_t snippet_characters = 100;                    // the API's contract
  std::int64_t now = 0;  // Unix seconds; dates more than two days later are not believed. 0: the system clock
};

ParsedMessage parse_message(std::string_view raw, const ParseLimits& limits = {});

// Streams the decoded bytes of the part at `part_path` into `sink` and gives their number. A nested message
// gives its raw bytes. `sink` returns false to stop: the result is then `cancelled`. `not_found` if the
// message has no such part.
Result<std::uint64_t> extract_attachment(std::string_view raw, std::string_view part_path,
                                         const std::function<bool(std::string_view chunk)>& sink);

// The top-level headers of a message or of a header block alone, decoded.
std::vector<Header> parse_headers(std::string_view raw);

// The value of the first header of that name (letter case ignored), or null.
const Header* find_header(const std::vector<Header>& headers, std::string_view name);

// The "basic headers" of the API: Message-ID, In-Reply-To and References, in the order sent.
std::vector<Header> basic_headers(const std::vector<Header>& headers);

}  // namespace hermod::mime
