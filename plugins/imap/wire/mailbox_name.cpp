#include "plugins/imap/wire/mailbox_name.hpp"

#include <cstdint>

#include "plugins/imap/wire/ascii.hpp"
#include "plugins/imap/wire/base64.hpp"

namespace hermod::imap {
namespace {

void append_utf8(std::string& out, std::uint32_t cp) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (cp < 0x80) return put(cp);
  if (cp < 0x800) {
    put(0xc0 | cp >> 6);
  } else {
    if (cp < 0x10000) {
      put(0xe0 | cp >> 12);
    } else {
      put(0xf0 | cp >> 18);
      put(0x80 | (cp >> 12 & 0x3f));
    }
    put(0x80 | (cp >> 6 & 0x3f));
  }
  put(0x80 | (cp & 0x3f));
}

// Takes one code point off the front. Ill-formed input takes one byte and gives nothing.
std::optional<std::uint32_t> take_utf8(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  std::uint32_t cp = length == 1 ? lead : length == 0 ? 0 : lead & (0x7f >> length);
  bool well_formed = length != 0 && length <= text.size();
  for (std::size_t i = 1; well_formed && i < length; ++i) {
    well_formed = (byte(i) & 0xc0) == 0x80;
    cp = cp << 6 | (byte(i) & 0x3f);
  }
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  well_formed = well_formed && cp >= smallest[length] && cp <= 0x10ffff && !(cp >= 0xd800 && cp <= 0xdfff);
  text.remove_prefix(well_formed ? length : 1);
  return well_formed ? std::optional(cp) : std::nullopt;
}

bool append_utf16be(std::string& out, std::string_view units) {
  if (units.empty() || units.size() % 2 != 0) return false;
  const auto unit = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(units[i])) << 8 |
           static_cast<unsigned char>(units[i + 1]);
  };
  for (std::size_t i = 0; i < units.size(); i += 2) {
    std::uint32_t cp = unit(i);
    if (cp >= 0xdc00 && cp <= 0xdfff) return false;
    if (cp >= 0xd800 && cp <= 0xdbff) {
      i += 2;
      if (i >= units.size()) return false;
      const std::uint32_t low = unit(i);
      if (low < 0xdc00 || low > 0xdfff) return false;
      cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, cp);
  }
  return true;
}

void append_shifted(std::string& out, std::string& units) {
  if (units.empty()) return;
  (out += '&') += base64_encode(units, Base64Alphabet::mailbox);
  out += '-';
  units.clear();
}

void append_unit(std::string& units, std::uint32_t unit) {
  units += static_cast<char>(unit >> 8);
  units += static_cast<char>(unit & 0xff);
}

}  // namespace

std::optional<std::string> decode_mailbox_name(std::string_view wire) {
  std::string out;
  while (!wire.empty()) {
    const char c = wire.front();
    if (static_cast<unsigned char>(c) >= 0x80 || static_cast<unsigned char>(c) < 0x20) return std::nullopt;
    if (c != '&') {
      out += c;
      wire.remove_prefix(1);
      continue;
    }
    const auto end = wire.find('-');
    if (end == std::string_view::npos) return std::nullopt;
    if (end == 1) {
      out += '&';
    } else {
      const auto units = base64_decode(wire.substr(1, end - 1), Base64Alphabet::mailbox);
      if (!units || !append_utf16be(out, *units)) return std::nullopt;
    }
    wire.remove_prefix(end + 1);
  }
  return out;
}

std::optional<std::string> encode_mailbox_name(std::string_view utf8) {
  std::string out, units;
  while (!utf8.empty()) {
    const auto cp = take_utf8(utf8);
    if (!cp) return std::nullopt;
    if (*cp >= 0x20 && *cp < 0x7f) {
      append_shifted(out, units);
      out += static_cast<char>(*cp);
      if (*cp == '&') out += '-';
    } else if (*cp < 0x10000) {
      append_unit(units, *cp);
    } else {
      append_unit(units, 0xd800 + ((*cp - 0x10000) >> 10));
      append_unit(units, 0xdc00 + ((*cp - 0x10000) & 0x3ff));
    }
  }
  append_shifted(out, units);
  return out;
}

std::string display_name(std::string_view wire) {
  const auto decoded = decode_mailbox_name(wire);
  std::string_view rest = decoded ? std::string_view(*decoded) : wire;
  std::string out;
  while (!rest.empty()) {
    const auto cp = take_utf8(rest);
    const bool control = cp && (*cp < 0x20 || (*cp >= 0x7f && *cp < 0xa0));
    append_utf8(out, !cp || control ? 0xfffd : *cp);
  }
  return out;
}

bool is_inbox(std::string_view wire) { return equals_ignoring_case(wire, "INBOX"); }

}  // namespace hermod::imap
