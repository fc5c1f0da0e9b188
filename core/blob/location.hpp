// Location: where in an account's packs a blob lies. The store keeps it beside (account id, SHA-256); packs
// have no index of their own. Limits of the room stand here too.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hermod::blob {

struct Location {
  std::uint32_t pack = 0;           // number of the pack file, from 1
  std::uint64_t offset = 0;         // of the record's header in the pack
  std::uint64_t stored_length = 0;  // compressed bytes, header not counted
  std::uint64_t raw_length = 0;

  friend bool operator==(const Location&, const Location&) = default;
};

// No mail system in use takes messages near this size; it bounds what a damaged header can ask for.
inline constexpr std::uint64_t max_raw_length = std::uint64_t{2} << 30;
// What is compressed or read in one piece in memory; beyond it, stream.
inline constexpr std::uint64_t max_whole_length = std::uint64_t{256} << 20;
// A pack that would grow beyond this is closed, and the next is begun.
inline constexpr std::uint64_t pack_roll_length = std::uint64_t{256} << 20;

}  // namespace hermod::blob
