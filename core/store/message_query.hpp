// Messages as the API shows them: one statement a list, read by keyset, so that a late page costs what the
// first does.
//
// A MessageRow is a view into its Rows and lives no longer. JSON columns are passed on as they are stored.
// Lists leave out messages that lost their last placement; they are still found by id.
#pragma once

#include <algorithm>

#include "core/store/message_filter.hpp"

namespace hermod::store {

inline constexpr int page_limit_max = 200;

enum class MessageColumns : std::uint8_t { narrow = 0, body = 1, raw = 2 };  // a set
constexpr MessageColumns operator|(MessageColumns left, MessageColumns right) {
  return static_cast<MessageColumns>(static_cast<int>(left) | static_cast<int>(right));
}
constexpr bool has(MessageColumns set, MessageColumns column) {
  return (static_cast<int>(set) & static_cast<int>(column)) != 0;
}

// Where the raw bytes lie.
struct RawBytes {
  std::uint32_t pack = 0;
  std::uint64_t offset = 0, stored = 0, size = 0;
  std::string sha256;
};

struct MessageRow {
  ids::ObjectId message_id, thread_id;
  std::int64_t received_at = 0;
  bool unread = false, starred = false;
  std::string_view subject, snippet;
  std::string_view from, to, cc, bcc, reply_to;  // JSON arrays of {"email", "name"?}
  std::string_view attachments;                  // JSON array, with part_path
  std::string_view folders;                      // uuid[], see for_each_id()
  std::vector<std::string> keywords;
  bool raw_pending = false;                      // with MessageColumns::raw: the bytes are those of a draft on its way
  bool incomplete = false;                       // something of it could not be read, or not be had
  std::string_view metadata;                     // JSON object; empty: none
  std::optional<std::string_view> body;          // with MessageColumns::body
  std::optional<RawBytes> raw;                   // with MessageColumns::raw, where they are held
  std::optional<std::string_view> mid;           // with MessageColumns::raw: the Message-ID, where it has one
};

// Where the next page goes on: the last row's place in the order (descending).
struct PagePosition {
  std::int64_t at = 0;
  ids::ObjectId id;
};
PagePosition first_position();  // before everything
struct PageRequest {
  std::optional<PagePosition> after;
  int limit = 50;  // ≤ page_limit_max
};

class MessagePage {
 public:
  MessagePage(Rows rows, int limit) : rows_(std::move(rows)), limit_(limit) {}
  int size() const { return std::min(rows_.size(), limit_); }
  MessageRow row(int index) const;
  std::optional<PagePosition> next() const;  // nothing at the end
  PagePosition position(int index) const;    // of a list's row

 private:
  Rows rows_;
  int limit_;
};

Result<MessagePage> list_messages(Connection& connection, const ids::ObjectId& account_id,
                                  const MessageFilter& filter, const PageRequest& page,
                                  MessageColumns columns);

// Those of the ids that there are, in any order; at most page_limit_max.
Result<MessagePage> find_messages(Connection& connection, const ids::ObjectId& account_id,
                                  const std::vector<ids::ObjectId>& message_ids, MessageColumns columns);

struct MessageIdHeader {
  std::string mid;        // without brackets
  ids::ObjectId mid_key;  // its hash, see threading::mid_key
};
// The newest one of that Message-ID; an empty page when there is none.
Result<MessagePage> find_message(Connection& connection, const ids::ObjectId& account_id,
                                 const MessageIdHeader& header, MessageColumns columns);

// The columns of `m`, a row of messages, that MessageRow is read from, beginning with the first of the
// result.
std::string message_columns(MessageColumns columns);
inline constexpr int message_column_count = 25;
MessageRow message_row(const Rows& rows, int row);

// The elements of a uuid[] as PostgreSQL writes it.
template <class Take>
void for_each_id(std::string_view literal, Take take) {
  constexpr std::size_t step = ids::uuid_text_length + 1;
  for (std::size_t at = 1; at + step <= literal.size(); at += step) {
    if (auto id = ids::parse_uuid_text(literal.substr(at, ids::uuid_text_length))) take(*id);
  }
}

}  // namespace hermod::store
