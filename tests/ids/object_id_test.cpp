// ObjectId: made in order, spelled in order, and parsed strictly.
#include "core/ids/object_id.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <unordered_set>
#include <vector>

namespace hermod::ids {
namespace {

ObjectId filled(std::uint8_t byte) {
  ObjectId object_id;
  object_id.bytes.fill(byte);
  return object_id;
}

// Ids made in a row rise, also thousands within one millisecond.
TEST(object_id, ids_of_a_thread_rise) {
  ObjectId last;
  for (int i = 0; i < 100'000; ++i) {
    const ObjectId next = new_object_id();
    ASSERT_LT(last, next);
    last = next;
  }
}

// Threads share the counter: no id is given twice, and each thread sees its own rise.
TEST(object_id, ids_of_several_threads_are_distinct) {
  constexpr int thread_count = 4, ids_each = 20'000;
  std::vector<std::vector<ObjectId>> made(thread_count);
  {
    std::vector<std::jthread> threads;
    for (auto& own : made) {
      threads.emplace_back([&own] {
        for (int i = 0; i < ids_each; ++i) own.push_back(new_object_id());
      });
    }
  }
  std::unordered_set<ObjectId> all;
  for (const auto& own : made) {
    EXPECT_TRUE(std::ranges::is_sorted(own));
    all.insert(own.begin(), own.end());
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(thread_count * ids_each));
}

// RFC 9562 §5.7: version and variant bits are in place, the time is now.
TEST(object_id, layout_is_uuid_version_7) {
  using namespace std::chrono;
  const auto now_ms = [] {
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  };
  const auto before = now_ms();
  const ObjectId object_id = new_object_id();
  std::int64_t ms = 0;
  for (int i = 0; i < 6; ++i) ms = ms << 8 | object_id.bytes[i];
  EXPECT_GE(ms, before);
  EXPECT_LE(ms, now_ms() + 1);  // a full counter may have borrowed one
  EXPECT_EQ(object_id.bytes[6] >> 4, 7);
  EXPECT_EQ(object_id.bytes[8] >> 6, 2);
}

// The bounds: by integer arithmetic elsewhere, 2^128-1 in base 36 is f5lxx1zz5pnorynqglhzmsp33.
TEST(object_id, public_form_of_the_bounds) {
  EXPECT_EQ(to_public(filled(0)), std::string(25, '0'));
  EXPECT_EQ(to_public(filled(0xFF)), "f5lxx1zz5pnorynqglhzmsp33");
  EXPECT_EQ(parse_public("f5lxx1zz5pnorynqglhzmsp33"), filled(0xFF));
  ObjectId small = filled(0);
  small.bytes[15] = 36;
  EXPECT_EQ(to_public(small), std::string(23, '0') + "10");
}

// Lists sort by the text as by the value; print and parse are inverse.
TEST(object_id, public_form_keeps_order_and_round_trips) {
  std::vector<ObjectId> ids;
  for (int i = 0; i < 128; ++i) {
    ObjectId object_id = filled(0);
    object_id.bytes[15 - i / 8] = static_cast<std::uint8_t>(1 << i % 8);
    ids.push_back(object_id);
    ids.push_back(new_object_id());
  }
  std::ranges::sort(ids);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string text = to_public(ids[i]);
    EXPECT_EQ(text.size(), public_id_length);
    EXPECT_EQ(parse_public(text), ids[i]);
    if (i > 0) EXPECT_LT(to_public(ids[i - 1]), text);
  }
}

// A path segment from the network: everything but the one spelling is refused, values past 128 bits too.
TEST(object_id, parse_public_refuses_everything_else) {
  const std::string zeros(24, '0');
  for (const std::string& text :
       {std::string(), zeros, zeros + "00", zeros + "A", zeros + "-", zeros + " ", zeros + '\0',
        zeros + "\xE9", std::string("f5lxx1zz5pnorynqglhzmsp34"), std::string("f5lxx1zz5pnorynqglhzmsp40"),
        std::string("g000000000000000000000000"), std::string(25, 'z')}) {
    EXPECT_EQ(parse_public(text), std::nullopt) << text;
  }
}

// The form that PostgreSQL prints and reads.
TEST(object_id, uuid_text_round_trips) {
  ObjectId object_id;
  for (std::uint8_t i = 0; i < 16; ++i) object_id.bytes[i] = static_cast<std::uint8_t>(i * 0x11);
  EXPECT_EQ(to_uuid_text(object_id), "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(parse_uuid_text("00112233-4455-6677-8899-aabbccddeeff"), object_id);
  EXPECT_EQ(parse_uuid_text("00112233-4455-6677-8899-AABBCCDDEEFF"), object_id);
  for (const std::string_view text :
       {"", "00112233445566778899aabbccddeeff", "{00112233-4455-6677-8899-aabbccddeef}",
        "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeefg",
        "00112233-4455-6677-8899aabbccddeeff-", "001122334-455-6677-8899-aabbccddeeff"}) {
    EXPECT_EQ(parse_uuid_text(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace hermod::ids
