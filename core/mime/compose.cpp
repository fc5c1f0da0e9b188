#include <core/mime/compose.hpp>

#include <algorithm>

#include <core/mime/ascii.hpp>
#include <core/mime/compose_check.hpp>
#include <core/mime/file_name.hpp>
#include <core/mime/gmime_library.hpp>
#include <core/mime/header_writer.hpp>
#include <core/mime/html_text.hpp>
#include <core/mime/parameters.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t line_bytes_max = 998;  // RFC 5322 §2.1.1

// What is worth keeping of a given Content-Type beside the name, which has a member of its own.
constexpr const char* kept_parameters[] = {"charset", "method", "component", "format", "delsp"};
constexpr std::size_t parameter_bytes_max = 70;

bool is_token(std::string_view text) {  // RFC 2045 §5.1
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7F && !std::string_view("()<>@,;:\\\"/[]?=").contains(c);
  });
}

std::string with_line_feeds(std::string_view text) {
  std::string lines;
  lines.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    lines += text[i] == '\r' ? '\n' : text[i];
  }
  return lines;
}

bool has_long_line(std::string_view text) {
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end - start > line_bytes_max) return true;
    start = end + 1;
  }
  return false;
}

bool is_clean(std::string_view text) {
  return is_ascii(text) && !text.contains('\0') && !has_long_line(text);
}

// Readable where most of it is ASCII.
GMimeContentEncoding encoding_of(std::string_view text) {
  if (is_clean(text)) return GMIME_CONTENT_ENCODING_7BIT;
  const auto foreign =
      std::ranges::count_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return static_cast<std::size_t>(foreign) * 6 > text.size() ? GMIME_CONTENT_ENCODING_BASE64
                                                             : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
}

void set_content(GMimePart* part, std::string_view content, GMimeContentEncoding encoding) {
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(content.data(), content.size()));
  const Owned<GMimeDataWrapper> wrapper(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part, wrapper.get());
  g_mime_part_set_content_encoding(part, encoding);
}

// The lines of a text end in CRLF when they are encoded in base64 (RFC 2045 §6.8); else GMime writes the line
// ends.
std::string with_crlf(std::string_view lines) {
  std::string text;
  text.reserve(lines.size() + lines.size() / 32);
  for (const char c : lines) {
    if (c == '\n') text += '\r';
    text += c;
  }
  return text;
}

Owned<GMimeObject> text_part(const char* subtype, std::string_view text) {
  const std::string lines = with_line_feeds(text);
  const GMimeContentEncoding encoding = encoding_of(lines);
  // Not GMimeTextPart, which chooses a charset of its own.
  Owned<GMimePart> part(g_mime_part_new_with_type("text", subtype));
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", "utf-8");
  set_content(part.get(), encoding == GMIME_CONTENT_ENCODING_BASE64 ? with_crlf(lines) : lines, encoding);
  return Owned<GMimeObject>(GMIME_OBJECT(part.release()));
}

struct MediaType {
  std::string type = "application", subtype = "octet-stream";
  std::string whole() const { return type + "/" + subtype; }
};

// A leaf's type. What can hold parts of its own is not one, save a message that can go as it is: RFC 2046
// §5.2.1 forbids to encode it.
MediaType media_type(const OutgoingFile& file, const Parameters& given) {
  std::string value = given.value();
  if (value.empty()) value = type_of_file_name(file.filename);
  const std::size_t slash = std::min(value.find('/'), value.size());
  MediaType type{value.substr(0, slash), value.substr(std::min(slash + 1, value.size()))};
  const bool message = type.type == "message" && is_clean(with_line_feeds(file.content));
  if (!is_token(type.type) || !is_token(type.subtype) || type.type == "multipart" ||
      (type.type == "message" && !message))
    return {};
  return type;
}

void set_parameter(GMimeParamList* parameters, const char* name, const std::string& value,
                   GMimeParamEncodingMethod method) {
  g_mime_param_list_set_parameter(parameters, name, value.c_str());
  GMimeParam* parameter = g_mime_param_list_get_parameter(parameters, name);
  g_mime_param_set_charset(parameter, "utf-8");
  g_mime_param_set_encoding_method(parameter, method);
}

