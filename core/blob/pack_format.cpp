#include "core/blob/pack_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstring>

#include "core/ids/crc32.hpp"

namespace hermod::blob {
namespace {

constexpr std::string_view pack_magic = "HMDPACK1";
constexpr std::uint32_t encoding_zstd = 1;
constexpr std::size_t crc_offset = 60;  // in both headers
constexpr std::string_view pack_suffix = ".pack";

template <std::unsigned_integral T>
void put(char* to, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<char>(value >> (8 * i));
}

template <std::unsigned_integral T>
T get(const char* from) {
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;)
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(from[i]));
  return value;
}

template <class Bytes>
void seal(Bytes& header) {
  put(header.data() + crc_offset, ids::crc32({header.data(), crc_offset}));
}

bool is_sealed(std::string_view header) {
  return get<std::uint32_t>(header.data() + crc_offset) == ids::crc32(header.substr(0, crc_offset));
}

}  // namespace

PackHeaderBytes encode_pack_header(const ids::ObjectId& account_id, std::uint32_t pack_number) {
  PackHeaderBytes bytes{};
  std::ranges::copy(pack_magic, bytes.data());
  put(bytes.data() + 8, static_cast<std::uint32_t>(pack_header_length));
  put(bytes.data() + 12, pack_number);
  std::memcpy(bytes.data() + 16, account_id.bytes.data(), account_id.bytes.size());
  seal(bytes);
  return bytes;
}

bool is_pack_header(std::string_view bytes, const ids::ObjectId& account_id, std::uint32_t pack_number) {
  const PackHeaderBytes expected = encode_pack_header(account_id, pack_number);
  return bytes == std::string_view(expected.data(), expected.size());
}

RecordHeaderBytes encode_record_header(const RecordHeader& header) {
  RecordHeaderBytes bytes{};
  std::ranges::copy(record_magic, bytes.data());
  put(bytes.data() + 4, encoding_zstd);
  std::memcpy(bytes.data() + 8, header.sha256.data(), header.sha256.size());
  put(bytes.data() + 40, header.raw_length);
  put(bytes.data() + 48, header.stored_length);
  put(bytes.data() + 56, header.stored_crc);
  seal(bytes);
  return bytes;
}

std::optional<RecordHeader> decode_record_header(std::string_view bytes) {
  bytes = bytes.substr(0, record_header_length);
  if (bytes.size() < record_header_length || !bytes.starts_with(record_magic) || !is_sealed(bytes)) {
    return std::nullopt;
  }
  RecordHeader header;
  std::memcpy(header.sha256.data(), bytes.data() + 8, header.sha256.size());
  header.raw_length = get<std::uint64_t>(bytes.data() + 40);
  header.stored_length = get<std::uint64_t>(bytes.data() + 48);
  header.stored_crc = get<std::uint32_t>(bytes.data() + 56);
  if (get<std::uint32_t>(bytes.data() + 4) != encoding_zstd || header.raw_length > max_raw_length ||
      header.stored_length > max_stored_length) {
    return std::nullopt;
  }
  return header;
}

std::filesystem::path account_folder(const std::filesystem::path& root, const ids::ObjectId& account_id) {
  return root / ids::to_uuid_text(account_id);
}

std::string pack_file_name(std::uint32_t pack_number) {
  return fmt::format("{:06}{}", pack_number, pack_suffix);
}

std::optional<std::uint32_t> parse_pack_file_name(std::string_view name) {
  if (!name.ends_with(pack_suffix)) return std::nullopt;
  std::uint32_t number = 0;
  if (std::from_chars(name.data(), name.data() + name.size(), number).ec != std::errc{}) return std::nullopt;
  // The one spelling of a number that is one of ours.
  if (number == 0 || pack_file_name(number) != name) return std::nullopt;
  return number;
}

}  // namespace hermod::blob
