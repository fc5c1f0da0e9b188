// Any bytes at all: the parser must not crash, and every string it gives must be valid UTF-8 without NUL.
#include <cstdint>
#include <cstdlib>

#include <core/mime/message.hpp>
#include <core/mime/utf8.hpp>

namespace {

void require_storable(std::string_view text) {
  if (!hermod::mime::is_utf8(text) || text.find('\0') != std::string_view::npos) std::abort();
}
void require_storable(const std::vector<hermod::mime::EmailAddress>& addresses) {
  for (const auto& address : addresses) {
    require_storable(address.name);
    require_storable(address.email);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const hermod::mime::ParsedMessage message = hermod::mime::parse_message(raw);
  for (const std::string* text :
       {&message.subject, &message.message_id, &message.body_html, &message.body_text, &message.snippet})
    require_storable(*text);
  for (const auto* addresses :
       {&message.from, &message.sender, &message.reply_to, &message.to, &message.cc, &message.bcc})
    require_storable(*addresses);
  for (const auto* ids : {&message.in_reply_to, &message.references})
    for (const std::string& id : *ids) require_storable(id);
  for (const auto& header : message.headers) {
    require_storable(header.name);
    require_storable(header.value);
  }
  for (const auto& attachment : message.attachments) {
    for (const std::string* text : {&attachment.part_path, &attachment.filename, &attachment.content_type,
                                    &attachment.content_id, &attachment.content_disposition})
      require_storable(*text);
    std::uint64_t bytes = 0;
    const auto extracted =
        hermod::mime::extract_attachment(raw, attachment.part_path, [&](std::string_view chunk) {
          bytes += chunk.size();
          return true;
        });
    if (!extracted || *extracted != bytes || bytes != attachment.size) std::abort();
  }
  return 0;
}
