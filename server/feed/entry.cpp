#include "server/feed/entry.hpp"

#include <algorithm>

namespace hermod::server {
namespace {

struct FieldName {
  store::ChangedField field;
  std::string_view name;
};
constexpr FieldName field_names[] = {
    {store::ChangedField::unread, "unread"},     {store::ChangedField::starred, "starred"},
    {store::ChangedField::folders, "folders"},   {store::ChangedField::thread, "thread_id"},
    {store::ChangedField::name, "name"},         {store::ChangedField::parent, "parent_id"},
    {store::ChangedField::role, "attributes"},   {store::ChangedField::content, "content"},
    {store::ChangedField::status, "status"},     {store::ChangedField::messages, "message_ids"},
    {store::ChangedField::metadata, "metadata"}, {store::ChangedField::sync, "sync"},
    {store::ChangedField::expired, "expired"},   {store::ChangedField::first_sync, "first_sync"},
    {store::ChangedField::keywords, "keywords"},
};

void write_changed(JsonWriter& writer, std::int32_t fields) {
  writer.key("changed").begin_array();
  for (const FieldName& each : field_names) {
    if ((fields & store::bit(each.field)) != 0) writer.value(each.name);
  }
  writer.end_array();
}

}  // namespace

std::string entry_json(const FeedScope& scope, const FeedEntry& entry, EntryData data) {
  const store::LoggedChange& change = entry.change;
  JsonWriter writer;
  writer.begin_object().member("cursor", cursor_text(scope, entry.cursor));
  writer.member("object", object_name(change.object)).member("type", change_name(change.change));
  writer.member("id", ids::to_public(change.object_id)).member("grant_id", ids::to_public(change.account_id));
  writer.member("at", change.at).member("initial", change.initial);
  write_changed(writer, change.fields);
  if (data == EntryData::included)
    writer.raw_member("data", entry.data ? std::string_view(*entry.data) : "null");
  return writer.end_object().text();
}

EventText event_text(const FeedScope& scope, const FeedEntry& entry, EntryData data) {
  EventText event;
  event.text.append("id: ").append(cursor_text(scope, entry.cursor)).append("\nevent: ");
  event.text.append(object_name(entry.change.object)).append(".").append(change_name(entry.change.change));
  event.text.append("\ndata: ");
  std::string json = entry_json(scope, entry, data);
  // A line end in JSON is white space between its parts, which stored JSON may have; it would end the field
  // here.
  std::ranges::replace_if(json, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  event.json_begin = event.text.size();
  event.json_size = json.size();
  event.text.append(json).append("\n\n");
  return event;
}

std::string feed_page_json(std::string_view request_id, const std::vector<std::string_view>& items,
                           std::string_view next_cursor, bool has_more) {
  JsonWriter writer;
  writer.begin_object().member("request_id", request_id).key("data").begin_array();
  for (const std::string_view item : items) writer.raw(item);
  writer.end_array().member("next_cursor", next_cursor).member("has_more", has_more);
  return writer.end_object().text();
}

}  // namespace hermod::server
