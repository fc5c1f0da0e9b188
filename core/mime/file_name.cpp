#include <core/mime/file_name.hpp>

#include <algorithm>
#include <iterator>

#include <core/mime/ascii.hpp>
#include <core/mime/encoded_word.hpp>
#include <core/mime/percent.hpp>
#include <core/mime/utf8.hpp>

namespace hermod::mime {
namespace {

struct Extension {
  std::string_view content_type, extension;
};
constexpr Extension extensions[] = {
    {"text/plain", ".txt"},
    {"text/html", ".html"},
    {"text/calendar", ".ics"},
    {"text/csv", ".csv"},
    {"text/vcard", ".vcf"},
    {"text/x-vcard", ".vcf"},
    {"text/rfc822-headers", ".txt"},
    {"message/rfc822", ".eml"},
    {"message/global", ".eml"},
    {"message/delivery-status", ".txt"},
    {"image/png", ".png"},
    {"image/jpeg", ".jpg"},
    {"image/jpg", ".jpg"},
    {"image/gif", ".gif"},
    {"image/webp", ".webp"},
    {"image/svg+xml", ".svg"},
    {"image/heic", ".heic"},
    {"image/tiff", ".tif"},
    {"audio/mpeg", ".mp3"},
    {"audio/wav", ".wav"},
    {"video/mp4", ".mp4"},
    {"video/quicktime", ".mov"},
    {"application/pdf", ".pdf"},
    {"application/zip", ".zip"},
    {"application/json", ".json"},
    {"application/xml", ".xml"},
    {"application/ics", ".ics"},
    {"application/rtf", ".rtf"},
    {"application/msword", ".doc"},
    {"application/pgp-signature", ".asc"},
    {"application/ms-tnef", ".dat"},
    {"application/pgp-encrypted", ".pgp"},
    {"application/pkcs7-signature", ".p7s"},
    {"application/x-pkcs7-signature", ".p7s"},
    {"application/pkcs7-mime", ".p7m"},
    {"application/x-pkcs7-mime", ".p7m"},
};
constexpr std::size_t extension_bytes_max = 16;

// "caf%C3%A9.txt" in a plain parameter; a '%' that means itself is left alone.
std::string repaired(std::string name) {
  if (name.find('%') == std::string::npos || !is_ascii(name)) return name;
  std::string decoded = percent_decoded(name);
  return !is_ascii(decoded) && is_utf8(decoded) ? decoded : name;
}

std::string shortened(const std::string& name) {
  if (name.size() <= file_name_bytes_max) return name;
  const std::size_t dot = name.rfind('.');
  const bool keep = dot != std::string::npos && name.size() - dot <= extension_bytes_max;
  const std::string extension = keep ? name.substr(dot) : std::string();
  return std::string(utf8_prefix(name, file_name_bytes_max - extension.size())) + extension;
}

}  // namespace

std::string clean_file_name(std::string_view name) {
  name = name.substr(std::min(name.find_last_of("/\\") + 1, name.size()));
  std::string clean;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t start = at;
    const std::int32_t code_point = next_code_point(name, at);
    const bool control = code_point < ' ' || (code_point >= 0x7F && code_point < 0xA0);
    if (!control && !is_invisible(code_point)) clean.append(name.substr(start, at - start));
  }
  std::string_view rest = trimmed(clean);
  while (!rest.empty() && (rest.back() == '.' || rest.back() == ' ')) rest.remove_suffix(1);
  if (rest.size() > 1 && rest.front() == '"') rest.remove_prefix(1);
  return shortened(std::string(rest));
}

std::string sent_file_name(const Part& part, const Parameters& disposition) {
  for (const auto& [parameters, name] : {std::pair{&disposition, std::string_view("filename")},
                                         std::pair{&part.type, std::string_view("name")}}) {
    const auto sent = parameters->text(name);
    if (!sent) continue;
    std::string clean = clean_file_name(parameters->raw(name) ? repaired(*sent) : *sent);
    if (!clean.empty()) return clean;
  }
  // A description is a name only if it looks like one.
  const std::string description =
      decode_header_text(unfolded(field_value(part.headers, "Content-Description")));
  const std::size_t dot = description.rfind('.');
  const bool has_extension = dot != std::string::npos && dot > 0 &&
                             description.size() - dot <= extension_bytes_max &&
                             description.find(' ', dot) == std::string::npos && dot + 1 < description.size();
  return has_extension ? clean_file_name(description) : std::string();
}

std::string type_of_file_name(std::string_view name) {
  const std::size_t dot = std::min(name.rfind('.'), name.size());
  const std::string extension = ascii_lowered(name.substr(dot));
  const auto* found = std::ranges::find(extensions, extension, &Extension::extension);
  return std::string(found == std::end(extensions) ? "application/octet-stream" : found->content_type);
}

std::string default_file_name(std::string_view content_type, std::size_t number) {
  const auto* found = std::ranges::find(extensions, content_type, &Extension::content_type);
  const std::string_view extension =
      found == std::end(extensions) ? std::string_view(".bin") : found->extension;
  return "attachment-" + std::to_string(number) + std::string(extension);
}

}  // namespace hermod::mime
