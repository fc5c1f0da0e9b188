#include "plugins/imap/mapping/collections.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "plugins/imap/mapping/roles.hpp"
#include "plugins/imap/wire/ascii.hpp"
#include "plugins/imap/wire/mailbox_name.hpp"

namespace hermod::imap {
namespace {

// The prefix of the personal namespace, `INBOX.` say; empty for none.
std::string personal_prefix(const NamespaceList& namespaces) {
  return namespaces.personal.empty() ? std::string() : namespaces.personal.front().prefix;
}

std::string_view without_prefix(std::string_view name, std::string_view prefix) {
  const bool prefixed = !prefix.empty() && name.size() > prefix.size() &&
                        equals_ignoring_case(name.substr(0, prefix.size()), prefix);
  return prefixed ? name.substr(prefix.size()) : name;
}

// Decoded as a whole, then cut: the separator is ASCII and never inside a shifted sequence.
std::string display_path(std::string_view name, std::optional<char> separator) {
  auto path = display_name(name);
  if (separator && *separator != '/') std::ranges::replace(path, *separator, '/');
  return path;
}

bool is_absent(const MailboxListing& folder) { return has_attribute(folder, "\\NonExistent"); }

struct Names {
  std::set<std::string, std::less<>> listed;  // keys
  std::string prefix;

  std::string parent_of(const MailboxListing& folder) const {
    if (!folder.separator) return {};
    const auto shown_from = folder.name.size() - without_prefix(folder.name, prefix).size();
    auto at = folder.name.rfind(*folder.separator);
    while (at != std::string::npos && at > shown_from) {
      auto ancestor = collection_key(folder.name.substr(0, at));
      if (listed.contains(ancestor)) return ancestor;
      at = folder.name.rfind(*folder.separator, at - 1);
    }
    return {};
  }
};

Rights rights_of(const MailboxListing& folder) {
  Rights rights;
  if (is_selectable(folder)) {
    for (const auto right : {Right::read, Right::insert, Right::set_flags, Right::remove}) rights.add(right);
  }
  if (!is_inbox(folder.name)) rights.add(Right::rename);
  if (folder.separator && !has_attribute(folder, "\\NoInferiors")) rights.add(Right::create_children);
  return rights;
}

Collection map_folder(const MailboxListing& folder, const Names& names) {
  Collection collection;
  collection.remote_id.bytes = collection_key(folder.name);
  collection.parent.bytes = names.parent_of(folder);
  collection.path = display_path(without_prefix(folder.name, names.prefix), folder.separator);
  auto own_name = std::string_view(folder.name);
  if (!collection.parent.empty()) {
    own_name.remove_prefix(collection.parent.bytes.size() + 1);
  } else {
    own_name = without_prefix(own_name, names.prefix);
  }
  collection.name = display_path(own_name, folder.separator);
  collection.rights = rights_of(folder);
  if (is_inbox(folder.name)) {
    collection.role = Role::inbox;
  } else if (const auto role = declared_role(folder.attributes); role && collection.rights.has(Right::read)) {
    collection.role = *role;
  }
  return collection;
}

// A guess counts only where the server declared nobody for the role and exactly one name stands for it.
void guess_roles(std::vector<Collection>& collections) {
  std::map<Role, std::vector<Collection*>> candidates;
  std::set<Role> taken;
  for (auto& collection : collections) {
    taken.insert(collection.role);
    if (collection.role != Role::none || !collection.rights.has(Right::read)) continue;
    if (const auto role = guessed_role(collection.name)) candidates[*role].push_back(&collection);
  }
  for (const auto& [role, folders] : candidates) {
    if (taken.contains(role) || folders.size() != 1) continue;
    folders.front()->role = role;
    folders.front()->role_source = RoleSource::guessed;
  }
}

// The listing without its oddities: each name once, and none that is only subscribed and not there, unless
// folders lie below it.
std::vector<MailboxListing> folders_of(const std::vector<MailboxListing>& listed) {
  std::vector<MailboxListing> folders;
  std::map<std::string, std::size_t> places;  // by key
  for (auto folder : listed) {
    folder.name = without_trailing_separator(std::move(folder.name), folder.separator);
    if (folder.name.empty() || folder.name.size() > collection_id_bytes_max) continue;
    const auto [place, is_new] = places.emplace(collection_key(folder.name), folders.size());
    if (is_new) {
      folders.push_back(std::move(folder));
    } else if (!is_selectable(folders[place->second]) && is_selectable(folder)) {
      folders[place->second] = std::move(folder);
    }
  }
  std::set<std::string, std::less<>> with_children;
  for (const auto& folder : folders) {
    if (is_absent(folder) || !folder.separator) continue;
    for (auto at = folder.name.rfind(*folder.separator); at != std::string::npos && at > 0;
         at = folder.name.rfind(*folder.separator, at - 1)) {
      with_children.insert(collection_key(folder.name.substr(0, at)));
    }
  }
  std::erase_if(folders, [&](const MailboxListing& folder) {
    return is_absent(folder) && !with_children.contains(collection_key(folder.name));
  });
  return folders;
}

void add_statuses(std::vector<Collection>& collections, const std::vector<MailboxStatus>& statuses) {
  std::map<std::string, const MailboxStatus*> by_name;
  for (const auto& status : statuses) by_name[collection_key(status.name)] = &status;
  for (auto& collection : collections) {
    const auto found = by_name.find(collection.remote_id.bytes);
    if (found == by_name.end()) continue;
    collection.change_token = change_token(*found->second);
    if (found->second->messages) collection.total = *found->second->messages;
  }
}

}  // namespace

std::string without_trailing_separator(std::string name, std::optional<char> separator) {
  while (separator && name.ends_with(*separator)) name.pop_back();
  return name;
}

std::string collection_key(const std::string& name) { return is_inbox(name) ? "INBOX" : name; }

bool is_name_of(const CollectionRemoteId& collection, std::string_view name) {
  return collection.bytes == name || (is_inbox(name) && is_inbox(collection.bytes)) ||
         decode_mailbox_name(collection.bytes) == name;
}

std::string change_token(const MailboxStatus& status) {
  if (!status.messages || !status.uid_next || !status.uid_validity) return {};
  if (!status.highest_modseq || !*status.highest_modseq) return {};
  return std::to_string(status.uid_validity->value) + ':' + std::to_string(status.uid_next->value) + ':' +
         std::to_string(*status.messages) + ':' + std::to_string(status.highest_modseq->value);
}

std::vector<Collection> map_folders(const FolderListing& listing) {
  const auto folders = folders_of(listing.folders);
  Names names{{}, personal_prefix(listing.namespaces)};
  for (const auto& folder : folders) names.listed.insert(collection_key(folder.name));
  std::vector<Collection> collections;
  for (const auto& folder : folders) collections.push_back(map_folder(folder, names));
  guess_roles(collections);
  add_statuses(collections, listing.statuses);
  return collections;
}

}  // namespace hermod::imap
