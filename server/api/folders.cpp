// G/folders: list, find, create, update, destroy.
#include <algorithm>

#include "core/store/folder_write.hpp"
#include "core/store/repeat.hpp"
#include "server/api/folder_json.hpp"
#include "server/api/list_query.hpp"
#include "server/api/route_context.hpp"
#include "server/api/writes.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

Result<Reply> list(Api& api, Request& request, const AccountScope& scope) {
  auto page = parse_page(request.query, scope.account_id, ListKind::folders);
  if (!page) return std::move(page).error();
  store::FolderFilter filter;
  filter.limit = page->limit;
  filter.parent = parse_text(request.query, "parent_id");
  if (page->after) filter.after = page->after->id;
  auto single_level = request.query.boolean("single_level");
  if (!single_level) return std::move(single_level).error();
  if (single_level->value_or(false)) filter.depth = store::FolderFilter::Depth::single_level;
  const Selection selection = Selection::of(request.query);

  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto found = store::list_folders(*connection, scope.account_id, filter);
  if (!found) return std::move(found).error();
  std::optional<std::string> cursor;
  if (found->more) {
    cursor =
        page_token(scope.account_id, ListKind::folders, {.at = 0, .id = found->folders.back().folder_id});
  }
  return list_reply(
      request,
      [&](JsonWriter& writer) {
        for (const store::Folder& folder : found->folders)
          write_folder(writer, folder, scope.grant_id, selection);
      },
      cursor);
}

Result<Reply> find(Api& api, Request& request, const AccountScope& scope) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto folder = store::find_folder(*connection, scope.account_id, request.segment("folder"));
  if (!folder) return std::move(folder).error();
  return data_reply(request, [&](JsonWriter& writer) {
    write_folder(writer, *folder, scope.grant_id, Selection::of(request.query));
  });
}

