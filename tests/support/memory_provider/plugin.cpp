// The memory provider: a plugin whose servers are the mailboxes in memory of the test it runs in.
#include "hermod/plugin.hpp"
#include "tests/support/memory_provider/memory_session.hpp"
#include "tests/support/memory_provider/turn.hpp"

namespace hermod::memory {

class MemoryProvider final : public Provider {
 public:
  ProviderDescription describe() const override {
    ProviderDescription description;
    description.provider = "memory";
    description.display_name = "Mailboxes in memory";
    description.facets = {std::string(PushFacet::id), std::string(SearchFacet::id)};
    description.mutations = {"SetFlags", "MoveItem",         "CopyItem",         "DeleteItem",
                             "PutDraft", "CreateCollection", "RenameCollection", "DeleteCollection"};
    description.settings = setting_declarations();
    description.domains = {"memory.test"};
    return description;
  }
  Task<Result<Detection>> detect(std::string address, Host&) override {
    Detection detection;
    if (address.ends_with("@memory.test")) detection.confidence = 100;
    co_return detection;
  }
  Task<Result<std::unique_ptr<Session>>> open(Settings settings, Credentials credentials,
                                              Host& host) override {
    Result<SessionOptions> options = read_options(settings);
    if (!options) co_return std::move(options).error();
    std::shared_ptr<MemoryMailbox> mailbox = MemoryMailbox::named(options->mailbox);
    Turn turn(*mailbox, Request::open, {});
    if (Status passed = co_await turn; !passed) co_return std::move(passed).error();
    const std::string password = mailbox->locked([](const MailboxState& state) { return state.password; });
    if (!password.empty() && credentials.secrets.text("password") != password) {
      co_return Error{ErrorKind::auth,
                      ErrorScope::account,
                      Retry::after_user_action(),
                      "the password is wrong",
                      {},
                      {},
                      {}};
    }
    prepare(*mailbox, *options);
    mailbox->locked([&](MailboxState& state) { state.public_url = host.public_url(); });
    if (options->has(Mode::remembering)) {
      if (Status noted = co_await count_opening(host); !noted) co_return std::move(noted).error();
    }
    co_return std::make_unique<MemorySession>(std::move(*options), std::move(mailbox), host);
  }
  Facet* facet(std::string_view) override { return nullptr; }

 private:
  static Task<Status> count_opening(Host& host) {
    Result<PluginState> state = co_await host.state().load();
    if (!state) co_return std::move(state).error();
    state->bytes += '.';
    Result<std::uint64_t> stored = co_await host.state().store(std::move(*state));
    // A login that is only verified is no account yet, and keeps no state.
    if (!stored && stored.error().kind != ErrorKind::unsupported) co_return std::move(stored).error();
    co_return ok();
  }
  static void prepare(MemoryMailbox& mailbox, const SessionOptions& options) {
    if (options.has(Mode::labels) || options.has(Mode::account)) mailbox.use_labels();
    if (options.has(Mode::removed_first)) mailbox.set_move_order(MoveOrder::removed_first);
    if (options.has(Mode::added_first)) mailbox.set_move_order(MoveOrder::added_first);
  }
};

}  // namespace hermod::memory

HERMOD_PLUGIN("memory", "1.0.0", hermod::PluginStatus::alpha, hermod::SecurityPosture::trusted_server_only,
              hermod::memory::MemoryProvider);
