// StreamedBlob: one blob written to a pack piece by piece, hashed and compressed on the way.
//
// begin(), write()*, finish(). Dropped before finish(), or failed once, it leaves the pack as it was.
// The record's header is written last, so a crash before leaves only bytes that recovery cuts off.
// Owner: the caller; lives no longer than its PackWriter. Threads: the writer's.
// Limits: max_raw_length; some 4 MB of memory (the zstd context), whatever the size.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <hermod/result.hpp>

#include "core/blob/location.hpp"
#include "core/ids/sha256.hpp"

namespace hermod::blob {

class PackWriter;

class StreamedBlob {
 public:
  struct Finished {
    Location location;
    ids::Sha256Digest sha256;
  };

  StreamedBlob(StreamedBlob&&) noexcept;
  StreamedBlob& operator=(StreamedBlob&&) = delete;
  ~StreamedBlob();

  // Fails with `limit` above max_raw_length, as append() otherwise.
  Status write(std::string_view chunk);
  // Durable after the writer's next flush(), like any other.
  Result<Finished> finish();

 private:
  friend class PackWriter;
  struct State;
  explicit StreamedBlob(PackWriter& writer);

  std::unique_ptr<State> state_;
};

}  // namespace hermod::blob
