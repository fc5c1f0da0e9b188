// MemoryNet: connects to an ImapServer in memory. Its streams resume their readers on the strand. Test
// support.
#pragma once

#include <memory>
#include <vector>

#include <hermod/net.hpp>
#include <hermod/wait_queue.hpp>

#include "tests/imap/server/imap_server.hpp"

namespace hermod::imap::test {

class MemoryStream final : public Stream {
 public:
  MemoryStream(StoredMailbox& mailbox, const ServerOptions& options) : server_(mailbox, options) {}

  Task<Result<std::string>> read(std::size_t bytes_max) override {
    while (buffer_.empty()) {
      buffer_ = server_.take_output();
      if (!buffer_.empty() || server_.closed()) break;
      if (auto woken = co_await readable_.wait(); !woken) co_return std::move(woken).error();
    }
    auto bytes = buffer_.substr(0, bytes_max);
    buffer_.erase(0, bytes.size());
    co_return std::move(bytes);
  }
  Task<Status> write(std::string bytes) override {
    server_.receive(bytes);
    tell();
    co_return ok();
  }
  Task<Status> start_tls() override {
    co_return Error{ErrorKind::unsupported, ErrorScope::account, Retry::never(), "no TLS here", {}, {}, {}};
  }
  bool encrypted() const noexcept override { return true; }
  void close() noexcept override {}

  void mailbox_changed() {
    server_.tell_idle();
    tell();
  }

 private:
  void tell() {
    if (server_.has_output() || server_.closed()) readable_.wake_all();
  }

  ServerConnection server_;
  std::string buffer_;
  WaitQueue readable_;
};

class MemoryNet final : public Net {
 public:
  MemoryNet(StoredMailbox& mailbox, ServerOptions options)
      : mailbox_(mailbox), options_(std::move(options)) {}

  Task<Result<std::unique_ptr<Stream>>> connect(ConnectOptions) override {
    auto stream = std::make_unique<Handle>(*this);
    co_return std::unique_ptr<Stream>(std::move(stream));
  }
  void mailbox_changed() {
    for (auto* stream : open_) stream->inner.mailbox_changed();
  }
  std::size_t open_connections() const { return open_.size(); }

 private:
  // Leaves the list when it is destroyed.
  struct Handle final : Stream {
    explicit Handle(MemoryNet& owner) : net(owner), inner(owner.mailbox_, owner.options_) {
      net.open_.push_back(this);
    }
    ~Handle() override { std::erase(net.open_, this); }
    Task<Result<std::string>> read(std::size_t bytes_max) override { return inner.read(bytes_max); }
    Task<Status> write(std::string bytes) override { return inner.write(std::move(bytes)); }
    Task<Status> start_tls() override { return inner.start_tls(); }
    bool encrypted() const noexcept override { return true; }
    void close() noexcept override {}
    MemoryNet& net;
    MemoryStream inner;
  };

  StoredMailbox& mailbox_;
  ServerOptions options_;
  std::vector<Handle*> open_;
};

}  // namespace hermod::imap::test