// A name without what would make it a path or unreadable. Absent: none was given.
Result<std::optional<std::string>> name_member(const Poco::JSON::Object& body) {
  auto name = text_member(body, "name");
  if (!name || !*name) return name;
  const auto refused = [](std::string message, std::string hint = {}) {
    return failure(ErrorKind::invalid_argument, std::move(message), std::move(hint));
  };
  if ((*name)->empty()) return refused("`name` is empty");
  if ((*name)->size() > store::folder_name_bytes_max)
    return refused("`name` is too long", "at most 255 bytes");
  if ((*name)->find('/') != std::string::npos)
    return refused("`name` has a slash", "name the folder above with `parent_id`");
  if ((*name)->front() == ' ' || (*name)->back() == ' ')
    return refused("`name` begins or ends with a space", "servers differ in what they make of it");
  if (std::ranges::any_of(**name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return refused("`name` has control characters");
  return name;
}

// By id, role or path; empty: the top level. Absent: none was given.
Result<std::optional<std::optional<ids::ObjectId>>> parent_member(store::Connection& connection,
                                                                  const AccountScope& scope,
                                                                  const Poco::JSON::Object& body) {
  using Parent = std::optional<ids::ObjectId>;
  auto name = text_member(body, "parent_id");
  if (!name) return std::move(name).error();
  if (!*name) return std::optional<Parent>();
  if ((*name)->empty()) return std::optional<Parent>(Parent());
  auto parent = store::find_folder(connection, scope.account_id, **name);
  if (!parent && parent.error().kind == ErrorKind::not_found)
    return failure(ErrorKind::invalid_argument, "`parent_id` names a folder that is not there");
  if (!parent) return std::move(parent).error();
  return std::optional<Parent>(parent->folder_id);
}

// The role that a special-use attribute gives; those that say nothing of a role are passed over.
Result<std::optional<Role>> role_member(const Poco::JSON::Object& body) {
  constexpr std::size_t attributes_max = 16;
  if (!body.has("attributes")) return std::optional<Role>();
  auto attributes = text_list(body, "attributes", attributes_max);
  if (!attributes) return std::move(attributes).error();
  Role role = Role::none;
  for (const std::string& attribute : *attributes) {
    constexpr std::string_view others[] = {"\\HasChildren", "\\HasNoChildren", "\\Noselect"};
    if (std::ranges::find(others, attribute) != std::end(others)) continue;
    bool known = false;
    for (int value = 1; value <= static_cast<int>(Role::starred); ++value) {
      if (special_use_attribute(static_cast<Role>(value)) != attribute) continue;
      if (role != Role::none)
        return failure(ErrorKind::invalid_argument, "`attributes` gives more than one role");
      role = static_cast<Role>(value);
      known = true;
    }
    if (!known)
      return failure(
          ErrorKind::invalid_argument, "`attributes` has an unknown value: " + attribute,
          "one of \\Inbox, \\Sent, \\Drafts, \\Trash, \\Junk, \\Archive, \\All, \\Important, \\Flagged");
  }
  return std::optional(role);
}

Result<Reply> written_folder(store::Connection& connection, const Request& request, const AccountScope& scope,
                             const store::FolderWritten& written) {
  auto folder = store::find_folder(connection, scope.account_id, ids::to_public(written.folder_id));
  if (!folder) return std::move(folder).error();
  const auto write = [&](JsonWriter& writer) { write_folder(writer, *folder, scope.grant_id, Selection()); };
  return written.action_id ? written_reply(request, *written.action_id, write) : data_reply(request, write);
}

Result<Reply> create(Api& api, Request& request, const AccountScope& scope) {
  auto body = read_json_body(request, api.services.options.json_body_bytes);
  if (!body) return std::move(body).error();
  auto name = name_member(**body);
  if (!name) return std::move(name).error();
  if (!*name) return failure(ErrorKind::invalid_argument, "`name` is missing");
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto parent = parent_member(*connection, scope, **body);
  if (!parent) return std::move(parent).error();
  const store::FolderInput input{**name, parent->value_or(std::nullopt)};
  auto written = store::repeated([&] { return store::create_folder(*connection, scope.account_id, input); });
  if (!written) return std::move(written).error();
  return written_folder(*connection, request, scope, *written);
}

Result<Reply> update(Api& api, Request& request, const AccountScope& scope) {
  auto body = read_json_body(request, api.services.options.json_body_bytes);
  if (!body) return std::move(body).error();
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto folder = store::find_folder(*connection, scope.account_id, request.segment("folder"));
  if (!folder) return std::move(folder).error();
  auto name = name_member(**body);
  auto parent = parent_member(*connection, scope, **body);
  auto role = role_member(**body);
  for (const Error* error : {error_of(name), error_of(parent), error_of(role)}) {
    if (error != nullptr) return *error;
  }
  const store::FolderUpdate change{*name, *parent, *role};
  auto written = store::repeated(
      [&] { return store::update_folder(*connection, scope.account_id, folder->folder_id, change); });
  if (!written) return std::move(written).error();
  return written_folder(*connection, request, scope, *written);
}

Result<Reply> destroy(Api& api, Request& request, const AccountScope& scope) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto folder = store::find_folder(*connection, scope.account_id, request.segment("folder"));
  if (!folder) return std::move(folder).error();
  auto written = store::repeated(
      [&] { return store::delete_folder(*connection, scope.account_id, folder->folder_id); });
  if (!written) return std::move(written).error();
  return written_reply(request, *written->action_id);
}

}  // namespace

void add_folder_routes(Router& router, const ApiPointer& api) {
  add_account_route(router, api, Method::get, "/folders", list);
  add_account_route(router, api, Method::get, "/folders/{folder}", find);
  add_account_route(router, api, Method::post, "/folders", create);
  add_account_route(router, api, Method::put, "/folders/{folder}", update);
  add_account_route(router, api, Method::del, "/folders/{folder}", destroy);
}

}  // namespace hermod::server
