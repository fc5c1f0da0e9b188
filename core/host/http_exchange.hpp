// HttpExchange: one request to a server and its response, between curl's strand and the caller's.
//
// The curl side (CurlEngine's strand) fills it; the caller's coroutine drains it, from its own strand. A full
// buffer pauses the transfer until it is drained. Owner: both sides, by shared_ptr. Threads: as marked.
// Limits: buffered_bytes_max held, header_bytes_max of headers, HttpRequest::response_bytes_max in all.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include <curl/curl.h>
#include <hermod/http.hpp>

#include "core/host/egress.hpp"
#include "core/host/resolver.hpp"
#include "core/host/thread_event.hpp"

namespace hermod::host {

class HttpExchange : public std::enable_shared_from_this<HttpExchange> {
 public:
  static constexpr std::size_t buffered_bytes_max = 256 << 10;
  static constexpr std::size_t header_bytes_max = 256 << 10;
  static constexpr std::size_t headers_max = 1000;

  // curl connects to one of the addresses and looks nothing up itself: its own look-ups cannot be cancelled
  // without blocking its strand.
  HttpExchange(HttpRequest request, const EgressPolicy& policy, ResolvedAddresses addresses);
  HttpExchange(const HttpExchange&) = delete;

  // --- the caller's strand
  // Waits until the headers are there.
  Task<Status> wait_headers();
  // The next bytes, empty at the end; `drained` is set when the transfer was paused and may go on.
  Task<Result<std::string>> take(bool& drained);
  // From wait_headers() on these do not change.
  int status() const noexcept { return status_; }
  const std::vector<HttpHeader>& headers() const noexcept { return headers_; }

  // --- curl's strand
  // Null when curl has no memory. To be added to a multi handle; freed by finish().
  CURL* prepare();
  CURL* easy() const noexcept { return easy_.get(); }
  void finish(CURLcode code);
  void finish(Error error);
  void resume();

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const noexcept { ::curl_easy_cleanup(easy); }
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const noexcept { ::curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, ListDeleter>;
  static void append(List& list, const std::string& line);
  void set_options(CURL* easy);
  void set_addresses(CURL* easy);
  void set_trust(CURL* easy);
  void set_body(CURL* easy);
  std::size_t on_header(std::string_view line) noexcept;
  std::size_t on_body(std::string_view bytes) noexcept;
  curl_socket_t on_socket(const curl_sockaddr& address) noexcept;
  void publish_headers();
  Error error_of(CURLcode code) const;

  const HttpRequest request_;
  const EgressPolicy& policy_;
  const ResolvedAddresses addresses_;

  // Of curl's strand alone.
  std::unique_ptr<CURL, EasyDeleter> easy_;
  List sent_headers_;
  List resolved_;
  char detail_[CURL_ERROR_SIZE] = {};
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  std::optional<Error> own_failure_;  // why one of our callbacks stopped the transfer

  // Written on curl's strand before headers_ready_, then constant.
  int status_ = 0;
  std::vector<HttpHeader> headers_;

  std::mutex mutex_;  // of all below
  bool headers_ready_ = false;
  bool paused_ = false;
  bool finished_ = false;
  std::string body_;
  std::optional<Error> failure_;
  ThreadEvent changed_;
};

}  // namespace hermod::host
