// Packs under accidents: power loss at any moment, a disk that fails at any call, files cut or damaged
// anywhere.
#include <gtest/gtest.h>

#include "blob/mailbox.hpp"
#include "blob/simulated_disk.hpp"
#include "core/blob/blob_error.hpp"
#include "core/blob/pack_format.hpp"
#include "core/blob/streamed_blob.hpp"

namespace hermod::blob::test {
namespace {

using Unsynced = SimulatedDisk::Unsynced;

const Path root = "/data/blobs";
// Small, so that a few pages fill several packs.
constexpr std::uint64_t roll_length = 8000;

class Machine {
 public:
  explicit Machine(std::uint64_t roll = roll_length) : store({.root = root, .roll_length = roll}, disk) {
    if (!store.create_root()) ADD_FAILURE();
  }
  std::unique_ptr<PackWriter> writer() {
    Result<std::unique_ptr<PackWriter>> opened = store.writer(mailbox.account_id);
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      std::abort();
    }
    return std::move(*opened);
  }
  // Where a writer stopped that committed this page.
  std::optional<PackPlace> place_after(const std::vector<std::string>& page) {
    const auto one = writer();
    EXPECT_TRUE(mailbox.commit_page(*one, page));
    return one->place();
  }
  Path pack(std::uint32_t number) const {
    return account_folder(root, mailbox.account_id) / pack_file_name(number);
  }

  SimulatedDisk disk{root};
  BlobStore store;
  Mailbox mailbox{store};
};

// The promise itself: flushed, then the power goes and with it all that was not synced, entries of folders
// included.
TEST(blob_crash, flushed_records_survive_power_loss) {
  Machine machine;
  for (std::uint32_t round = 0; round < 6; ++round) {
    {
      const auto writer = machine.writer();
      ASSERT_TRUE(machine.mailbox.commit_page(*writer, page_of(round * 10, 5)));
      ASSERT_TRUE(writer->append(ids::sha256("late"), "late"));  // never flushed
    }
    machine.disk.lose_power(Unsynced::all_lost);
    machine.mailbox.expect_intact();
  }
  EXPECT_GT(machine.mailbox.rows().back().location.pack, 2U);  // packs rolled over meanwhile
}

// Guards the test above: the simulated disk does lose what was not flushed.
TEST(blob_crash, unflushed_records_do_not_survive) {
  Machine machine;
  Result<Location> location = Location{};
  {
    const auto writer = machine.writer();
    location = writer->append(ids::sha256("late"), "late");
    ASSERT_TRUE(location);
  }
  machine.disk.lose_power(Unsynced::all_lost);
  EXPECT_FALSE(machine.store.read(machine.mailbox.account_id, *location, ids::sha256("late")));
}

// Blocks reach the disk in any order and by halves: a torn page must not harm the one before, nor the next
// one.
TEST(blob_crash, torn_page_harms_no_other_page) {
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    Machine machine;
    for (std::uint32_t round = 0; round < 4; ++round) {
      {
        const auto writer = machine.writer();
        ASSERT_TRUE(machine.mailbox.commit_page(*writer, page_of(round * 10, 3)));
        for (const std::string& raw : page_of(round * 10 + 5, 3)) {
          ASSERT_TRUE(writer->append(ids::sha256(raw), raw));
        }
      }
      machine.disk.lose_power(Unsynced::each_by_chance, seed * 4 + round);
      machine.mailbox.expect_intact();
    }
  }
}

// Each call of a workload fails in turn, once or three times in a row; a page that fails is appended again,
// as the engine does. Then the power goes: nothing committed may be missing.
TEST(blob_crash, failure_of_any_call_loses_nothing_committed) {
  for (const int failures : {1, 3}) {
    int calls = 0;
    for (bool failed = true; failed; ++calls) {
      SCOPED_TRACE(testing::Message() << "call " << calls + 1 << ", " << failures << " failures");
      Machine machine;
      failed = false;
      machine.disk.fail_from(calls + 1, failures, disk_error("simulated"));
      for (std::uint32_t round = 0; round < 3; ++round) {
        std::unique_ptr<PackWriter> writer;
        while (!writer) {
          Result<std::unique_ptr<PackWriter>> opened = machine.store.writer(machine.mailbox.account_id);
          if (opened) writer = std::move(*opened);
          failed = failed || !writer;
        }
        for (std::uint32_t page = 0; page < 3; ++page) {
          while (!machine.mailbox.commit_page(*writer, page_of(round * 30 + page * 10, 2))) failed = true;
        }
      }
      machine.disk.lose_power(Unsynced::all_lost);
      ASSERT_EQ(machine.mailbox.rows().size(), 18U);
      machine.mailbox.expect_intact();
    }
    EXPECT_GT(calls, 30);  // the workload has at least a write a message and a sync a page
  }
}

