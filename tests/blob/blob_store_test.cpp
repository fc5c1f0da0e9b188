// BlobStore on a real folder: what goes in comes out, in one piece or streamed, and errors say what to do.
#include "core/blob/blob_store.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "blob/mailbox.hpp"
#include "core/blob/blob_error.hpp"
#include "core/blob/pack_format.hpp"
#include "core/blob/streamed_blob.hpp"

namespace hermod::blob::test {
namespace {

namespace fs = std::filesystem;

class blob_store : public testing::Test {
 protected:
  blob_store() {
    std::string name = (fs::temp_directory_path() / "hermod-blob-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    store_ =
        std::make_unique<BlobStore>(BlobStore::Settings{.root = folder_ / "blobs", .roll_length = 100'000});
    if (!store_->create_root()) ADD_FAILURE();
    mailbox_ = std::make_unique<Mailbox>(*store_);
  }
  ~blob_store() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  std::unique_ptr<PackWriter> writer() {
    auto opened = store_->writer(mailbox_->account_id);
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      std::abort();
    }
    return std::move(*opened);
  }
  fs::path pack(std::uint32_t number) const {
    return account_folder(folder_ / "blobs", mailbox_->account_id) / pack_file_name(number);
  }
  Result<std::string> read_streamed(const Location& location, const ids::Sha256Digest& sha256) const {
    std::string raw;
    Status done = store_->read_stream(mailbox_->account_id, location, sha256, [&](std::string_view piece) {
      raw += piece;
      return ok();
    });
    if (!done) return done.error();
    return raw;
  }

  fs::path folder_;
  std::unique_ptr<BlobStore> store_;
  std::unique_ptr<Mailbox> mailbox_;
};

// Empty, tiny, with NUL, incompressible, bigger than a pack: all come back, either way.
TEST_F(blob_store, messages_read_back_unchanged) {
  const std::vector<std::string> raws = {"",
                                         "x",
                                         std::string(1000, '\0'),
                                         message(1),
                                         noise(2, 50'000),
                                         message(3, 3'000'000),
                                         noise(4, 300'000)};
  ASSERT_TRUE(mailbox_->commit_page(*writer(), raws));
  mailbox_->expect_intact();
  for (const Mailbox::Row& row : mailbox_->rows()) {
    const auto raw = read_streamed(row.location, ids::sha256(row.raw));
    ASSERT_TRUE(raw) << raw.error().message;
    EXPECT_EQ(*raw, row.raw);
  }
}

// However a big message is cut, its stream stores what append() would have.
TEST_F(blob_store, streamed_message_equals_the_whole) {
  const std::string big = message(1, 1'000'000) + noise(2, 1'000'000);
  const auto out = writer();
  for (const std::size_t piece : {std::size_t{777}, std::size_t{200'000}, big.size()}) {
    auto stream = out->begin(big.size());
    ASSERT_TRUE(stream);
    for (std::size_t at = 0; at < big.size(); at += piece) {
      ASSERT_TRUE(stream->write(std::string_view(big).substr(at, piece)));
    }
    const auto finished = stream->finish();
    ASSERT_TRUE(finished && out->flush());
    EXPECT_EQ(finished->sha256, ids::sha256(big));
    EXPECT_EQ(finished->location.raw_length, big.size());
    EXPECT_EQ(*store_->read(mailbox_->account_id, finished->location, finished->sha256), big);
    EXPECT_EQ(*read_streamed(finished->location, finished->sha256), big);
  }
}

// While a stream is open the writer takes nothing else; a dropped stream frees it.
TEST_F(blob_store, open_stream_excludes_other_appends) {
  const auto out = writer();
  {
    auto stream = out->begin(0);
    ASSERT_TRUE(stream);
    EXPECT_EQ(out->append(ids::sha256("x"), "x").error().kind, ErrorKind::invalid_argument);
    EXPECT_EQ(out->begin(0).error().kind, ErrorKind::invalid_argument);
    EXPECT_EQ(out->flush().error().kind, ErrorKind::invalid_argument);
  }
  ASSERT_TRUE(mailbox_->commit_page(*out, {"x"}));
  auto stream = out->begin(0);
  ASSERT_TRUE(stream && stream->finish());
  EXPECT_FALSE(stream->write("x"));
  EXPECT_FALSE(stream->finish());
  mailbox_->expect_intact();
}

// Packs close at the length they may have, and closed ones never change again.
TEST_F(blob_store, packs_roll_over_and_closed_ones_stay) {
  const auto out = writer();
  std::string first_pack;
  for (std::uint32_t i = 0; i < 40; ++i) {
    ASSERT_TRUE(mailbox_->commit_page(*out, {noise(i, 20'000)}));
    if (mailbox_->rows().back().location.pack == 2 && first_pack.empty()) {
      std::ifstream in(pack(1), std::ios::binary);
      first_pack.assign(std::istreambuf_iterator<char>(in), {});
    }
  }
  EXPECT_EQ(mailbox_->rows().back().location.pack, 10U);  // four of 20 KB fit 100,000 bytes
  for (std::uint32_t number = 1; number <= 10; ++number) EXPECT_LE(fs::file_size(pack(number)), 100'000U);
  std::ifstream in(pack(1), std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), first_pack);
  mailbox_->expect_intact();
}

// Workers compress ahead, each with a context of its own; the results are as good as the writer's own.
TEST_F(blob_store, blobs_are_compressed_in_other_threads) {
  constexpr std::uint32_t thread_count = 4, blobs_each = 50;
  std::vector<std::vector<CompressedBlob>> made(thread_count);
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t t = 0; t < thread_count; ++t) {
      threads.emplace_back([&made, t] {
        for (std::uint32_t i = 0; i < blobs_each; ++i) {
          auto blob = compress(message(t * blobs_each + i));
          if (blob) made[t].push_back(std::move(*blob));
        }
      });
    }
  }
  const auto out = writer();
  for (std::uint32_t t = 0; t < thread_count; ++t) {
    ASSERT_EQ(made[t].size(), blobs_each);
    for (std::uint32_t i = 0; i < blobs_each; ++i) {
      const auto location = out->append(made[t][i]);
      ASSERT_TRUE(location);
      const std::string raw = message(t * blobs_each + i);
      EXPECT_EQ(made[t][i].sha256, ids::sha256(raw));
      EXPECT_EQ(*store_->read(mailbox_->account_id, *location, made[t][i].sha256), raw);
    }
  }
}

// Two workers with the same account, after a lease went wrong, would write over each other.
TEST_F(blob_store, second_writer_of_an_account_is_refused) {
  auto first = writer();
  const auto second = store_->writer(mailbox_->account_id);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_TRUE(store_->writer(ids::new_object_id()));
  EXPECT_EQ(store_->erase_account(mailbox_->account_id).error().kind, ErrorKind::conflict);
  first.reset();
  EXPECT_TRUE(store_->writer(mailbox_->account_id));
}

// A location that is wrong in any field, of another account or message, gives an error and never other bytes.
TEST_F(blob_store, wrong_location_is_refused) {
  ASSERT_TRUE(mailbox_->commit_page(*writer(), {message(1), message(2)}));
  const Location right = mailbox_->rows()[0].location;
  const ids::Sha256Digest sha256 = ids::sha256(message(1));
  std::vector<Location> wrong(7, right);
  wrong[0].offset += 1;
  wrong[1].stored_length += 1;
  wrong[2].raw_length -= 1;
  wrong[3].offset = 1ULL << 40;
  wrong[4].stored_length = ~0ULL;
  wrong[5].raw_length = ~0ULL;
  wrong[6] = mailbox_->rows()[1].location;
  for (const Location& location : wrong) {
    EXPECT_FALSE(store_->read(mailbox_->account_id, location, sha256));
    EXPECT_FALSE(read_streamed(location, sha256));
  }
  Location no_pack = right;
  no_pack.pack = 9;
  EXPECT_EQ(store_->read(mailbox_->account_id, no_pack, sha256).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_->read(ids::new_object_id(), right, sha256).error().kind, ErrorKind::not_found);
}

// A client that hangs up stops the read; its error comes back as it was.
TEST_F(blob_store, error_of_the_sink_stops_the_read) {
  ASSERT_TRUE(mailbox_->commit_page(*writer(), {message(1, 2'000'000)}));
  const Mailbox::Row& row = mailbox_->rows()[0];
  int calls = 0;
  const Status done = store_->read_stream(
      mailbox_->account_id, row.location, ids::sha256(row.raw), [&](std::string_view) -> Status {
        ++calls;
        return blob_error(ErrorKind::cancelled, ErrorScope::item, Retry::never(), "gone");
      });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::cancelled);
  EXPECT_EQ(calls, 1);
}

// A disk that is not mounted must pause sync, not make it fetch everything anew into the mount point.
TEST_F(blob_store, missing_root_is_unavailable) {
  ASSERT_TRUE(mailbox_->commit_page(*writer(), {message(1)}));
  const Mailbox::Row& row = mailbox_->rows()[0];
  fs::rename(folder_ / "blobs", folder_ / "elsewhere");
  const auto opened = store_->writer(mailbox_->account_id);
  const auto raw = store_->read(mailbox_->account_id, row.location, ids::sha256(row.raw));
  const Status erased = store_->erase_account(mailbox_->account_id);
  ASSERT_FALSE(opened || raw || erased);
  for (const Error& error : {opened.error(), raw.error(), erased.error()}) {
    EXPECT_EQ(error.kind, ErrorKind::unavailable);
    EXPECT_EQ(error.retry.when, Retry::When::after);
    EXPECT_FALSE(error.hint.empty());
  }
  EXPECT_FALSE(fs::exists(folder_ / "blobs"));
}

// The system's own short write: a file size limit lets the kernel write a part, then refuse.
TEST_F(blob_store, short_write_is_rolled_back) {
  ASSERT_TRUE(mailbox_->commit_page(*writer(), {message(1)}));
  const auto out = writer();
  const auto length_before = fs::file_size(pack(1));
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{length_before + 5000, old_limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const std::string big = noise(1, 20'000);
  const auto refused = out->append(ids::sha256(big), big);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(fs::file_size(pack(1)), length_before);
  ASSERT_TRUE(mailbox_->commit_page(*out, {big}));
  mailbox_->expect_intact();
}

// Erasing one account takes all of it and nothing of another; doing it twice is no error.
TEST_F(blob_store, erase_takes_one_account) {
  Mailbox other(*store_);
  ASSERT_TRUE(mailbox_->commit_page(*writer(), {noise(1, 90'000), noise(2, 90'000)}));
  {
    auto opened = store_->writer(other.account_id);
    ASSERT_TRUE(opened && other.commit_page(**opened, {message(3)}));
  }
  ASSERT_TRUE(store_->erase_account(mailbox_->account_id));
  EXPECT_FALSE(fs::exists(account_folder(folder_ / "blobs", mailbox_->account_id)));
  EXPECT_TRUE(store_->erase_account(mailbox_->account_id));
  other.expect_intact();
}

// Mail is private: nobody else on the machine may read packs or list folders.
TEST_F(blob_store, files_are_private) {
  ASSERT_TRUE(mailbox_->commit_page(*writer(), {message(1)}));
  const fs::perms others = fs::perms::group_all | fs::perms::others_all;
  for (const fs::path& path : {folder_ / "blobs", pack(1).parent_path(), pack(1)}) {
    EXPECT_EQ(fs::status(path).permissions() & others, fs::perms::none) << path;
  }
}

}  // namespace
}  // namespace hermod::blob::test
