#include "server/api/native_search.hpp"

#include <cstring>

#include "core/ids/sha256.hpp"
#include "core/store/grant_store.hpp"
#include "core/store/request_store.hpp"
#include "core/store/search_store.hpp"
#include "hermod/facet.hpp"
#include "server/api/account_login.hpp"
#include "server/api/list_query.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr auto stopped_retry = std::chrono::seconds(60);

// The same search in the same folders has one id.
ids::ObjectId id_of(const std::vector<std::string>& argument) {
  std::string text;
  for (const std::string& part : argument) text += std::to_string(part.size()) + ':' + part;
  const ids::Sha256Digest digest = ids::sha256(text);
  ids::ObjectId id;
  std::memcpy(id.bytes.data(), ids::as_bytes(digest).data(), id.bytes.size());
  return id;
}

Status check_provider(const Api& api, const AccountScope& scope) {
  const OfferedProvider* offered = offered_provider(api, scope.provider);
  if (offered != nullptr && std::ranges::find(offered->facets, SearchFacet::id) != offered->facets.end())
    return ok();
  return failure(ErrorKind::unsupported, "`search_query_native` is not supported for this grant",
                 "use the filters from, to, cc, bcc, any_email, subject, in, unread, starred and the dates");
}

// Nobody holds an account that is stopped, so nobody would answer.
Status check_grant(store::Connection& connection, const AccountScope& scope) {
  auto grant = store::load_grant(connection, scope.account_id);
  if (!grant) return std::move(grant).error();
  if (grant->grant_status == "valid" && grant->sync_phase != "stopped") return ok();
  Error error = failure(ErrorKind::unavailable, "the account is stopped",
                        "the grant's `sync.reason` says why; connect the account again");
  error.retry = Retry::after(stopped_retry);
  return error;
}

}  // namespace

Result<NativeSearch> NativeSearch::run(Api& api, const AccountScope& scope, const Query& query,
                                       const store::PageRequest& page, store::MessageFilter& filter) {
  NativeSearch search;
  auto text = parse_text(query, "search_query_native");
  if (!text) return search;
  if (text->size() > search_bytes_max) {
    return failure(ErrorKind::invalid_argument, "`search_query_native` is too long",
                   "at most " + std::to_string(search_bytes_max) + " bytes are taken");
  }
  if (Status offered = check_provider(api, scope); !offered) return std::move(offered).error();
  std::vector<std::string> argument{std::move(*text)};
  argument.insert(argument.end(), filter.in.begin(), filter.in.end());
  search.search_id_ = id_of(argument);
  {
    auto connection = api.services.database.connect();
    if (!connection) return std::move(connection).error();
    if (page.after) {
      auto kept = store::kept_search_results(*connection, scope.account_id, search.search_id_);
      if (!kept) return std::move(kept).error();
      filter.among = std::move(*kept);
      search.source_ = Source::kept;
    }
    if (filter.among) return search;
    if (Status open = check_grant(*connection, scope); !open) return std::move(open).error();
  }
  auto answer = api.services.live.ask(scope.account_id, store::RequestKind::search, std::move(argument));
  if (!answer) return std::move(answer).error();
  filter.among = store::message_ids_of_answer(*answer);
  search.source_ = Source::asked;
  return search;
}

Status NativeSearch::keep(store::Connection& connection, const AccountScope& scope,
                          const store::MessageFilter& filter) const {
  if (source_ != Source::asked) return ok();
  return store::keep_search_results(connection, scope.account_id, search_id_, *filter.among);
}

}  // namespace hermod::server
