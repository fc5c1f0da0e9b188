// /v3/webhooks (contract C2 to C4): create, list, find, update, destroy, rotate-secret, ip-addresses; and
// beyond the contract the deliveries of a webhook, redelivery, replay and test events.
//
// Everything in WebhookServices is borrowed, thread-safe and outlives the router. The handlers block on the
// database and on the challenge, so they run on the HTTP server's threads. A webhook belongs to its key's
// application.
#pragma once

#include "core/host/egress.hpp"
#include "core/secrets/key_ring.hpp"
#include "core/store/database.hpp"
#include "server/http/router.hpp"
#include "server/webhooks/endpoint.hpp"

namespace hermod::server {

struct WebhookServices {
  store::Database& database;
  const secrets::KeyRing& keys;
  EndpointChallenger& challenger;
  host::PlainHttp plain_http = host::PlainHttp::refused;
  std::vector<std::string> ip_addresses;  // where deliveries come from, as the operator says
  std::uint64_t json_body_bytes = 1 << 20;
};

void add_webhook_routes(Router& router, WebhookServices services);

}  // namespace hermod::server
