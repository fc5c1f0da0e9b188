// A metrics sink for tests that measure nothing.
#pragma once

#include "core/host/account_host.hpp"

namespace hermod::testing {

class NoMetrics final : public host::MetricsSink {
 public:
  void add(std::string_view, std::string_view, double) override {}
  void observe(std::string_view, std::string_view, double) override {}
  void stage(std::string_view, double) override {}
};

}  // namespace hermod::testing
