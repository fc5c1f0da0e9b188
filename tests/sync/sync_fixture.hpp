// The sync service on the mail server in memory, a fresh database and a temporary blob folder: a test works on the
// mailbox as another client would, and waits until the store shows it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <functional>

#include "core/host/egress.hpp"
#include "core/store/application_store.hpp"
#include "core/sync/background_work.hpp"
#include "core/sync/sync_service.hpp"
#include "support/memory_provider/memory_mailbox.hpp"
#include "support/no_metrics.hpp"
#include "support/postgres.hpp"

namespace hermod::testing {

// Every log event may mean that the store shows something new: waiting for a state needs no sleep.
class EventLog final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogLevel level, std::string_view event, std::vector<LogField> fields) override;
  bool wait_until(const std::function<bool()>& reached);
  std::size_t count(const std::string& event) const;
  // The number in that field of each such event, in order.
  std::vector<std::int64_t> numbers(const std::string& event, const std::string& field) const;
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable written_;
  std::vector<std::string> events_, lines_;
};

class SyncFixture : public ::testing::Test {
 protected:
  SyncFixture();
  ~SyncFixture() override;

  void connect(const std::string& mode = {}, const std::string& email = "user@example.test");
  void start();
  void stop() { service_.reset(); }

  static std::string message(const std::string& mid, const std::string& reference = {});
  std::string value(const std::string& statement);
  // Waits until the statement gives that text; a failure says what it gave instead.
  void await(const std::string& statement, const std::string& expected);
  void await_phase(const std::string& phase) { await("SELECT sync_phase FROM grants", phase); }
  // Subjects in a folder with their flags, "a b+" (+: seen), in order.
  std::string folder(const std::string& name) {
    return "SELECT coalesce(string_agg(m.subject || CASE WHEN p.effective_flags & 1 <> 0 THEN '+' ELSE '' END, ' ' ORDER BY"
           " m.subject), '') FROM placements p JOIN collections c USING (account_id, collection_id) JOIN messages m USING"
           " (account_id, message_id) WHERE p.standing <> 1 AND c.name = '" + name + "'";
  }
  // Counts messages whose folders are not those of their placements.
  static constexpr const char* messages_with_other_folders =
      "SELECT count(*) FROM messages m WHERE m.folders <> ARRAY(SELECT DISTINCT p.collection_id FROM placements p WHERE"
      " p.account_id = m.account_id AND p.message_id = m.message_id AND p.standing <> 1 ORDER BY p.collection_id)";
  // Law 2: the mailbox as it is and the store agree, folder by folder.
  void expect_agreement(const std::vector<std::string>& folders);

  TestDatabase database_;
  std::filesystem::path folder_;
  std::string mailbox_name_;
  std::shared_ptr<memory::MemoryMailbox> mailbox_;
  std::optional<secrets::KeyRing> keys_;
  std::optional<blob::BlobStore> blobs_;
  EventLog log_;
  NoMetrics metrics_;
  host::Runtime runtime_;
  host::Egress egress_{runtime_, {}};
  host::PluginRegistry plugins_;
  sync::SyncOptions options_;
  sync::ServiceOptions service_options_;
  std::unique_ptr<sync::SyncService> service_;
  store::Grant grant_;
};

}  // namespace hermod::testing
