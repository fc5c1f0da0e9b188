#include "plugins/imap/client/deflate_stream.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

#include "plugins/imap/client/limits.hpp"

namespace hermod::imap {
namespace {

// Negative: without zlib's header and checksum (RFC 4978 §3).
constexpr int inflate_window_bits = -MAX_WBITS;
constexpr int deflate_window_bits = -10;
constexpr int deflate_memory_level = 2;

Bytef* octets_of(std::string& text) { return reinterpret_cast<Bytef*>(text.data()); }

Error damaged() {
  return {ErrorKind::invalid_data,
          ErrorScope::account,
          Retry::after(),
          "the server sent damaged compressed data",
          {},
          {},
          {}};
}

}  // namespace

void DeflateStream::EndInflate::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}
void DeflateStream::EndDeflate::operator()(z_stream_s* stream) const {
  deflateEnd(stream);
  delete stream;
}

DeflateStream::DeflateStream(std::unique_ptr<Stream> inner, std::string received)
    : inner_(std::move(inner)),
      received_(std::move(received)),
      inflater_(new z_stream_s{}),
      deflater_(new z_stream_s{}) {
  // They fail for want of memory alone.
  if (inflateInit2(inflater_.get(), inflate_window_bits) != Z_OK ||
      deflateInit2(deflater_.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, deflate_window_bits,
                   deflate_memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

Task<Result<std::string>> DeflateStream::read(std::size_t bytes_max) {
  bytes_max = std::min(bytes_max, read_bytes_max);
  for (;;) {
    if (consumed_ == received_.size() && !output_pending_) {
      auto bytes = co_await inner_->read(read_bytes_max);
      if (!bytes || bytes->empty()) co_return bytes;
      received_ = *std::move(bytes);
      consumed_ = 0;
    }
    std::string out(bytes_max, '\0');
    inflater_->next_in = octets_of(received_) + consumed_;
    inflater_->avail_in = static_cast<uInt>(received_.size() - consumed_);
    inflater_->next_out = octets_of(out);
    inflater_->avail_out = static_cast<uInt>(out.size());
    const int outcome = inflate(inflater_.get(), Z_SYNC_FLUSH);
    consumed_ = received_.size() - inflater_->avail_in;
    output_pending_ = inflater_->avail_out == 0;
    // Z_BUF_ERROR: it needs more to go on.
    if (outcome != Z_OK && outcome != Z_BUF_ERROR && outcome != Z_STREAM_END) co_return damaged();
    out.resize(out.size() - inflater_->avail_out);
    if (!out.empty() || outcome == Z_STREAM_END) co_return std::move(out);
  }
}

Task<Status> DeflateStream::write(std::string bytes) {
  deflater_->next_in = octets_of(bytes);
  deflater_->avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  do {
    const auto had = out.size();
    out.resize(had + bytes.size() / 2 + 64);
    deflater_->next_out = octets_of(out) + had;
    deflater_->avail_out = static_cast<uInt>(out.size() - had);
    if (deflate(deflater_.get(), Z_SYNC_FLUSH) == Z_STREAM_ERROR) co_return damaged();
  } while (deflater_->avail_out == 0);
  out.resize(out.size() - deflater_->avail_out);
  co_return co_await inner_->write(std::move(out));
}

Task<Status> DeflateStream::start_tls() {
  co_return Error{ErrorKind::unsupported,
                  ErrorScope::account,
                  Retry::never(),
                  "TLS cannot begin within compression",
                  {},
                  {},
                  {}};
}

}  // namespace hermod::imap
