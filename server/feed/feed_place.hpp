// FeedPlaces: how many clients may wait at once, in this process, for one API key, and with TLS, where each
// has a thread. Owner: the hub. Threads: any.
#pragma once

#include <hermod/result.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace hermod::server {

class FeedPlaces;

// Held while the client waits.
class FeedPlace {
 public:
  FeedPlace(std::shared_ptr<FeedPlaces> places, std::string key_id)
      : places_(std::move(places)), key_id_(std::move(key_id)) {}
  FeedPlace(const FeedPlace&) = delete;
  ~FeedPlace();
  const std::string& key_id() const { return key_id_; }

 private:
  std::shared_ptr<FeedPlaces> places_;
  std::string key_id_;
};

class FeedPlaces : public std::enable_shared_from_this<FeedPlaces> {
 public:
  struct Limits {
    std::int64_t clients_max = 20'000, key_clients_max = 10'000;
  };
  explicit FeedPlaces(Limits limits) : limits_(limits) {}

  // Error{unavailable} when the process has no place left, Error{rate_limited} when the key has none.
  Result<std::shared_ptr<const FeedPlace>> take(const std::string& key_id);
  std::int64_t taken() const;

 private:
  friend class FeedPlace;
  void give_back(const std::string& key_id);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::int64_t taken_ = 0;
  std::map<std::string, std::int64_t> of_key_;
};

}  // namespace hermod::server
