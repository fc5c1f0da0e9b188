// HeaderWriter: the header block of an outgoing message, folded, in ASCII. RFC 5322 §2.2, RFC 2047.
//
// Owner: one call of compose(). Values come checked (compose_check.hpp): they hold no line break. Lines have
// at most 78 characters, unless one word is longer; encoded words are UTF-8 in base64, cut between
// characters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <core/mime/message.hpp>

namespace hermod::mime {

class HeaderWriter {
 public:
  // Free text, such as a subject.
  void text(std::string_view name, std::string_view value);
  // Nothing for an empty list. Domains are written in ASCII (RFC 5891).
  void addresses(std::string_view name, const std::vector<EmailAddress>& list);
  // Each in brackets; nothing for an empty list.
  void message_ids(std::string_view name, const std::vector<std::string>& ids);
  // A value that is written as it is.
  void exactly(std::string_view name, std::string_view value);

  const std::string& block() const { return block_; }

 private:
  void write(std::string_view name, const std::vector<std::string>& words);
  std::string block_;
};

// RFC 5322 §3.3, in UTC.
std::string date_text(std::int64_t unix_seconds);

// The domain as DNS has it, from its letters of any script; "" if it can be none.
std::string ascii_domain(std::string_view domain);

}  // namespace hermod::mime
