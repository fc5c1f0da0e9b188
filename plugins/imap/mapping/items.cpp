#include "plugins/imap/mapping/items.hpp"

#include "plugins/imap/mapping/flags.hpp"
#include "plugins/imap/mapping/item_id.hpp"
#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

constexpr std::string_view white_space = " \t\r\n";
constexpr std::size_t message_id_bytes_max = 998;  // a line (RFC 5322 §2.1.1)

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

}  // namespace

std::string message_id_in(std::string_view header) {
  constexpr std::string_view field = "Message-ID:";
  std::size_t at = 0;
  while (at < header.size() && !equals_ignoring_case(header.substr(at, field.size()), field)) {
    const auto end = header.find('\n', at);
    if (end == std::string_view::npos) return {};
    at = end + 1;
  }
  if (at >= header.size()) return {};
  auto value = header.substr(at + field.size());
  // To the end of the field: the first line break that no white space follows.
  for (std::size_t end = value.find('\n'); end != std::string_view::npos; end = value.find('\n', end + 1)) {
    if (end + 1 < value.size() && (value[end + 1] == ' ' || value[end + 1] == '\t')) continue;
    value = value.substr(0, end);
    break;
  }
  value = trimmed(value);
  if (const auto open = value.find('<'); open != std::string_view::npos) {
    value = trimmed(value.substr(open + 1, value.find('>', open) - open - 1));
  }
  return std::string(value.substr(0, message_id_bytes_max));
}

Item map_item(const FetchResponse& fetch, UidValidity uid_validity) {
  Item item;
  item.remote_id = item_id(uid_validity, *fetch.uid);
  if (fetch.email_id) item.object_key = *fetch.email_id;
  if (fetch.thread_id) item.provider_thread = *fetch.thread_id;
  if (fetch.gmail_message_id) item.object_key = std::to_string(*fetch.gmail_message_id);
  if (fetch.gmail_thread_id) item.provider_thread = std::to_string(*fetch.gmail_thread_id);
  for (const auto& section : fetch.sections) {
    if (item.message_id.empty()) item.message_id = message_id_in(section.bytes);
  }
  item.size = fetch.size.value_or(0);
  if (fetch.internal_date) item.received_at = fetch.internal_date->time_since_epoch().count();
  auto flags = map_flags(fetch.flags.value_or(std::vector<std::string>{}));
  item.version = version_of(flags);
  item.flags = flags.flags;
  item.keywords = std::move(flags.keywords);
  return item;
}

ItemKeys keys_of(const Item& item) { return {item.object_key, item.message_id, item.size, item.received_at}; }

}  // namespace hermod::imap
