#include "plugins/imap/mapping/account_settings.hpp"

#include <algorithm>

#include "plugins/imap/wire/command.hpp"

namespace hermod::imap {
namespace {

constexpr std::int64_t port_max = 65535;
constexpr std::int64_t implicit_tls_port = 993;

Error nonsense(std::string key, std::string_view why) {
  return {ErrorKind::invalid_argument,
          ErrorScope::account,
          Retry::after_user_action(),
          key + ' ' + std::string(why),
          {},
          {},
          {}};
}

SettingDeclaration text(std::string key, std::string description, SettingUse use = SettingUse::account) {
  return {.key = std::move(key), .use = use, .description = std::move(description)};
}
SettingDeclaration number(std::string key, std::int64_t minimum, std::int64_t maximum,
                          std::string description, SettingUse use = SettingUse::account) {
  return {.key = std::move(key),
          .type = SettingType::integer,
          .use = use,
          .description = std::move(description),
          .minimum = minimum,
          .maximum = maximum};
}
SettingDeclaration tls(std::string key, std::string description) {
  auto declaration = text(std::move(key), std::move(description));
  declaration.choices = {"implicit", "starttls", "none"};
  return declaration;
}
SettingDeclaration required(SettingDeclaration declaration) {
  declaration.required = true;
  return declaration;
}

Result<Encryption> encryption_of(const Settings& settings, std::int64_t port) {
  const auto chosen = settings.text("imap_tls");
  if (chosen.empty()) return port == implicit_tls_port ? Encryption::implicit : Encryption::starttls;
  if (chosen == "implicit") return Encryption::implicit;
  if (chosen == "starttls") return Encryption::starttls;
  if (chosen == "none") return Encryption::none;
  return nonsense("imap_tls", "is none of implicit, starttls, none");
}

}  // namespace

std::vector<SettingDeclaration> setting_declarations() {
  const auto connections = static_cast<std::int64_t>(connections_max);
  return {
      required(text("imap_host", "The IMAP server's name")),
      number("imap_port", 1, port_max, "Its port; default 993"),
      required(text("imap_username", "The name to log in with")),
      text("imap_password", "The password; without one the account's access token is used",
           SettingUse::secret),
      tls("imap_tls", "Encryption; default implicit on port 993, else starttls"),
      text("tls_ca", "PEM certificates of a private authority, trusted instead of the system's"),
      text("smtp_host", "The SMTP server's name"),
      number("smtp_port", 1, port_max, "Its port; default 465"),
      text("smtp_username", "The name to log in with; default imap_username"),
      text("smtp_password", "The password; default imap_password", SettingUse::secret),
      tls("smtp_tls", "Encryption; default implicit on port 465, else starttls"),
      number("connections", 2, connections, "Connections to the server at once; default 3"),
      number("idle_renewal_minutes", 1, idle_renewal_max.count(),
             "Minutes between two IDLE commands; default 9", SettingUse::operator_),
  };
}

Result<AccountSettings> map_settings(const Settings& settings, const Credentials& credentials,
                                     const Settings& operator_settings) {
  AccountSettings account;
  account.host = settings.text("imap_host");
  if (account.host.empty()) return nonsense("imap_host", "is missing");
  const auto port = settings.integer("imap_port", implicit_tls_port);
  if (port < 1 || port > port_max) return nonsense("imap_port", "is no port");
  account.port = static_cast<std::uint16_t>(port);
  auto encryption = encryption_of(settings, port);
  if (!encryption) return std::move(encryption).error();
  account.encryption = *encryption;
  account.authority_pem = settings.text("tls_ca");
  account.username = settings.text("imap_username");
  if (account.username.empty()) return nonsense("imap_username", "is missing");
  account.password = credentials.secrets.text("imap_password");
  if (!is_sendable(account.username)) return nonsense("imap_username", "holds a zero byte");
  if (!is_sendable(account.password)) return nonsense("imap_password", "holds a zero byte");
  const auto connections = settings.integer("connections", static_cast<std::int64_t>(connections_default));
  if (connections < 2 || connections > static_cast<std::int64_t>(connections_max)) {
    return nonsense("connections", "is not between 2 and " + std::to_string(connections_max));
  }
  account.connections = static_cast<std::size_t>(connections);
  const auto minutes = operator_settings.integer("idle_renewal_minutes", idle_renewal_default.count());
  account.idle_renewal = std::clamp(std::chrono::minutes{minutes}, std::chrono::minutes{1}, idle_renewal_max);
  return account;
}

}  // namespace hermod::imap
