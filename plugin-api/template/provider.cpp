// TemplateProvider: what the plugin is, and how an account is opened. One for all accounts, so it keeps
// nothing.
#include "hermod/plugin.hpp"
#include "session.hpp"

namespace hermod_template {

using namespace hermod;

class TemplateProvider final : public Provider {
 public:
  ProviderDescription describe() const override {
    ProviderDescription description;
    description.provider = "template";  // as the API's callers name it
    description.display_name = "Template";
    // The host checks every account's settings against these before it calls open().
    description.settings = {
        {"account", SettingType::string, SettingUse::account, true, "the account's name; anything will do"},
        {"password", SettingType::string, SettingUse::secret, false, "kept encrypted; \"wrong\" is refused"},
    };
    description.domains = {"template.example"};
    return description;
  }

  Task<Result<Detection>> detect(std::string address, Host&) override {
    Detection detection;
    if (address.ends_with("@template.example")) detection.confidence = 100;
    co_return detection;
  }

  // A real plugin connects and logs in here by host.net() or host.http(); an Error of theirs can be handed on
  // as it is. The Host stays valid as long as the session, so the session may keep a reference to it.
  Task<Result<std::unique_ptr<Session>>> open(Settings, Credentials credentials, Host&) override {
    if (credentials.secrets.text("password") == "wrong") {
      co_return Error{ErrorKind::auth,
                      ErrorScope::account,
                      Retry::after_user_action(),
                      "the password is wrong",
                      {},
                      {},
                      {}};
    }
    co_return std::make_unique<TemplateSession>();
  }

  Facet* facet(std::string_view) override { return nullptr; }
};

}  // namespace hermod_template

// Alpha: never loaded unless the operator asks for it by name.
HERMOD_PLUGIN("template", "0.1.0", hermod::PluginStatus::alpha, hermod::SecurityPosture::trusted_server_only,
              hermod_template::TemplateProvider);
