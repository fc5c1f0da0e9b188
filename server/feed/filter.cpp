#include "server/feed/filter.hpp"

#include <algorithm>
#include <array>

#include "core/store/message_filter.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::array<std::string_view, 6> objects = {"", "message", "thread", "folder", "grant", "draft"};
constexpr std::array<std::string_view, 4> changes = {"", "created", "updated", "deleted"};

// From 1 on; 0 where it is none.
template <std::size_t count>
std::size_t place_of(const std::array<std::string_view, count>& names, std::string_view name) {
  const auto found = name.empty() ? names.end() : std::ranges::find(names, name);
  return found == names.end() ? 0 : static_cast<std::size_t>(found - names.begin());
}

}  // namespace

std::string_view object_name(store::ObjectType object) {
  return objects.at(static_cast<std::size_t>(object));
}
std::string_view change_name(store::ChangeType change) {
  return changes.at(static_cast<std::size_t>(change));
}

Result<EntryTypes> EntryTypes::parse(const std::vector<std::string>& names) {
  EntryTypes types;
  if (names.empty()) return types;
  types.bits_ = 0;
  for (const std::string& name : names) {
    const std::size_t dot = name.find('.');
    const std::size_t object = place_of(objects, std::string_view(name).substr(0, dot));
    const std::string_view kind = dot == std::string::npos ? "*" : std::string_view(name).substr(dot + 1);
    const std::size_t change = place_of(changes, kind);
    if (object == 0 || (change == 0 && kind != "*")) {
      return failure(
          ErrorKind::invalid_argument, "`types` has an unknown value: " + name,
          "message, thread, folder, grant or draft; then .created, .updated, .deleted, .* or nothing");
    }
    for (std::size_t each = 1; each < changes.size(); ++each) {
      if (change != 0 && change != each) continue;
      types.bits_ |= bit(static_cast<store::ObjectType>(object), static_cast<store::ChangeType>(each));
    }
  }
  return types;
}

bool FeedFilter::takes(const store::LoggedChange& change) const {
  if (!types.has(change.object, change.change)) return false;
  return grants.empty() || std::ranges::find(grants, change.account_id) != grants.end();
}

Result<FeedFilter> parse_feed_filter(const Query& query) {
  FeedFilter filter;
  std::vector<std::string> names = query.all("types", ',');
  std::erase(names, "");
  auto types = EntryTypes::parse(names);
  if (!types) return std::move(types).error();
  filter.types = *types;
  filter.folders = query.all("in");
  std::erase(filter.folders, "");
  if (filter.folders.size() > store::filter_values_max) {
    return failure(ErrorKind::invalid_argument, "`in` has too many values",
                   "at most " + std::to_string(store::filter_values_max) + " are taken");
  }
  for (const std::string& name : query.all("include", ',')) {
    if (name.empty()) continue;
    if (name != "data") {
      return failure(ErrorKind::invalid_argument, "`include` has an unknown value: " + name,
                     "it takes `data`");
    }
    filter.data = EntryData::included;
  }
  return filter;
}

}  // namespace hermod::server
