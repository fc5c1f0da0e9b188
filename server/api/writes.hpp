// What the calls that change messages share: reading the change from the request, writing it, telling its
// action.
#pragma once

#include "core/store/action_store.hpp"
#include "server/api/json_input.hpp"
#include "server/api/route_context.hpp"

namespace hermod::server {

inline constexpr std::size_t folders_of_a_message_max = 100;
inline constexpr std::size_t keywords_of_a_message_max = 100;

struct MessageChange {
  actions::Intent intent;
  std::optional<std::string> metadata;
};
enum class ChangeOf : std::uint8_t { message, thread };
// Of `unread`, `starred`, `folders` (ids, roles or paths), `metadata` and, of a message, `keywords`.
// Error{invalid_argument} when it has none of them, or names a folder that is not there or takes no messages.
Result<MessageChange> parse_message_change(store::Connection& connection, const AccountScope& scope,
                                           const Poco::JSON::Object& body, ChangeOf of);

// Of `metadata`, as JSON; nothing when it is absent.
Result<std::optional<std::string>> metadata_member(const Poco::JSON::Object& body);

// Into the trash; with `hard_delete=true` for good. Error{unsupported}: the account has no trash.
Result<actions::Intent> parse_deletion(store::Connection& connection, const AccountScope& scope,
                                       const Query& query);

// {"request_id", "data", "action_id"}.
template <class WriteData>
Reply written_reply(const Request& request, const ids::ObjectId& action_id, WriteData&& data,
                    int status = 200) {
  JsonWriter writer;
  writer.begin_object().member("request_id", request.id).key("data");
  data(writer);
  writer.member("action_id", ids::to_public(action_id));
  return Reply{.status = status, .body = writer.end_object().text()};
}
// Without data.
Reply written_reply(const Request& request, const ids::ObjectId& action_id);

}  // namespace hermod::server
