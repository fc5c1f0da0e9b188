#include "plugins/imap/provider.hpp"

#include "plugins/imap/client/login.hpp"
#include "plugins/imap/mapping/account_settings.hpp"
#include "plugins/imap/session/session.hpp"

namespace hermod::imap {
namespace {

constexpr int confidence_of_record = 70;  // any domain may publish one, a specialised provider knows better
constexpr int confidence_of_guess = 10;

// The best target of a service; `.` says that there is none (RFC 2782).
const DnsRecord* best(const std::vector<DnsRecord>& records) {
  const DnsRecord* chosen = nullptr;
  for (const auto& record : records) {
    if (record.target.empty() || record.target == ".") continue;
    if (chosen == nullptr || record.priority < chosen->priority) chosen = &record;
  }
  return chosen;
}

std::string without_final_dot(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

struct Service {
  std::string record;    // `_imaps._tcp.`
  std::string settings;  // the prefix of its keys, `imap`
  std::string tls;
};

// Fills in host, port and encryption of a service that the domain publishes.
Task<Result<bool>> look_up(Dns& dns, Service service, std::string domain, Settings& settings) {
  const auto records = co_await dns.query(service.record + domain, DnsType::srv);
  if (!records) co_return records.error();
  const auto* record = best(*records);
  if (record == nullptr) co_return false;
  settings.set(service.settings + "_host", without_final_dot(record->target));
  settings.set(service.settings + "_port", std::int64_t{record->port});
  settings.set(service.settings + "_tls", service.tls);
  co_return true;
}

// The first of two services: the one with implicit TLS is preferred (RFC 8314 §5.1).
Task<Result<bool>> look_up_either(Dns& dns, Service first, Service second, std::string domain,
                                  Settings& settings) {
  auto found = co_await look_up(dns, std::move(first), domain, settings);
  if (found && *found) co_return true;
  co_return co_await look_up(dns, std::move(second), std::move(domain), settings);
}

}  // namespace

ProviderDescription ImapProvider::describe() const {
  ProviderDescription description;
  description.provider = "imap";
  description.display_name = "IMAP";
  description.facets = {std::string(PushFacet::id), std::string(SearchFacet::id), std::string(AuthFacet::id)};
  description.mutations = {"SetFlags", "MoveItem",         "CopyItem",         "DeleteItem",
                           "PutDraft", "CreateCollection", "RenameCollection", "DeleteCollection"};
  description.settings = setting_declarations();
  return description;
}

Task<Result<Detection>> ImapProvider::detect(std::string address, Host& host) {
  const auto at = address.rfind('@');
  if (at == std::string::npos || at + 1 == address.size()) co_return Detection{};
  const auto domain = address.substr(at + 1);
  Detection detection{confidence_of_guess, {}};
  auto& settings = detection.settings;
  settings.set("imap_username", address);
  const auto imap = co_await look_up_either(host.dns(), {"_imaps._tcp.", "imap", "implicit"},
                                            {"_imap._tcp.", "imap", "starttls"}, domain, settings);
  if (imap && *imap) {
    detection.confidence = confidence_of_record;
  } else {
    settings.set("imap_host", "imap." + domain);
    settings.set("imap_port", std::int64_t{993});
  }
  (void)co_await look_up_either(host.dns(), {"_submissions._tcp.", "smtp", "implicit"},
                                {"_submission._tcp.", "smtp", "starttls"}, domain, settings);
  co_return std::move(detection);
}

Task<Result<std::unique_ptr<Session>>> ImapProvider::open(Settings settings, Credentials credentials,
                                                          Host& host) {
  auto account = map_settings(settings, credentials, host.operator_settings());
  if (!account) co_return std::move(account).error();
  auto connection = co_await open_connection(host, *account, Use::work);
  if (!connection) co_return std::move(connection).error();
  std::unique_ptr<Session> session =
      std::make_unique<ImapSession>(host, *std::move(account), *std::move(connection));
  co_return std::move(session);
}

Facet* ImapProvider::facet(std::string_view id) { return id == AuthFacet::id ? &authentication_ : nullptr; }

}  // namespace hermod::imap
