// FolderIndex: a listing, asked by names: what is there, what lies below what, and how a new folder is named.
// A value; names are those on the wire.
#pragma once

#include <map>

#include <hermod/result.hpp>

#include "plugins/imap/client/listing.hpp"

namespace hermod::imap {

class FolderIndex {
 public:
  explicit FolderIndex(const FolderListing& listing);

  bool is_there(const std::string& name) const;    // a mailbox or a container
  bool is_mailbox(const std::string& name) const;  // one that holds messages
  // What cannot be told counts as subscribed.
  bool is_subscribed(const std::string& name) const;
  // By its name alone, whether it is there or not.
  bool is_below(const std::string& name, const std::string& folder) const;
  // Those that are there below `folder`, at any depth; each before those below it.
  std::vector<std::string> below(const std::string& folder) const;

  // Of a folder with that display name (UTF-8) below `parent`; at the top where that is empty: in the
  // personal namespace. Error{invalid_argument}: there can be no such name. Error{not_found}: there is no
  // such parent. Error{denied}: it takes none below it.
  Result<std::string> name_below(const std::string& parent, std::string_view name) const;

 private:
  struct Folder {
    bool there = false, mailbox = false, subscribed = false, takes_children = false;
    std::optional<char> separator;
  };
  const Folder* find(const std::string& name) const;

  std::map<std::string, Folder> folders_;  // by collection_key
  std::string prefix_;                     // of the personal namespace
  std::optional<char> separator_;          // at its top
  bool tells_subscriptions_ = false;
};

}  // namespace hermod::imap