// A full disk: the message that did not fit is rolled back, those before it are flushed and readable.
TEST(blob_crash, full_disk_rolls_back_one_append) {
  Machine machine(pack_roll_length);
  const auto writer = machine.writer();
  ASSERT_TRUE(machine.mailbox.commit_page(*writer, page_of(0, 2)));
  const std::string earlier = message(5), refused = message(6);
  const auto location = writer->append(ids::sha256(earlier), earlier);
  ASSERT_TRUE(location);
  const std::size_t length = machine.disk.bytes_of(machine.pack(1)).size();
  machine.disk.fail_from(1, 1, disk_error("no space"));
  const auto failed = writer->append(ids::sha256(refused), refused);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(failed.error().retry.when, Retry::When::after);
  EXPECT_EQ(machine.disk.bytes_of(machine.pack(1)).size(), length);
  ASSERT_TRUE(writer->flush());
  machine.disk.lose_power(Unsynced::all_lost);
  EXPECT_EQ(*machine.store.read(machine.mailbox.account_id, *location, ids::sha256(earlier)), earlier);
  machine.mailbox.expect_intact();
}

// A page that spans packs is synced as one: whichever pack fails, the flush says so, and the page appended
// again is durable.
TEST(blob_crash, page_over_several_packs_fails_as_one) {
  const std::vector<std::string> page = {noise(1, 5000), noise(2, 5000), noise(3, 5000)};
  for (int nth = 1; nth <= 3; ++nth) {
    SCOPED_TRACE(nth);
    Machine machine;
    const auto writer = machine.writer();
    for (const std::string& raw : page) ASSERT_TRUE(writer->append(ids::sha256(raw), raw));
    machine.disk.fail_from(nth, 1, disk_error("simulated"));
    EXPECT_FALSE(writer->flush());
    for (std::uint32_t number = 1; number <= 3; ++number) {
      EXPECT_TRUE(machine.disk.bytes_of(machine.pack(number)).empty());
    }
    ASSERT_TRUE(machine.mailbox.commit_page(*writer, page));
    machine.disk.lose_power(Unsynced::all_lost);
    machine.mailbox.expect_intact();
  }
}

// The process is killed in the middle of a write, at every length: complete records stay, appends go on
// behind.
TEST(blob_crash, pack_cut_anywhere_keeps_its_complete_records) {
  Machine machine(pack_roll_length);
  const std::vector<std::string> raws = {noise(1, 80), "", message(2, 300)};
  ASSERT_TRUE(machine.mailbox.commit_page(*machine.writer(), raws));
  const std::vector<Mailbox::Row> rows = machine.mailbox.rows();
  const std::string whole = machine.disk.bytes_of(machine.pack(1));
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    SCOPED_TRACE(length);
    machine.disk.bytes_of(machine.pack(1)) = whole.substr(0, length);
    const std::string next = message(9);
    const auto location = machine.writer()->append(ids::sha256(next), next);
    ASSERT_TRUE(location);
    EXPECT_EQ(location->pack, 1U);
    EXPECT_EQ(*machine.store.read(machine.mailbox.account_id, *location, ids::sha256(next)), next);
    for (const Mailbox::Row& row : rows) {
      const std::uint64_t end = row.location.offset + record_header_length + row.location.stored_length;
      const auto raw = machine.store.read(machine.mailbox.account_id, row.location, ids::sha256(row.raw));
      EXPECT_EQ(raw.has_value(), end <= length);
    }
  }
}

