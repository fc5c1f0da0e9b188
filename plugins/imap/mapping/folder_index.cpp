#include "plugins/imap/mapping/folder_index.hpp"

#include <algorithm>

#include "plugins/imap/mapping/collections.hpp"
#include "plugins/imap/wire/mailbox_name.hpp"

namespace hermod::imap {
namespace {

Error of_name(ErrorKind kind, std::string_view message) {
  return {kind, ErrorScope::collection, Retry::never(), std::string(message), {}, {}, {}};
}
Error invalid(std::string_view message) { return of_name(ErrorKind::invalid_argument, message); }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

FolderIndex::FolderIndex(const FolderListing& listing) {
  for (const auto& folder : listing.folders) {
    auto& entry = folders_[collection_key(without_trailing_separator(folder.name, folder.separator))];
    const bool absent = has_attribute(folder, "\\NonExistent");
    entry.there = entry.there || !absent;
    entry.mailbox = entry.mailbox || is_selectable(folder);
    entry.subscribed = entry.subscribed || has_attribute(folder, "\\Subscribed");
    entry.takes_children = !has_attribute(folder, "\\NoInferiors");
    entry.separator = folder.separator;
    tells_subscriptions_ = tells_subscriptions_ || entry.subscribed;
  }
  if (!listing.namespaces.personal.empty()) {
    prefix_ = listing.namespaces.personal.front().prefix;
    separator_ = listing.namespaces.personal.front().separator;
  } else if (const auto* inbox = find("INBOX")) {
    separator_ = inbox->separator;
  }
}

const FolderIndex::Folder* FolderIndex::find(const std::string& name) const {
  const auto found = folders_.find(collection_key(name));
  return found != folders_.end() ? &found->second : nullptr;
}

bool FolderIndex::is_there(const std::string& name) const {
  const auto* folder = find(name);
  return folder != nullptr && folder->there;
}

bool FolderIndex::is_mailbox(const std::string& name) const {
  const auto* folder = find(name);
  return folder != nullptr && folder->mailbox;
}

bool FolderIndex::is_subscribed(const std::string& name) const {
  const auto* folder = find(name);
  return !tells_subscriptions_ || (folder != nullptr && folder->subscribed);
}

bool FolderIndex::is_below(const std::string& name, const std::string& folder) const {
  const auto* known = find(folder);
  const auto separator = known != nullptr ? known->separator : separator_;
  return separator && name.size() > folder.size() && name.starts_with(folder) &&
         name[folder.size()] == *separator;
}

std::vector<std::string> FolderIndex::below(const std::string& folder) const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : folders_) {
    if (entry.there && is_below(name, folder)) names.push_back(name);
  }
  return names;
}

Result<std::string> FolderIndex::name_below(const std::string& parent, std::string_view name) const {
  auto wire = encode_mailbox_name(name);
  if (name.empty() || !wire || std::ranges::any_of(name, is_control)) {
    return invalid("a folder cannot have this name");
  }
  if (parent.empty()) {
    if (separator_ && wire->contains(*separator_)) return invalid("a folder's name cannot hold a separator");
    wire->insert(0, prefix_);
  } else {
    const auto* above = find(parent);
    if (above == nullptr || !above->there) return of_name(ErrorKind::not_found, "the parent does not exist");
    if (!above->separator || !above->takes_children) {
      return of_name(ErrorKind::denied, "the parent takes no folders below it");
    }
    if (wire->contains(*above->separator)) return invalid("a folder's name cannot hold a separator");
    wire->insert(0, parent + *above->separator);
  }
  if (wire->size() > collection_id_bytes_max) return invalid("a folder's name is too long");
  return *std::move(wire);
}

}  // namespace hermod::imap