Owned<GMimeObject> file_part(const OutgoingFile& file, std::size_t number, bool is_inline) {
  const Parameters given(file.content_type);
  const MediaType type = media_type(file, given);
  Owned<GMimePart> part(g_mime_part_new_with_type(type.type.c_str(), type.subtype.c_str()));
  GMimeObject* object = GMIME_OBJECT(part.get());
  for (const char* name : kept_parameters) {
    const auto value = given.raw(name);
    if (value && value->size() <= parameter_bytes_max && is_token(*value))
      g_mime_object_set_content_type_parameter(object, name, std::string(*value).c_str());
  }
  std::string filename = clean_file_name(file.filename);
  if (filename.empty()) filename = default_file_name(type.whole(), number);
  g_mime_object_set_disposition(object, is_inline ? GMIME_DISPOSITION_INLINE : GMIME_DISPOSITION_ATTACHMENT);
  // Clients differ in which they read: the old one understands encoded words, the new one RFC 2231.
  set_parameter(g_mime_content_type_get_parameters(g_mime_object_get_content_type(object)), "name", filename,
                GMIME_PARAM_ENCODING_METHOD_RFC2047);
  set_parameter(g_mime_content_disposition_get_parameters(g_mime_object_get_content_disposition(object)),
                "filename", filename, GMIME_PARAM_ENCODING_METHOD_RFC2231);
  if (!file.content_id.empty()) g_mime_object_set_content_id(object, file.content_id.c_str());
  if (type.type == "message") {
    set_content(part.get(), with_line_feeds(file.content), GMIME_CONTENT_ENCODING_7BIT);
  } else {
    set_content(part.get(), file.content, GMIME_CONTENT_ENCODING_BASE64);
  }
  return Owned<GMimeObject>(GMIME_OBJECT(part.release()));
}

Owned<GMimeObject> multipart(const char* subtype, const std::vector<Owned<GMimeObject>>& parts) {
  Owned<GMimeMultipart> whole(g_mime_multipart_new_with_subtype(subtype));
  g_mime_multipart_set_boundary(whole.get(), nullptr);  // random
  for (const auto& part : parts) g_mime_multipart_add(whole.get(), part.get());
  return Owned<GMimeObject>(GMIME_OBJECT(whole.release()));
}

Owned<GMimeObject> joined(const char* subtype, Owned<GMimeObject> first,
                          std::vector<Owned<GMimeObject>> rest) {
  if (rest.empty()) return first;
  rest.insert(rest.begin(), std::move(first));
  return multipart(subtype, rest);
}

Owned<GMimeObject> body_part(const OutgoingMessage& message) {
  if (message.format == BodyFormat::plain) return text_part("plain", message.body);
  std::vector<Owned<GMimeObject>> html;
  html.push_back(text_part("html", message.body));
  return joined("alternative", text_part("plain", html_to_text(message.body).text), std::move(html));
}

Owned<GMimeObject> message_part(const OutgoingMessage& message) {
  std::vector<Owned<GMimeObject>> related, mixed;
  for (std::size_t i = 0; i < message.files.size(); ++i) {
    const OutgoingFile& file = message.files[i];
    const bool html = message.format == BodyFormat::html;
    const bool named = html && !file.content_id.empty() && message.body.contains("cid:" + file.content_id);
    const bool is_inline = file.shown == Shown::inline_ || (file.shown == Shown::by_reference && named);
    auto& group = is_inline && html && !file.content_id.empty() ? related : mixed;
    group.push_back(file_part(file, i + 1, is_inline));
  }
  auto body = joined("related", body_part(message), std::move(related));
  if (GMIME_IS_MULTIPART(body.get()) &&
      g_mime_content_type_is_type(g_mime_object_get_content_type(body.get()), "multipart", "related"))
    g_mime_object_set_content_type_parameter(body.get(), "type", "multipart/alternative");  // RFC 2387 §3.1
  return joined("mixed", std::move(body), std::move(mixed));
}

std::string serialised(GMimeObject* object) {
  const std::unique_ptr<GMimeFormatOptions, void (*)(GMimeFormatOptions*)> options(
      g_mime_format_options_new(), g_mime_format_options_free);
  g_mime_format_options_set_newline_format(options.get(), GMIME_NEWLINE_FORMAT_DOS);
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(object, options.get(), stream.get());
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

std::string header_block(const OutgoingMessage& message) {
  HeaderWriter headers;
  headers.exactly("Date", date_text(message.date));
  headers.addresses("From", message.from);
  headers.addresses("Reply-To", message.reply_to);
  headers.addresses("To", message.to);
  headers.addresses("Cc", message.cc);
  headers.addresses("Bcc", message.bcc);
  if (!message.subject.empty()) headers.text("Subject", message.subject);
  headers.message_ids("Message-ID", {message.message_id});
  if (!message.in_reply_to.empty()) {
    headers.message_ids("In-Reply-To", {message.in_reply_to});
    headers.message_ids("References", message.references);
  }
  for (const Header& header : message.custom_headers) headers.text(header.name, header.value);
  headers.exactly("MIME-Version", "1.0");
  return headers.block();
}

}  // namespace

Result<std::string> compose(const OutgoingMessage& message) {
  if (Status checked = check(message); !checked) return std::move(checked).error();
  start_gmime();
  return header_block(message) + serialised(message_part(message).get());
}

std::vector<std::string> references_to(const std::vector<std::string>& parent_references,
                                       const std::string& parent_message_id) {
  std::vector<std::string> references = parent_references;
  std::erase_if(references,
                [&](const std::string& id) { return id == parent_message_id || !is_message_id(id); });
  references.push_back(parent_message_id);
  if (references.size() > outgoing_references_max) {
    const auto half = static_cast<std::ptrdiff_t>(outgoing_references_max / 2);
    references.erase(references.begin() + half, references.end() - half);
  }
  return references;
}

}  // namespace hermod::mime
