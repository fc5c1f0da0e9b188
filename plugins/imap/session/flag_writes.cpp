#include <algorithm>
#include <iterator>

#include "plugins/imap/client/store.hpp"
#include "plugins/imap/mapping/flags.hpp"
#include "plugins/imap/session/item_writes.hpp"
#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

// What a STORE in the mailbox keeps (RFC 9051 §7.1, PERMANENTFLAGS).
class Permanent {
 public:
  explicit Permanent(const SelectedMailbox& mailbox) : flags_(mailbox.permanent_flags) {}

  bool keeps(std::string_view flag) const {
    return !flags_ || names(flag) || (!flag.starts_with('\\') && names("\\*"));
  }
  // What is not kept cannot be there to be removed.
  std::vector<std::string> kept(std::vector<std::string> flags) const {
    std::erase_if(flags, [&](const auto& flag) { return !keeps(flag); });
    return flags;
  }
  bool names(std::string_view wanted) const {
    return flags_ &&
           std::ranges::any_of(*flags_, [&](const auto& flag) { return equals_ignoring_case(flag, wanted); });
  }

 private:
  const std::optional<std::vector<std::string>>& flags_;
};

Error not_kept() {
  return {ErrorKind::unsupported,
          ErrorScope::item,
          Retry::never(),
          "this mailbox does not keep such a flag",
          {},
          {},
          {}};
}

Error no_keyword() {
  return {ErrorKind::invalid_argument, ErrorScope::item, Retry::never(), "a keyword is no atom", {}, {}, {}};
}

bool is_done(const SetFlags& change, const MessageFlags& flags) {
  const auto has = [&](const std::string& keyword) {
    return std::ranges::any_of(flags.keywords,
                               [&](const auto& one) { return equals_ignoring_case(one, keyword); });
  };
  return (flags.flags.bits & change.add.bits) == change.add.bits &&
         (flags.flags.bits & change.remove.bits) == 0 && std::ranges::all_of(change.add_keywords, has) &&
         std::ranges::none_of(change.remove_keywords, has);
}

MessageFlags changed(const KnownItem& known, const SetFlags& change) {
  auto bits = known.flags;
  bits.bits = static_cast<std::uint16_t>((bits.bits | change.add.bits) & ~change.remove.bits);
  auto keywords = known.keywords;
  std::erase_if(keywords, [&](const auto& keyword) {
    return std::ranges::any_of(change.remove_keywords,
                               [&](const auto& one) { return equals_ignoring_case(one, keyword); });
  });
  std::ranges::copy(change.add_keywords, std::back_inserter(keywords));
  return map_flags(wire_flags(bits, keywords));
}

// The version is told where the engine knows the message but for this change. Where somebody else changed it
// as well, the next delta is to tell that.
Task<Result<MutationOutcome>> done(Writing& writing, SetFlags change, MessageFlags flags) {
  auto outcome = applied();
  const auto known = co_await known_item(writing, change.item);
  if (!known) co_return known.error();
  const auto version = version_of(flags);
  if (*known && version_of(changed(**known, change)) == version) outcome.new_version = version;
  co_return std::move(outcome);
}

}  // namespace

Task<Result<MutationOutcome>> set_flags(Writing& writing, SetFlags change,
                                        std::optional<RemoteVersion> base) {
  if (!std::ranges::all_of(change.add_keywords, is_keyword_to_send) ||
      !std::ranges::all_of(change.remove_keywords, is_keyword_to_send))
    co_return no_keyword();
  const auto uid = co_await open_item(writing, change.item);
  if (!uid) co_return uid.error();
  if (!*uid) co_return no_such_message();
  const Permanent permanent(*writing.connection.selected());
  FlagChange stored{wire_flags(change.add, change.add_keywords), {}, std::nullopt};
  if (permanent.kept(stored.add).size() != stored.add.size()) co_return not_kept();
  stored.remove = permanent.kept(wire_flags(change.remove, change.remove_keywords));
  if (change.remove.has(Flag::forwarded) && permanent.names("Forwarded"))
    stored.remove.emplace_back("Forwarded");
  if (base) {
    const auto state = co_await fetch_state(writing.connection, **uid);
    if (!state) co_return state.error();
    if (!*state) co_return no_such_message();
    const auto flags = map_flags(*(*state)->flags);
    if (writing.repeats() && is_done(change, flags)) {
      co_return co_await done(writing, std::move(change), flags);
    }
    if (version_of(flags) != *base) co_return changed_meanwhile();
    stored.unchanged_since = (*state)->modseq;
  }
  auto told = co_await store_flags(writing.connection, writing.effects, **uid, std::move(stored));
  if (!told) co_return std::move(told).error();
  if (!*told) co_return no_such_message();
  auto flags = map_flags(**told);
  if (!is_done(change, flags)) co_return not_kept();
  co_return co_await done(writing, std::move(change), std::move(flags));
}

}  // namespace hermod::imap
