// FeedEntry: one change as readers see it (contract C6), and its spellings: a JSON object, and an event of a
// stream (WHATWG HTML, server-sent events).
#pragma once

#include "server/feed/cursor.hpp"
#include "server/feed/filter.hpp"
#include "server/json/writer.hpp"

namespace hermod::server {

struct FeedEntry {
  store::LoggedChange change;
  FeedCursor cursor;                // reading on after this entry
  std::optional<std::string> data;  // with EntryData::included: the object's JSON; nothing: it is gone
};

// With `data`, null where there is none, if it is asked for.
std::string entry_json(const FeedScope& scope, const FeedEntry& entry, EntryData data);

// A whole event: id, event, data and the empty line.
struct EventText {
  std::string text;
  std::size_t json_begin = 0, json_size = 0;  // of the entry's JSON in it

  std::string_view json() const { return std::string_view(text).substr(json_begin, json_size); }
};
EventText event_text(const FeedScope& scope, const FeedEntry& entry, EntryData data);

// {"request_id", "data": […], "next_cursor", "has_more"}; the items are JSON already.
std::string feed_page_json(std::string_view request_id, const std::vector<std::string_view>& items,
                           std::string_view next_cursor, bool has_more);

}  // namespace hermod::server
