// Law 5: what a mutation of an item leaves behind, its first answer lost before it was committed.
#include <algorithm>

#include "core/conformance/message_text.hpp"
#include "core/conformance/mutation_stage.hpp"

namespace hermod::conformance {
namespace {

constexpr FlagSet seen{static_cast<std::uint16_t>(Flag::seen)};
constexpr FlagSet flagged{static_cast<std::uint16_t>(Flag::flagged)};
constexpr FlagSet draft{static_cast<std::uint16_t>(Flag::draft)};

bool applied(const MutationOutcome& outcome) { return outcome.result == MutationResult::applied; }

// None: not declared.
template <class Change>
std::optional<MutationOutcome> twice(Stage& stage, std::string_view name, Change change) {
  if (!stage.writer.declares(name)) return std::nullopt;
  MutationOutcome outcome = stage.writer.push_twice(stage.writer.mutation(std::move(change)));
  stage.expect_done(name, outcome);
  return outcome;
}

void check_flags(Stage& stage) {
  stage.subject.other_client().set_flags(stage.inbox, "flags@x", flagged);
  stage.engine.settle();
  const FoundMessage found = stage.find(stage.inbox, "flags@x");
  if (!stage.writer.declares("SetFlags")) return;
  // With a base that the first attempt itself made stale.
  const MutationOutcome outcome = stage.writer.push_twice(
      stage.writer.mutation(SetFlags{found.address, seen, flagged, {}, {}}, found.version));
  stage.expect_done("SetFlags", outcome);
  stage.sync_all();
  const auto message = stage.seen(stage.inbox, "flags@x");
  stage.expect(message && message->flags == seen.bits, "flags are set and cleared");
}

// A mailbox that keeps no such keyword says so and changes nothing.
void check_keywords(Stage& stage) {
  if (!stage.writer.declares("SetFlags")) return;
  const auto change = [&](std::vector<std::string> add, std::vector<std::string> remove) {
    const FoundMessage found = stage.find(stage.inbox, "keyword@x");
    const MutationOutcome outcome = stage.writer.push_twice(
        stage.writer.mutation(SetFlags{found.address, {}, {}, std::move(add), std::move(remove)}));
    stage.sync_all();
    return outcome.result;
  };
  const auto labelled = [&] {
    const auto message = stage.seen(stage.inbox, "keyword@x");
    return message && std::ranges::count(message->keywords, "label") == 1;
  };
  const MutationResult added = change({"label"}, {});
  if (added == MutationResult::unknown) return;
  stage.expect(labelled() == (added == MutationResult::applied),
               "a keyword that is taken is there, and one that is refused is not");
  if (added != MutationResult::applied) return;
  stage.expect(change({}, {"label"}) != MutationResult::applied || !labelled(),
               "a keyword taken off is gone");
}

void check_move_and_copy(Stage& stage) {
  const CollectionRemoteId work = stage.collection("Work");
  const auto moved = twice(stage, "MoveItem", MoveItem{stage.find(stage.inbox, "moved@x").address, work});
  const auto copied = twice(stage, "CopyItem", CopyItem{stage.find(stage.inbox, "copied@x").address, work});
  stage.sync_all();
  if (moved) {
    const std::size_t here = stage.count(stage.inbox, "moved@x"), there = stage.count("Work", "moved@x");
    stage.expect(there <= 1 && here + there >= 1, "a message moved is never lost, and never there twice");
    stage.expect(!applied(*moved) || (here == 0 && there == 1),
                 "a message moved is there and no longer here");
  }
  if (copied) {
    const std::size_t there = stage.count("Work", "copied@x");
    stage.expect(stage.count(stage.inbox, "copied@x") == 1, "a message copied is still here");
    stage.expect(there <= 1 && (there == 1 || !applied(*copied)), "a message copied is there once");
  }
}

void check_delete(Stage& stage) {
  const auto deleted = twice(stage, "DeleteItem",
                             DeleteItem{stage.find(stage.inbox, "deleted@x").address, Deletion::for_good});
  const std::string trash = stage.subject.quirks().trash;
  std::optional<MutationOutcome> trashed;
  if (!trash.empty()) {
    trashed = twice(stage, "DeleteItem",
                    DeleteItem{stage.find(stage.inbox, "trashed@x").address, Deletion::to_trash});
  }
  stage.sync_all();
  if (deleted && applied(*deleted)) {
    stage.expect(stage.count(stage.inbox, "deleted@x") == 0, "a message deleted for good is gone");
    stage.expect(trash.empty() || stage.count(trash, "deleted@x") == 0,
                 "a message deleted for good is not in the trash");
  }
  if (trashed && applied(*trashed)) {
    stage.expect(stage.count(stage.inbox, "trashed@x") == 0, "a message deleted is no longer here");
    stage.expect(stage.count(trash, "trashed@x") == 1, "a message deleted is in the trash, once");
  }
}

void check_drafts(Stage& stage) {
  const CollectionRemoteId work = stage.collection("Work");
  const std::int64_t written_at = stage.subject.unix_now() - 3600;
  const auto put =
      twice(stage, "PutDraft", PutDraft{work, {}, message_text("draft1@x", 10), draft, written_at});
  if (!put) return;
  stage.sync_all();
  stage.expect(stage.count("Work", "draft1@x") <= 1, "a draft is put once");
  if (!applied(*put)) return;
  auto message = stage.seen("Work", "draft1@x");
  stage.expect(message && message->flags == draft.bits, "a draft is there, with its flags");
  stage.expect(message && message->received_at == written_at, "a draft has the time that it was given");
  if (!message) return;
  const FoundMessage first = stage.find("Work", "draft1@x");
  const auto replaced =
      twice(stage, "PutDraft",
            PutDraft{work, first.address.remote_id, message_text("draft2@x", 500), draft, written_at + 60});
  stage.sync_all();
  const std::size_t before = stage.count("Work", "draft1@x"), after = stage.count("Work", "draft2@x");
  stage.expect(after <= 1 && before + after >= 1, "a draft replaced is never lost, and never there twice");
  // By an address that ended with its session the old one cannot be found.
  const bool found = before == 0 || !stage.subject.quirks().stable_addresses;
  stage.expect(!applied(*replaced) || (found && after == 1),
               "a draft replaced is there in the place of the old one");
}

}  // namespace

Violations check_mutations(const MakeSubject& make) {
  Stage stage(make);
  stage.deliver({"flags@x", "keyword@x", "moved@x", "copied@x", "deleted@x", "trashed@x", "still@x"});
  if (!stage.opened()) return {"a session can be opened"};
  check_flags(stage);
  check_keywords(stage);
  check_move_and_copy(stage);
  check_delete(stage);
  check_drafts(stage);
  stage.expect(stage.count(stage.inbox, "still@x") == 1, "what is not written to stays as it is");
  return stage.violations();
}

}  // namespace hermod::conformance
