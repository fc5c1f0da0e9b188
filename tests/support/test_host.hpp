// TestHost: a Host without a network: a manual clock, seeded random bytes, state in memory, nothing known.
//
// A test derives from it to answer more. Used on one strand; outlives the sessions it was given to.
#pragma once

#include <random>

#include "hermod/host.hpp"
#include "tests/support/inline_strand.hpp"

namespace hermod::test {

class TestHost : public Host,
                 public Clock,
                 public Random,
                 public Log,
                 public Metrics,
                 public Dns,
                 public Net,
                 public Http,
                 public Tokens,
                 public Known,
                 public State {
 public:
  explicit TestHost(Strand& strand) : strand_(strand), started_(strand.now()) {}
  virtual ~TestHost() = default;

  std::int64_t unix_start = 1'800'000'000'000;  // milliseconds, when the host was made
  std::vector<std::string> errors_logged;       // events
  Settings operator_values;

  std::uint32_t minor() const noexcept override { return 0; }
  Clock& clock() override { return *this; }
  Random& random() override { return *this; }
  Log& log() override { return *this; }
  Metrics& metrics() override { return *this; }
  Dns& dns() override { return *this; }
  Net& net() override { return *this; }
  Http& http() override { return *this; }
  Tokens& tokens() override { return *this; }
  Known& known() override { return *this; }
  State& state() override { return *this; }
  const Settings& operator_settings() const override { return operator_values; }
  std::optional<std::string> public_url() const override { return std::nullopt; }

 private:
  struct Sleep final : Timer, CancelHook {
    Sleep(TimePoint until) : until(until) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
      context = handle.promise().context;
      caller = handle;
      if (context->cancelled()) return false;
      context->attach(*this);
      context->strand().start_timer(*this, until);
      return true;
    }
    Status await_resume() const {
      if (context->cancelled()) return context->cancel_error();
      return ok();
    }
    void on_timer() noexcept override {
      context->detach(*this);
      context->strand().post(caller);
    }
    void on_cancel() noexcept override {
      context->strand().stop_timer(*this);
      context->strand().post(caller);
    }
    TimePoint until;
    Context* context = nullptr;
    std::coroutine_handle<> caller;
  };

  static Error absent(std::string what) {
    return {ErrorKind::unsupported, ErrorScope::account, Retry::never(), std::move(what), {}, {}, {}};
  }
  std::int64_t unix_milliseconds() const override {
    return unix_start +
           std::chrono::duration_cast<std::chrono::milliseconds>(strand_.now() - started_).count();
  }
  TimePoint monotonic() const override { return strand_.now(); }
  Task<Status> sleep_for(Duration duration) override {
    Sleep sleep(later(strand_.now(), duration));
    co_return co_await sleep;
  }
  std::string bytes(std::size_t count) override {
    std::string text(count, '\0');
    for (char& c : text) c = static_cast<char>(generator_());
    return text;
  }
  bool enabled(LogLevel level) const noexcept override { return level == LogLevel::error; }
  void write(LogLevel level, std::string_view event, std::vector<LogField>) override {
    if (level == LogLevel::error) errors_logged.emplace_back(event);
  }
  void add(std::string_view, double) override {}
  void observe(std::string_view, double) override {}
  Task<Result<std::vector<DnsRecord>>> query(std::string, DnsType) override {
    co_return std::vector<DnsRecord>();
  }
  Task<Result<std::unique_ptr<Stream>>> connect(ConnectOptions) override {
    co_return absent("there is no network");
  }
  Task<Result<std::unique_ptr<HttpResponse>>> request(HttpRequest) override {
    co_return absent("there is no network");
  }
  Task<Result<std::string>> access_token(bool) override { co_return absent("the account has no tokens"); }
  Task<Result<std::vector<KnownItem>>> items(CollectionRemoteId, RemoteId, std::size_t) override {
    co_return std::vector<KnownItem>();
  }
  Task<Result<std::vector<std::optional<FoundItem>>>> find(std::vector<ItemKeys> keys) override {
    co_return std::vector<std::optional<FoundItem>>(keys.size());
  }
  Task<Result<PluginState>> load() override { co_return state_; }
  Task<Result<std::uint64_t>> store(PluginState state) override {
    if (state.bytes.size() > State::bytes_max) {
      co_return Error{
          ErrorKind::limit, ErrorScope::account, Retry::never(), "the state is too large", {}, {}, {}};
    }
    if (state.revision != state_.revision) {
      co_return Error{
          ErrorKind::conflict, ErrorScope::account, Retry::now(), "the state is newer", {}, {}, {}};
    }
    state_ = {std::move(state.bytes), state.revision + 1};
    co_return state_.revision;
  }

  Strand& strand_;
  TimePoint started_;
  std::mt19937 generator_{1};
  PluginState state_;
};

}  // namespace hermod::test
