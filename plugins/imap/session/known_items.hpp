// What the store holds of one folder, read by UIDs instead of by pages. Owned by one pass; strand.
#pragma once

#include <map>

#include <hermod/host.hpp>

#include "plugins/imap/wire/uid_set.hpp"

namespace hermod::imap {

class KnownItems {
 public:
  KnownItems(Known& known, CollectionRemoteId collection, UidValidity uid_validity)
      : known_(known), collection_(std::move(collection)), uid_validity_(uid_validity) {}

  // Those of `uids` that are known. Ranges that nothing lies in cost one request, not one a UID.
  Task<Result<std::map<Uid, KnownItem>>> find(UidSet uids);

  struct Page {
    std::map<Uid, KnownItem> items;
    bool last = false;  // nothing is known above them
  };
  // Those from `first` on, at most known_page_items.
  Task<Result<Page>> from(Uid first, std::size_t items_max);

 private:
  Known& known_;
  CollectionRemoteId collection_;
  UidValidity uid_validity_;
};

}  // namespace hermod::imap
