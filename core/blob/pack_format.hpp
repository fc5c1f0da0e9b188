// The bytes of a pack file. Must not change; another form gets another magic. Integers are little-endian.
//
//   pack   = pack header, record*
//   record = record header, zstd frame
//
//   pack header, 64 bytes            record header, 64 bytes
//    0  magic "HMDPACK1"              0  magic "HREC"
//    8  u32 header length (64)        4  u32 encoding (1: zstd)
//   12  u32 pack number               8  SHA-256 of the raw bytes
//   16  account id                   40  u64 raw length
//   32  zeros                        48  u64 stored length: of the zstd frame
//   60  u32 CRC-32 of bytes 0–59     56  u32 CRC-32 of the zstd frame
//                                    60  u32 CRC-32 of bytes 0–59
//
// Pure functions; threads: any. Decoders give nothing for what is damaged or beyond the limits of
// location.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/blob/location.hpp"
#include "core/ids/object_id.hpp"
#include "core/ids/sha256.hpp"

namespace hermod::blob {

inline constexpr std::size_t pack_header_length = 64;
inline constexpr std::size_t record_header_length = 64;
inline constexpr std::string_view record_magic = "HREC";
// zstd adds at most a 256th to what it cannot compress.
inline constexpr std::uint64_t max_stored_length = max_raw_length + max_raw_length / 128;

struct RecordHeader {
  ids::Sha256Digest sha256{};
  std::uint64_t raw_length = 0;
  std::uint64_t stored_length = 0;
  std::uint32_t stored_crc = 0;
};

using PackHeaderBytes = std::array<char, pack_header_length>;
using RecordHeaderBytes = std::array<char, record_header_length>;

PackHeaderBytes encode_pack_header(const ids::ObjectId& account_id, std::uint32_t pack_number);
bool is_pack_header(std::string_view bytes, const ids::ObjectId& account_id, std::uint32_t pack_number);

RecordHeaderBytes encode_record_header(const RecordHeader& header);
// From the first record_header_length bytes of `bytes`, which may be more or fewer.
std::optional<RecordHeader> decode_record_header(std::string_view bytes);

// <root>/<account uuid>
std::filesystem::path account_folder(const std::filesystem::path& root, const ids::ObjectId& account_id);
// "000001.pack"
std::string pack_file_name(std::uint32_t pack_number);
std::optional<std::uint32_t> parse_pack_file_name(std::string_view name);

}  // namespace hermod::blob
