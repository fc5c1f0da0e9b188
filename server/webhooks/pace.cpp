#include "server/webhooks/pace.hpp"

#include <algorithm>

namespace hermod::server {

Pace::Pace(int requests_max, Beginning beginning)
    : requests_max_(requests_max), allowed_(beginning == Beginning::trusted ? requests_max : 1) {}

int Pace::allowed(TimePoint now, Candidate candidate) const {
  if (!down()) return allowed_;
  return now >= probe_at(candidate) ? 1 : 0;
}

TimePoint Pace::probe_at(Candidate candidate) const {
  if (candidate == Candidate::failed_before) return probe_at_;
  return std::min<TimePoint>(probe_at_, failed_at_ + newcomer_pause);
}

void Pace::succeeded() {
  allowed_ = down() ? 1 : std::min(allowed_ * 2, requests_max_);
  failures_ = 0;
  several_ = false;
  backoff_.reset();
}

void Pace::failed(TimePoint now, const ids::ObjectId& account_id, const Error& error) {
  allowed_ = std::max(allowed_ / 2, 1);
  if (failures_ == 0) account_id_ = account_id;
  several_ = several_ || account_id != account_id_;
  ++failures_;
  failed_at_ = now;
  if (down()) probe_at_ = now + backoff_.next(error);
}

}  // namespace hermod::server
