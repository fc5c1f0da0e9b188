// FeedFilter: which entries a reader wants, from the parameters `types`, `grant_id`, `in` and `include`.
//
// `types` and `grant_id` are told from the entry alone. `in` needs the store, because the log does not say
// where an object was: see passes_folders() in feed_reader.hpp for what it lets through.
#pragma once

#include <vector>

#include "core/store/change_reader.hpp"
#include "server/http/url.hpp"

namespace hermod::server {

std::string_view object_name(store::ObjectType object);
std::string_view change_name(store::ChangeType change);

// A set of object types × change types.
class EntryTypes {
 public:
  // Comma-separated: `message`, `message.*`, `message.created`; empty: all. Error{invalid_argument}.
  static Result<EntryTypes> parse(const std::vector<std::string>& names);

  bool has(store::ObjectType object, store::ChangeType change) const {
    return (bits_ & bit(object, change)) != 0;
  }

 private:
  static std::uint32_t bit(store::ObjectType object, store::ChangeType change) {
    return 1u << (static_cast<unsigned>(object) * 4 + static_cast<unsigned>(change));
  }
  std::uint32_t bits_ = ~0u;
};

enum class EntryData : std::uint8_t { left_out, included };

struct FeedFilter {
  EntryTypes types;
  std::vector<ids::ObjectId> grants;  // empty: all
  std::vector<std::string> folders;   // of `in`; empty: all
  EntryData data = EntryData::left_out;

  // As far as the entry alone tells.
  bool takes(const store::LoggedChange& change) const;
};

// Error{invalid_argument} for what makes no sense. `grant_id` is the caller's: it may name a grant by its
// address.
Result<FeedFilter> parse_feed_filter(const Query& query);

}  // namespace hermod::server
