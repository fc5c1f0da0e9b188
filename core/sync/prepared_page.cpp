#include "core/sync/prepared_page.hpp"

#include "core/mime/message.hpp"
#include "core/store/message_content.hpp"

namespace hermod::sync {

namespace {

// What a provider's summary can tell where its raw bytes cannot be had.
mime::ParsedMessage parse_summary(const Item& item) {
  std::string headers;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    headers.append(name).append(": ");
    for (const char character : value) headers += character == '\r' || character == '\n' ? ' ' : character;
    headers += "\r\n";
  };
  add("Subject", item.summary->subject);
  add("From", item.summary->from);
  add("To", item.summary->to);
  add("Cc", item.summary->cc);
  add("Message-ID", item.message_id.empty() ? std::string() : "<" + item.message_id + ">");
  mime::ParsedMessage parsed = mime::parse_message(headers + "\r\n" + item.summary->preview);
  parsed.decode_error = true;
  return parsed;
}

}  // namespace

std::string identity_of(const Item& item, const ids::Sha256Digest& sha256, RawStability stability) {
  if (!item.object_key.empty()) return "o" + item.object_key;
  if (stability == RawStability::stable) return "h" + std::string(ids::as_bytes(sha256));
  // Neither: the address is all there is.
  return "r" + item.remote_id.bytes;
}

PreparedItem read_item(Item& item, RawStability stability) {
  PreparedItem prepared;
  prepared.received_at = item.received_at;
  if (item.payload == PayloadKind::message) {
    prepared.content = store::content_of(mime::parse_message(item.raw), item.provider_thread, item.received_at);
    prepared.sha256 = ids::sha256(item.raw);
    prepared.content->identity = identity_of(item, prepared.sha256, stability);
    prepared.content->size = item.raw.size();
  } else if (item.summary) {
    prepared.content = store::content_of(parse_summary(item), item.provider_thread, item.received_at);
    prepared.content->identity = identity_of(item, {}, RawStability::regenerated);
    prepared.content->size = item.size;
    prepared.content->has_attachments = item.summary->has_attachments;
  } else if (item.known_as) {
    prepared.known_as = FoundItem{std::move(item.known_in), std::move(*item.known_as)};
  }
  prepared.remote_id = std::move(item.remote_id);
  prepared.version = std::move(item.version);
  prepared.flags = item.flags;
  prepared.keywords = std::move(item.keywords);
  return prepared;
}

PreparedItem prepare_item(Item item, RawStability stability) {
  PreparedItem prepared = read_item(item, stability);
  if (item.payload != PayloadKind::message) return prepared;
  if (auto compressed = blob::compress(item.raw, prepared.sha256)) {
    prepared.blob = std::move(*compressed);
  } else {
    prepared.content->parse_failed = true;
  }
  return prepared;
}

}  // namespace hermod::sync
