#include "core/conformance/message_text.hpp"

namespace hermod::conformance {

std::string message_text(const std::string& message_id, std::size_t body_bytes) {
  std::string text = "Message-ID: <" + message_id +
                     ">\r\n"
                     "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
                     "From: Ann <ann@conformance.example>\r\n"
                     "To: Ben <ben@conformance.example>\r\n"
                     "Subject: About " +
                     message_id + "\r\n\r\n";
  const std::string line = "A line of the message " + message_id + ".\r\n";
  for (std::size_t bytes = 0; bytes <= body_bytes; bytes += line.size()) text += line;
  return text;
}

std::string identity_of(const std::string& content, RawStability raw) {
  return raw == RawStability::stable ? content : message_id_in(content);
}

std::string message_id_in(const std::string& content) {
  constexpr std::string_view field = "Message-ID: <";
  const std::size_t begin = content.find(field);
  if (begin == std::string::npos) return {};
  const std::size_t id = begin + field.size();
  return content.substr(id, content.find('>', id) - id);
}

}  // namespace hermod::conformance
