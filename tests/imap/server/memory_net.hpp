// MemoryNet: connects to an ImapServer in memory. Its streams resume their readers on the strand. Test
// support.
#pragma once

#include <memory>
#include <vector>

#include <hermod/net.hpp>
#include <hermod/wait_queue.hpp>

#include "tests/imap/server/imap_server.hpp"

namespace hermod::imap::test {

// Cuts one connection, once so many bytes came from the server over all of them.
struct NetFaults {
  std::size_t bytes_until_cut = SIZE_MAX;
  // The next command that changes the mailbox is done, and the connection cut before its answer.
  bool lose_answer_of_write = false;

  bool cut(std::string& output) {
    const bool cuts = output.size() > bytes_until_cut;
    if (cuts) output.resize(bytes_until_cut);
    if (bytes_until_cut != SIZE_MAX) bytes_until_cut = cuts ? SIZE_MAX : bytes_until_cut - output.size();
    return cuts;
  }
};

class MemoryStream final : public Stream {
 public:
  MemoryStream(StoredMailbox& mailbox, const ServerOptions& options, ServerLog& log, NetFaults& faults)
      : server_(mailbox, options, log), faults_(faults) {}

  Task<Result<std::string>> read(std::size_t bytes_max) override {
    while (buffer_.empty() && !cut_) {
      buffer_ = server_.take_output();
      cut_ = faults_.cut(buffer_);
      if (!buffer_.empty() || cut_ || server_.closed()) break;
      if (auto woken = co_await readable_.wait(); !woken) co_return std::move(woken).error();
    }
    auto bytes = buffer_.substr(0, bytes_max);
    buffer_.erase(0, bytes.size());
    co_return std::move(bytes);
  }
  Task<Status> write(std::string bytes) override {
    if (!cut_) server_.receive(bytes);
    tell();
    co_return ok();
  }
  Task<Status> start_tls() override {
    co_return Error{ErrorKind::unsupported, ErrorScope::account, Retry::never(), "no TLS here", {}, {}, {}};
  }
  bool encrypted() const noexcept override { return true; }
  void close() noexcept override {}

  void cut() {
    (void)server_.take_output();
    cut_ = true;
    readable_.wake_all();
  }
  void mailbox_changed() {
    server_.tell_waiting();
    tell();
  }

 private:
  void tell() {
    if (server_.has_output() || server_.closed()) readable_.wake_all();
  }

  ServerConnection server_;
  NetFaults& faults_;
  bool cut_ = false;
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
  const ServerOptions& options() const { return options_; }
  ServerLog& log() { return log_; }
  NetFaults& faults() { return faults_; }

 private:
  // Leaves the list when it is destroyed.
  struct Handle final : Stream {
    explicit Handle(MemoryNet& owner)
        : net(owner), inner(owner.mailbox_, owner.options_, owner.log_, owner.faults_) {
      net.open_.push_back(this);
    }
    ~Handle() override { std::erase(net.open_, this); }
    Task<Result<std::string>> read(std::size_t bytes_max) override { return inner.read(bytes_max); }
    Task<Status> write(std::string bytes) override {
      auto written = co_await inner.write(std::move(bytes));
      if (std::exchange(net.log_.mailbox_changed, false)) {
        if (std::exchange(net.faults_.lose_answer_of_write, false)) inner.cut();
        net.mailbox_changed();
      }
      co_return written;
    }
    Task<Status> start_tls() override { return inner.start_tls(); }
    bool encrypted() const noexcept override { return true; }
    void close() noexcept override {}
    MemoryNet& net;
    MemoryStream inner;
  };

  StoredMailbox& mailbox_;
  ServerOptions options_;
  ServerLog log_;
  NetFaults faults_;
  std::vector<Handle*> open_;
};

}  // namespace hermod::imap::test
