// The REST API's read side and the connecting of accounts; docs: the REST contract, C1 to C3 and C6.
//
// add_routes() fills a router with the handlers; they block on the database and the blob store, so they run
// on the HTTP server's threads. Everything in ApiServices is borrowed, thread-safe and outlives the router.
// What the contract names and is not offered answers 501 `api.not_implemented`.
#pragma once

#include <chrono>
#include <cstdint>
#include <hermod/settings.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hermod::ids {
struct ObjectId;
}
namespace hermod::store {
class Database;
enum class RequestKind : std::int16_t;
}  // namespace hermod::store
namespace hermod::blob {
class BlobStore;
}
namespace hermod::secrets {
class KeyRing;
}

namespace hermod::server {

class Router;

// Tries a login at the provider, without keeping anything. Blocks, at most as long as the network's own
// limits.
class AccountVerifier {
 public:
  // Error{auth} when the credentials are refused, Error{invalid_argument} for settings that make no sense.
  virtual Status verify(const std::string& provider, const Settings& settings, const Settings& secrets) = 0;

 protected:
  ~AccountVerifier() = default;
};

struct DetectedProvider {
  std::string provider;
  Settings settings;  // what could be found out: hosts, ports
};
class ProviderDetector {
 public:
  // Nothing when no plugin knows the address. Blocks.
  virtual Result<std::optional<DetectedProvider>> detect(const std::string& address) = 0;

 protected:
  ~ProviderDetector() = default;
};

// The accounts as their sessions have them open, wherever those run.
class LiveAccounts {
 public:
  // Asks the account's session. Blocks until it answers: Error{unavailable} when nobody has the account open
  // or too many calls wait already, Error{timeout} when the answer does not come in time, else what the
  // session answered.
  virtual Result<std::string> ask(const ids::ObjectId& account_id, store::RequestKind kind,
                                  std::vector<std::string> argument) = 0;

 protected:
  ~LiveAccounts() = default;
};

// A provider that a loaded plugin brings.
struct OfferedProvider {
  std::string provider;  // as in the API
  std::vector<SettingDeclaration> settings;
  std::vector<std::string> facets;
};

struct ApiOptions {
  std::uint64_t json_body_bytes = std::uint64_t{32} << 20;
  std::uint64_t multipart_body_bytes = std::uint64_t{64} << 20;
  // Raw bytes that one page or batch of `fields=raw_mime` may hold, but for a single message; and those of
  // all answers under way, for which an answer waits so long.
  std::uint64_t page_raw_bytes = std::uint64_t{32} << 20;
  std::uint64_t raw_bytes_at_once = std::uint64_t{256} << 20;
  std::chrono::milliseconds raw_wait_max = std::chrono::seconds{20};
  std::string public_url = {};  // as clients reach this server; empty: as the request's Host header says
  bool tls = false;             // whether this server speaks TLS itself
};

struct ApiServices {
  store::Database& database;
  const blob::BlobStore& blobs;
  const secrets::KeyRing& keys;
  AccountVerifier& verifier;
  ProviderDetector& detector;
  LiveAccounts& live;
  std::vector<OfferedProvider> providers;
  ApiOptions options = {};
};

void add_routes(Router& router, ApiServices services);

}  // namespace hermod::server
