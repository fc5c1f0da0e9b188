// ObjectId: the identity of everything the store holds. 128 bits laid out as UUID version 7 (RFC 9562 §5.7):
// 48 bits of milliseconds since 1970, then version, a counter, variant and random bits.
//
// Two spellings, both order-preserving: outside, 25 characters [0-9a-z] (base 36, zero-padded); in the
// database, the uuid text form. The parsers take any 128-bit value: ids may be derived as well as made here.
// Threads: any. new_object_id() only rises within a process, also when the clock is set back.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hermod::ids {

inline constexpr std::size_t public_id_length = 25;
inline constexpr std::size_t uuid_text_length = 36;

struct ObjectId {
  std::array<std::uint8_t, 16> bytes{};

  friend constexpr auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

ObjectId new_object_id();

std::string to_public(const ObjectId& object_id);
// Nothing unless `text` is exactly 25 characters [0-9a-z] of a value below 2^128.
std::optional<ObjectId> parse_public(std::string_view text);

// 8-4-4-4-12 lower-case hex digits, as PostgreSQL prints a uuid.
std::string to_uuid_text(const ObjectId& object_id);
// Nothing unless `text` has that form; upper case is taken too.
std::optional<ObjectId> parse_uuid_text(std::string_view text);

}  // namespace hermod::ids

template <>
struct std::hash<hermod::ids::ObjectId> {
  std::size_t operator()(const hermod::ids::ObjectId& object_id) const noexcept {
    // The low half is random, save for ids that were derived; the high half serves those.
    std::uint64_t halves[2];
    std::memcpy(halves, object_id.bytes.data(), sizeof halves);
    return static_cast<std::size_t>((halves[0] * 0x9E3779B97F4A7C15ULL) ^ halves[1]);
  }
};
