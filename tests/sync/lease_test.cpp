// The leases of a worker whose database is busy or hangs.
#include <signal.h>

#include "sync/sync_fixture.hpp"

namespace hermod::testing {
namespace {

class SyncLease : public SyncFixture {
 protected:
  SyncLease() {
    service_options_.lease_seconds = 3;
    mailbox_->create_folder("INBOX", Role::inbox);
    mailbox_->deliver("INBOX", message("m"));
    connect();
    start();
    await_phase("live");
  }
};

// The server process that serves the leases, stopped until the end of the scope.
class StoppedBackend {
 public:
  explicit StoppedBackend(int pid) : pid_(pid) { EXPECT_EQ(kill(pid_, SIGSTOP), 0); }
  ~StoppedBackend() { kill(pid_, SIGCONT); }
  StoppedBackend(const StoppedBackend&) = delete;

 private:
  int pid_;
};

// API requests may have all connections of the pool for long.
TEST_F(SyncLease, leases_are_renewed_while_all_connections_are_in_use) {
  std::vector<store::Connection> held;
  for (int i = 0; i < TestDatabase::connections_max; ++i) held.push_back(database_.connect());
  const std::size_t before = log_.count("sync.leases_renewed");
  EXPECT_TRUE(log_.wait_until([&] { return log_.count("sync.leases_renewed") >= before + 2; })) << log_.text();
}

// A call that does not come back must not let the account talk to its server on a lease that another worker may have.
TEST_F(SyncLease, accounts_stop_while_the_renewal_hangs) {
  const auto epoch = std::stoll(value("SELECT epoch FROM leases"));
  {
    const StoppedBackend stopped(std::stoi(value(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'hermod leases' AND datname = current_database()")));
    EXPECT_TRUE(log_.wait_until([&] { return log_.count("sync.leases_not_renewed") > 0; })) << log_.text();
    EXPECT_FALSE(service_->healthy());
  }
  await("SELECT epoch FROM leases", std::to_string(epoch + 1));
  mailbox_->deliver("INBOX", message("new"));
  expect_agreement({"INBOX"});
}

}  // namespace
}  // namespace hermod::testing
