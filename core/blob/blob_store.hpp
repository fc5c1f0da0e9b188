// BlobStore: raw messages on disk, by account and content: <root>/<account uuid>/<000001>.pack.
//
// Owner: the host; one a process. Threads: any, for every call; a PackWriter is its caller's (see there).
// Reads need no lock: a record never changes, and packs only grow. Each read checks the record against the
// location, its CRC and SHA-256. Limits: max_whole_length for read(); read_stream() needs some 3 MB, whatever
// the size. Errors: `not_found` no such pack; `invalid_data` damaged (scope item); `unavailable` root missing
// or disk failing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <hermod/result.hpp>

#include "core/blob/file_system.hpp"
#include "core/blob/location.hpp"
#include "core/blob/pack_reader.hpp"
#include "core/blob/pack_writer.hpp"
#include "core/ids/object_id.hpp"
#include "core/ids/sha256.hpp"

namespace hermod::blob {

class BlobStore {
 public:
  struct Settings {
    Path root;
    std::uint64_t roll_length = pack_roll_length;
  };

  explicit BlobStore(Settings settings, FileSystem& files = posix_file_system());

  // Makes the root when there is none (its parent must exist). Only for the first start: a root that vanished
  // later is a disk that is not mounted.
  Status create_root();

  // `resume_at`: see PackWriter::Settings.
  Result<std::unique_ptr<PackWriter>> writer(const ids::ObjectId& account_id,
                                             std::optional<PackPlace> resume_at = std::nullopt);

  Result<std::string> read(const ids::ObjectId& account_id, const Location& location,
                           const ids::Sha256Digest& expected) const;
  // The sink gets bytes before they are all checked: only an ok() at the end says that they were right.
  Status read_stream(const ids::ObjectId& account_id, const Location& location,
                     const ids::Sha256Digest& expected, const Sink& sink) const;

  // For health checks: a file can be made in the root and filled now.
  Status check_writable();

  // Removes all of the account, durably. An account without blobs is a success; `conflict` while a writer is
  // open.
  Status erase_account(const ids::ObjectId& account_id);

 private:
  Settings settings_;
  FileSystem& files_;
};

}  // namespace hermod::blob
