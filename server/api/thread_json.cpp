#include "server/api/thread_json.hpp"

#include <algorithm>
#include <unordered_set>

#include "server/api/message_json.hpp"
#include "server/api/stored_json.hpp"

namespace hermod::server {
namespace {

// Each address once, as it first appears, whoever wrote it in whatever letter case.
void write_participants(JsonWriter& writer, std::string_view addresses) {
  std::unordered_set<std::string> seen;
  writer.key("participants").begin_array();
  for_each_object(addresses, [&](std::string_view address) {
    std::string email(json_member(address, "email"));
    std::ranges::transform(email, email.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (seen.insert(std::move(email)).second) writer.raw(address);
  });
  writer.end_array();
}

bool contains(const std::vector<ids::ObjectId>& ids, const ids::ObjectId& id) {
  return std::ranges::find(ids, id) != ids.end();
}

void write_member_ids(JsonWriter& writer, const store::ThreadRow& thread, const Selection& selected) {
  if (selected.has("message_ids")) {
    writer.key("message_ids").begin_array();
    for (const ids::ObjectId& id : thread.message_ids) {
      if (!contains(thread.draft_ids, id)) writer.value(ids::to_public(id));
    }
    writer.end_array();
  }
  if (selected.has("draft_ids")) {
    writer.key("draft_ids").begin_array();
    for (const ids::ObjectId& id : thread.draft_ids) writer.value(ids::to_public(id));
    writer.end_array();
  }
}

void write_dates(JsonWriter& writer, const store::ThreadRow& thread, const Selection& selected) {
  std::optional<std::int64_t> received, sent;
  for (std::size_t i = 0; i < thread.message_ids.size() && i < thread.received_at.size(); ++i) {
    const ids::ObjectId& id = thread.message_ids[i];
    if (contains(thread.draft_ids, id)) continue;
    auto& latest = contains(thread.sent_ids, id) ? sent : received;
    latest = std::max(latest.value_or(thread.received_at[i]), thread.received_at[i]);
  }
  if (selected.has("earliest_message_date") && !thread.received_at.empty()) {
    writer.member("earliest_message_date", thread.received_at.front());
  }
  if (selected.has("latest_message_received_date")) writer.member("latest_message_received_date", received);
  if (selected.has("latest_message_sent_date")) writer.member("latest_message_sent_date", sent);
}

}  // namespace

void write_thread(JsonWriter& writer, const store::ThreadRow& thread, std::string_view grant_id,
                  const Selection& selected) {
  const auto plain = [&](std::string_view name, const auto& value) {
    if (selected.has(name)) writer.member(name, value);
  };
  writer.begin_object();
  if (selected.has("id")) writer.member("id", ids::to_public(thread.thread_id));
  plain("object", "thread");
  plain("grant_id", grant_id);
  plain("subject", thread.latest.subject);
  plain("snippet", thread.latest.snippet);
  plain("unread", thread.unread);
  plain("starred", thread.starred);
  plain("has_attachments", thread.has_attachments);
  plain("has_drafts", !thread.draft_ids.empty());
  write_dates(writer, thread, selected);
  if (selected.has("participants")) write_participants(writer, thread.addresses);
  write_member_ids(writer, thread, selected);
  if (selected.has("folders")) write_ids(writer.key("folders"), thread.folders);
  if (selected.has("latest_draft_or_message")) {
    const bool is_draft = contains(thread.draft_ids, thread.latest.message_id);
    static const Selection whole;
    write_message(writer.key("latest_draft_or_message"), thread.latest,
                  {.grant_id = grant_id, .selection = whole, .object = is_draft ? "draft" : "message"});
  }
  writer.end_object();
}

}  // namespace hermod::server
