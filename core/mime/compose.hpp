// compose(): what an application wants to send → raw message bytes. RFC 5322, 2045-2047, 2231, 2387, 2392.
//
// Structure: mixed{ related{ alternative{ plain, html }, inline files }, files }, without the levels that are
// not needed. The bytes are 7bit clean, lines end in CRLF and have at most 998 characters. Owner: the
// caller's values are only read; contents are views, so that large files may be mapped. Threads: any.
// Failure: an Error that names the member; a line break, a NUL or invalid UTF-8 in any value is one, so that
// no value becomes a header of its own. GMime builds the parts and encodes them; it does not check header
// values, so those are ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <core/mime/message.hpp>

namespace hermod::mime {

enum class BodyFormat : std::uint8_t { html, plain };
enum class Shown : std::uint8_t { by_reference, inline_, attached };

struct OutgoingFile {
  std::string filename{};             // empty: one is made up from the type
  std::string content_type{};         // with its parameters; empty: told by the name
  std::string content_id{};           // without brackets; the HTML names it as cid:…
  Shown shown = Shown::by_reference;  // by_reference: inline if the HTML names its content_id
  std::string_view content{};
};

struct OutgoingMessage {
  std::vector<EmailAddress> from, reply_to, to, cc, bcc;
  std::string subject;
  std::string body;
  BodyFormat format = BodyFormat::html;
  std::string message_id;               // without brackets
  std::int64_t date = 0;                // unix seconds
  std::string in_reply_to;              // without brackets; empty: it answers nothing
  std::vector<std::string> references;  // without brackets, the oldest first
  std::vector<Header> custom_headers;
  std::vector<OutgoingFile> files;
};

// The named maxima.
inline constexpr std::size_t outgoing_recipients_max = 5'000;  // to, cc and bcc together
inline constexpr std::size_t outgoing_files_max = 500;
inline constexpr std::size_t outgoing_file_bytes_max = std::size_t{100}
                                                       << 20;  // of all files; base64 makes 137 MB
inline constexpr std::size_t outgoing_body_bytes_max = std::size_t{25} << 20;
inline constexpr std::size_t custom_headers_max = 100;
inline constexpr std::size_t outgoing_value_bytes_max = 10'000;  // a subject, a custom header
inline constexpr std::size_t outgoing_name_bytes_max = 1'000;    // of one address; what the parser keeps
inline constexpr std::size_t outgoing_references_max = 20;       // the first and the last half are kept

Result<std::string> compose(const OutgoingMessage& message);

// A reply's References: the parent's own, then the parent (RFC 5322 §3.6.4). What cannot be written is left
// out.
std::vector<std::string> references_to(const std::vector<std::string>& parent_references,
                                       const std::string& parent_message_id);

}  // namespace hermod::mime
