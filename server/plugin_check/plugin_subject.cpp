#include "server/plugin_check/plugin_subject.hpp"

#include <algorithm>
#include <ctime>

#include "core/conformance/known_of_model.hpp"
#include "core/conformance/runtime_strand.hpp"
#include "core/host/account_host.hpp"
#include "server/plugin_check/line_client.hpp"

namespace hermod::server {
namespace {

constexpr std::int64_t day = 24 * 60 * 60;

class ErrorLog final : public Log {
 public:
  explicit ErrorLog(std::set<std::string>& events) : events_(events) {}
  bool enabled(LogLevel level) const noexcept override { return level == LogLevel::error; }
  void write(LogLevel level, std::string_view event, std::vector<LogField>) override {
    if (level == LogLevel::error) events_.emplace(event);
  }

 private:
  std::set<std::string>& events_;
};

class NoMetrics final : public host::MetricsSink {
 public:
  void add(std::string_view, std::string_view, double) override {}
  void observe(std::string_view, std::string_view, double) override {}
  void stage(std::string_view, double) override {}
};

class FixedToken final : public Tokens {
 public:
  explicit FixedToken(std::string token) : token_(std::move(token)) {}
  Task<Result<std::string>> access_token(bool) override {
    if (!token_.empty()) co_return token_;
    co_return Error{
        ErrorKind::unsupported, ErrorScope::account, Retry::never(), "the account has no tokens", {}, {}, {}};
  }

 private:
  std::string token_;
};

class StateInMemory final : public State {
 public:
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

 private:
  PluginState state_;
};

host::EgressPolicy policy(const CheckedAccount& account) {
  host::EgressPolicy policy;
  if (account.private_hosts) {
    policy.private_hosts = host::PrivateHosts::allowed;
    policy.plain_http = host::PlainHttp::allowed;
  }
  return policy;
}

// The text as the setting's declared type wants it.
SettingValue typed(const ProviderDescription& description, const std::string& key, const std::string& text) {
  for (const SettingDeclaration& declared : description.settings) {
    if (declared.key != key) continue;
    if (declared.type == SettingType::integer) return std::int64_t{std::stoll(text)};
    if (declared.type == SettingType::boolean) return text == "true";
  }
  return text;
}

// `{device}` in a text is the name of the client that opens the session.
Settings for_device(const Settings& settings, const std::string& device) {
  constexpr std::string_view placeholder = "{device}";
  Settings named;
  for (const auto& [key, value] : settings.values()) {
    SettingValue own = value;
    if (auto* text = std::get_if<std::string>(&own)) {
      if (const std::size_t at = text->find(placeholder); at != std::string::npos) {
        text->replace(at, placeholder.size(), device);
      }
    }
    named.set(key, std::move(own));
  }
  return named;
}

class PluginSubject final : public conformance::Subject {
 public:
  explicit PluginSubject(PluginUnderCheck& checked)
      : plugin_(checked.plugin),
        account_(checked.account),
        settings_(account_.account),
        secrets_(account_.secrets),
        log_(checked.errors_logged) {
    if (checked.channel == nullptr) return;
    client_.emplace(*checked.channel);
    for (const auto& [key, text] : client_->open()) set(key, text);
  }

  conformance::SteppedStrand& strand() override { return strand_; }
  Provider& provider() override { return *plugin_.provider; }
  Result<std::unique_ptr<Session>> open(const conformance::ModelStore& store,
                                        const std::string& device) override {
    opened_.push_back(std::make_unique<Opened>(*this, store, device));
    return strand_.run(
        provider().open(for_device(settings_, device), {for_device(secrets_, device)}, opened_.back()->host));
  }
  conformance::OtherClient& other_client() override {
    if (!client_) throw CannotCheck("there is no other client");
    return *client_;
  }
  conformance::Quirks quirks() const override { return account_.quirks; }
  conformance::Effort effort() const override { return account_.effort; }
  conformance::Searches searches(const std::string& message_id) const override {
    constexpr std::string_view placeholder = "{message_id}";
    conformance::Searches searches = account_.searches;
    const std::size_t at = searches.of_a_message.find(placeholder);
    if (at != std::string::npos) searches.of_a_message.replace(at, placeholder.size(), message_id);
    return searches;
  }
  std::int64_t unix_now() const override { return std::time(nullptr); }
  std::int64_t window_start() const override {
    return account_.window_days == 0 ? INT64_MIN : (unix_now() / day - account_.window_days) * day;
  }

 private:
  struct Opened {
    Opened(PluginSubject& subject, const conformance::ModelStore& store, const std::string& device)
        : known(store),
          host({.egress = subject.egress_,
                .log = subject.log_,
                .metrics = subject.metrics_,
                .plugin = subject.plugin_.name,
                .account = {},
                .operator_settings = subject.account_.operator_settings,
                .known = &known,
                .state = &subject.states_[device],
                .tokens = &subject.tokens_}) {}
    conformance::KnownOfModel known;
    host::AccountHost host;
  };

  void set(const std::string& key, const std::string& text) {
    const ProviderDescription& description = plugin_.description;
    const bool secret = std::ranges::any_of(description.settings, [&](const SettingDeclaration& declared) {
      return declared.key == key && declared.use == SettingUse::secret;
    });
    (secret ? secrets_ : settings_).set(key, typed(description, key, text));
  }

  const host::LoadedPlugin& plugin_;
  const CheckedAccount& account_;
  Settings settings_, secrets_;
  std::optional<LineClient> client_;
  ErrorLog log_;
  NoMetrics metrics_;
  FixedToken tokens_{account_.access_token};
  std::map<std::string, StateInMemory> states_;  // by device
  conformance::RuntimeStrand strand_;
  host::Egress egress_{strand_.runtime(), policy(account_)};
  std::vector<std::unique_ptr<Opened>> opened_;  // a session's must outlive it
};

}  // namespace

conformance::MakeSubject plugin_subject(PluginUnderCheck& checked) {
  return [&checked] { return std::make_unique<PluginSubject>(checked); };
}

}  // namespace hermod::server
