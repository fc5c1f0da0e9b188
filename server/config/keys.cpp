#include "server/config/keys.hpp"

#include <algorithm>

namespace hermod::server {

std::vector<Key> config_keys(Config& config) {
  constexpr std::int64_t day = 86'400;
  constexpr std::int64_t gibibyte = 1 << 30;
  auto& [data_dir, listen, insecure, cert, key, public_url, roles, threads, shutdown] = config.server;
  auto& network = config.network;
  auto& sync = config.sync;
  auto& limits = config.limits;
  auto& webhooks = config.webhooks;
  return {
      {"server", "data_dir", &data_dir, 0, 0, "HERMOD_DATA_DIR"},
      {"server", "listen", &listen, 0, 0, "HERMOD_LISTEN"},
      {"server", "allow_insecure_listen", &insecure},
      {"server", "tls_cert", &cert},
      {"server", "tls_key", &key},
      {"server", "public_url", &public_url, 0, 0, "HERMOD_PUBLIC_URL"},
      {"server", "roles", &roles, 0, 0, "HERMOD_ROLES"},
      {"server", "threads", &threads, 2, 4096},
      {"server", "shutdown_seconds", &shutdown, 1, 300},
      {"database", "url", &config.database.url, 0, 0, "HERMOD_DATABASE_URL"},
      {"database", "pool_size", &config.database.pool_size, 2, 500},
      {"database", "bin_dir", &config.database.bin_dir},
      {"blobs", "path", &config.blobs.path},
      {"plugins", "path", &config.plugins.path, 0, 0, "HERMOD_PLUGIN_PATH"},
      {"plugins", "enabled", &config.plugins.enabled},
      {"network", "allow_private_hosts", &network.allow_private_hosts, 0, 0, "HERMOD_ALLOW_PRIVATE_HOSTS"},
      {"network", "connect_timeout_seconds", &network.connect_timeout, 1, 300},
      {"sync", "poll_interval_seconds", &sync.poll_interval, 1, day},
      {"sync", "lease_seconds", &sync.lease, 5, 600},
      {"sync", "logins_per_second", &sync.logins_per_second, 1, 10'000},
      {"sync", "page_messages", &sync.page_messages, 1, 10'000},
      {"sync", "page_bytes", &sync.page_bytes, 64 << 10, gibibyte},
      {"sync", "accounts_max", &sync.accounts_max, 1, 1'000'000},
      {"feed", "retention_days", &config.feed.retention_days, 1, 3650},
      {"feed", "clients_max", &config.feed.clients_max, 1, 1'000'000},
      {"feed", "clients_max_key", &config.feed.clients_max_key, 1, 1'000'000},
      {"feed", "tls_clients_max", &config.feed.tls_clients_max, 1, 4096},
      {"feed", "stalled_seconds", &config.feed.stalled, 1, 3600},
      {"webhooks", "requests_max", &webhooks.requests_max, 1, 256},
      {"webhooks", "requests_per_second", &webhooks.requests_per_second, 1, 100'000},
      {"webhooks", "timeout_seconds", &webhooks.timeout, 1, 60},
      {"webhooks", "failing_after_seconds", &webhooks.failing_after, 1, 30 * day},
      {"webhooks", "failed_after_seconds", &webhooks.failed_after, 1, 30 * day},
      {"webhooks", "pending_max", &webhooks.pending_max, 100, 10'000'000},
      {"webhooks", "kept_days", &webhooks.kept_days, 1, 3650},
      {"webhooks", "ip_addresses", &webhooks.ip_addresses},
      {"limits", "requests_per_second_key", &limits.requests_per_second_key, 1, 1'000'000},
      {"limits", "requests_per_second_grant", &limits.requests_per_second_grant, 1, 1'000'000},
      {"limits", "json_body_bytes", &limits.json_body_bytes, 1024, gibibyte},
      {"limits", "multipart_body_bytes", &limits.multipart_body_bytes, 1024, gibibyte},
      {"limits", "live_call_seconds", &limits.live_call, 1, 300},
      {"limits", "live_calls_max", &limits.live_calls_max, 1, 1000},
      {"log", "level", &config.log.level, 0, 0, "HERMOD_LOG_LEVEL"},
      {"log", "format", &config.log.format, 0, 0, "HERMOD_LOG_FORMAT"},
      {"log", "file", &config.log.file},
  };
}

std::string variable_name(const Key& key) {
  std::string name = "HERMOD_";
  name.append(key.table).append("_").append(key.name);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t length_max = 64;  // bounds the work below
  if (word.size() > length_max) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const std::string_view candidate : candidates) {
    // Levenshtein distance, one row at a time.
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
    for (std::size_t i = 0; i < word.size(); ++i) {
      std::size_t diagonal = std::exchange(row[0], i + 1);
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const std::size_t substituted = diagonal + (word[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({substituted, row[j] + 1, diagonal + 1});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace hermod::server
