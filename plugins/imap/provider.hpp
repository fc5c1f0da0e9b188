// ImapProvider: accounts on any IMAP server. One per process, without state, thread-safe.
#pragma once

#include <hermod/provider.hpp>

namespace hermod::imap {

class ImapProvider final : public Provider {
 public:
  ProviderDescription describe() const override;
  // By the SRV records of the address's domain (RFC 6186, RFC 8314); else the usual name, with little
  // confidence.
  Task<Result<Detection>> detect(std::string address, Host& host) override;
  Task<Result<std::unique_ptr<Session>>> open(Settings settings, Credentials credentials,
                                              Host& host) override;
  Facet* facet(std::string_view id) override;

 private:
  class Authentication final : public AuthFacet {
   public:
    std::vector<AuthMethod> methods() const override { return {AuthMethod::password}; }
    std::optional<OAuth2Endpoints> oauth2(const Settings&) const override { return std::nullopt; }
  };
  Authentication authentication_;
};

}  // namespace hermod::imap
