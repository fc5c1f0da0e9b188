#include "core/blob/streamed_blob.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "core/blob/blob_error.hpp"
#include "core/blob/pack_format.hpp"
#include "core/blob/pack_writer.hpp"
#include "core/blob/zstd_context.hpp"
#include "core/durability/durable_step.hpp"
#include "core/ids/crc32.hpp"

namespace hermod::blob {

struct StreamedBlob::State {
  explicit State(PackWriter& owner) : writer(owner) {}

  Status compress(std::string_view chunk, ZSTD_EndDirective directive);
  Status write_out(std::string_view compressed);
  Status close(Status status);

  PackWriter& writer;
  CompressionContext context = make_compression_context();
  std::vector<char> buffer = std::vector<char>(ZSTD_CStreamOutSize());
  ids::Sha256 hash;
  RecordHeader header;
  enum class Phase : std::uint8_t { open, closed } phase = Phase::open;
};

// Consumes the whole chunk; with ZSTD_e_end, also writes the end of the frame.
Status StreamedBlob::State::compress(std::string_view chunk, ZSTD_EndDirective directive) {
  ZSTD_inBuffer in{chunk.data(), chunk.size(), 0};
  for (std::size_t rest = 1; in.pos < in.size || (directive == ZSTD_e_end && rest > 0);) {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    rest = ZSTD_compressStream2(context.get(), &out, &in, directive);
    if (ZSTD_isError(rest)) return compression_failure();
    if (Status written = write_out({buffer.data(), out.pos}); !written) return written;
  }
  return ok();
}

Status StreamedBlob::State::write_out(std::string_view compressed) {
  const std::uint64_t at = writer.end_ + record_header_length + header.stored_length;
  header.stored_crc = ids::crc32(compressed, header.stored_crc);
  header.stored_length += compressed.size();
  return writer.pack_->write_at(at, compressed);
}

// The writer is free again; unless all went well, its pack is as it was before begin().
Status StreamedBlob::State::close(Status status) {
  if (phase == Phase::closed) return status;
  phase = Phase::closed;
  writer.stream_ = PackWriter::Stream::none;
  if (!status) writer.roll_back();
  return status;
}

StreamedBlob::StreamedBlob(PackWriter& writer) : state_(std::make_unique<State>(writer)) {}
StreamedBlob::StreamedBlob(StreamedBlob&&) noexcept = default;
StreamedBlob::~StreamedBlob() {
  if (state_) static_cast<void>(state_->close(misuse("dropped")));
}

Status StreamedBlob::write(std::string_view chunk) {
  State& state = *state_;
  if (state.phase == State::Phase::closed) return misuse("the stream is closed");
  if (chunk.size() > max_raw_length - state.header.raw_length) {
    return state.close(too_long("the message is too long to be stored"));
  }
  state.header.raw_length += chunk.size();
  state.hash.update(chunk);
  if (Status done = state.compress(chunk, ZSTD_e_continue); !done) return state.close(std::move(done));
  return ok();
}

Result<StreamedBlob::Finished> StreamedBlob::finish() {
  State& state = *state_;
  if (state.phase == State::Phase::closed) return misuse("the stream is closed");
  Status done = state.compress({}, ZSTD_e_end);
  state.header.sha256 = state.hash.finish();
  if (done) {
    const RecordHeaderBytes bytes = encode_record_header(state.header);
    done = state.writer.pack_->write_at(state.writer.end_, {bytes.data(), bytes.size()});
  }
  if (Status closed = state.close(std::move(done)); !closed) return std::move(closed).error();
  durability::passed(durability::DurableStep::record_appended);
  return Finished{state.writer.take_in(state.header.stored_length, state.header.raw_length),
                  state.header.sha256};
}

}  // namespace hermod::blob
