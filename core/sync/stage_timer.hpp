// StageTimer: tells the metrics how long a stage of the sync took, from its making to its end. Wall time: for work on
// the pool that is the thread's, for a call to the provider it is the wait.
#pragma once

#include <chrono>

#include "core/host/account_host.hpp"

namespace hermod::sync {

class StageTimer {
 public:
  StageTimer(host::MetricsSink& metrics, std::string_view stage) : metrics_(metrics), stage_(stage) {}
  ~StageTimer() {
    metrics_.stage(stage_, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count());
  }
  StageTimer(const StageTimer&) = delete;

 private:
  host::MetricsSink& metrics_;
  std::string_view stage_;  // a literal
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace hermod::sync
