// compress(): a raw message made ready for a pack: hashed, compressed (zstd level 3) and framed as a record.
//
// The costly part of storing a message, so it runs ahead in worker threads; PackWriter::append() then only
// writes.
// Threads: any; each thread keeps one zstd context for good (up to some MB after a big message).
// Limits: max_whole_length. Format: pack_format.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <hermod/result.hpp>

#include "core/blob/location.hpp"
#include "core/ids/sha256.hpp"

namespace hermod::blob {

inline constexpr int zstd_level = 3;

struct CompressedBlob {
  ids::Sha256Digest sha256{};
  std::uint64_t raw_length = 0;
  std::string record;  // record header and zstd frame, as it will stand in the pack

  std::uint64_t stored_length() const;
};

// Fails with `limit` above max_whole_length.
Result<CompressedBlob> compress(std::string_view raw);
// The same for a caller who has hashed the bytes already.
Result<CompressedBlob> compress(std::string_view raw, const ids::Sha256Digest& sha256);

// The raw bytes of one zstd frame; nothing unless it is whole and `raw_length` long.
std::optional<std::string> decompress(std::string_view frame, std::uint64_t raw_length);

}  // namespace hermod::blob
