// The engine on each kind of provider: what one protocol's cursors, labels or missing bytes demand.
#include "sync/sync_fixture.hpp"

namespace hermod::testing {
namespace {

class Mode : public SyncFixture, public ::testing::WithParamInterface<const char*> {};

// Cold sync, then changes of another client: the store shows the mailbox in the end.
TEST_P(Mode, the_store_follows_the_mailbox) {
  const std::string mode = GetParam();
  const bool labels = mode.find("labels") != std::string::npos;
  if (labels) mailbox_->use_labels();
  mailbox_->create_folder("INBOX", Role::inbox);
  mailbox_->create_folder("Archive", Role::archive);
  const std::int64_t now = store::unix_seconds();
  for (int i = 0; i < 8; ++i) mailbox_->deliver("INBOX", message("m" + std::to_string(i)), {now - 100 + i});
  connect(mode);
  options_.poll_interval = std::chrono::seconds(1);
  start();
  await_phase("live");
  FlagSet seen;
  seen.add(Flag::seen);
  mailbox_->deliver("INBOX", message("new"), {now});
  mailbox_->set_flags("INBOX", "m1", seen);
  mailbox_->move("INBOX", "m3", "Archive");
  mailbox_->expunge("INBOX", "m2");
  expect_agreement({"INBOX", "Archive"});
}

INSTANTIATE_TEST_SUITE_P(Families, Mode,
                         ::testing::Values("consumed", "metadata", "removed_first", "added_first", "no_echo", "window",
                                           "unstable_raw", "known", "no_object_key", "no_change_token", "no_push"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace hermod::testing
