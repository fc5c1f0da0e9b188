// prepare(): the requests of deliveries to be sent next, with their objects as they are now.
//
// The object is read here, shortly before it is sent, and not when the change was queued: the queue stays
// small, a destination that was down gets the present state, and a retry does not repeat what is no longer
// true. What changed since has an entry of its own. Threads: whoever has the connection.
#pragma once

#include <hermod/http.hpp>

#include "core/store/delivery_store.hpp"
#include "core/store/webhook_store.hpp"

namespace hermod::server {

// In the order asked; nothing for what is gone by now, whose deletion follows. All of one account.
Result<std::vector<std::optional<HttpRequest>>> prepare(store::Connection& connection,
                                                        const store::SecretWebhook& webhook,
                                                        const std::vector<store::PendingDelivery>& deliveries,
                                                        Duration timeout);

}  // namespace hermod::server
