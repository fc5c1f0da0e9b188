#include "store/account_fixture.hpp"

namespace hermod::testing {
namespace {

using GrantStore = AccountFixture;

// The same address, however written, re-authenticates the same grant.
TEST_F(GrantStore, the_same_address_is_the_same_grant) {
  EXPECT_EQ(connect("User@Example.TEST").account_id, grant_.account_id);
  EXPECT_EQ(value("SELECT count(*) FROM grants"), "1");
  EXPECT_EQ(value("SELECT settings_revision FROM grants"), "2");
}

// Secrets are stored sealed, and open only with the key.
TEST_F(GrantStore, secrets_are_sealed) {
  EXPECT_EQ(value("SELECT count(*) FROM secrets WHERE position('correct horse'::bytea IN ciphertext) > 0"), "0");
  auto connection = database_.connect();
  auto secrets = store::load_secrets(connection, *keys_, grant_.account_id);
  ASSERT_TRUE(secrets);
  EXPECT_EQ(secrets->at("password").reveal(), "correct horse");
}

// Another application's key finds nothing.
TEST_F(GrantStore, grants_are_found_within_their_application) {
  auto connection = database_.connect();
  auto other = store::create_application(connection, "other");
  EXPECT_TRUE(store::find_grant(connection, application_.application_id, "USER@example.test"));
  EXPECT_FALSE(store::find_grant(connection, other->application_id, "user@example.test"));
  EXPECT_FALSE(store::find_grant(connection, other->application_id, ids::to_public(grant_.account_id)));
}

// A deleted grant is gone at once, its secrets too, and its address can be connected anew.
TEST_F(GrantStore, a_deleted_grant_makes_room) {
  auto connection = database_.connect();
  ASSERT_TRUE(store::delete_grant(connection, grant_.account_id));
  EXPECT_FALSE(store::delete_grant(connection, grant_.account_id));
  EXPECT_EQ(value("SELECT count(*) FROM secrets"), "0");
  EXPECT_NE(connect("user@example.test").account_id, grant_.account_id);
}

// Settings come as the plugin takes them.
TEST_F(GrantStore, settings_keep_their_types) {
  auto connection = database_.connect();
  store::GrantUpdate update;
  update.settings = R"({"host": "h", "port": 993, "pinned": true, "list": [1]})";
  ASSERT_TRUE(store::update_grant(connection, *keys_, grant_.account_id, update));
  auto settings = store::load_settings(connection, grant_.account_id);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->text("host"), "h");
  EXPECT_EQ(settings->integer("port"), 993);
  EXPECT_TRUE(settings->boolean("pinned"));
  EXPECT_FALSE(settings->has("list"));
}

}  // namespace
}  // namespace hermod::testing
