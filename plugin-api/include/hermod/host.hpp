// Host: everything of the outside that a plugin may use. Handed to every call tree; valid as long as the session.
//
// Implemented by the host, so it may grow at its end within a major version: ask minor() before calling what a
// later minor added.
#pragma once

#include "hermod/http.hpp"
#include "hermod/model.hpp"
#include "hermod/net.hpp"
#include "hermod/settings.hpp"

namespace hermod {

class Clock {
 public:
  virtual std::int64_t unix_milliseconds() const = 0;
  virtual TimePoint monotonic() const = 0;
  virtual Task<Status> sleep_for(Duration duration) = 0;  // Error{cancelled|timeout} when cut short

 protected:
  ~Clock() = default;
};

class Random {
 public:
  virtual std::string bytes(std::size_t count) = 0;  // cryptographically strong, unless simulated

 protected:
  ~Random() = default;
};

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error };
struct LogField {
  std::string_view key;
  std::string value;
};
// Events, not prose: "select.uidvalidity_changed" with ids. Never an address, subject, body, token or password.
class Log {
 public:
  virtual bool enabled(LogLevel level) const noexcept = 0;
  virtual void write(LogLevel level, std::string_view event, std::vector<LogField> fields) = 0;

 protected:
  ~Log() = default;
};

class Metrics {
 public:
  virtual void add(std::string_view counter, double amount) = 0;     // "fetch_bytes_total"
  virtual void observe(std::string_view histogram, double seconds_or_bytes) = 0;

 protected:
  ~Metrics() = default;
};

enum class DnsType : std::uint8_t { mx, srv, txt };
struct DnsRecord {
  std::uint16_t priority = 0, weight = 0, port = 0;
  std::string target;  // the host, or the text of a TXT record
};
class Dns {
 public:
  virtual Task<Result<std::vector<DnsRecord>>> query(std::string name, DnsType type) = 0;  // empty: no such record

 protected:
  ~Dns() = default;
};

// Access tokens of the account, refreshed by the host. A plugin never sees a refresh token.
class Tokens {
 public:
  virtual Task<Result<std::string>> access_token(bool force_refresh) = 0;  // Error{unsupported}: the account has none

 protected:
  ~Tokens() = default;
};

struct ItemKeys {
  std::string object_key, message_id;
  std::uint64_t size = 0;
  std::int64_t received_at = 0;
};
struct FoundItem {
  CollectionRemoteId collection;
  RemoteId remote_id;
};
// What the store has CONFIRMED of the account.
class Known {
 public:
  static constexpr std::size_t page_items_max = 10000;
  // In remote-id order, those after `after` (empty: from the first), at most `items_max`; fewer: that was all.
  virtual Task<Result<std::vector<KnownItem>>> items(CollectionRemoteId collection, RemoteId after,
                                                     std::size_t items_max) = 0;
  // For each of the keys an item whose content is held: by object_key, else by (message_id, size, received_at)
  // where those name exactly one. At most page_items_max keys.
  virtual Task<Result<std::vector<std::optional<FoundItem>>>> find(std::vector<ItemKeys> keys) = 0;

 protected:
  ~Known() = default;
};

// Up to 64 KiB of the plugin's own bytes per account, encrypted at rest.
struct PluginState {
  std::string bytes;
  std::uint64_t revision = 0;  // 0: never written
};
class State {
 public:
  static constexpr std::size_t bytes_max = 64 << 10;
  virtual Task<Result<PluginState>> load() = 0;
  // Error{conflict} when the stored revision is another; gives the new revision.
  virtual Task<Result<std::uint64_t>> store(PluginState state) = 0;

 protected:
  ~State() = default;
};

class Host {
 public:
  virtual std::uint32_t minor() const noexcept = 0;
  virtual Clock& clock() = 0;
  virtual Random& random() = 0;
  virtual Log& log() = 0;
  virtual Metrics& metrics() = 0;
  virtual Dns& dns() = 0;
  virtual Net& net() = 0;
  virtual Http& http() = 0;
  virtual Tokens& tokens() = 0;
  virtual Known& known() = 0;
  virtual State& state() = 0;
  virtual const Settings& operator_settings() const = 0;     // [plugin.NAME]
  virtual std::optional<std::string> public_url() const = 0; // where servers reach us for this account

 protected:
  ~Host() = default;
};

}  // namespace hermod
