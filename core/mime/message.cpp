#include <core/mime/message.hpp>

#include <algorithm>
#include <chrono>
#include <exception>

#include <core/mime/address.hpp>
#include <core/mime/ascii.hpp>
#include <core/mime/body.hpp>
#include <core/mime/charset.hpp>
#include <core/mime/date.hpp>
#include <core/mime/encoded_word.hpp>
#include <core/mime/message_id.hpp>
#include <core/mime/structure.hpp>
#include <core/mime/utf8.hpp>

namespace hermod::mime {
namespace {

constexpr std::int64_t days_ahead_max_seconds = 2 * 86'400;  // clocks and zones of senders are that wrong

// Raw 8-bit text and escape sequences have no label of their own: they are in the body's charset, if in any.
std::string field_text(const RawField& field, std::string_view charset) {
  std::string text = unfolded(field.value);
  if (text.find('\x1B') != std::string::npos || !is_utf8(text)) text = decode_charset(text, charset).text;
  return text;
}

// That of the first text there is.
std::string header_charset(const Part& root) {
  const Part* part = &root;
  while (part->is_multipart()) part = &part->children.front();
  return std::string(part->type.raw("charset").value_or(""));
}

std::vector<Header> decoded_headers(const HeaderBlock& block, std::string_view charset) {
  std::vector<Header> headers;
  headers.reserve(block.fields.size());
  for (const RawField& field : block.fields)
    headers.push_back({storable_utf8(field.name), decode_header_text(field_text(field, charset))});
  return headers;
}

// The top-level fields → the members of the message. Of fields that may stand once, the first valid one
// counts.
class FieldReader {
 public:
  FieldReader(const Part& root, const ParseLimits& limits, Diagnostics& diagnostics)
      : block_(root.headers), charset_(header_charset(root)), limits_(limits), diagnostics_(diagnostics) {}

  void read(ParsedMessage& message) const {
    message.headers = decoded_headers(block_, charset_);
    if (const Header* subject = find_header(message.headers, "Subject")) message.subject = subject->value;
    message.from = first_addresses("From");
    message.sender = first_addresses("Sender");
    message.reply_to = first_addresses("Reply-To");
    message.to = all_addresses("To");
    message.cc = all_addresses("Cc");
    message.bcc = all_addresses("Bcc");
    if (message.from.empty()) message.from = message.sender;
    if (message.from.empty()) message.from = first_addresses("Return-Path");
    message.date = first_date();
    message.message_id = first_message_id();
    message.in_reply_to = message_ids("In-Reply-To");
    message.references = message_ids("References");
  }

 private:
  template <class Visit>
  void for_each(std::string_view name, Visit visit) const {
    for (const RawField& field : block_.fields)
      if (ascii_equal(field.name, name)) visit(field_text(field, charset_));
  }
  // The values of all fields of that name, as one.
  std::string joined(std::string_view name, std::string_view separator) const {
    std::string all;
    for_each(name, [&](const std::string& value) { all.append(all.empty() ? "" : separator).append(value); });
    return all;
  }

  std::vector<EmailAddress> addresses(std::string_view field) const {
    AddressList list = parse_addresses(field, limits_.recipients);
    if (list.cut) diagnostics_.lost("recipient_limit");
    return std::move(list.addresses);
  }
  std::vector<EmailAddress> all_addresses(std::string_view name) const {
    return addresses(joined(name, ", "));
  }
  std::vector<EmailAddress> first_addresses(std::string_view name) const {
    std::vector<EmailAddress> first;
    for_each(name, [&](const std::string& value) {
      if (first.empty()) first = addresses(value);
    });
    return first;
  }

  std::optional<std::int64_t> first_date() const {
    using namespace std::chrono;
    const std::int64_t now = limits_.now != 0
                                 ? limits_.now
                                 : duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
    std::optional<std::int64_t> first;
    for_each("Date", [&](const std::string& value) {
      const auto date = parse_date(value);
      if (first || !date || *date < 0 || *date > now + days_ahead_max_seconds) return;
      first = date;
    });
    if (!first && find_field(block_, "Date") != nullptr) diagnostics_.note("date_invalid");
    return first;
  }

  std::string first_message_id() const {
    std::string first;
    for_each("Message-ID", [&](const std::string& value) {
      if (first.empty()) first = parse_message_id(value);
    });
    return first;
  }
  std::vector<std::string> message_ids(std::string_view name) const {
    return parse_message_ids(joined(name, " "), limits_.references);
  }

  const HeaderBlock& block_;
  std::string charset_;
  const ParseLimits& limits_;
  Diagnostics& diagnostics_;
};

void parse_into(ParsedMessage& message, std::string_view raw, const ParseLimits& limits,
                Diagnostics& diagnostics) {
  const Structure structure = read_structure(raw, limits, diagnostics);
  FieldReader(structure.root, limits, diagnostics).read(message);
  read_body(structure.root, limits, diagnostics, message);
}

}  // namespace

ParsedMessage parse_message(std::string_view raw, const ParseLimits& limits) {
  ParsedMessage message;
  Diagnostics diagnostics;
  try {
    parse_into(message, raw, limits, diagnostics);
  } catch (const std::exception&) {  // memory is short; what has been read so far is kept
    diagnostics.lost("parse_failed");
  }
  message.decode_error = diagnostics.any_lost();
  message.diagnostics = diagnostics.codes();
  return message;
}

std::vector<Header> parse_headers(std::string_view raw) {
  const ParseLimits limits;
  Diagnostics ignored;
  std::deque<std::string> owned;
  const std::string_view message = message_start(raw, owned, limits, ignored);
  const HeaderBlock block =
      split_header_block(message, {limits.header_block_bytes, limits.header_bytes, limits.headers});
  return decoded_headers(block, Parameters(field_value(block, "Content-Type")).raw("charset").value_or(""));
}

}  // namespace hermod::mime
