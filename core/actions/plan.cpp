#include "core/actions/plan.hpp"

#include <algorithm>

namespace hermod::actions {

namespace {

FlagSet difference(FlagSet whole, FlagSet without) {
  return {static_cast<std::uint16_t>(whole.bits & ~without.bits)};
}

// Folders before flags: what was moved is flagged where it is. Removing comes last, so that no step takes the
// last copy of a message that shall stay.
std::optional<MessageStep> folder_step(const std::vector<Placement>& confirmed,
                                       const std::vector<ids::ObjectId>& folders) {
  const Placement* leaving = nullptr;
  for (const Placement& one : confirmed) {
    if (std::ranges::find(folders, one.collection_id) == folders.end()) leaving = &one;
  }
  for (const ids::ObjectId& folder : folders) {
    const auto there = std::ranges::find(confirmed, folder, &Placement::collection_id);
    if (there != confirmed.end()) continue;
    if (leaving != nullptr) return Move{*leaving, folder};
    return Copy{confirmed.front(), folder};
  }
  if (leaving != nullptr) return Remove{*leaving};
  return std::nullopt;
}

}  // namespace

std::optional<MessageStep> next_step(const std::vector<Placement>& confirmed, const Intent& intent) {
  if (confirmed.empty()) return std::nullopt;
  if (intent.folders) {
    if (auto step = folder_step(confirmed, *intent.folders)) return step;
  }
  Intent flags_alone = intent;
  flags_alone.folders.reset();
  for (const Placement& wanted : replay(confirmed, {flags_alone})) {
    ChangeFlags step{wanted, difference(wanted.effective_flags, wanted.flags),
                     difference(wanted.flags, wanted.effective_flags),
                     difference(wanted.effective_keywords, wanted.keywords),
                     difference(wanted.keywords, wanted.effective_keywords)};
    if (step.add.bits != 0 || step.remove.bits != 0 || !step.add_keywords.empty() ||
        !step.remove_keywords.empty())
      return step;
  }
  return std::nullopt;
}

}  // namespace hermod::actions
