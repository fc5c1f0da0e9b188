#include "core/store/notification_listener.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace hermod::store {

namespace {

constexpr std::chrono::milliseconds reconnect_interval{1000};

}  // namespace

NotificationListener::NotificationListener(Database& database, std::string channel,
                                           std::chrono::milliseconds sweep_interval, Callback callback)
    : database_(database),
      channel_(std::move(channel)),
      sweep_interval_(sweep_interval),
      callback_(std::move(callback)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

NotificationListener::~NotificationListener() {
  const std::uint64_t one = 1;
  (void)!write(stop_, &one, sizeof one);
  thread_.join();
  close(stop_);
}

void NotificationListener::run() {
  for (;;) {
    if (!connection_ && connect()) callback_({});
    pollfd watched[2] = {{stop_, POLLIN, 0}, {-1, POLLIN, 0}};
    if (connection_) watched[1].fd = PQsocket(connection_->handle());
    const auto limit = connection_ ? sweep_interval_ : reconnect_interval;
    const int ready = poll(watched, 2, static_cast<int>(limit.count()));
    if (watched[0].revents != 0) return;
    if (!connection_) continue;
    if (ready == 0) callback_({});
    if (!read()) connection_.reset();
  }
}

bool NotificationListener::connect() {
  auto connection = database_.connect_alone();
  if (!connection || !connection->script("LISTEN " + channel_)) return false;
  connection_.emplace(std::move(*connection));
  return true;
}

bool NotificationListener::read() {
  if (PQconsumeInput(connection_->handle()) == 0) return false;
  while (PGnotify* notification = PQnotifies(connection_->handle())) {
    const std::string payload = notification->extra;
    PQfreemem(notification);
    callback_(payload);
  }
  return true;
}

}  // namespace hermod::store
