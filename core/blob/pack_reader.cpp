#include "core/blob/pack_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/blob/blob_error.hpp"
#include "core/blob/compression.hpp"
#include "core/blob/pack_format.hpp"
#include "core/blob/zstd_context.hpp"
#include "core/ids/crc32.hpp"

namespace hermod::blob {
namespace {

Error torn() { return damaged("a stored message is damaged"); }

// The header at the location, if it is the one that was written there.
Result<RecordHeader> check_header(std::string_view bytes, const Location& location,
                                  const ids::Sha256Digest& expected) {
  const std::optional<RecordHeader> header = decode_record_header(bytes);
  if (!header || header->sha256 != expected || header->raw_length != location.raw_length ||
      header->stored_length != location.stored_length) {
    return damaged("a stored message is not in its place");
  }
  return *header;
}

Result<std::string> read_exactly(File& pack, std::uint64_t offset, std::size_t length) {
  std::optional<Result<std::size_t>> count;
  std::string bytes;
  bytes.resize_and_overwrite(length, [&](char* to, std::size_t) -> std::size_t {
    count = pack.read_at(offset, to, length);
    return *count ? **count : 0;
  });
  if (!*count) return std::move(*count).error();
  if (bytes.size() != length) return torn();
  return bytes;
}

// The state of one streamed read: compressed bytes in, raw bytes to the sink.
class RecordStream {
 public:
  explicit RecordStream(const Sink& sink) : sink_(sink) {}

  Status take(std::string_view stored) {
    crc_ = ids::crc32(stored, crc_);
    ZSTD_inBuffer in{stored.data(), stored.size(), 0};
    for (bool full = false; in.pos < in.size || full;) {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      if (ZSTD_isError(ZSTD_decompressStream(context_.get(), &out, &in))) return torn();
      full = out.pos == out.size;  // there may be more inside the context
      if (out.pos == 0) continue;
      const std::string_view raw(buffer_.data(), out.pos);
      raw_length_ += raw.size();
      hash_.update(raw);
      if (Status taken = sink_(raw); !taken) return taken;
    }
    return ok();
  }

  Status finish(const RecordHeader& header) {
    if (crc_ != header.stored_crc || raw_length_ != header.raw_length || hash_.finish() != header.sha256) {
      return torn();
    }
    return ok();
  }

 private:
  const Sink& sink_;
  DecompressionContext context_ = make_decompression_context();
  std::vector<char> buffer_ = std::vector<char>(ZSTD_DStreamOutSize());
  ids::Sha256 hash_;
  std::uint64_t raw_length_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace

Result<std::string> read_record(File& pack, const Location& location, const ids::Sha256Digest& expected) {
  if (location.raw_length > max_whole_length || location.stored_length > max_stored_length) {
    return too_long("the message is too long to be read in one piece");
  }
  const Result<std::string> record =
      read_exactly(pack, location.offset, record_header_length + location.stored_length);
  if (!record) return record.error();
  const Result<RecordHeader> header = check_header(*record, location, expected);
  if (!header) return header.error();
  const std::string_view frame = std::string_view(*record).substr(record_header_length);
  if (ids::crc32(frame) != header->stored_crc) return torn();
  std::optional<std::string> raw = decompress(frame, location.raw_length);
  if (!raw || ids::sha256(*raw) != expected) return torn();
  return std::move(*raw);
}

Status stream_record(File& pack, const Location& location, const ids::Sha256Digest& expected,
                     const Sink& sink) {
  const Result<std::string> header_bytes = read_exactly(pack, location.offset, record_header_length);
  if (!header_bytes) return header_bytes.error();
  const Result<RecordHeader> header = check_header(*header_bytes, location, expected);
  if (!header) return header.error();
  RecordStream stream(sink);
  const std::uint64_t begin = location.offset + record_header_length;
  for (std::uint64_t done = 0; done < header->stored_length;) {
    const std::uint64_t piece = std::min<std::uint64_t>(header->stored_length - done, ZSTD_DStreamInSize());
    const Result<std::string> stored = read_exactly(pack, begin + done, static_cast<std::size_t>(piece));
    if (!stored) return stored.error();
    if (Status taken = stream.take(*stored); !taken) return taken;
    done += piece;
  }
  return stream.finish(*header);
}

}  // namespace hermod::blob
