#include <core/mime/compose_check.hpp>

#include <algorithm>
#include <iterator>

#include <core/mime/ascii.hpp>
#include <core/mime/header_writer.hpp>
#include <core/mime/utf8.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t local_part_bytes_max = 64, domain_bytes_max = 253;  // RFC 5321 §4.5.3.1
constexpr std::size_t message_id_bytes_max = 900;                         // a line has 998
constexpr std::size_t header_name_bytes_max = 76;
constexpr std::size_t content_type_bytes_max = 500;

// Written by compose() itself, or by servers on the way.
constexpr std::string_view reserved_headers[] = {
    "from",      "to",        "cc",         "bcc",         "subject",           "date",         "message-id",
    "reply-to",  "sender",    "received",   "return-path", "mime-version",      "delivered-to", "resent-from",
    "resent-to", "resent-cc", "resent-bcc", "resent-date", "resent-message-id", "resent-sender"};

Error refused(std::string message, std::string hint = {}, ErrorKind kind = ErrorKind::invalid_argument) {
  return Error{kind, ErrorScope::item, Retry::never(), std::move(message), {}, std::move(hint), {}};
}

std::string element(std::string_view list, std::size_t index, std::string_view member) {
  return std::string(list) + "[" + std::to_string(index) + "]." + std::string(member);
}

// A value that stands in one header.
Status check_value(const std::string& member, std::string_view value,
                   std::size_t bytes_max = outgoing_value_bytes_max) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return refused("`" + member + "` has a line break or a NUL", "a header's value is one line");
  }
  if (!is_utf8(value)) return refused("`" + member + "` is not UTF-8");
  if (value.size() > bytes_max) {
    return refused("`" + member + "` has more than " + std::to_string(bytes_max) + " bytes", {},
                   ErrorKind::limit);
  }
  return ok();
}

Status check_addresses(std::string_view list, const std::vector<EmailAddress>& addresses) {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (Status value = check_value(element(list, i, "name"), addresses[i].name, outgoing_name_bytes_max);
        !value)
      return value;
    if (Status value = check_value(element(list, i, "email"), addresses[i].email); !value) return value;
    if (is_address(addresses[i].email)) continue;
    return refused("`" + element(list, i, "email") + "` is not an e-mail address",
                   "it is written as name@example.com; before the @ only ASCII can be sent");
  }
  return ok();
}

Status check_custom_headers(const OutgoingMessage& message) {
  if (message.custom_headers.size() > custom_headers_max) {
    return refused("there are more than " + std::to_string(custom_headers_max) + " `custom_headers`", {},
                   ErrorKind::limit);
  }
  for (std::size_t i = 0; i < message.custom_headers.size(); ++i) {
    const auto& [name, value] = message.custom_headers[i];
    const std::string member = element("custom_headers", i, "name");
    const auto fits = [](char c) { return c > ' ' && c < 0x7F && c != ':'; };  // RFC 5322 §3.6.8
    if (name.empty() || name.size() > header_name_bytes_max || !std::ranges::all_of(name, fits)) {
      return refused("`" + member + "` is not the name of a header");
    }
    const std::string lower = ascii_lowered(name);
    const bool threading = lower == "in-reply-to" || lower == "references";
    if (lower.starts_with("content-") ||
        std::ranges::find(reserved_headers, lower) != std::end(reserved_headers) ||
        (threading && !message.in_reply_to.empty())) {
      return refused("`" + member + "` is a header that the message sets itself",
                     "use the member of that name");
    }
    if (Status checked = check_value(element("custom_headers", i, "value"), value); !checked) return checked;
  }
  return ok();
}