// A wrong byte anywhere in a closed or open pack: that record is refused, never given out wrong, and the
// others stay; opening the pack to write must not cut off what is valid.
TEST(blob_crash, damaged_byte_costs_at_most_its_record) {
  Machine machine(pack_roll_length);
  ASSERT_TRUE(machine.mailbox.commit_page(*machine.writer(), {noise(1, 60), noise(2, 60), noise(3, 60)}));
  const std::vector<Mailbox::Row> rows = machine.mailbox.rows();
  const std::string whole = machine.disk.bytes_of(machine.pack(1));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    SCOPED_TRACE(at);
    std::string& bytes = machine.disk.bytes_of(machine.pack(1));
    bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    const auto location = machine.writer()->append(ids::sha256("next"), "next");
    ASSERT_TRUE(location);
    for (const Mailbox::Row& row : rows) {
      const std::uint64_t end = row.location.offset + record_header_length + row.location.stored_length;
      const auto raw = machine.store.read(machine.mailbox.account_id, row.location, ids::sha256(row.raw));
      const bool hit = at >= row.location.offset && at < end;
      EXPECT_EQ(raw.has_value(), !hit);
      if (hit) EXPECT_EQ(raw.error().kind, ErrorKind::invalid_data);
    }
    if (location->pack > 1) ASSERT_TRUE(machine.disk.remove_file(machine.pack(location->pack)));
  }
}

// A pack of a later version of the software, met after a downgrade, is not touched.
TEST(blob_crash, foreign_pack_is_left_alone) {
  Machine machine;
  ASSERT_TRUE(machine.mailbox.commit_page(*machine.writer(), page_of(0, 1)));
  std::string& bytes = machine.disk.bytes_of(machine.pack(1));
  bytes[7] = '2';  // HMDPACK2
  const std::string before = bytes;
  const auto location = machine.writer()->append(ids::sha256("next"), "next");
  ASSERT_TRUE(location);
  EXPECT_EQ(location->pack, 2U);
  EXPECT_EQ(machine.disk.bytes_of(machine.pack(1)), before);
}

