// pack_recovery: where the next record goes in a pack that a writer may have left in the middle of a write.
//
// Records are walked by their headers, then the last ones are checked from the back:
//   garbage after the last complete record, nothing valid behind it: cut there, go on in this pack
//   a valid record header behind the garbage, or a foreign header: touch nothing, go on in the next pack
//   nothing ever got into the pack: begin it anew
// Whatever a successful flush covered is complete, so it is never cut. Pure but for reading. Threads: the
// file's. Limits: max_tail_records; the cost is one small read a record.
#pragma once

#include <cstddef>
#include <cstdint>

#include <hermod/result.hpp>

#include "core/blob/file_system.hpp"
#include "core/ids/object_id.hpp"

namespace hermod::blob {

// More than a page holds: of records checked from the back, all but the first few were flushed.
inline constexpr std::size_t max_tail_records = 4096;

struct PackTail {
  enum class Next : std::uint8_t { this_pack, next_pack };
  Next next = Next::this_pack;
  std::uint64_t end = 0;  // with this_pack: what lies beyond is garbage; 0: not even a header
};

Result<PackTail> find_tail(File& pack, const ids::ObjectId& account_id, std::uint32_t pack_number);

}  // namespace hermod::blob