Status check_files(const std::vector<OutgoingFile>& files) {
  if (files.size() > outgoing_files_max) {
    return refused("there are more than " + std::to_string(outgoing_files_max) + " attachments", {},
                   ErrorKind::limit);
  }
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const OutgoingFile& file = files[i];
    for (const auto& [name, value] :
         {std::pair<std::string_view, const std::string&>("filename", file.filename),
          {"content_type", file.content_type},
          {"content_id", file.content_id}}) {
      if (Status checked = check_value(element("attachments", i, name), value); !checked) return checked;
    }
    if (!file.content_id.empty() && !is_message_id(file.content_id)) {
      return refused("`" + element("attachments", i, "content_id") + "` is not a Content-ID",
                     "ASCII without blanks and brackets");
    }
    if (file.content_type.size() > content_type_bytes_max || !is_ascii(file.content_type)) {
      return refused("`" + element("attachments", i, "content_type") + "` is not a media type",
                     "such as image/png");
    }
    bytes += file.content.size();
  }
  if (bytes <= outgoing_file_bytes_max) return ok();
  return refused(
      "the attachments have more than " + std::to_string(outgoing_file_bytes_max >> 20) + " MiB together", {},
      ErrorKind::limit);
}

Status check_body(const std::string& body) {
  if (body.contains('\0')) return refused("`body` has a NUL");
  if (!is_utf8(body)) return refused("`body` is not UTF-8");
  if (body.size() <= outgoing_body_bytes_max) return ok();
  return refused("`body` has more than " + std::to_string(outgoing_body_bytes_max >> 20) + " MiB",
                 "send it as a file", ErrorKind::limit);
}

Status check_ids(const OutgoingMessage& message) {
  if (!is_message_id(message.message_id)) return refused("the Message-ID cannot be written");
  if (!message.in_reply_to.empty() && !is_message_id(message.in_reply_to)) {
    return refused("the message that is answered has a Message-ID that cannot be written");
  }
  if (!std::ranges::all_of(message.references, is_message_id))
    return refused("a reference cannot be written");
  return ok();
}

bool is_local_part(std::string_view local) {
  if (local.empty() || local.size() > local_part_bytes_max) return false;
  if (local.size() > 2 && local.front() == '"' && local.back() == '"') {
    const std::string_view inner = local.substr(1, local.size() - 2);
    return std::ranges::all_of(inner, [](char c) { return c >= ' ' && c < 0x7F && c != '"' && c != '\\'; });
  }
  // Dots where the grammar has none are in use, and written like this.
  return std::ranges::all_of(local, [](char c) {
    return ascii_letter(c) || ascii_digit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").contains(c);
  });
}

}  // namespace

bool is_address(std::string_view name) {
  const std::size_t at = name.rfind('@');
  if (at == std::string_view::npos || !is_local_part(name.substr(0, at))) return false;
  const std::string domain = name.size() - at > 4 * domain_bytes_max ? "" : ascii_domain(name.substr(at + 1));
  return !domain.empty() && domain.size() <= domain_bytes_max;
}

bool is_message_id(std::string_view id) {
  const auto fits = [](char c) { return c > ' ' && c < 0x7F && c != '<' && c != '>'; };
  return !id.empty() && id.size() <= message_id_bytes_max && std::ranges::all_of(id, fits);
}

Status check(const OutgoingMessage& message) {
  if (message.to.size() + message.cc.size() + message.bcc.size() > outgoing_recipients_max) {
    return refused("there are more than " + std::to_string(outgoing_recipients_max) + " recipients", {},
                   ErrorKind::limit);
  }
  for (const auto& [name, list] :
       {std::pair<std::string_view, const std::vector<EmailAddress>&>("from", message.from),
        {"reply_to", message.reply_to},
        {"to", message.to},
        {"cc", message.cc},
        {"bcc", message.bcc}}) {
    if (Status checked = check_addresses(name, list); !checked) return checked;
  }
  if (Status checked = check_value("subject", message.subject); !checked) return checked;
  if (Status checked = check_body(message.body); !checked) return checked;
  if (Status checked = check_ids(message); !checked) return checked;
  if (Status checked = check_custom_headers(message); !checked) return checked;
  return check_files(message.files);
}

}  // namespace hermod::mime
