// SimulatedDisk: a file system in memory that can fail at any call and lose power at any moment.
//
// It promises no more than POSIX does: contents last from sync() of the file, an entry from sync_directory()
// of its folder. A sync that fails drops what was unsynced from the next one, as Linux does. Blocks of
// block_length bytes reach the disk alone and in any order. Owner: the test. Threads: one.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "core/blob/file_system.hpp"

namespace hermod::blob::test {

class SimulatedDisk final : public FileSystem {
 public:
  static constexpr std::size_t block_length = 512;

  // What happens to unsynced blocks, lengths and entries when the power goes.
  enum class Unsynced : std::uint8_t {
    all_lost,
    all_kept,
    contents_lost,   // entries and lengths arrived, the blocks are zeros
    entries_lost,    // what was written arrived, in files that nothing names
    each_by_chance,  // in any order, hence any part of them
  };

  explicit SimulatedDisk(const Path& root);

  // The call number `nth` from now on (from 1) that changes something fails, and `count` in all; a write is
  // done by half.
  void fail_from(int nth, int count, Error error);
  void heal() { failures_left_ = 0; }
  // From the call number `nth` on, nothing reaches the disk any more, up to lose_power(): the machine is dying.
  void halt_from(int nth) { fail_from(nth, std::numeric_limits<int>::max(), {}); }
  // Open files, locks and all that was not synced are gone.
  void lose_power(Unsynced unsynced, std::uint32_t seed = 0);
  // The process died, the machine did not: only open files and locks are gone.
  void kill_process();
  int syncs() const { return syncs_; }

  // A file's bytes as a running process sees them, to be damaged at will.
  std::string& bytes_of(const Path& path);

  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override;
  Status create_directory(const Path& path) override;
  Result<std::vector<std::string>> list(const Path& path) override;
  Status remove_file(const Path& path) override;
  Status remove_directory(const Path& path) override;
  Status sync_directory(const Path& path) override;
  Result<std::unique_ptr<DirectoryLock>> lock_directory(const Path& path) override;

 private:
  friend class SimulatedFile;
  friend class SimulatedLock;
  struct Node;
  using NodePtr = std::shared_ptr<Node>;

  NodePtr find(const Path& path) const;
  Result<NodePtr> folder_of(const Path& path) const;
  Status count_call();
  void lose_power_below(Node& node, Unsynced unsynced, std::minstd_rand& chance);
  Status remove(const Path& path);

  NodePtr top_;
  Path root_;
  int calls_to_failure_ = 0;
  int failures_left_ = 0;
  Error failure_;
  int syncs_ = 0;
  int boot_ = 0;  // files and locks of an earlier boot are dead
};

}  // namespace hermod::blob::test
