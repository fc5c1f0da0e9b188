// G/folders: list, find.
#include "core/store/folder_query.hpp"
#include "server/api/list_query.hpp"
#include "server/api/route_context.hpp"
#include "server/api/selection.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

// The special-use attribute of a role (RFC 6154 §2, RFC 8457; INBOX has none there, clients know \Inbox).
std::string_view attribute_of(Role role) {
  constexpr std::string_view attributes[] = {"",       "\\Inbox",   "\\Sent", "\\Drafts",    "\\Trash",
                                             "\\Junk", "\\Archive", "\\All",  "\\Important", "\\Flagged"};
  return attributes[static_cast<std::size_t>(role)];
}

void write_attributes(JsonWriter& writer, const store::Folder& folder) {
  writer.key("attributes").begin_array();
  if (const auto attribute = attribute_of(folder.role); !attribute.empty()) writer.value(attribute);
  if (!folder.rights.has(Right::read)) writer.value("\\Noselect");
  writer.value(folder.child_count > 0 ? "\\HasChildren" : "\\HasNoChildren");
  writer.end_array();
}

void write_folder(JsonWriter& writer, const store::Folder& folder, std::string_view grant_id,
                  const Selection& selected) {
  const auto plain = [&](std::string_view name, const auto& value) {
    if (selected.has(name)) writer.member(name, value);
  };
  writer.begin_object();
  if (selected.has("id")) writer.member("id", ids::to_public(folder.folder_id));
  plain("object", "folder");
  plain("grant_id", grant_id);
  plain("name", folder.name);
  plain("path", folder.path);
  if (folder.parent_id && selected.has("parent_id"))
    writer.member("parent_id", ids::to_public(*folder.parent_id));
  plain("child_count", folder.child_count);
  plain("total_count", folder.total_count);
  plain("unread_count", folder.unread_count);
  plain("system_folder", folder.role != Role::none);
  if (selected.has("attributes")) write_attributes(writer, folder);
  writer.end_object();
}

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

}  // namespace

void add_folder_routes(Router& router, const ApiPointer& api) {
  add_account_route(router, api, Method::get, "/folders", list);
  add_account_route(router, api, Method::get, "/folders/{folder}", find);
}

}  // namespace hermod::server
