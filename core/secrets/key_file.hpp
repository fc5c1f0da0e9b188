// The key file of a KeyRing on disk.
//
//   hermod-keys 1
//   # comment
//   key <key id: 16 hex digits> <created: 2025-01-31T12:00:00Z> <32 bytes in base64>
//
// Version first, one line a key, oldest first; the last one seals. Blank lines and lines beginning with # are
// skipped. A write is a temporary file beside it (O_EXCL, 0600), fsync, rename, fsync of the folder: the file
// is whole, old or new, whatever happens. Owner: KeyRing. Threads: any. Limits: max_key_file_length,
// max_keys.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include <hermod/result.hpp>

#include "core/secrets/key_ring.hpp"

namespace hermod::secrets {

inline constexpr std::size_t max_key_file_length = 64 << 10;

// A new random key, created now.
Key make_key();

// Fails with `not_found` when there is no file, `denied` when others may read it or it is another user's,
// `invalid_data` when it is malformed.
Result<std::vector<Key>> read_key_file(const std::filesystem::path& path);

enum class Existing : std::uint8_t { keep, replace };
// With `keep`, fails with `conflict` when there is a file already, and leaves it.
Status write_key_file(const std::filesystem::path& path, const std::vector<Key>& keys, Existing existing);

}  // namespace hermod::secrets
