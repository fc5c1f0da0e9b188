#include "server/feed/feed_place.hpp"

#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::chrono::seconds retry_after{5};

Error full(ErrorKind kind, std::string message) {
  Error error = failure(kind, std::move(message), "close a stream, or try again later");
  error.retry = Retry::after(retry_after);
  return error;
}

}  // namespace

FeedPlace::~FeedPlace() { places_->give_back(key_id_); }

Result<std::shared_ptr<const FeedPlace>> FeedPlaces::take(const std::string& key_id) {
  const std::lock_guard lock(mutex_);
  if (taken_ >= limits_.clients_max) return full(ErrorKind::unavailable, "too many clients wait for changes");
  std::int64_t& of_key = of_key_[key_id];
  if (of_key >= limits_.key_clients_max)
    return full(ErrorKind::rate_limited, "too many clients of this API key wait for changes");
  ++taken_;
  ++of_key;
  return std::make_shared<const FeedPlace>(shared_from_this(), key_id);
}

std::int64_t FeedPlaces::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

void FeedPlaces::give_back(const std::string& key_id) {
  const std::lock_guard lock(mutex_);
  --taken_;
  if (--of_key_[key_id] == 0) of_key_.erase(key_id);
}

}  // namespace hermod::server
