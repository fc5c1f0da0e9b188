#include <gtest/gtest.h>

#include "core/store/database.hpp"
#include "support/postgres.hpp"

namespace hermod::testing {
namespace {

// One connection, so that what a transaction leaves behind meets the next.
class Transactions : public ::testing::Test {
 protected:
  TestDatabase place_;
  store::Database database_{{place_.conninfo(), 1}};
};

TEST_F(Transactions, begins_with_its_settings_and_leaves_them_behind) {
  auto connection = database_.connect();
  ASSERT_TRUE(connection);
  {
    auto transaction = store::Transaction::begin(*connection, "SET LOCAL lock_timeout = '123ms'");
    ASSERT_TRUE(transaction);
    EXPECT_EQ(connection->query("SHOW lock_timeout")->text(0, 0), "123ms");
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(connection->query("SHOW lock_timeout")->text(0, 0), "0");
}

TEST_F(Transactions, is_rolled_back_when_its_beginning_fails) {
  auto connection = database_.connect();
  ASSERT_TRUE(connection);
  EXPECT_FALSE(store::Transaction::begin(*connection, "SET LOCAL lock_timeout = 'nonsense'"));
  EXPECT_TRUE(connection->query("SELECT 1"));
}

}  // namespace
}  // namespace hermod::testing
