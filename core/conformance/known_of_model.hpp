// KnownOfModel: what a host answers of a ModelStore.
#pragma once

#include "core/conformance/model_store.hpp"

namespace hermod::conformance {

class KnownOfModel final : public Known {
 public:
  explicit KnownOfModel(const ModelStore& store) : store_(store) {}  // which outlives it
  Task<Result<std::vector<KnownItem>>> items(CollectionRemoteId collection, RemoteId after,
                                             std::size_t items_max) override {
    co_return store_.known_items(collection, after, items_max);
  }
  Task<Result<std::vector<std::optional<FoundItem>>>> find(std::vector<ItemKeys> keys) override {
    std::vector<std::optional<FoundItem>> found;
    for (const ItemKeys& key : keys) found.push_back(store_.find(key));
    co_return found;
  }

 private:
  const ModelStore& store_;
};

}  // namespace hermod::conformance
