#include <core/mime/enclosed_files.hpp>

#include <core/mime/ascii.hpp>
#include <core/mime/charset.hpp>
#include <core/mime/file_name.hpp>
#include <core/mime/tnef.hpp>
#include <core/mime/uuencode.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t start_bytes = 16;  // enough to know a TNEF stream by

// The decoded bytes: the message's own where nothing has to be decoded, else the first `bytes_max` in
// `owned`.
std::string_view decoded_view(const Part& leaf, std::size_t bytes_max, std::deque<std::string>& owned) {
  if (leaf.encoding == TransferEncoding::identity) return leaf.body;
  return owned.emplace_back(decode_transfer(leaf.body, leaf.encoding, bytes_max));
}

// One more than is shown, so that a cut is noticed.
std::string_view decoded_text(const Part& leaf, const ParseLimits& limits, std::deque<std::string>& owned) {
  return decoded_view(leaf, limits.decoded_text_bytes + 1, owned);
}

bool is_plain_text(const Part& leaf) { return leaf.type.value() == "text/plain"; }

// Only base64 hides a line "begin 644 name"; in quoted-printable it stands as it is.
bool may_enclose(const Part& leaf) {
  return is_plain_text(leaf) && (leaf.encoding == TransferEncoding::base64 || may_hold_uuencoded(leaf.body));
}

void read_tnef(const Part& leaf, const ParseLimits& limits, EnclosedFiles& enclosed) {
  const std::string_view stream = decoded_view(leaf, limits.message_bytes, enclosed.owned);
  for (TnefFile& file : read_tnef_files(stream, limits.parts)) {
    std::string type = ascii_lowered(trimmed(file.content_type));
    if (type.find('/') == std::string::npos) type = type_of_file_name(file.name);
    enclosed.files.push_back({clean_file_name(file.name), std::move(type), std::move(file.content_id),
                              file.bytes, TransferEncoding::identity});
  }
}

void read_uuencoded(const Part& leaf, const ParseLimits& limits, EnclosedFiles& enclosed) {
  const std::string_view text = decoded_text(leaf, limits, enclosed.owned);
  const std::string charset(leaf.type.raw("charset").value_or(""));
  for (const UuencodedFile& file : find_uuencoded(text, limits.parts)) {
    const std::string name = clean_file_name(decode_charset(file.name, charset).text);
    enclosed.files.push_back({name, type_of_file_name(name), {}, file.lines, TransferEncoding::uuencode});
  }
}

}  // namespace

EnclosedFiles read_enclosed_files(const Part& leaf, const ParseLimits& limits) {
  EnclosedFiles enclosed;
  if (may_enclose(leaf))
    read_uuencoded(leaf, limits, enclosed);
  else if (leaf.type.type() == "application" &&
           is_tnef(decode_transfer(leaf.body, leaf.encoding, start_bytes)))
    read_tnef(leaf, limits, enclosed);
  return enclosed;
}

std::string text_without_files(const Part& leaf, const ParseLimits& limits, std::size_t bytes_max,
                               bool& complete) {
  if (!may_enclose(leaf)) {
    std::string text = decode_transfer(leaf.body, leaf.encoding, bytes_max + 1);
    complete = text.size() <= bytes_max;
    if (!complete) text.resize(bytes_max);
    return text;
  }
  std::deque<std::string> owned;
  const std::string_view whole = decoded_text(leaf, limits, owned);
  std::string text = without_uuencoded(whole, find_uuencoded(whole, limits.parts));
  complete = text.size() <= bytes_max;
  if (!complete) text.resize(bytes_max);
  return text;
}

}  // namespace hermod::mime
