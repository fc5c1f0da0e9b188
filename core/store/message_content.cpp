#include "core/store/message_content.hpp"

#include <algorithm>

#include "core/json/rapidjson.hpp"
#include "core/threading/thread_key.hpp"

namespace hermod::store {

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
    if (into.size() == threading::participants_max) return;
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

}  // namespace

MessageContent content_of(const mime::ParsedMessage& parsed, std::string provider_thread, std::int64_t received_at) {
  MessageContent content;
  content.threading = threaded(parsed, std::move(provider_thread), received_at);
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

}  // namespace hermod::store
