// An account with one folder in a fresh database, and pages of small messages to ingest into it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "core/blob/blob_store.hpp"
#include "core/secrets/key_ring.hpp"
#include "core/store/application_store.hpp"
#include "core/store/grant_store.hpp"
#include "core/store/lease_store.hpp"
#include "core/sync/page_ingest.hpp"
#include "support/no_metrics.hpp"
#include "support/postgres.hpp"

namespace hermod::testing {

class AccountFixture : public ::testing::Test {
 protected:
  AccountFixture() {
    char path[] = "/tmp/hermod-store-XXXXXX";
    folder_ = mkdtemp(path);
    keys_.emplace(std::move(*secrets::KeyRing::open_or_create(folder_ / "keys")));
    blobs_.emplace(blob::BlobStore::Settings{folder_ / "blobs"});
    EXPECT_TRUE(blobs_->create_root());
    auto connection = database_.connect();
    application_ = std::move(*store::default_application(connection));
    grant_ = connect("user@example.test");
    worker_ = ids::new_object_id();
    lease_ = store::acquire_leases(connection, worker_, 60, 10)->at(0);
    packs_ = std::move(*blobs_->writer(grant_.account_id));
    listing_ = {folder("INBOX", Role::inbox), folder("Archive", Role::archive)};
    list();
  }
  ~AccountFixture() override {
    packs_.reset();
    std::filesystem::remove_all(folder_);
  }

  store::Grant connect(const std::string& email) {
    auto connection = database_.connect();
    store::GrantInput input;
    input.application_id = application_.application_id;
    input.provider = "memory";
    input.email = email;
    input.secrets = {{"password", "correct horse"}};
    return store::connect_grant(connection, *keys_, input)->grant;
  }

  static Collection folder(const std::string& name, Role role) {
    Collection collection;
    collection.remote_id.bytes = name;
    collection.name = collection.path = name;
    collection.role = role;
    collection.rights = Rights::all();
    return collection;
  }
  void list() {
    auto connection = database_.connect();
    auto change = store::apply_listing(connection, lease_.account, listing_, ++round_);
    ASSERT_TRUE(change) << change.error().detail;
    for (store::CollectionState& state : change->collections) states_[state.listed.remote_id.bytes] = state;
  }

  static Item message(const std::string& remote_id, const std::string& mid, std::vector<std::string> references = {},
                      FlagSet flags = {}) {
    Item item;
    item.remote_id.bytes = remote_id;
    item.received_at = 1'700'000'000 + static_cast<std::int64_t>(remote_id.size());
    item.flags = flags;
    item.payload = PayloadKind::message;
    item.raw = "From: a@example.test\r\nTo: b@example.test\r\nSubject: " + mid + "\r\nMessage-ID: <" + mid + "@x>\r\n";
    for (const std::string& reference : references) item.raw += "References: <" + reference + "@x>\r\n";
    item.raw += "\r\nbody of " + mid + "\r\n";
    return item;
  }
  static FlagSet seen() {
    FlagSet flags;
    flags.add(Flag::seen);
    return flags;
  }

  struct PageInput {
    PageKind kind = PageKind::delta;
    std::vector<Item> items = {};
    std::vector<std::string> removed = {};
    std::string next = "c";
    bool complete = true;
  };
  Result<store::PageOutcome> ingest(const std::string& folder_name, PageInput input, const std::string& token = {}) {
    sync::PreparedPage page;
    page.kind = input.kind;
    for (Item& item : input.items) page.items.push_back(sync::prepare_item(std::move(item), RawStability::stable));
    for (const std::string& remote_id : input.removed) page.removals.push_back({{remote_id}, RemovalReason::deleted});
    page.next.bytes = input.next;
    page.complete = input.complete;
    sync::IngestTarget target{database_.database(), metrics_, lease_.account, grant_.sync_started_at, ++round_};
    return sync::ingest_page(target, *packs_, states_.at(folder_name), page, token);
  }

  // One value, as text.
  std::string value(const std::string& statement) {
    auto connection = database_.connect();
    auto rows = connection.query(statement);
    EXPECT_TRUE(rows) << rows.error().detail;
    return rows && !rows->empty() ? std::string(rows->text(0, 0)) : "";
  }

  // Until a statement waits for a lock that another transaction of the test's holds.
  bool await_wait_for_lock() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (value("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type ="
                 " 'Lock')") != "t") {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  TestDatabase database_;
  NoMetrics metrics_;
  std::filesystem::path folder_;
  std::optional<secrets::KeyRing> keys_;
  std::optional<blob::BlobStore> blobs_;
  store::Application application_;
  store::Grant grant_;
  ids::ObjectId worker_;
  store::Lease lease_;
  std::unique_ptr<blob::PackWriter> packs_;
  std::vector<Collection> listing_;
  std::map<std::string, store::CollectionState> states_;
  std::int64_t round_ = 1;
};

}  // namespace hermod::testing
