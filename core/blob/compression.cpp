#include "core/blob/compression.hpp"

#include <algorithm>

#include "core/blob/blob_error.hpp"
#include "core/blob/pack_format.hpp"
#include "core/blob/zstd_context.hpp"
#include "core/ids/crc32.hpp"

namespace hermod::blob {

std::uint64_t CompressedBlob::stored_length() const { return record.size() - record_header_length; }

Result<CompressedBlob> compress(std::string_view raw) {
  if (raw.size() > max_whole_length) return too_long("the message is too long to be compressed in one piece");
  return compress(raw, ids::sha256(raw));
}

Result<CompressedBlob> compress(std::string_view raw, const ids::Sha256Digest& sha256) {
  if (raw.size() > max_whole_length) return too_long("the message is too long to be compressed in one piece");
  // Making a context costs more than compressing a short message.
  thread_local const CompressionContext context = make_compression_context();
  CompressedBlob blob{.sha256 = sha256, .raw_length = raw.size(), .record = {}};
  bool succeeded = false;
  blob.record.resize_and_overwrite(record_header_length + ZSTD_compressBound(raw.size()),
                                   [&](char* to, std::size_t capacity) -> std::size_t {
                                     const std::size_t length = ZSTD_compress2(
                                         context.get(), to + record_header_length,
                                         capacity - record_header_length, raw.data(), raw.size());
                                     succeeded = ZSTD_isError(length) == 0;
                                     return succeeded ? record_header_length + length : 0;
                                   });
  if (!succeeded) return compression_failure();
  blob.record.shrink_to_fit();  // a queue of these must not hold on to the worst case
  const std::string_view frame = std::string_view(blob.record).substr(record_header_length);
  const RecordHeaderBytes header = encode_record_header({.sha256 = sha256,
                                                         .raw_length = raw.size(),
                                                         .stored_length = frame.size(),
                                                         .stored_crc = ids::crc32(frame)});
  std::ranges::copy(header, blob.record.data());
  return blob;
}

std::optional<std::string> decompress(std::string_view frame, std::uint64_t raw_length) {
  if (raw_length > max_whole_length) return std::nullopt;
  thread_local const DecompressionContext context = make_decompression_context();
  std::string raw;
  raw.resize_and_overwrite(raw_length, [&](char* to, std::size_t capacity) -> std::size_t {
    const std::size_t length = ZSTD_decompressDCtx(context.get(), to, capacity, frame.data(), frame.size());
    return ZSTD_isError(length) ? 0 : length;
  });
  if (raw.size() != raw_length) return std::nullopt;
  return raw;
}

}  // namespace hermod::blob
