#include "plugins/imap/mapping/item_id.hpp"

#include <charconv>

namespace hermod::imap {
namespace {

constexpr std::size_t digits = 10;  // of 4294967295

std::string padded(std::uint32_t value) {
  auto text = std::to_string(value);
  return std::string(digits - text.size(), '0') + text;
}

std::optional<std::uint32_t> parse_padded(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

RemoteId item_id(UidValidity uid_validity, Uid uid) {
  return {padded(uid_validity.value) + '.' + padded(uid.value)};
}

std::optional<ItemAddressOnServer> parse_item_id(const RemoteId& id) {
  const std::string_view text = id.bytes;
  if (text.size() != 2 * digits + 1 || text[digits] != '.') return std::nullopt;
  const auto uid_validity = parse_padded(text.substr(0, digits));
  const auto uid = parse_padded(text.substr(digits + 1));
  if (!uid_validity || !uid || *uid == 0) return std::nullopt;
  return ItemAddressOnServer{UidValidity{*uid_validity}, Uid{*uid}};
}

}  // namespace hermod::imap
