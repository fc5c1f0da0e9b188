#include "core/actions/replay.hpp"

#include <algorithm>
#include <iterator>

namespace hermod::actions {

namespace {

void set(FlagSet& flags, Flag flag, bool value) {
  flags.add(flag);
  if (!value) flags.bits = static_cast<std::uint16_t>(flags.bits ^ static_cast<std::uint16_t>(flag));
}

// Spelled as in the mailbox, where it has them.
void apply_keywords(Placement& placement, const Keywords& wanted) {
  set(placement.effective_flags, Flag::forwarded, contains(wanted, forwarded_keyword));
  Keywords keywords = difference(wanted, placement.keywords);
  std::ranges::copy_if(placement.keywords, std::back_inserter(keywords),
                       [&](const std::string& one) { return contains(wanted, one); });
  placement.effective_keywords = in_order(difference(keywords, {std::string(forwarded_keyword)}));
}

void apply_flags(std::vector<Placement>& placements, const Intent& intent) {
  for (Placement& placement : placements) {
    if (intent.unread) set(placement.effective_flags, Flag::seen, !*intent.unread);
    if (intent.starred) set(placement.effective_flags, Flag::flagged, *intent.starred);
    if (intent.keywords) apply_keywords(placement, *intent.keywords);
  }
}

void apply_folders(std::vector<Placement>& placements, const std::vector<ids::ObjectId>& folders) {
  const auto wanted = [&](const Placement& one) {
    return std::ranges::find(folders, one.collection_id) != folders.end();
  };
  FlagSet flags;  // those of what it is moved or copied from
  Keywords keywords;
  if (!placements.empty()) {
    flags = placements.front().effective_flags;
    keywords = placements.front().effective_keywords;
  }
  std::erase_if(placements,
                [&](const Placement& one) { return one.standing == Standing::arriving && !wanted(one); });
  for (Placement& one : placements) {
    if (one.standing != Standing::arriving)
      one.standing = wanted(one) ? Standing::confirmed : Standing::leaving;
  }
  for (const ids::ObjectId& folder : folders) {
    const bool there =
        std::ranges::any_of(placements, [&](const Placement& one) { return one.collection_id == folder; });
    if (!there) placements.push_back({folder, {}, {}, flags, Standing::arriving, {}, keywords});
  }
}

}  // namespace

std::vector<Placement> replay(std::vector<Placement> placements, const std::vector<Intent>& intents) {
  for (Placement& placement : placements) {
    placement.effective_flags = placement.flags;
    placement.effective_keywords = placement.keywords;
    placement.standing = Standing::confirmed;
  }
  for (const Intent& intent : intents) {
    if (intent.folders) apply_folders(placements, *intent.folders);
    apply_flags(placements, intent);
  }
  return placements;
}

}  // namespace hermod::actions
