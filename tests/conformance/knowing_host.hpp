// KnowingHost: a test's Host that knows what a ModelStore has confirmed.
#pragma once

#include "core/conformance/model_store.hpp"
#include "tests/support/test_host.hpp"

namespace hermod::conformance {

class KnowingHost : public test::TestHost {
 public:
  KnowingHost(Strand& strand, const ModelStore& store, std::int64_t unix_seconds)
      : TestHost(strand), store_(store) {
    unix_start = unix_seconds * 1000;
  }

 private:
  Task<Result<std::vector<KnownItem>>> items(CollectionRemoteId collection, RemoteId after,
                                             std::size_t items_max) override {
    co_return store_.known_items(collection, after, items_max);
  }
  Task<Result<std::vector<std::optional<FoundItem>>>> find(std::vector<ItemKeys> keys) override {
    std::vector<std::optional<FoundItem>> found;
    for (const ItemKeys& key : keys) found.push_back(store_.find(key));
    co_return found;
  }

  const ModelStore& store_;
};

}  // namespace hermod::conformance
