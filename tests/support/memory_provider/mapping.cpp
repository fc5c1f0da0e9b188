#include "tests/support/memory_provider/mapping.hpp"

#include "tests/support/memory_provider/memory_mailbox.hpp"

namespace hermod::memory {
namespace {

constexpr std::size_t name_bytes_max = 1024;

// The length of the well-formed UTF-8 character that the text begins with; 0: there is none (RFC 3629 §4).
std::size_t utf8_character(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                             : (first & 0xF0) == 0xE0        ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0)) return 0;  // overlong, surrogate
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90)) return 0;  // overlong, too large
  return length;
}

// For display: control characters and what is no UTF-8 become U+FFFD.
std::string displayed(std::string_view text) {
  std::string shown;
  while (!text.empty() && shown.size() < name_bytes_max) {
    const std::size_t length = utf8_character(text);
    const bool control = static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f;
    shown += length == 0 || control ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return shown;
}

MessageSummary summary_of(const std::string& raw) {
  MessageSummary summary;
  summary.subject = header_value(raw, "subject");
  summary.from = header_value(raw, "from");
  summary.to = header_value(raw, "to");
  summary.cc = header_value(raw, "cc");
  return summary;
}

}  // namespace

std::string raw_bytes(MailboxState& state, const StoredMessage& message, const SessionOptions& options) {
  if (!options.has(Mode::unstable_raw)) return message.raw;
  return "X-Served: " + std::to_string(state.times_served++) + "\r\n" + message.raw;
}

Item to_item(MailboxState& state, const Folder& folder, std::uint64_t uid, Content content,
             const Shape& shape) {
  const SessionOptions& options = shape.options;
  const Entry& entry = folder.entries.at(uid);
  Item item;
  item.remote_id = remote_id_of(folder, uid);
  if (!options.has(Mode::no_object_key)) item.object_key = entry.message->key;
  item.message_id = entry.message->message_id;
  item.size = entry.message->raw.size();
  item.received_at = entry.message->received_at;
  item.version.bytes = std::to_string(entry.changed);
  item.flags = entry.flags;
  item.keywords.assign(entry.keywords.begin(), entry.keywords.end());
  for (const std::string& label : entry.labels) item.keywords.push_back("in:" + label);
  if (content == Content::as_held) return item;
  if (options.has(Mode::metadata)) {
    item.payload = PayloadKind::metadata;
    item.summary = summary_of(entry.message->raw);
  } else if (item.size > shape.limits.inline_bytes) {
    item.payload = PayloadKind::on_demand;
  } else {
    item.payload = PayloadKind::message;
    item.raw = raw_bytes(state, *entry.message, options);
  }
  return item;
}

Collection to_collection(const MailboxState& state, const Folder& folder, const SessionOptions& options,
                         std::int64_t window_start) {
  Collection collection;
  const bool checked = options.sabotage != Sabotage::law8;
  collection.remote_id.bytes = folder.id;
  collection.parent.bytes = folder.parent;
  collection.name = checked ? displayed(folder.name) : folder.name;
  collection.path = checked ? displayed(state.path_of(folder)) : state.path_of(folder);
  collection.role = folder.role;
  collection.rights = Rights::all();
  if (state.layout == Layout::labels && folder.id != MailboxState::carrier) {
    if (options.has(Mode::labels)) collection.kind = CollectionKind::label;
    collection.through.bytes = MailboxState::carrier;
  } else {
    collection.total = folder.entries.size();
    if (!options.has(Mode::no_change_token)) {
      collection.change_token = std::to_string(folder.changed) + "." + std::to_string(window_start);
    }
  }
  return collection;
}

}  // namespace hermod::memory
