// G/changes and /v3/changes (contract C6): pages, long polls and streams.
//
// Everything in FeedServices is borrowed, thread-safe and outlives the router. The handlers block on the
// database, so they run on the HTTP server's threads; who waits leaves those for the hub.
#pragma once

#include "server/feed/feed_hub.hpp"
#include "server/http/router.hpp"

namespace hermod::server {

struct FeedServices {
  store::Database& database;
  FeedHub& hub;
};

void add_feed_routes(Router& router, FeedServices services);

}  // namespace hermod::server
