// PackWriter: appends blobs to one account's packs, durably at the cost of about one fsync a page.
//
//   append()*, flush(), then the page commits in the database: never before flush() succeeded
//
//   append fails    that blob is rolled back, those before it are unharmed: try again, or flush without it
//   flush fails     all since the last good flush is gone, for a kernel may drop what it could not write:
//                   append the page again
//   crash           the next writer goes on after the last complete record, see pack_recovery.hpp
//
// A blob appended but never committed is garbage for compaction, which must never remove the newest pack.
// It keeps no index: the database knows which (account, SHA-256) it has, and where.
//
// Owner: the account's session; holds two descriptors, so an idle account should not keep one. Threads: one
// at a time. One writer an account in all processes, by a lock on its folder. Made by BlobStore::writer().
// Limits: pack_roll_length, max_raw_length (a blob longer than a pack gets a pack of its own),
// max_packs_a_page.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <hermod/result.hpp>

#include "core/blob/compression.hpp"
#include "core/blob/file_system.hpp"
#include "core/blob/location.hpp"
#include "core/ids/object_id.hpp"

namespace hermod::blob {

class StreamedBlob;

// Each holds a descriptor until the flush.
inline constexpr std::size_t max_packs_a_page = 64;

// Where a writer stopped: what is before it is durable, and so are the folders' entries.
struct PackPlace {
  std::uint32_t pack_number = 0;
  std::uint64_t end = 0;
};

class PackWriter {
 public:
  struct Settings {
    Path root;
    ids::ObjectId account_id;
    std::uint64_t roll_length = pack_roll_length;
    // Of the account's last writer in this process: the next one then neither looks for the end of the newest pack
    // nor syncs the folders again, unless the pack is not as it was left.
    std::optional<PackPlace> resume_at = std::nullopt;
  };
  // Fails with `conflict` when another writer has the account, `unavailable` when the root is missing or the
  // disk fails.
  static Result<std::unique_ptr<PackWriter>> open(FileSystem& files, Settings settings);

  PackWriter(const PackWriter&) = delete;
  PackWriter& operator=(const PackWriter&) = delete;
  ~PackWriter();

  Result<Location> append(const CompressedBlob& blob);
  Result<Location> append(const ids::Sha256Digest& sha256, std::string_view raw);

  // For blobs too big to hold. No append() and no second begin() until the stream is finished or gone; the
  // stream must not outlive the writer. `expected_raw_length` only decides where a new pack begins; 0 when
  // unknown.
  Result<StreamedBlob> begin(std::uint64_t expected_raw_length);

  Status flush();

  // None while something is not durable yet.
  std::optional<PackPlace> place() const;

 private:
  friend class StreamedBlob;
  enum class Stream : std::uint8_t { none, open };
  enum class Entry : std::uint8_t { durable, pending };

  struct FullPack {
    std::unique_ptr<File> file;
    std::uint64_t durable_end = 0;
  };

  PackWriter(FileSystem& files, Settings settings, std::unique_ptr<DirectoryLock> lock);
  Status open_newest_pack();
  Result<bool> resume(File& pack);
  Status make_room(std::uint64_t record_length);
  Status start_pack();
  Status roll_over();
  Status sync_packs();
  Status sync_entries();
  void lose_page();
  void roll_back();
  Location take_in(std::uint64_t stored_length, std::uint64_t raw_length);

  FileSystem& files_;
  Settings settings_;
  Path folder_;
  std::unique_ptr<DirectoryLock> lock_;
  std::unique_ptr<File> pack_;        // none until the first append when there is no pack to go on with
  std::uint32_t pack_number_ = 0;     // of pack_, or of the newest there is
  std::uint64_t end_ = 0;             // where the next record goes; 0: the pack has no header yet
  std::uint64_t durable_end_ = 0;     // end_ as of the last good flush
  std::vector<FullPack> full_packs_;  // rolled over since the last flush, which syncs them
  Stream stream_ = Stream::none;
  // Pending at first: a writer that crashed may have left either unsynced.
  Entry pack_entry_ = Entry::pending;
  Entry folder_entry_ = Entry::pending;
};

}  // namespace hermod::blob
