#include "core/sync/account_services.hpp"

#include <algorithm>

#include "core/durability/durable_step.hpp"
#include "core/host/on_pool.hpp"
#include "core/store/page_lookup.hpp"

namespace hermod::sync {

namespace {

constexpr std::string_view state_secret_name = "plugin_state";

Result<PluginState> load_state(store::Database& database, const secrets::KeyRing& keys, const ids::ObjectId& account_id) {
  auto connection = database.connect();
  if (!connection) return std::move(connection).error();
  auto rows = connection->query("SELECT revision, key_id, nonce, ciphertext FROM plugin_state WHERE account_id = $1", account_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return PluginState{};
  secrets::Sealed sealed;
  sealed.key_id = rows->text(0, 1);
  const std::string nonce = rows->bytes(0, 2);
  std::copy_n(nonce.begin(), std::min(nonce.size(), sealed.nonce.size()), sealed.nonce.begin());
  sealed.ciphertext = rows->bytes(0, 3);
  auto opened = keys.open(sealed, secrets::associated_data(account_id, state_secret_name));
  if (!opened) return std::move(opened).error();
  return PluginState{std::string(opened->reveal()), static_cast<std::uint64_t>(rows->integer(0, 0))};
}

Result<std::uint64_t> store_state(store::Database& database, const secrets::KeyRing& keys,
                                  const store::AccountEpoch& account, const PluginState& state) {
  auto sealed = keys.seal(state.bytes, secrets::associated_data(account.account_id, state_secret_name));
  if (!sealed) return std::move(sealed).error();
  auto connection = database.connect();
  if (!connection) return std::move(connection).error();
  auto transaction = store::Transaction::begin(*connection);
  if (!transaction) return std::move(transaction).error();
  const std::string_view nonce(reinterpret_cast<const char*>(sealed->nonce.data()), sealed->nonce.size());
  auto rows = connection->query(
      "INSERT INTO plugin_state (account_id, revision, key_id, nonce, ciphertext) SELECT $1, 1, $3, $4, $5 WHERE $2 = 0 OR"
      " EXISTS (SELECT FROM plugin_state WHERE account_id = $1) ON CONFLICT (account_id) DO UPDATE SET revision ="
      " plugin_state.revision + 1, key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext WHERE"
      " plugin_state.revision = $2 RETURNING revision",
      account.account_id, static_cast<std::int64_t>(state.revision), sealed->key_id, store::Bytes{nonce},
      store::Bytes{sealed->ciphertext});
  if (!rows) return std::move(rows).error();
  if (rows->empty()) {
    return Error{ErrorKind::conflict, ErrorScope::account, Retry::now(), "the state was changed meanwhile", {}, {}, {}};
  }
  auto fenced = store::append_changes(*connection, account, {}, store::History::live);
  if (!fenced) return std::move(fenced).error();
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  durability::passed(durability::DurableStep::plugin_state_stored);
  return static_cast<std::uint64_t>(rows->integer(0, 0));
}

}  // namespace

Task<Result<std::vector<KnownItem>>> KnownInStore::items(CollectionRemoteId collection, RemoteId after,
                                                         std::size_t items_max) {
  co_return co_await host::on_pool(runtime_, [&]() -> Result<std::vector<KnownItem>> {
    auto connection = database_.connect();
    if (!connection) return std::move(connection).error();
    return store::known_items(*connection, account_id_, collection, after, items_max);
  });
}

Task<Result<std::vector<std::optional<FoundItem>>>> KnownInStore::find(std::vector<ItemKeys> keys) {
  co_return co_await host::on_pool(runtime_, [&]() -> Result<std::vector<std::optional<FoundItem>>> {
    auto connection = database_.connect();
    if (!connection) return std::move(connection).error();
    return store::find_known(*connection, account_id_, keys);
  });
}

Task<Result<PluginState>> StateInStore::load() {
  co_return co_await host::on_pool(runtime_, [&] { return load_state(database_, keys_, account_.account_id); });
}

Task<Result<std::uint64_t>> StateInStore::store(PluginState state) {
  if (state.bytes.size() > State::bytes_max) {
    co_return Error{ErrorKind::limit, ErrorScope::account, Retry::never(), "the plugin's state is too large", {}, {}, {}};
  }
  co_return co_await host::on_pool(runtime_, [&] { return store_state(database_, keys_, account_, state); });
}

}  // namespace hermod::sync
