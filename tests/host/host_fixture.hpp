// What the tests of the host stand on: a runtime with two network threads, an egress that reaches 127.0.0.1.
#pragma once

#include <gtest/gtest.h>

#include "core/host/egress.hpp"
#include "core/host/root.hpp"

namespace hermod::test {

inline constexpr Duration run_limit = std::chrono::seconds(60);  // far more than anything here takes

inline host::EgressPolicy local_policy() {
  host::EgressPolicy policy;
  policy.private_hosts = host::PrivateHosts::allowed;
  policy.plain_http = host::PlainHttp::allowed;
  return policy;
}

class HostTest : public testing::Test {
 protected:
  template <class T>
  T run(Task<T> task) {
    return host::run_blocking(runtime, runtime.make_strand(), std::move(task), run_limit);
  }

  host::Runtime runtime{{.network_threads = 2, .pool_threads = 2, .resolver_threads = 2}};
  host::Egress egress{runtime, local_policy()};
};

}  // namespace hermod::test
