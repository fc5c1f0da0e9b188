// The key file: made whole, refused when others can read it or it was damaged.
#include "core/secrets/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "secrets/temporary_folder.hpp"

namespace hermod::secrets {
namespace {

namespace fs = std::filesystem;

class key_file : public testing::Test {
 protected:
  std::string content() const {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& text) const {
    std::ofstream(path_, std::ios::trunc) << text;
    fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write);
  }
  ErrorKind kind_of_open() const {
    const Result<KeyRing> ring = KeyRing::open_or_create(path_);
    if (ring) return ErrorKind::internal;
    EXPECT_FALSE(ring.error().hint.empty());
    return ring.error().kind;
  }
  std::size_t files_in_folder() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_.path()), {}));
  }

  test::TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "secrets.keys";
};

// The first start makes it, private, and leaves nothing else.
TEST_F(key_file, first_start_makes_a_private_file) {
  ASSERT_TRUE(KeyRing::open_or_create(path_));
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_TRUE(content().starts_with("hermod-keys 1\n"));
  EXPECT_EQ(files_in_folder(), 1U);
}

// A later start reads the same key and changes nothing.
TEST_F(key_file, second_start_leaves_the_file_alone) {
  const auto first = KeyRing::open_or_create(path_);
  const std::string before = content();
  const auto second = KeyRing::open_or_create(path_);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->newest_key_id(), second->newest_key_id());
  EXPECT_EQ(content(), before);
}

// Keys that others can read are no secret: refuse to go on as if they were.
TEST_F(key_file, group_or_world_access_is_refused) {
  ASSERT_TRUE(KeyRing::open_or_create(path_));
  for (const mode_t mode : {0640U, 0604U, 0660U, 0601U, 0777U}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(kind_of_open(), ErrorKind::denied) << std::oct << mode;
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
  EXPECT_TRUE(KeyRing::open_or_create(path_));
}

// Only root can give a file away, so the check can be tested only as root.
TEST_F(key_file, file_of_another_user_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to change the owner";
  ASSERT_TRUE(KeyRing::open_or_create(path_));
  ASSERT_EQ(::chown(path_.c_str(), 65534, 65534), 0);
  EXPECT_EQ(kind_of_open(), ErrorKind::denied);
}

// A folder or device in its place is no key file.
TEST_F(key_file, what_is_no_regular_file_is_refused) {
  fs::create_directory(path_);
  EXPECT_NE(kind_of_open(), ErrorKind::internal);
}

// A missing folder is the installation's mistake; it is told, not papered over.
TEST_F(key_file, missing_folder_is_an_error) {
  path_ = folder_.path() / "none" / "secrets.keys";
  EXPECT_EQ(kind_of_open(), ErrorKind::unavailable);
}

// A file cut anywhere is refused, and never replaced by a new one: that would lose every secret. The cut at
// the very end of the notice leaves no key; each other cut breaks a line.
TEST_F(key_file, file_cut_anywhere_is_refused_and_kept) {
  ASSERT_TRUE(KeyRing::open_or_create(path_));
  const std::string whole = content();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    put(whole.substr(0, length));
    EXPECT_EQ(kind_of_open(), ErrorKind::invalid_data) << length;
    EXPECT_EQ(content().size(), length);
  }
}

// A wrong digit in a key, a wrong version, a foreign line: each is named, none is skipped.
TEST_F(key_file, damage_is_refused) {
  ASSERT_TRUE(KeyRing::open_or_create(path_));
  const std::string whole = content();
  std::string other_digit = whole;
  char& digit = other_digit[other_digit.size() - 10];
  digit = digit == 'A' ? 'B' : 'A';
  std::string other_version = whole;
  other_version[12] = '2';
  for (const std::string& text : {other_digit, other_version, whole + "secret\n", whole + "key\n",
                                  std::string(max_key_file_length + 1, '#'), std::string("\n")}) {
    put(text);
    EXPECT_EQ(kind_of_open(), ErrorKind::invalid_data);
  }
}

// People annotate files: comments and blank lines are allowed, and more keys.
TEST_F(key_file, comments_and_blank_lines_are_skipped) {
  const auto ring = KeyRing::open_or_create(path_);
  ASSERT_TRUE(ring);
  put(content() + "\n# a remark\n\n");
  const auto again = KeyRing::open_or_create(path_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->newest_key_id(), ring->newest_key_id());
}

// Several processes starting at once agree on one key.
TEST_F(key_file, concurrent_first_starts_agree) {
  constexpr int starts = 8;
  std::vector<std::string> key_ids(starts);
  {
    std::vector<std::jthread> threads;
    for (std::string& key_id : key_ids) {
      threads.emplace_back([this, &key_id] {
        const auto ring = KeyRing::open_or_create(path_);
        if (ring) key_id = ring->newest_key_id();
      });
    }
  }
  for (const std::string& key_id : key_ids) EXPECT_EQ(key_id, key_ids.front());
  EXPECT_FALSE(key_ids.front().empty());
  EXPECT_EQ(files_in_folder(), 1U);
}

}  // namespace
}  // namespace hermod::secrets
