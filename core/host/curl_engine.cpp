#include "core/host/curl_engine.hpp"

#include <map>
#include <unordered_map>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/host/asio_runtime.hpp"

namespace hermod::host {
namespace {

using Code = boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

Error cannot_start(ErrorKind kind, const char* message) {
  return {kind, ErrorScope::account, Retry::after(), message, {}, {}, {}};
}

class AsioCurlEngine final : public CurlEngine, public std::enable_shared_from_this<AsioCurlEngine> {
 public:
  AsioCurlEngine(AsioRuntime& runtime, const EgressPolicy& policy)
      : executor_(asio::make_strand(runtime.io)), timer_(executor_), multi_(::curl_multi_init()) {
    CURLM* multi = multi_.get();
    ::curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                        static_cast<long>(policy.http_connections_max));
    ::curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(policy.http_connections_max));
    ::curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                        static_cast<long>(policy.http_connections_per_host_max));
    ::curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    ::curl_multi_setopt(
        multi, CURLMOPT_SOCKETFUNCTION, +[](CURL*, curl_socket_t fd, int what, void* self, void*) {
          static_cast<AsioCurlEngine*>(self)->on_interest(fd, what);
          return 0;
        });
    ::curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    ::curl_multi_setopt(
        multi, CURLMOPT_TIMERFUNCTION, +[](CURLM*, long milliseconds, void* self) {
          static_cast<AsioCurlEngine*>(self)->on_timer_wanted(milliseconds);
          return 0;
        });
  }

  void start(std::shared_ptr<HttpExchange> exchange) override {
    asio::post(executor_,
               [self = shared_from_this(), exchange = std::move(exchange)] { self->begin(exchange); });
  }
  void abort(std::shared_ptr<HttpExchange> exchange) override {
    asio::post(executor_, [self = shared_from_this(), exchange = std::move(exchange)] {
      if (exchange->easy() != nullptr) self->remove(exchange->easy(), CURLE_ABORTED_BY_CALLBACK);
    });
  }
  void resume(std::shared_ptr<HttpExchange> exchange) override {
    asio::post(executor_, [self = shared_from_this(), exchange = std::move(exchange)] {
      exchange->resume();
      self->collect();
    });
  }
  void close() override {
    asio::post(executor_, [self = shared_from_this()] { self->shut(); });
  }

 private:
  // What curl wants to know of one of its sockets. Asio watches it, curl owns it.
  struct Watch {
    explicit Watch(const asio::strand<asio::io_context::executor_type>& executor) : descriptor(executor) {}
    Descriptor descriptor;
    bool wants_read = false;
    bool wants_write = false;
    bool awaits_read = false;
    bool awaits_write = false;
  };
  using WatchPointer = std::shared_ptr<Watch>;
  struct MultiDeleter {
    void operator()(CURLM* multi) const noexcept { ::curl_multi_cleanup(multi); }
  };

  void begin(const std::shared_ptr<HttpExchange>& exchange) {
    if (!multi_) return exchange->finish(cannot_start(ErrorKind::unavailable, "the HTTP client is closed"));
    if (running_.size() >= exchanges_max) {
      return exchange->finish(cannot_start(ErrorKind::limit, "too many HTTP requests run at once"));
    }
    CURL* easy = exchange->prepare();
    if (easy == nullptr) return exchange->finish(cannot_start(ErrorKind::internal, "the HTTP client failed"));
    running_.emplace(easy, exchange);
    if (::curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) remove(easy, CURLE_FAILED_INIT);
  }

  void remove(CURL* easy, CURLcode code) {
    const auto found = running_.find(easy);
    if (found == running_.end()) return;
    const std::shared_ptr<HttpExchange> exchange = std::move(found->second);
    running_.erase(found);
    ::curl_multi_remove_handle(multi_.get(), easy);
    exchange->finish(code);
  }

  void shut() {
    while (!running_.empty()) remove(running_.begin()->first, CURLE_ABORTED_BY_CALLBACK);
    multi_.reset();
    for (auto& [fd, watch] : watches_) watch->descriptor.release();
    watches_.clear();
    timer_.cancel();
  }

  // Ends the exchanges that curl is done with.
  void collect() {
    int left = 0;
    while (multi_) {
      const CURLMsg* message = ::curl_multi_info_read(multi_.get(), &left);
      if (message == nullptr) break;
      if (message->msg == CURLMSG_DONE) remove(message->easy_handle, message->data.result);
    }
  }

  void act(curl_socket_t fd, int events) {
    if (!multi_) return;
    int running = 0;
    ::curl_multi_socket_action(multi_.get(), fd, events, &running);
    collect();
  }

  void on_timer_wanted(long milliseconds) {
    if (milliseconds < 0) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::milliseconds(milliseconds));  // drops an earlier wait
    timer_.async_wait([self = shared_from_this()](const Code& code) {
      if (!code) self->act(CURL_SOCKET_TIMEOUT, 0);
    });
  }

  void on_interest(curl_socket_t fd, int what) {
    auto found = watches_.find(fd);
    if (what == CURL_POLL_REMOVE) {
      if (found == watches_.end()) return;
      found->second->descriptor.release();  // curl closes it
      watches_.erase(found);
      return;
    }
    if (found == watches_.end()) {
      auto watch = std::make_shared<Watch>(executor_);
      Code code;
      watch->descriptor.assign(fd, code);
      if (code) return;  // the transfer runs into its timeout
      found = watches_.emplace(fd, std::move(watch)).first;
    }
    found->second->wants_read = (what & CURL_POLL_IN) != 0;
    found->second->wants_write = (what & CURL_POLL_OUT) != 0;
    await(fd, found->second);
  }

  void await(curl_socket_t fd, const WatchPointer& watch) {
    if (watch->wants_read && !watch->awaits_read) {
      watch->awaits_read = true;
      watch->descriptor.async_wait(Descriptor::wait_read,
                                   [self = shared_from_this(), fd, watch](const Code& code) {
                                     watch->awaits_read = false;
                                     if (!code && watch->wants_read)
                                       self->on_ready(fd, watch, CURL_CSELECT_IN);
                                   });
    }
    if (watch->wants_write && !watch->awaits_write) {
      watch->awaits_write = true;
      watch->descriptor.async_wait(Descriptor::wait_write,
                                   [self = shared_from_this(), fd, watch](const Code& code) {
                                     watch->awaits_write = false;
                                     if (!code && watch->wants_write)
                                       self->on_ready(fd, watch, CURL_CSELECT_OUT);
                                   });
    }
  }

  void on_ready(curl_socket_t fd, const WatchPointer& watch, int events) {
    if (!is_current(fd, watch)) return;
    act(fd, events);
    if (is_current(fd, watch)) await(fd, watch);  // unless curl gave the socket up
  }
  bool is_current(curl_socket_t fd, const WatchPointer& watch) const {
    const auto found = watches_.find(fd);
    return found != watches_.end() && found->second == watch;
  }

  asio::strand<asio::io_context::executor_type> executor_;
  asio::steady_timer timer_;
  std::unordered_map<curl_socket_t, WatchPointer> watches_;
  std::map<CURL*, std::shared_ptr<HttpExchange>> running_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;  // null once closed
};

}  // namespace

std::shared_ptr<CurlEngine> CurlEngine::create(Runtime& runtime, const EgressPolicy& policy) {
  static const CURLcode initialized = ::curl_global_init(CURL_GLOBAL_ALL);
  if (initialized != CURLE_OK) rule_broken("libcurl could not be initialized");
  return std::make_shared<AsioCurlEngine>(runtime.asio(), policy);
}

}  // namespace hermod::host
