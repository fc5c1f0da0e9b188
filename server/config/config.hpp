// Config: everything an operator can set, typed and checked. One value, loaded once at start, read-only
// afterwards.
//
// Sources, later ones win: the defaults here; one TOML file; environment variables HERMOD_<TABLE>_<KEY> and
// the short names that hermod.example.toml lists. Every key stands in keys.cpp (name, range) and in
// hermod.example.toml (meaning, default); a test compares the three.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <hermod/result.hpp>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/config/environment.hpp"
#include "server/config/listen_address.hpp"

namespace hermod::server {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { json, text };
enum class PrivateHosts : std::uint8_t { refuse, allow };
enum class InsecureListen : std::uint8_t { refuse, allow };

// A key of [plugin.NAME]: checked by the plugin host against what the plugin declared. A value from the
// environment is always text; the host converts it.
struct PluginSetting {
  using Value = std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;
  Value value;
  std::string origin;  // "hermod.toml:12" or the variable's name, for the host's error message
};
using PluginSettings = std::map<std::string, PluginSetting, std::less<>>;

struct Config {
  using seconds = std::chrono::seconds;

  struct Server {
    std::filesystem::path data_dir;  // load_config fills in the default
    ListenAddress listen;
    InsecureListen allow_insecure_listen = InsecureListen::refuse;
    std::filesystem::path tls_cert;
    std::filesystem::path tls_key;
    std::string public_url;  // empty: none
    std::vector<std::string> roles{"api", "sync", "webhooks"};
    std::int64_t threads = 128;
    seconds shutdown{5};
  } server;

  struct Database {
    std::string url;  // holds a password: never logged; empty: a private cluster in data_dir
    std::int64_t pool_size = 16;
    std::filesystem::path bin_dir;  // empty: searched for
  } database;

  struct Blobs {
    std::filesystem::path path;  // load_config fills in data_dir/blobs
  } blobs;

  struct Plugins {
    std::vector<std::filesystem::path> path;          // empty: beside the program
    std::optional<std::vector<std::string>> enabled;  // absent: every stable plugin found
  } plugins;

  std::map<std::string, PluginSettings, std::less<>> plugin;

  struct Network {
    PrivateHosts allow_private_hosts = PrivateHosts::refuse;
    seconds connect_timeout{15};
  } network;

  struct Sync {
    seconds poll_interval{60};
    seconds lease{30};
    std::int64_t logins_per_second = 10;
    std::int64_t page_messages = 500;
    std::int64_t page_bytes = 8 << 20;
    std::int64_t accounts_max = 10'000;
  } sync;

  struct Feed {
    std::int64_t retention_days = 30;
    std::int64_t clients_max = 20'000;
    std::int64_t clients_max_key = 10'000;
    std::int64_t tls_clients_max = 64;
    seconds stalled{30};
  } feed;

  struct Webhooks {
    std::int64_t requests_max = 8;
    std::int64_t requests_per_second = 500;
    seconds timeout{10};
    seconds failing_after{15 * 60};
    seconds failed_after{72 * 3600};
    std::int64_t pending_max = 10'000;
    std::int64_t kept_days = 7;
    std::vector<std::string> ip_addresses;
  } webhooks;

  struct Limits {
    std::int64_t requests_per_second_key = 2'000;
    std::int64_t requests_per_second_grant = 1'000;
    std::int64_t json_body_bytes = 32 << 20;
    std::int64_t multipart_body_bytes = 64 << 20;
    seconds live_call{30};
    std::int64_t live_calls_max = 16;
  } limits;

  struct Log {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::json;
    std::filesystem::path file;  // empty: standard error
  } log;

  std::filesystem::path file;         // the file that was read; empty: none
  std::vector<std::string> warnings;  // for the log, once there is one
};

// Loads and checks. `path`: the file to read; empty: HERMOD_CONFIG, else /etc/hermod/hermod.toml where it
// exists. On failure the message begins with FILE:LINE or the variable's name and the hint says what was
// meant.
Result<Config> load_config(const std::filesystem::path& path, const Environment& environment);

}  // namespace hermod::server
