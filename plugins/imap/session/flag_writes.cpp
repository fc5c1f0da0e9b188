#include <algorithm>

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

Error changed_meanwhile() {
  return {ErrorKind::conflict, ErrorScope::item, Retry::never(), "the message changed meanwhile", {}, {}, {}};
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

MutationOutcome with_version(const MessageFlags& flags) {
  auto outcome = applied();
  outcome.new_version = version_of(flags);
  return outcome;
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
    if (writing.repeats() && is_done(change, flags)) co_return with_version(flags);
    if (version_of(flags) != *base) co_return changed_meanwhile();
    stored.unchanged_since = (*state)->modseq;
  }
  auto told = co_await store_flags(writing.connection, writing.effects, **uid, std::move(stored));
  if (!told) co_return std::move(told).error();
  if (!*told) co_return no_such_message();
  const auto flags = map_flags(**told);
  if (!is_done(change, flags)) co_return not_kept();
  co_return with_version(flags);
}

}  // namespace hermod::imap
