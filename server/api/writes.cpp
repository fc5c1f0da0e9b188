#include "server/api/writes.hpp"

#include <sstream>

#include "core/store/folder_query.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t metadata_entries_max = 50;
constexpr std::size_t metadata_key_bytes_max = 40;
constexpr std::size_t metadata_value_bytes_max = 500;
constexpr std::size_t keyword_bytes_max = 255;

// Where messages may be put.
Result<std::vector<ids::ObjectId>> target_folders(store::Connection& connection, const AccountScope& scope,
                                                  const std::vector<std::string>& names) {
  std::vector<ids::ObjectId> folders;
  for (const std::string& name : names) {
    auto folder = store::find_folder(connection, scope.account_id, name);
    if (!folder && folder.error().kind == ErrorKind::not_found)
      return failure(ErrorKind::invalid_argument, "`folders` names a folder that is not there: " + name,
                     "folders are named by id, role or path");
    if (!folder) return std::move(folder).error();
    if (!folder->rights.has(Right::insert) || !folder->rights.has(Right::read))
      return failure(ErrorKind::invalid_argument, "`folders` names a folder that takes no messages: " + name);
    if (std::ranges::find(folders, folder->folder_id) == folders.end()) folders.push_back(folder->folder_id);
  }
  return folders;
}

// Absent: as they are. What it names must be an atom (RFC 9051 §9, flag-keyword).
Result<std::optional<actions::Keywords>> keywords_member(const Poco::JSON::Object& body) {
  auto keywords = text_list(body, "keywords", keywords_of_a_message_max);
  if (!keywords) return std::move(keywords).error();
  if (body.isNull("keywords")) return std::optional<actions::Keywords>();
  for (std::string& keyword : *keywords) {
    const bool atom = std::ranges::all_of(keyword, [](char c) {
      return c > ' ' && c < '\x7f' && std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
    });
    if (keyword.empty() || keyword.size() > keyword_bytes_max || !atom)
      return failure(ErrorKind::invalid_argument, "`keywords` has one that cannot be a keyword",
                     R"(1 to 255 ASCII characters, none of them a space, a control or one of (){%*"\])");
    if (actions::contains({"Forwarded"}, keyword)) keyword = actions::forwarded_keyword;  // its older name
  }
  return std::optional(std::move(*keywords));
}

}  // namespace

Result<std::optional<std::string>> metadata_member(const Poco::JSON::Object& body) {
  auto metadata = object_member(body, "metadata");
  if (!metadata) return std::move(metadata).error();
  if (metadata->isNull()) return std::optional<std::string>();
  if ((*metadata)->size() > metadata_entries_max)
    return failure(ErrorKind::invalid_argument, "`metadata` has too many entries", "at most 50");
  for (const auto& [key, value] : **metadata) {
    if (!value.isString())
      return failure(ErrorKind::invalid_argument, "`metadata." + key + "` is not a string");
    if (key.size() > metadata_key_bytes_max || value.extract<std::string>().size() > metadata_value_bytes_max)
      return failure(ErrorKind::invalid_argument, "an entry of `metadata` is too long",
                     "keys up to 40 bytes, values up to 500");
  }
  std::ostringstream text;
  (*metadata)->stringify(text);
  return std::optional(text.str());
}

Result<MessageChange> parse_message_change(store::Connection& connection, const AccountScope& scope,
                                           const Poco::JSON::Object& body, ChangeOf of) {
  MessageChange change;
  if (of == ChangeOf::message) {
    auto keywords = keywords_member(body);
    if (!keywords) return std::move(keywords).error();
    change.intent.keywords = std::move(*keywords);
  }
  auto unread = boolean_member(body, "unread");
  auto starred = boolean_member(body, "starred");
  auto names = text_list(body, "folders", folders_of_a_message_max);
  auto metadata = metadata_member(body);
  for (const Error* error : {error_of(unread), error_of(starred), error_of(names), error_of(metadata)}) {
    if (error != nullptr) return *error;
  }
  change.intent.unread = *unread;
  change.intent.starred = *starred;
  change.metadata = std::move(*metadata);
  if (body.has("folders")) {
    if (names->empty())
      return failure(ErrorKind::invalid_argument, "`folders` names no folder",
                     "to delete a message, use DELETE");
    auto folders = target_folders(connection, scope, *names);
    if (!folders) return std::move(folders).error();
    change.intent.folders = std::move(*folders);
  }
  if (change.intent == actions::Intent{} && !change.metadata)
    return failure(ErrorKind::invalid_argument, "the request changes nothing",
                   of == ChangeOf::message
                       ? "send one of `unread`, `starred`, `folders`, `keywords`, `metadata`"
                       : "send one of `unread`, `starred`, `folders`, `metadata`");
  return change;
}

Result<actions::Intent> parse_deletion(store::Connection& connection, const AccountScope& scope,
                                       const Query& query) {
  auto hard = query.boolean("hard_delete");
  if (!hard) return std::move(hard).error();
  if (hard->value_or(false)) return actions::Intent{{}, {}, std::vector<ids::ObjectId>{}};
  auto trash = store::find_folder(connection, scope.account_id, "trash");
  if (!trash && trash.error().kind == ErrorKind::not_found)
    return failure(ErrorKind::conflict, "the account has no trash folder",
                   "give a folder the role with PUT /folders/{id} {\"attributes\": [\"\\\\Trash\"]}, or "
                   "delete for good with hard_delete=true");
  if (!trash) return std::move(trash).error();
  return actions::Intent{{}, {}, std::vector{trash->folder_id}};
}

Reply written_reply(const Request& request, const ids::ObjectId& action_id) {
  JsonWriter writer;
  writer.begin_object().member("request_id", request.id).member("action_id", ids::to_public(action_id));
  return Reply{.body = writer.end_object().text()};
}

}  // namespace hermod::server
