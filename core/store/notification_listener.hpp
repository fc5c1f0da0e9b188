// NotificationListener: hears PostgreSQL's NOTIFY on a connection of its own, and makes up for what was lost.
//
// Calls back on its own thread: for every notification, and with an empty payload after each (re)connect and each
// sweep interval, so that whoever only follows wake-ups misses nothing for longer than that. While the database is
// away it tries again every second. Owner: whoever made it; the destructor waits for the call under way.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "core/store/database.hpp"

namespace hermod::store {

class NotificationListener {
 public:
  using Callback = std::function<void(std::string_view payload)>;

  NotificationListener(Database& database, std::string channel, std::chrono::milliseconds sweep_interval,
                       Callback callback);
  ~NotificationListener();
  NotificationListener(const NotificationListener&) = delete;

 private:
  void run();
  bool connect();
  bool read();  // false when the connection broke

  Database& database_;
  const std::string channel_;
  const std::chrono::milliseconds sweep_interval_;
  const Callback callback_;
  const int stop_;  // an eventfd
  std::optional<Connection> connection_;
  std::thread thread_;
};

}  // namespace hermod::store
