// WebServer: a Poco HTTP or HTTPS server on 127.0.0.1 with the few pages that the HTTP client's tests ask
// for.
//
// /hello · /echo (method, content type and body) · /many?N (N bytes) · /zipped?N (N bytes, compressed) ·
// /status?N · /to?URL (302) · /to307?URL · /loop (302 to itself) · /hang (headers and a byte, then nothing) ·
// /silent (nothing at all). The last two last until the server goes. Threads: its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "host/certificates.hpp"

namespace hermod::test {

class WebServer {
 public:
  WebServer();                                   // http
  explicit WebServer(const Identity& identity);  // https
  WebServer(const WebServer&) = delete;
  ~WebServer();

  std::string url(const std::string& path) const;
  std::size_t requests() const;     // so far
  std::size_t connections() const;  // that requests came by, so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The byte that /many and /zipped have there.
inline char many_byte(std::size_t at) { return static_cast<char>('a' + at % 23); }

}  // namespace hermod::test
