#include "core/ids/object_id.hpp"

#include <charconv>
#include <chrono>
#include <mutex>
#include <span>

#include "core/ids/random.hpp"
#include "core/ids/text_encoding.hpp"

namespace hermod::ids {
namespace {

using Uint128 = unsigned __int128;

constexpr std::string_view base36_alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
// 25 digits are 1 + 12 + 12, and 12 digits fit 64 bits: two wide divisions instead of 25.
constexpr std::size_t chunk_digits = 12;
constexpr std::uint64_t chunk_base = 4'738'381'338'321'616'896;  // 36^12

// RFC 9562 §6.2 method 1: a counter in the bits after the version and the variant, here 12 + 14 bits of it.
// It starts at a random value with its highest bit clear, so that it seldom overflows within a millisecond.
constexpr std::uint32_t counter_limit = 1U << 26;
constexpr std::uint32_t counter_seed_mask = (1U << 25) - 1;

struct Tick {
  std::uint64_t ms = 0;
  std::uint32_t counter = 0;
};

Tick next_tick(std::uint32_t seed) {
  using std::chrono::system_clock;
  static std::mutex mutex;
  static Tick last;
  const auto since_epoch = system_clock::now().time_since_epoch();
  const auto ms =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
  const std::lock_guard lock(mutex);
  if (ms > last.ms) {
    last = {ms, seed & counter_seed_mask};
  } else if (++last.counter == counter_limit) {
    last = {last.ms + 1, 0};  // borrowed from the future; the clock catches up
  }
  return last;
}

Uint128 to_number(const ObjectId& object_id) {
  Uint128 number = 0;
  for (const std::uint8_t byte : object_id.bytes) number = number << 8 | byte;
  return number;
}

ObjectId from_number(Uint128 number) {
  ObjectId object_id;
  for (std::size_t i = object_id.bytes.size(); i-- > 0; number >>= 8) {
    object_id.bytes[i] = static_cast<std::uint8_t>(number);
  }
  return object_id;
}

void write_base36(std::uint64_t number, char* end, std::size_t digits) {
  for (; digits > 0; --digits, number /= 36) *--end = base36_alphabet[number % 36];
}

}  // namespace

ObjectId new_object_id() {
  ObjectId object_id;
  auto& bytes = object_id.bytes;
  fill_random(bytes);
  std::uint32_t seed = 0;
  std::memcpy(&seed, bytes.data(), sizeof seed);
  const Tick tick = next_tick(seed);
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(tick.ms >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(0x70 | tick.counter >> 22);  // version 7
  bytes[7] = static_cast<std::uint8_t>(tick.counter >> 14);
  bytes[8] = static_cast<std::uint8_t>(0x80 | (tick.counter >> 8 & 0x3F));  // variant 10
  bytes[9] = static_cast<std::uint8_t>(tick.counter);
  return object_id;
}

std::string to_public(const ObjectId& object_id) {
  const Uint128 number = to_number(object_id);
  const Uint128 upper = number / chunk_base;
  std::string text(public_id_length, '0');
  char* const end = text.data() + text.size();
  write_base36(static_cast<std::uint64_t>(number % chunk_base), end, chunk_digits);
  write_base36(static_cast<std::uint64_t>(upper % chunk_base), end - chunk_digits, chunk_digits);
  write_base36(static_cast<std::uint64_t>(upper / chunk_base), end - 2 * chunk_digits, 1);
  return text;
}

std::optional<ObjectId> parse_public(std::string_view text) {
  if (text.size() != public_id_length) return std::nullopt;
  Uint128 number = 0;
  for (const char c : text) {
    const std::size_t digit = base36_alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    if (__builtin_mul_overflow(number, Uint128{36}, &number)) return std::nullopt;
    if (__builtin_add_overflow(number, Uint128{digit}, &number)) return std::nullopt;
  }
  return from_number(number);
}

std::string to_uuid_text(const ObjectId& object_id) {
  std::string text =
      hex_encode({reinterpret_cast<const char*>(object_id.bytes.data()), object_id.bytes.size()});
  for (const std::size_t place : {8, 13, 18, 23}) text.insert(place, 1, '-');
  return text;
}

std::optional<ObjectId> parse_uuid_text(std::string_view text) {
  if (text.size() != uuid_text_length) return std::nullopt;
  Uint128 number = 0;
  std::size_t at = 0;
  for (const std::size_t digits : {8, 4, 4, 4, 12}) {
    if (at > 0 && text[at++] != '-') return std::nullopt;
    const char* const end = text.data() + at + digits;
    std::uint64_t group = 0;
    const auto [stop, code] = std::from_chars(text.data() + at, end, group, 16);
    if (stop != end || code != std::errc{}) return std::nullopt;
    number = number << (4 * digits) | group;
    at += digits;
  }
  return from_number(number);
}

}  // namespace hermod::ids
