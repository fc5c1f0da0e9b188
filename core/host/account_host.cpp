#include "core/host/account_host.hpp"

#include <algorithm>

#include <hermod/plugin.hpp>

#include "core/ids/random.hpp"

namespace hermod::host {
namespace {

constexpr std::size_t metric_name_bytes_max = 64;
constexpr std::size_t random_bytes_max = 1 << 20;

Error none_without_account(const char* message) {
  return {ErrorKind::unsupported, ErrorScope::account, Retry::never(), message, {}, {}, {}};
}

class SystemClock final : public Clock {
 public:
  std::int64_t unix_milliseconds() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  }
  TimePoint monotonic() const override { return std::chrono::steady_clock::now(); }
  Task<Status> sleep_for(Duration duration) override { return host::sleep_for(duration); }
};

class SystemRandom final : public Random {
 public:
  std::string bytes(std::size_t count) override {
    std::string bytes(std::min(count, random_bytes_max), '\0');
    ids::fill_random({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    return bytes;
  }
};

// Names the plugin and the account in everything that is logged.
class AccountLog final : public Log {
 public:
  AccountLog(Log& program_log, const std::string& plugin, const std::string& account)
      : log_(&program_log), prefix_(plugin + '.'), account_(account) {}
  bool enabled(LogLevel level) const noexcept override { return log_->enabled(level); }
  void write(LogLevel level, std::string_view event, std::vector<LogField> fields) override {
    if (fields.size() > AccountHost::log_fields_max) fields.resize(AccountHost::log_fields_max);
    for (LogField& field : fields) {
      if (field.value.size() > AccountHost::log_value_bytes_max)
        field.value.resize(AccountHost::log_value_bytes_max);
    }
    if (!account_.empty()) fields.push_back({"account", account_});
    log_->write(level, prefix_ + std::string(event), std::move(fields));
  }

 private:
  Log* log_;
  std::string prefix_;
  std::string account_;
};

class PluginMetrics final : public Metrics {
 public:
  PluginMetrics(MetricsSink& sink, std::string plugin) : sink_(&sink), plugin_(std::move(plugin)) {}
  void add(std::string_view counter, double amount) override {
    if (is_metric_name(counter)) sink_->add(plugin_, counter, amount);
  }
  void observe(std::string_view histogram, double value) override {
    if (is_metric_name(histogram)) sink_->observe(plugin_, histogram, value);
  }

 private:
  static bool is_metric_name(std::string_view name) {
    return !name.empty() && name.size() <= metric_name_bytes_max &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  }
  MetricsSink* sink_;
  std::string plugin_;
};

}  // namespace

Task<Result<std::vector<KnownItem>>> NoKnown::items(CollectionRemoteId, RemoteId, std::size_t) {
  co_return std::vector<KnownItem>{};
}
Task<Result<std::vector<std::optional<FoundItem>>>> NoKnown::find(std::vector<ItemKeys> keys) {
  co_return std::vector<std::optional<FoundItem>>(keys.size());
}
Task<Result<PluginState>> NoState::load() { co_return PluginState{}; }
Task<Result<std::uint64_t>> NoState::store(PluginState) {
  co_return none_without_account("a call without an account keeps no state");
}
Task<Result<std::string>> NoTokens::access_token(bool) {
  co_return none_without_account("the account has no access tokens");
}

struct AccountHost::Impl {
  explicit Impl(AccountHostOptions given)
      : options(std::move(given)),
        log(options.log, options.plugin, options.account),
        metrics(options.metrics, options.plugin) {}

  AccountHostOptions options;
  SystemClock clock;
  SystemRandom random;
  AccountLog log;
  PluginMetrics metrics;
  NoKnown no_known;
  NoState no_state;
  NoTokens no_tokens;
};

AccountHost::AccountHost(AccountHostOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
AccountHost::~AccountHost() = default;

std::uint32_t AccountHost::minor() const noexcept { return api_minor; }
Clock& AccountHost::clock() { return impl_->clock; }
Random& AccountHost::random() { return impl_->random; }
Log& AccountHost::log() { return impl_->log; }
Metrics& AccountHost::metrics() { return impl_->metrics; }
Dns& AccountHost::dns() { return impl_->options.egress.dns(); }
Net& AccountHost::net() { return impl_->options.egress.net(); }
Http& AccountHost::http() { return impl_->options.egress.http(); }
Tokens& AccountHost::tokens() {
  if (impl_->options.tokens != nullptr) return *impl_->options.tokens;
  return impl_->no_tokens;
}
Known& AccountHost::known() {
  if (impl_->options.known != nullptr) return *impl_->options.known;
  return impl_->no_known;
}
State& AccountHost::state() {
  if (impl_->options.state != nullptr) return *impl_->options.state;
  return impl_->no_state;
}
const Settings& AccountHost::operator_settings() const { return impl_->options.operator_settings; }
std::optional<std::string> AccountHost::public_url() const { return impl_->options.public_url; }

}  // namespace hermod::host
