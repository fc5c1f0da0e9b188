// Facets: what a provider or a session can do beyond the minimum, asked for by id and revision ("push/1").
//
// A declared facet works; one that is not declared is null. The host casts the pointer that facet() gives to the
// type that the id names. Growth within a major version is a new facet or a new revision.
#pragma once

#include "hermod/host.hpp"

namespace hermod {

class Facet {
 public:
  virtual ~Facet() = default;
};

// push/1: waits until something may have changed.
struct PushEvent {
  std::vector<CollectionRemoteId> dirty;  // empty: any of them
  bool collections_changed = false;       // the listing itself
};
class PushFacet : public Facet {
 public:
  static constexpr std::string_view id = "push/1";
  // The collections it can watch of those given, most wanted first; the others are polled.
  virtual std::size_t watchable(std::size_t wanted) const noexcept = 0;
  // Returns at the first change of any of them (also one that came between two calls), or an Error; a dropped
  // connection is Error{unavailable} at once. Waits without end unless cancelled.
  virtual Task<Result<PushEvent>> wait(std::vector<CollectionRemoteId> collections) = 0;
};

// submit/1: sends a message.
struct Submission {
  std::string raw, sender;
  std::vector<std::string> recipients;
};
struct RefusedRecipient {
  std::string recipient, code, text;
};
enum class SubmissionResult : std::uint8_t { accepted, refused, unknown };
struct SubmissionOutcome {
  SubmissionResult result = SubmissionResult::unknown;
  std::vector<RefusedRecipient> refused;
};
class SubmitFacet : public Facet {
 public:
  static constexpr std::string_view id = "submit/1";
  virtual Task<Result<SubmissionOutcome>> submit(Submission submission) = 0;
};

// search/1: the provider's own search language.
enum class SearchReach : std::uint8_t { named, everywhere };
struct SearchQuery {
  std::string text;  // UTF-8 as the user wrote it: the plugin checks it before it sends any of it
  std::vector<CollectionRemoteId> in;      // where to look
  SearchReach reach = SearchReach::named;  // everywhere: `in` has all that are fetched
  std::size_t items_max = 0;
};
class SearchFacet : public Facet {
 public:
  static constexpr std::string_view id = "search/1";
  // What is found, in any order; a collection that is gone has nothing. Error{invalid_argument} says at which
  // character of the text it cannot be understood; Error{limit}: more than items_max are found.
  virtual Task<Result<std::vector<FoundItem>>> search(SearchQuery query) = 0;
};

// recent/1: the newest items as provisional ones, where fetch_changes cannot begin with them.
class RecentFacet : public Facet {
 public:
  static constexpr std::string_view id = "recent/1";
  virtual Task<Result<std::vector<Item>>> recent(CollectionRemoteId collection, std::size_t items_max) = 0;
};

// auth/1, of a provider: how accounts log in.
enum class AuthMethod : std::uint8_t { password, oauth2 };
enum class PkceUse : std::uint8_t { none, s256 };
struct OAuth2Endpoints {
  std::string authorization_url, token_url, revocation_url;
  std::vector<std::string> scopes;
  PkceUse pkce = PkceUse::s256;
};
class AuthFacet : public Facet {
 public:
  static constexpr std::string_view id = "auth/1";
  virtual std::vector<AuthMethod> methods() const = 0;
  virtual std::optional<OAuth2Endpoints> oauth2(const Settings& settings) const = 0;
};

// inbound/1, of a provider: a request that a server sent us.
struct InboundRequest {
  std::string method, path, query, body;
  std::vector<HttpHeader> headers;
};
struct InboundReply {
  int status = 200;
  std::vector<HttpHeader> headers;
  std::string body;
  std::vector<CollectionRemoteId> dirty;
};
class InboundFacet : public Facet {
 public:
  static constexpr std::string_view id = "inbound/1";
  virtual Task<Result<InboundReply>> receive(InboundRequest request, Host& host) = 0;
};

}  // namespace hermod
