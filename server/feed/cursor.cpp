#include "server/feed/cursor.hpp"

#include <cstring>

#include "server/api/bound_token.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t number_bytes = 8, id_bytes = 16;
constexpr std::size_t log_bytes = 1 + number_bytes;
constexpr std::size_t snapshot_bytes = log_bytes + id_bytes + 1 + id_bytes;

// The first byte tells kinds apart, so that an account's and an application's never mix.
char tag(const FeedScope& scope, FeedCursor::Stage stage) {
  const bool log = stage == FeedCursor::Stage::log;
  if (scope.kind == FeedScope::Kind::grant) return log ? 'C' : 'S';
  return log ? 'P' : 'Q';
}

void append_id(std::string& bytes, const ids::ObjectId& id) {
  bytes.append(reinterpret_cast<const char*>(id.bytes.data()), id_bytes);
}
ids::ObjectId id_at(std::string_view bytes, std::size_t at) {
  ids::ObjectId id;
  std::memcpy(id.bytes.data(), bytes.data() + at, id_bytes);
  return id;
}

}  // namespace

std::string cursor_text(const FeedScope& scope, const FeedCursor& cursor) {
  std::string bytes(1, tag(scope, cursor.stage));
  for (std::size_t i = 0; i < number_bytes; ++i) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(cursor.number) >> (8 * (number_bytes - 1 - i)));
  }
  if (cursor.stage == FeedCursor::Stage::snapshot) {
    append_id(bytes, cursor.account_id);
    bytes += static_cast<char>(cursor.object);
    append_id(bytes, cursor.object_id);
  }
  return bound_token(scope.id, bytes);
}

std::optional<FeedCursor> parse_cursor(const FeedScope& scope, std::string_view text) {
  const auto bytes = parse_bound_token(scope.id, text);
  if (!bytes || bytes->empty()) return std::nullopt;
  FeedCursor cursor;
  if (bytes->front() == tag(scope, FeedCursor::Stage::snapshot)) {
    cursor.stage = FeedCursor::Stage::snapshot;
  } else if (bytes->front() != tag(scope, FeedCursor::Stage::log)) {
    return std::nullopt;
  }
  const bool snapshot = cursor.stage == FeedCursor::Stage::snapshot;
  if (bytes->size() != (snapshot ? snapshot_bytes : log_bytes)) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < number_bytes; ++i)
    number = number << 8 | static_cast<std::uint8_t>((*bytes)[1 + i]);
  cursor.number = static_cast<std::int64_t>(number);
  if (!snapshot) return cursor;
  cursor.account_id = id_at(*bytes, log_bytes);
  cursor.object = static_cast<store::ObjectType>((*bytes)[log_bytes + id_bytes]);
  cursor.object_id = id_at(*bytes, log_bytes + id_bytes + 1);
  return cursor;
}

}  // namespace hermod::server
