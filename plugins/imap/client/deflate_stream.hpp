// DeflateStream: COMPRESS=DEFLATE (RFC 4978) as a filter over a host's Stream. Owned by its Transport;
// strand.
//
// Memory is bounded whatever comes: what is read is inflated piece by piece, never more than the reader asked
// for, and the commands, which are short, are compressed with a small window. About 45 KiB a connection.
#pragma once

#include <memory>
#include <string>

#include <hermod/net.hpp>

struct z_stream_s;

namespace hermod::imap {

class DeflateStream final : public Stream {
 public:
  // `received`: compressed octets that were read from `inner` already.
  DeflateStream(std::unique_ptr<Stream> inner, std::string received);

  // Error{invalid_data}: this is no deflated data; the stream is of no more use.
  Task<Result<std::string>> read(std::size_t bytes_max) override;
  // Flushed, so that the server can read the whole of it.
  Task<Status> write(std::string bytes) override;
  Task<Status> start_tls() override;  // Error{unsupported}: TLS lies below the compression
  bool encrypted() const noexcept override { return inner_->encrypted(); }
  void close() noexcept override { inner_->close(); }

 private:
  struct EndInflate {
    void operator()(z_stream_s* stream) const;
  };
  struct EndDeflate {
    void operator()(z_stream_s* stream) const;
  };

  std::unique_ptr<Stream> inner_;
  std::string received_;
  std::size_t consumed_ = 0;
  bool output_pending_ = false;  // the last piece filled what the reader asked for: there may be more of it
  std::unique_ptr<z_stream_s, EndInflate> inflater_;
  std::unique_ptr<z_stream_s, EndDeflate> deflater_;
};

}  // namespace hermod::imap
