// Messages to store, and a note of what was committed: after any accident, every committed message must read
// back.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "core/blob/blob_store.hpp"
#include "core/ids/object_id.hpp"
#include "core/ids/sha256.hpp"

namespace hermod::blob::test {

// Text that compresses about as mail does, the same for the same number.
inline std::string message(std::uint32_t number, std::size_t length = 3000) {
  std::minstd_rand words(number + 1);
  std::string text = "Message " + std::to_string(number) + "\r\n";
  while (text.size() < length) text += std::to_string(words() % 100'000) + " words ";
  text.resize(length);
  return text;
}

// Bytes that no compression shortens.
inline std::string noise(std::uint32_t number, std::size_t length) {
  std::minstd_rand random(number + 1);
  std::string bytes(length, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8);
  return bytes;
}

class Mailbox {
 public:
  struct Row {
    std::string raw;
    Location location;
  };

  explicit Mailbox(BlobStore& store) : store_(store) {}

  // Appends the page and flushes it; only then it counts as committed.
  Status commit_page(PackWriter& writer, const std::vector<std::string>& page) {
    std::vector<Row> rows;
    for (const std::string& raw : page) {
      const Result<Location> location = writer.append(ids::sha256(raw), raw);
      if (!location) return location.error();
      rows.push_back({raw, *location});
    }
    if (Status flushed = writer.flush(); !flushed) return flushed;
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    return ok();
  }

  // For what was stored in another way than by commit_page().
  void promise(Row row) { rows_.push_back(std::move(row)); }

  void expect_intact() const {
    for (const Row& row : rows_) {
      const Result<std::string> raw = store_.read(account_id, row.location, ids::sha256(row.raw));
      ASSERT_TRUE(raw) << raw.error().message << " at " << row.location.pack << ":" << row.location.offset;
      ASSERT_EQ(*raw, row.raw);
    }
  }

  const std::vector<Row>& rows() const { return rows_; }
  const ids::ObjectId account_id = ids::new_object_id();

 private:
  BlobStore& store_;
  std::vector<Row> rows_;
};

// A page of `count` messages, numbered from `first`.
inline std::vector<std::string> page_of(std::uint32_t first, std::uint32_t count) {
  std::vector<std::string> page;
  for (std::uint32_t i = 0; i < count; ++i) page.push_back(message(first + i));
  return page;
}

}  // namespace hermod::blob::test
