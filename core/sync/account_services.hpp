// What an account's session is given by the store: Known (what is confirmed) and State (the plugin's own bytes).
//
// Owner: the account's supervisor. Used on its strand; the statements run on the pool.
#pragma once

#include "core/host/runtime.hpp"
#include "core/secrets/key_ring.hpp"
#include "core/store/change_log.hpp"
#include "hermod/host.hpp"

namespace hermod::sync {

class KnownInStore final : public Known {
 public:
  KnownInStore(host::Runtime& runtime, store::Database& database, ids::ObjectId account_id)
      : runtime_(runtime), database_(database), account_id_(account_id) {}
  Task<Result<std::vector<KnownItem>>> items(CollectionRemoteId collection, RemoteId after, std::size_t items_max) override;
  Task<Result<std::vector<std::optional<FoundItem>>>> find(std::vector<ItemKeys> keys) override;

 private:
  host::Runtime& runtime_;
  store::Database& database_;
  ids::ObjectId account_id_;
};

// Encrypted like the secrets, fenced by the lease.
class StateInStore final : public State {
 public:
  StateInStore(host::Runtime& runtime, store::Database& database, const secrets::KeyRing& keys, store::AccountEpoch account)
      : runtime_(runtime), database_(database), keys_(keys), account_(account) {}
  Task<Result<PluginState>> load() override;
  Task<Result<std::uint64_t>> store(PluginState state) override;

 private:
  host::Runtime& runtime_;
  store::Database& database_;
  const secrets::KeyRing& keys_;
  store::AccountEpoch account_;
};

}  // namespace hermod::sync
