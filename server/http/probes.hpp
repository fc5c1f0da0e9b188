// /healthz (the process is up), /readyz (each dependency by name) and /metrics.
// Owner: `hermod serve`, filled at start. Checks run at most once a second however often they are asked for.
#pragma once

#include <chrono>
#include <functional>
#include <hermod/result.hpp>
#include <mutex>
#include <string>
#include <vector>

#include "server/http/router.hpp"
#include "server/metrics/metrics.hpp"

namespace hermod::server {

class Readiness {
 public:
  static constexpr std::chrono::seconds fresh{1};

  struct Dependency {
    std::string name;
    Status status;
  };

  // `check` says what is wrong and what to do; it must end by itself within seconds.
  void add(std::string name, std::function<Status()> check) {
    checks_.emplace_back(std::move(name), std::move(check));
  }

  // From now on not ready, so that a balancer sends nothing more.
  void stopping();

  std::vector<Dependency> check();

 private:
  std::vector<std::pair<std::string, std::function<Status()>>> checks_;
  std::mutex mutex_;
  std::vector<Dependency> last_;
  std::chrono::steady_clock::time_point checked_{};
  bool stopping_ = false;
};

// `metrics_access`: open where only this machine can connect, else with a key.
void add_probes(Router& router, Readiness& readiness, const Metrics& metrics, Access metrics_access);

}  // namespace hermod::server
