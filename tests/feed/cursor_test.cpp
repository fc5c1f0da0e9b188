// Cursors and filters: what comes back is what went out, and nothing else is taken.
#include <gmock/gmock.h>

#include "server/feed/cursor.hpp"
#include "server/feed/filter.hpp"

namespace hermod::testing {
namespace {

using server::EntryTypes;
using server::FeedCursor;
using server::FeedScope;
using store::ChangeType;
using store::ObjectType;

const FeedScope of_grant{FeedScope::Kind::grant, ids::new_object_id()};
const FeedScope of_application{FeedScope::Kind::application, ids::new_object_id()};

FeedCursor in_log(std::int64_t number) {
  FeedCursor cursor;
  cursor.number = number;
  return cursor;
}
FeedCursor in_snapshot() {
  FeedCursor cursor = in_log(7);
  cursor.stage = FeedCursor::Stage::snapshot;
  cursor.account_id = ids::new_object_id();
  cursor.object = ObjectType::thread;
  cursor.object_id = ids::new_object_id();
  return cursor;
}

TEST(FeedCursorText, comes_back_as_it_went_out) {
  for (const FeedScope& scope : {of_grant, of_application}) {
    for (const FeedCursor& cursor : {in_log(0), in_log(1), in_log(INT64_MAX), in_snapshot()}) {
      const auto parsed = parse_cursor(scope, cursor_text(scope, cursor));
      ASSERT_TRUE(parsed);
      EXPECT_EQ(parsed->stage, cursor.stage);
      EXPECT_EQ(parsed->number, cursor.number);
      EXPECT_EQ(parsed->account_id, cursor.account_id);
      EXPECT_EQ(parsed->object, cursor.object);
      EXPECT_EQ(parsed->object_id, cursor.object_id);
    }
  }
}

// Of another grant, of the other kind of feed, damaged anywhere, cut short.
TEST(FeedCursorText, any_other_is_refused) {
  const FeedScope same_id{FeedScope::Kind::application, of_grant.id};
  const FeedScope another{FeedScope::Kind::grant, ids::new_object_id()};
  for (const FeedCursor& cursor : {in_log(12), in_snapshot()}) {
    const std::string text = cursor_text(of_grant, cursor);
    EXPECT_FALSE(parse_cursor(another, text));
    EXPECT_FALSE(parse_cursor(same_id, text));
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string damaged = text;
      damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(parse_cursor(of_grant, damaged)) << i;
      EXPECT_FALSE(parse_cursor(of_grant, text.substr(0, i))) << i;
    }
  }
}

TEST(FeedTypes, names_objects_and_changes) {
  const auto types = EntryTypes::parse({"message.created", "folder.*", "thread"});
  ASSERT_TRUE(types);
  EXPECT_TRUE(types->has(ObjectType::message, ChangeType::created));
  EXPECT_FALSE(types->has(ObjectType::message, ChangeType::updated));
  EXPECT_TRUE(types->has(ObjectType::folder, ChangeType::deleted));
  EXPECT_TRUE(types->has(ObjectType::thread, ChangeType::updated));
  EXPECT_FALSE(types->has(ObjectType::grant, ChangeType::created));
  EXPECT_TRUE(EntryTypes::parse({})->has(ObjectType::grant, ChangeType::deleted));
}

TEST(FeedTypes, unknown_names_are_refused) {
  for (const char* name : {"mail", "message.made", ".created", "message.", "message.created.now", "*"}) {
    const auto types = EntryTypes::parse({name});
    ASSERT_FALSE(types) << name;
    EXPECT_EQ(types.error().kind, ErrorKind::invalid_argument);
  }
}

}  // namespace
}  // namespace hermod::testing
