#include "plugins/imap/mapping/flags.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

constexpr std::pair<std::string_view, Flag> system_flags[] = {
    {"\\Seen", Flag::seen},         {"\\Flagged", Flag::flagged}, {"\\Answered", Flag::answered},
    {"\\Draft", Flag::draft},       {"\\Deleted", Flag::deleted}, {"$Forwarded", Flag::forwarded},
    {"Forwarded", Flag::forwarded},
};

bool is_keyword(std::string_view text) {
  return !text.empty() && text.size() <= keyword_bytes_max && !text.starts_with('\\') &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

MessageFlags map_flags(const std::vector<std::string>& wire_flags) {
  MessageFlags result;
  for (const auto& flag : wire_flags) {
    const auto* known = std::ranges::find_if(
        system_flags, [&](const auto& entry) { return equals_ignoring_case(entry.first, flag); });
    if (known != std::end(system_flags)) {
      result.flags.add(known->second);
    } else if (is_keyword(flag) && result.keywords.size() < keywords_max) {
      result.keywords.push_back(flag);
    }
  }
  std::ranges::sort(result.keywords, {}, to_lower);
  const auto repeated = std::ranges::unique(result.keywords, equals_ignoring_case);
  result.keywords.erase(repeated.begin(), repeated.end());
  return result;
}

bool is_keyword_to_send(std::string_view text) {
  return is_keyword(text) && text.find_first_of("(){%*\"\\]") == std::string_view::npos;
}

std::vector<std::string> wire_flags(FlagSet flags, const std::vector<std::string>& keywords) {
  std::vector<std::string> wire;
  auto left = flags;
  for (const auto& [name, flag] : system_flags) {  // of two names the registered one comes first
    if (left.has(flag)) wire.emplace_back(name);
    left.bits = static_cast<std::uint16_t>(left.bits & ~static_cast<std::uint16_t>(flag));
  }
  wire.insert(wire.end(), keywords.begin(), keywords.end());
  return wire;
}

RemoteVersion version_of(const MessageFlags& flags) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  const auto mix = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const auto& keyword : flags.keywords) {
    for (const char c : keyword) mix(static_cast<unsigned char>(ascii_lower(c)));
    mix(0);
  }
  char text[2 + 4 + 16 + 1];
  std::snprintf(text, sizeof text, "f%04x%016llx", flags.flags.bits, static_cast<unsigned long long>(hash));
  return {text};
}

}  // namespace hermod::imap
