#include "core/sync/prepared_page.hpp"

#include "core/json/rapidjson.hpp"

#include <algorithm>

#include "core/mime/message.hpp"
#include "core/threading/thread_key.hpp"

namespace hermod::sync {

namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void write_text(JsonWriter& json, const char* key, std::string_view value) {
  json.Key(key);
  json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

std::string address_json(const std::vector<mime::EmailAddress>& addresses) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartArray();
  for (const mime::EmailAddress& address : addresses) {
    json.StartObject();
    write_text(json, "email", address.email);
    if (!address.name.empty()) write_text(json, "name", address.name);
    json.EndObject();
  }
  json.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string attachment_json(const std::vector<mime::Attachment>& attachments) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartArray();
  for (const mime::Attachment& attachment : attachments) {
    json.StartObject();
    write_text(json, "id", ids::to_public(ids::new_object_id()));
    write_text(json, "filename", attachment.filename);
    write_text(json, "content_type", attachment.content_type);
    json.Key("size");
    json.Uint64(attachment.size);
    if (!attachment.content_id.empty()) write_text(json, "content_id", attachment.content_id);
    if (!attachment.content_disposition.empty()) write_text(json, "content_disposition", attachment.content_disposition);
    json.Key("is_inline");
    json.Bool(attachment.is_inline);
    write_text(json, "part_path", attachment.part_path);
    json.EndObject();
  }
  json.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

void add_participants(std::vector<std::string>& into, const std::vector<mime::EmailAddress>& addresses) {
  for (const mime::EmailAddress& address : addresses) {
    std::string key = address.email;
    std::transform(key.begin(), key.end(), key.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    into.push_back(std::move(key));
  }
}

threading::ThreadedMessage threaded(const mime::ParsedMessage& parsed, std::string provider_thread,
                                    std::int64_t received_at) {
  threading::ThreadedMessage message;
  message.provider_thread = std::move(provider_thread);
  message.received_at = received_at;
  if (!parsed.message_id.empty()) message.mid_key = threading::mid_key(parsed.message_id);
  for (const std::string& reference : parsed.references) message.reference_keys.push_back(threading::mid_key(reference));
  if (!parsed.in_reply_to.empty()) message.reference_keys.push_back(threading::mid_key(parsed.in_reply_to.front()));
  const threading::BaseSubject subject = threading::base_subject(parsed.subject);
  message.subject_key = threading::subject_key(subject);
  const bool names_no_parent = subject.kind == threading::SubjectKind::reply && message.reference_keys.empty();
  if (message.subject_key && names_no_parent) message.subject_key = -*message.subject_key;
  add_participants(message.participants, parsed.from);
  add_participants(message.participants, parsed.to);
  add_participants(message.participants, parsed.cc);
  return message;
}

std::string identity_of(const Item& item, const ids::Sha256Digest& sha256, RawStability stability) {
  if (!item.object_key.empty()) return "o" + item.object_key;
  if (stability == RawStability::stable) return "h" + std::string(ids::as_bytes(sha256));
  // Neither: the address is all there is.
  return "r" + item.remote_id.bytes;
}

store::MessageContent content_of(const mime::ParsedMessage& parsed, const Item& item) {
  store::MessageContent content;
  content.threading = threaded(parsed, item.provider_thread, item.received_at);
  content.date = parsed.date;
  content.has_attachments = parsed.has_attachments;
  content.parse_failed = parsed.decode_error;
  content.mid = parsed.message_id;
  content.subject = parsed.subject;
  content.snippet = parsed.snippet;
  content.from = address_json(parsed.from);
  content.to = address_json(parsed.to);
  content.cc = address_json(parsed.cc);
  content.bcc = address_json(parsed.bcc);
  content.reply_to = address_json(parsed.reply_to);
  content.attachments = attachment_json(parsed.attachments);
  content.body = parsed.body_html;
  return content;
}

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

PreparedItem read_item(Item& item, RawStability stability) {
  PreparedItem prepared;
  prepared.received_at = item.received_at;
  if (item.payload == PayloadKind::message) {
    prepared.content = content_of(mime::parse_message(item.raw), item);
    prepared.sha256 = ids::sha256(item.raw);
    prepared.content->identity = identity_of(item, prepared.sha256, stability);
    prepared.content->size = item.raw.size();
  } else if (item.summary) {
    prepared.content = content_of(parse_summary(item), item);
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
