#include "server/feed/client_outlet.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace hermod::server {
namespace {

namespace asio = boost::asio;

// On the loop. The descriptor's two waits outlive the outlet by a moment; they hold what they touch.
class SocketOutlet final : public ClientOutlet {
 public:
  SocketOutlet(asio::io_context& loop, int descriptor, Events events)
      : state_(std::make_shared<State>(loop, descriptor, std::move(events))) {
    watch(state_);
  }
  ~SocketOutlet() override { state_->end(); }

  void queue(SharedText text) override {
    if (state_->waiting.empty()) state_->progressed = Clock::now();
    state_->bytes += text->size();
    state_->waiting.push_back(std::move(text));
  }
  void flush() override {
    if (!state_->writing) send(state_);
  }
  std::size_t queued_bytes() const override { return state_->bytes; }
  Clock::time_point progressed() const override {
    return state_->waiting.empty() ? Clock::now() : state_->progressed;
  }

 private:
  static constexpr std::size_t pieces_max = 64, unread_bytes_max = 16 << 10;

  struct State {
    State(asio::io_context& loop, int given, Events wanted)
        : descriptor(loop, given), events(std::move(wanted)) {}
    void end() {
      ended = true;
      events = {};
      boost::system::error_code ignored;
      descriptor.close(ignored);
    }
    asio::posix::stream_descriptor descriptor;
    Events events;
    std::vector<SharedText> waiting;  // the first `sent` bytes of the front are out
    std::size_t sent = 0, bytes = 0, unread_bytes = 0;
    Clock::time_point progressed;
    bool writing = false, ended = false;
  };

  static void gone(const std::shared_ptr<State>& state) {
    if (const auto tell = std::exchange(state->events, {}).gone) tell();
  }

  // A client that waits says nothing; what it says nevertheless is thrown away, up to a point.
  static void watch(const std::shared_ptr<State>& state) {
    state->descriptor.async_wait(
        asio::posix::stream_descriptor::wait_read, [state](boost::system::error_code failed) {
          if (failed || state->ended) return;
          char piece[1024];
          const ssize_t got = recv(state->descriptor.native_handle(), piece, sizeof piece, MSG_DONTWAIT);
          if (got > 0) state->unread_bytes += static_cast<std::size_t>(got);
          const bool over = got == 0 || state->unread_bytes > unread_bytes_max;
          if (over || (got < 0 && errno != EAGAIN && errno != EINTR)) return gone(state);
          watch(state);
        });
  }

  static void send(const std::shared_ptr<State>& state) {
    State& s = *state;
    while (!s.waiting.empty()) {
      iovec pieces[pieces_max];
      std::size_t count = 0;
      for (; count < std::min(pieces_max, s.waiting.size()); ++count) {
        const std::size_t skipped = count == 0 ? s.sent : 0;
        pieces[count] = {const_cast<char*>(s.waiting[count]->data()) + skipped,
                         s.waiting[count]->size() - skipped};
      }
      msghdr message{};
      message.msg_iov = pieces;
      message.msg_iovlen = count;
      const ssize_t sent = sendmsg(s.descriptor.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno == EAGAIN) return wait_to_write(state);
      if (sent < 0) {
        // Told later: whoever flushes is in the middle of something.
        asio::post(s.descriptor.get_executor(), [state] { gone(state); });
        return;
      }
      took(s, static_cast<std::size_t>(sent));
    }
    s.waiting.shrink_to_fit();  // an idle client keeps nothing
  }

  static void took(State& s, std::size_t sent) {
    s.progressed = Clock::now();
    s.bytes -= sent;
    sent += s.sent;
    std::size_t whole = 0;
    while (whole < s.waiting.size() && sent >= s.waiting[whole]->size()) sent -= s.waiting[whole++]->size();
    s.waiting.erase(s.waiting.begin(), s.waiting.begin() + static_cast<std::ptrdiff_t>(whole));
    s.sent = sent;
  }

  static void wait_to_write(const std::shared_ptr<State>& state) {
    state->writing = true;
    state->descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                                 [state](boost::system::error_code failed) {
                                   state->writing = false;
                                   if (failed || state->ended) return;
                                   send(state);
                                   if (!state->waiting.empty()) return;
                                   if (const auto tell = state->events.drained) tell();
                                 });
  }

  std::shared_ptr<State> state_;
};

// A thread of its own, which blocks while it writes.
class ThreadOutlet final : public ClientOutlet {
 public:
  ThreadOutlet(asio::io_context& loop, DetachedClient client, Events events)
      : state_(std::make_shared<State>(std::move(client), std::move(events))) {
    // Ends by itself: at the latest after the connection's send timeout. It holds all that it touches but the
    // loop, which is only posted to while the outlet is there.
    thread_ = std::thread([state = state_, &loop] { write_all(*state, state, loop); });
  }
  ~ThreadOutlet() override {
    {
      const std::lock_guard lock(state_->mutex);
      state_->ended = true;
      state_->events = {};
    }
    state_->changed.notify_all();
    state_->client.shut_down();
    thread_.join();
  }

  void queue(SharedText text) override {
    const std::lock_guard lock(state_->mutex);
    if (state_->waiting.empty()) state_->progressed = Clock::now();
    state_->bytes += text->size();
    state_->waiting.push_back(std::move(text));
  }
  void flush() override { state_->changed.notify_all(); }
  std::size_t queued_bytes() const override {
    const std::lock_guard lock(state_->mutex);
    return state_->bytes;
  }
  Clock::time_point progressed() const override {
    const std::lock_guard lock(state_->mutex);
    return state_->waiting.empty() ? Clock::now() : state_->progressed;
  }

 private:
  struct State {
    State(DetachedClient given, Events wanted) : client(std::move(given)), events(std::move(wanted)) {}
    DetachedClient client;
    std::mutex mutex;
    std::condition_variable changed;
    Events events;
    std::vector<SharedText> waiting;
    std::size_t bytes = 0;
    Clock::time_point progressed;
    bool ended = false;
  };

  static void write_all(State& state, const std::shared_ptr<State>& kept, asio::io_context& loop) {
    for (;;) {
      std::unique_lock lock(state.mutex);
      state.changed.wait(lock, [&] { return state.ended || !state.waiting.empty(); });
      if (state.ended) return;
      const SharedText text = state.waiting.front();
      lock.unlock();
      const bool written = state.client.write(*text).has_value();
      lock.lock();
      if (state.ended) return;
      state.progressed = Clock::now();
      state.bytes -= text->size();
      state.waiting.erase(state.waiting.begin());
      const bool drained = state.waiting.empty();
      lock.unlock();
      if (written && !drained) continue;
      asio::post(loop, [kept, written] {
        Events events;
        {
          const std::lock_guard again(kept->mutex);
          events = kept->events;
        }
        if (const auto& tell = written ? events.drained : events.gone) tell();
      });
      if (!written) return;
    }
  }

  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<ClientOutlet> make_outlet(asio::io_context& loop, DetachedClient client,
                                          ClientOutlet::Events events) {
  if (client.encrypted()) return std::make_unique<ThreadOutlet>(loop, std::move(client), std::move(events));
  const int descriptor = client.duplicate_descriptor();
  if (descriptor < 0) return nullptr;
  return std::make_unique<SocketOutlet>(loop, descriptor, std::move(events));
}

}  // namespace hermod::server
