// Power loss at every operation of a workload, with everything that may become of what was not synced:
// whatever a flush promised reads back, the next start always succeeds, and what was not promised is never
// given out wrong.
#include <gtest/gtest.h>

#include "blob/mailbox.hpp"
#include "blob/simulated_disk.hpp"
#include "core/blob/pack_format.hpp"
#include "core/blob/streamed_blob.hpp"

namespace hermod::blob::test {
namespace {

using Unsynced = SimulatedDisk::Unsynced;

const Path root = "/data/blobs";
// Small, so that a few pages fill several packs.
constexpr std::uint64_t roll_length = 6000;
constexpr std::uint32_t chance_seeds = 3;
// A restart opens the writer, cuts a tail, makes a pack, writes and syncs a page: fewer calls than this.
constexpr int restart_calls_max = 40;

struct Loss {
  Unsynced unsynced;
  std::uint32_t seed;
};
std::vector<Loss> losses() {
  std::vector<Loss> all;
  for (const Unsynced unsynced :
       {Unsynced::all_lost, Unsynced::all_kept, Unsynced::contents_lost, Unsynced::entries_lost}) {
    all.push_back({unsynced, 0});
  }
  for (std::uint32_t seed = 1; seed <= chance_seeds; ++seed) all.push_back({Unsynced::each_by_chance, seed});
  return all;
}

// A disk, two accounts on it, and a note of what the store has promised about them.
class Machine {
 public:
  // Runs until it is through or the disk halts. True: it is through.
  bool work() {
    if (!store.create_root()) return false;
    return pages_of(mailbox, 0) && pages_of(mailbox, 100) && stream(mailbox) && pages_of(doomed, 200) &&
           erase() && pages_of(mailbox, 300);
  }

  // As a start of the program and its next page.
  bool restart_and_work(std::uint32_t first) {
    if (!store.create_root()) return false;
    Result<std::unique_ptr<PackWriter>> writer = store.writer(mailbox.account_id);
    return writer && mailbox.commit_page(**writer, page_of(first, 3));
  }

  void expect_promises_kept() {
    mailbox.expect_intact();
    if (erased_ != Erased::promised) {
      if (erased_ == Erased::no) doomed.expect_intact();
    } else {
      for (const std::string& name : *disk.list(root)) {
        EXPECT_NE(account_folder(root, doomed.account_id).filename(), name);
      }
    }
    // What was appended but not flushed is there as it was, or not there.
    for (const Mailbox::Row& row : unpromised_) {
      const auto raw = store.read(mailbox.account_id, row.location, ids::sha256(row.raw));
      if (raw) EXPECT_EQ(*raw, row.raw);
    }
  }

  SimulatedDisk disk{root};
  BlobStore store{{.root = root, .roll_length = roll_length}, disk};
  Mailbox mailbox{store}, doomed{store};

 private:
  enum class Erased : std::uint8_t { no, begun, promised };

  // Two pages that are flushed, then messages that are not.
  bool pages_of(Mailbox& of, std::uint32_t first) {
    Result<std::unique_ptr<PackWriter>> writer = store.writer(of.account_id);
    if (!writer || !of.commit_page(**writer, page_of(first, 4)) ||
        !of.commit_page(**writer, page_of(first + 10, 2))) {
      return false;
    }
    for (const std::string& raw : page_of(first + 20, 2)) {
      const Result<Location> location = (*writer)->append(ids::sha256(raw), raw);
      if (!location) return false;
      if (&of == &mailbox) unpromised_.push_back({raw, *location});
    }
    return true;
  }

  bool stream(Mailbox& of) {
    Result<std::unique_ptr<PackWriter>> writer = store.writer(of.account_id);
    if (!writer) return false;
    static const std::string big = noise(7, 150'000);
    Result<StreamedBlob> stream = (*writer)->begin(big.size());
    if (!stream || !stream->write(std::string_view(big).substr(0, 90'000)) ||
        !stream->write(std::string_view(big).substr(90'000))) {
      return false;
    }
    const Result<StreamedBlob::Finished> finished = stream->finish();
    if (!finished || !(*writer)->flush()) return false;
    of.promise({big, finished->location});
    return true;
  }

  bool erase() {
    erased_ = Erased::begun;
    if (!store.erase_account(doomed.account_id)) return false;
    erased_ = Erased::promised;
    return true;
  }

  Erased erased_ = Erased::no;
  std::vector<Mailbox::Row> unpromised_;
};

TEST(blob_power_loss, nothing_promised_is_lost_whenever_the_power_goes) {
  for (const Loss& loss : losses()) {
    bool through = false;
    int calls = 0;
    while (!through) {
      SCOPED_TRACE(testing::Message() << "power goes at call " << ++calls << ", loss "
                                      << static_cast<int>(loss.unsynced) << ", seed " << loss.seed);
      Machine machine;
      machine.disk.halt_from(calls);
      through = machine.work();
      machine.disk.lose_power(loss.unsynced, loss.seed);
      machine.expect_promises_kept();
      ASSERT_TRUE(machine.restart_and_work(400));
      machine.expect_promises_kept();
      // The page that was stored after the accident is worth as much as any.
      machine.disk.lose_power(Unsynced::all_lost);
      machine.expect_promises_kept();
      ASSERT_FALSE(testing::Test::HasFailure());
    }
    EXPECT_GT(calls, 80);  // the workload has a call for each message, and more
  }
}

// The second accident hits the start after the first one, at each of its operations.
TEST(blob_power_loss, nothing_promised_is_lost_when_the_power_goes_again_during_the_restart) {
  for (const Loss& loss : {Loss{Unsynced::all_lost, 0}, Loss{Unsynced::all_kept, 0},
                           Loss{Unsynced::each_by_chance, 1}, Loss{Unsynced::each_by_chance, 2}}) {
    bool through = false;
    for (int calls = 3; !through; calls += 9) {
      bool restarted = false;
      for (int again = 1; !restarted; ++again) {
        SCOPED_TRACE(testing::Message()
                     << "power goes at call " << calls << " and again at call " << again << ", loss "
                     << static_cast<int>(loss.unsynced) << ", seed " << loss.seed);
        ASSERT_LT(again, restart_calls_max);
        Machine machine;
        machine.disk.halt_from(calls);
        through = machine.work();
        machine.disk.lose_power(loss.unsynced, loss.seed);
        machine.disk.halt_from(again);
        restarted = machine.restart_and_work(400);
        machine.disk.lose_power(loss.unsynced, loss.seed + 1);
        ASSERT_TRUE(machine.restart_and_work(500));
        machine.expect_promises_kept();
        ASSERT_FALSE(testing::Test::HasFailure());
      }
    }
  }
}

// Guards the tests above: a store that flushed without syncing folders would be found out.
TEST(blob_power_loss, an_entry_that_was_not_synced_is_lost) {
  SimulatedDisk disk(root);
  BlobStore store({.root = root, .roll_length = roll_length}, disk);
  ASSERT_TRUE(store.create_root());
  ASSERT_TRUE(disk.create_directory(root / "folder"));
  auto file = disk.open(root / "folder" / "file", OpenMode::create_new);
  ASSERT_TRUE(file && (*file)->write_at(0, "synced") && (*file)->sync());
  file->reset();
  ASSERT_TRUE(disk.sync_directory(root));
  disk.lose_power(Unsynced::entries_lost);
  EXPECT_TRUE(disk.list(root / "folder")->empty());
}

}  // namespace
}  // namespace hermod::blob::test