// A stream broken off at any call, or dropped, leaves no trace; the message streamed again is whole after
// power loss.
TEST(blob_crash, stream_broken_anywhere_leaves_the_pack_as_it_was) {
  const std::string big = noise(1, 500'000);
  const auto stream_once = [&](PackWriter& writer) -> Result<StreamedBlob::Finished> {
    Result<StreamedBlob> stream = writer.begin(big.size());
    if (!stream) return stream.error();
    for (std::size_t at = 0; at < big.size(); at += 50'000) {
      if (Status done = stream->write(big.substr(at, 50'000)); !done) return done.error();
    }
    return stream->finish();
  };
  for (int nth = 1, finished = 0; finished == 0; ++nth) {
    SCOPED_TRACE(nth);
    Machine machine(pack_roll_length);
    const auto writer = machine.writer();
    ASSERT_TRUE(machine.mailbox.commit_page(*writer, page_of(0, 2)));
    const std::string before = machine.disk.bytes_of(machine.pack(1));
    machine.disk.fail_from(nth, 1, disk_error("simulated"));
    auto result = stream_once(*writer);
    if (result) {
      machine.disk.heal();
      finished = nth;
    } else {
      EXPECT_EQ(machine.disk.bytes_of(machine.pack(1)), before);
      result = stream_once(*writer);
    }
    ASSERT_TRUE(result && writer->flush());
    machine.disk.lose_power(Unsynced::all_lost);
    EXPECT_EQ(*machine.store.read(machine.mailbox.account_id, result->location, ids::sha256(big)), big);
    machine.mailbox.expect_intact();
    if (finished > 0) EXPECT_GT(finished, 4);  // the stream is written in several pieces
  }
}

// Killed in the middle of a stream: the header was not written, so the next writer cuts its bytes off.
TEST(blob_crash, killed_stream_is_cut_off) {
  Machine machine(pack_roll_length);
  const auto writer = machine.writer();
  ASSERT_TRUE(machine.mailbox.commit_page(*writer, page_of(0, 1)));
  const std::string before = machine.disk.bytes_of(machine.pack(1));
  auto stream = writer->begin(0);
  ASSERT_TRUE(stream && stream->write(noise(1, 500'000)));
  ASSERT_GT(machine.disk.bytes_of(machine.pack(1)).size(), before.size());
  const std::string torn = machine.disk.bytes_of(machine.pack(1));
  {
    Result<StreamedBlob> dropped = std::move(stream);
  }
  machine.disk.bytes_of(machine.pack(1)) = torn;
  machine.disk.kill_process();
  const auto next = machine.writer();
  EXPECT_EQ(machine.disk.bytes_of(machine.pack(1)), before);
}

// The cost that the design allows: one sync a page, once the pack and its folder are known to the disk.
TEST(blob_crash, page_costs_one_sync) {
  Machine machine(pack_roll_length);
  const auto writer = machine.writer();
  ASSERT_TRUE(machine.mailbox.commit_page(*writer, page_of(0, 20)));
  for (std::uint32_t page = 1; page < 4; ++page) {
    const int before = machine.disk.syncs();
    ASSERT_TRUE(machine.mailbox.commit_page(*writer, page_of(page * 20, 20)));
    EXPECT_EQ(machine.disk.syncs(), before + 1);
  }
}

// Of an account that gets a message now and then, the writer is put away in between.
TEST(blob_crash, writer_that_goes_on_where_the_last_one_stopped_costs_one_sync) {
  Machine machine(pack_roll_length);
  const auto place = machine.place_after(page_of(0, 3));
  ASSERT_TRUE(place);
  const int before = machine.disk.syncs();
  {
    const auto next = machine.store.writer(machine.mailbox.account_id, place);
    ASSERT_TRUE(next);
    ASSERT_TRUE(machine.mailbox.commit_page(**next, page_of(3, 1)));
  }
  EXPECT_EQ(machine.disk.syncs(), before + 1);
  machine.disk.lose_power(Unsynced::all_lost);
  machine.mailbox.expect_intact();
}

// What another process appended meanwhile is neither cut off nor written over, though its last record is torn.
TEST(blob_crash, pack_that_grew_since_the_last_writer_is_looked_at) {
  Machine machine(pack_roll_length);
  const auto place = machine.place_after(page_of(0, 3));
  ASSERT_TRUE(machine.mailbox.commit_page(*machine.writer(), page_of(3, 2)));
  machine.disk.bytes_of(machine.pack(1)) += "torn";
  const auto next = machine.store.writer(machine.mailbox.account_id, place);
  ASSERT_TRUE(next);
  ASSERT_TRUE(machine.mailbox.commit_page(**next, page_of(5, 1)));
  machine.mailbox.expect_intact();
}

TEST(blob_crash, writer_has_no_place_before_all_is_durable) {
  Machine machine;
  const auto writer = machine.writer();
  EXPECT_FALSE(writer->place());
  ASSERT_TRUE(machine.mailbox.commit_page(*writer, page_of(0, 1)));
  EXPECT_TRUE(writer->place());
  ASSERT_TRUE(writer->append(ids::sha256("late"), "late"));
  EXPECT_FALSE(writer->place());
}

// A full disk takes new names but no bytes; and what a check that was killed left behind must not answer for the disk.
TEST(blob_crash, health_check_sees_a_disk_that_takes_no_bytes) {
  Machine machine;
  ASSERT_TRUE(machine.store.check_writable());
  machine.disk.fail_from(2, 1, disk_error("no space"));
  EXPECT_FALSE(machine.store.check_writable());
  EXPECT_TRUE(machine.disk.list(root)->empty());
  ASSERT_TRUE(machine.disk.open(root / "writable", OpenMode::create_new));
  machine.disk.fail_from(1, 1, disk_error("no space"));
  EXPECT_FALSE(machine.store.check_writable());
  EXPECT_TRUE(machine.store.check_writable());
  EXPECT_TRUE(machine.disk.list(root)->empty());
}

// Erasing is broken off at any call and done again: in the end all is gone, durably.
TEST(blob_crash, erase_broken_anywhere_is_finished_by_the_next) {
  bool failed = true;
  for (int nth = 1; failed; ++nth) {
    SCOPED_TRACE(nth);
    Machine machine;
    ASSERT_TRUE(machine.mailbox.commit_page(*machine.writer(), page_of(0, 12)));
    machine.disk.fail_from(nth, 1, disk_error("simulated"));
    failed = !machine.store.erase_account(machine.mailbox.account_id);
    if (failed) ASSERT_TRUE(machine.store.erase_account(machine.mailbox.account_id));
    machine.disk.lose_power(Unsynced::all_lost);
    EXPECT_TRUE(machine.disk.list(root)->empty());
  }
}

}  // namespace
}  // namespace hermod::blob::test
