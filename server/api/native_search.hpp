// `search_query_native`: the provider's own search, of which a list shows what the store holds.
//
// The account's session is asked for the first page; the following ones go on in the result that was kept,
// and ask anew when it is no longer there. Limits: search_bytes_max here, the rest in
// core/store/search_store.hpp.
#pragma once

#include "core/store/message_filter.hpp"
#include "server/api/page_token.hpp"
#include "server/api/route_context.hpp"

namespace hermod::server {

inline constexpr std::size_t search_bytes_max = 8 << 10;

// The search of one request; of none where the parameter is absent.
class NativeSearch {
 public:
  // Fills in filter.among. Error{unsupported} where the provider has no search, {invalid_argument} for a
  // search that it does not understand, {unavailable} or {timeout} when the account cannot be asked. Blocks.
  static Result<NativeSearch> run(Api& api, const AccountScope& scope, const Query& query,
                                  const store::PageRequest& page, store::MessageFilter& filter);

  // For the next page, where there is one.
  Status keep(store::Connection& connection, const AccountScope& scope,
              const store::MessageFilter& filter) const;

 private:
  enum class Source : std::uint8_t { none, asked, kept } source_ = Source::none;
  ids::ObjectId search_id_;
};

}  // namespace hermod::server
