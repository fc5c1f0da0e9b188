// Where plugins' and the sync engine's log events and measurements go: the program's log and metrics.
#pragma once

#include "core/host/account_host.hpp"
#include "server/log/log.hpp"
#include "server/metrics/metrics.hpp"

namespace hermod::server {

class EngineLog final : public hermod::Log {
 public:
  bool enabled(hermod::LogLevel level) const noexcept override;
  void write(hermod::LogLevel level, std::string_view event, std::vector<hermod::LogField> fields) override;
};

class EngineMetrics final : public host::MetricsSink {
 public:
  explicit EngineMetrics(Metrics& metrics) : metrics_(metrics) {}
  void add(std::string_view plugin, std::string_view counter, double amount) override;
  void observe(std::string_view plugin, std::string_view histogram, double value) override;
  void stage(std::string_view name, double seconds) override;

 private:
  Metrics& metrics_;
};

}  // namespace hermod::server
