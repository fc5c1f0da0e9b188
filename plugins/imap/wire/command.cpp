#include "plugins/imap/wire/command.hpp"

#include <algorithm>

#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

bool is_safe_atom(std::string_view value) {
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./$:").contains(c);
  };
  return !value.empty() && value.size() <= quoted_bytes_max && std::ranges::all_of(value, safe) &&
         !equals_ignoring_case(value, "NIL");
}

bool is_quotable(std::string_view value) {
  return value.size() <= quoted_bytes_max &&
         std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string quoted(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

}  // namespace

bool is_sendable(std::string_view value) { return !value.contains('\0'); }

Command& Command::append(std::string_view text) {
  if (auto* last = std::get_if<Text>(&parts_.back())) {
    last->octets += text;
  } else {
    parts_.push_back(Text{std::string(text)});
  }
  return *this;
}

Command& Command::words(std::string_view text) { return append(" ").append(text); }

Command& Command::astring(std::string_view value) {
  return is_safe_atom(value) ? append(" ").append(value) : string(value);
}

Command& Command::string(std::string_view value) {
  return is_quotable(value) ? append(" ").append(quoted(value)) : literal(value);
}

Command& Command::literal(std::string_view value) {
  append(" ");
  parts_.push_back(Literal{std::string(value)});
  return *this;
}

std::vector<std::string> Command::serialize(std::string_view tag, LiteralSupport support) const {
  std::vector<std::string> segments{std::string(tag) + ' '};
  for (const auto& part : parts_) {
    if (const auto* text = std::get_if<Text>(&part)) {
      segments.back() += text->octets;
      continue;
    }
    const auto& octets = std::get<Literal>(part).octets;
    const bool waits = support == LiteralSupport::synchronizing ||
                       (support == LiteralSupport::small && octets.size() > literal_minus_bytes_max);
    segments.back() += '{' + std::to_string(octets.size()) + (waits ? "}\r\n" : "+}\r\n");
    if (waits) segments.emplace_back();
    segments.back() += octets;
  }
  segments.back() += "\r\n";
  return segments;
}

}  // namespace hermod::imap
