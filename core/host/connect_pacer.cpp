#include "core/host/connect_pacer.hpp"

#include <algorithm>

namespace hermod::host {

Duration ConnectPacer::take_turn(const std::string& server, TimePoint now) {
  if (per_second_ == 0) return {};
  constexpr Duration burst = std::chrono::seconds(1);
  const Duration interval = std::chrono::duration_cast<Duration>(std::chrono::seconds(1)) / per_second_;
  const std::lock_guard lock(mutex_);
  if (used_until_.size() >= servers_max) {
    std::erase_if(used_until_, [&](const auto& one) { return one.second <= now; });
    if (used_until_.size() >= servers_max && !used_until_.contains(server)) return {};
  }
  TimePoint& used_until = used_until_[server];
  used_until = std::max(used_until, now) + interval;
  const Duration wait = used_until - now - burst;
  if (wait <= Duration::zero()) return {};
  std::uniform_int_distribution<Duration::rep> jitter(0, interval.count());
  return wait + Duration(jitter(random_));
}

}  // namespace hermod::host
