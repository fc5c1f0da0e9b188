#include "server/api/message_json.hpp"

#include "core/ids/text_encoding.hpp"
#include "server/api/stored_json.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

void write_attachments(JsonWriter& writer, std::string_view stored, std::string_view grant_id) {
  writer.key("attachments").begin_array();
  for_each_object(stored,
                  [&](std::string_view attachment) { write_attachment(writer, attachment, grant_id); });
  writer.end_array();
}

void write_headers(JsonWriter& writer, const std::vector<mime::Header>& headers) {
  writer.key("headers").begin_array();
  for (const mime::Header& header : headers) {
    writer.begin_object().member("name", header.name).member("value", header.value).end_object();
  }
  writer.end_array();
}

}  // namespace

Result<MessageFields> parse_message_fields(std::optional<std::string_view> text) {
  if (!text || text->empty() || *text == "standard" || *text == "include_tracking_options") {
    return MessageFields::standard;
  }
  if (*text == "include_headers") return MessageFields::include_headers;
  if (*text == "include_basic_headers") return MessageFields::include_basic_headers;
  if (*text == "raw_mime") return MessageFields::raw_mime;
  return failure(
      ErrorKind::invalid_argument, "`fields` has an unknown value",
      "one of standard, include_headers, include_basic_headers, include_tracking_options, raw_mime");
}

void write_ids(JsonWriter& writer, std::string_view literal) {
  writer.begin_array();
  store::for_each_id(literal, [&](const ids::ObjectId& id) { writer.value(ids::to_public(id)); });
  writer.end_array();
}

void write_attachment(JsonWriter& writer, std::string_view stored, std::string_view grant_id) {
  writer.begin_object().member("grant_id", grant_id);
  for_each_member(stored, [&](std::string_view name, std::string_view value) {
    if (name != "part_path") writer.raw_member(name, value);
  });
  writer.end_object();
}

void write_message(JsonWriter& writer, const store::MessageRow& message, const MessageView& view) {
  const Selection& selected = view.selection;
  const auto raw = [&](std::string_view name, std::string_view json) {
    if (selected.has(name)) writer.raw_member(name, json);
  };
  const auto plain = [&](std::string_view name, const auto& value) {
    if (selected.has(name)) writer.member(name, value);
  };
  writer.begin_object();
  if (selected.has("id")) writer.member("id", ids::to_public(message.message_id));
  plain("object", view.object);
  plain("grant_id", view.grant_id);
  if (selected.has("thread_id")) writer.member("thread_id", ids::to_public(message.thread_id));
  plain("date", message.received_at);
  plain("subject", message.subject);
  raw("from", message.from);
  raw("to", message.to);
  raw("cc", message.cc);
  raw("bcc", message.bcc);
  raw("reply_to", message.reply_to);
  if (message.body) plain("body", *message.body);
  plain("snippet", message.snippet);
  plain("starred", message.starred);
  plain("unread", message.unread);
  if (selected.has("folders")) write_ids(writer.key("folders"), message.folders);
  if (selected.has("keywords")) {
    writer.key("keywords").begin_array();
    for (const std::string& keyword : message.keywords) writer.value(keyword);
    writer.end_array();
  }
  if (selected.has("attachments")) write_attachments(writer, message.attachments, view.grant_id);
  if (!message.metadata.empty()) raw("metadata", message.metadata);
  if (message.incomplete) plain("incomplete", true);
  for_each_member(view.details, raw);
  if (view.headers != nullptr) write_headers(writer, *view.headers);
  writer.end_object();
}

void write_raw_mime(JsonWriter& writer, const store::MessageRow& message, std::string_view grant_id,
                    std::optional<std::string_view> raw) {
  writer.begin_object().member("grant_id", grant_id).member("object", "message");
  writer.member("id", ids::to_public(message.message_id));
  if (raw) writer.member("raw_mime", ids::base64url_encode(*raw));
  writer.end_object();
}

}  // namespace hermod::server
