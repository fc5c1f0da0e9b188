// AccountHost: the hermod::Host that one account's session, or one call without an account, is given.
//
// Owner: whoever owns the session; it outlives the session and every task of it. Used on the account's
// strand. Everything it is built from is borrowed and outlives it; what is shared between accounts is
// thread-safe. Known, State and Tokens come from the sync engine; the No… classes stand in where there is no
// account.
#pragma once

#include <optional>
#include <string>

#include <hermod/host.hpp>

#include "core/host/egress.hpp"

namespace hermod::host {

// Takes what plugins measure and how long the engine's stages take. Thread-safe. Names are [a-z0-9_]{1,64}, checked
// before they get here.
class MetricsSink {
 public:
  virtual void add(std::string_view plugin, std::string_view counter, double amount) = 0;
  virtual void observe(std::string_view plugin, std::string_view histogram, double value) = 0;
  virtual void stage(std::string_view name, double seconds) = 0;

 protected:
  ~MetricsSink() = default;
};

class NoKnown final : public Known {
 public:
  Task<Result<std::vector<KnownItem>>> items(CollectionRemoteId collection, RemoteId after,
                                             std::size_t items_max) override;  // none
  Task<Result<std::vector<std::optional<FoundItem>>>> find(
      std::vector<ItemKeys> keys) override;  // none found
};
class NoState final : public State {
 public:
  Task<Result<PluginState>> load() override;                      // never written
  Task<Result<std::uint64_t>> store(PluginState state) override;  // Error{unsupported}
};
class NoTokens final : public Tokens {
 public:
  Task<Result<std::string>> access_token(bool force_refresh) override;  // Error{unsupported}
};

struct AccountHostOptions {
  Egress& egress;
  Log& log;  // the program's, thread-safe; gets events named "PLUGIN.EVENT" with the fields below
  MetricsSink& metrics;
  std::string plugin;               // its name
  std::string account;              // its public id, logged as "account"; empty: a call without an account
  Settings operator_settings = {};  // [plugin.NAME], checked by the registry
  std::optional<std::string> public_url = {};
  Known* known = nullptr;  // null: none of that account, see the No… classes
  State* state = nullptr;
  Tokens* tokens = nullptr;
};

class AccountHost final : public Host {
 public:
  static constexpr std::size_t log_fields_max = 16;
  static constexpr std::size_t log_value_bytes_max = 512;  // the rest is cut off

  explicit AccountHost(AccountHostOptions options);
  AccountHost(const AccountHost&) = delete;
  ~AccountHost();

  std::uint32_t minor() const noexcept override;
  Clock& clock() override;
  Random& random() override;
  Log& log() override;
  Metrics& metrics() override;
  Dns& dns() override;
  Net& net() override;
  Http& http() override;
  Tokens& tokens() override;
  Known& known() override;
  State& state() override;
  const Settings& operator_settings() const override;
  std::optional<std::string> public_url() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hermod::host
