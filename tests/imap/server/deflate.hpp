// Deflate: the server's end of COMPRESS=DEFLATE (RFC 4978). Test support; written apart from the client's.
#pragma once

#include <string>
#include <string_view>

#include <zlib.h>

namespace hermod::imap::test {

class Deflate {
 public:
  Deflate() {
    inflateInit2(&in_, -MAX_WBITS);
    deflateInit2(&out_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
  }
  Deflate(const Deflate&) = delete;
  ~Deflate() {
    inflateEnd(&in_);
    deflateEnd(&out_);
  }
  std::string inflated(std::string_view octets) { return run(inflate, in_, octets); }
  std::string deflated(std::string_view octets) { return run(deflate, out_, octets); }

 private:
  static std::string run(int (*step)(z_streamp, int), z_stream& stream, std::string_view octets) {
    std::string result;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));
    stream.avail_in = static_cast<uInt>(octets.size());
    do {
      char piece[4096];
      stream.next_out = reinterpret_cast<Bytef*>(piece);
      stream.avail_out = sizeof piece;
      step(&stream, Z_SYNC_FLUSH);
      result.append(piece, sizeof piece - stream.avail_out);
    } while (stream.avail_out == 0);
    return result;
  }
  z_stream in_{}, out_{};
};

}  // namespace hermod::imap::test
