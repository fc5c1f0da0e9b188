#include "server/api/folder_json.hpp"

namespace hermod::server {
namespace {

void write_attributes(JsonWriter& writer, const store::Folder& folder) {
  writer.key("attributes").begin_array();
  if (const auto attribute = special_use_attribute(folder.role); !attribute.empty()) writer.value(attribute);
  if (!folder.rights.has(Right::read)) writer.value("\\Noselect");
  writer.value(folder.child_count > 0 ? "\\HasChildren" : "\\HasNoChildren");
  writer.end_array();
}

}  // namespace

std::string_view special_use_attribute(Role role) {
  constexpr std::string_view attributes[] = {"",       "\\Inbox",   "\\Sent", "\\Drafts",    "\\Trash",
                                             "\\Junk", "\\Archive", "\\All",  "\\Important", "\\Flagged"};
  return attributes[static_cast<std::size_t>(role)];
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

}  // namespace hermod::server
