// Law 5: mutations that meet another state than the one they were made for.
#include "core/conformance/message_text.hpp"
#include "core/conformance/mutation_stage.hpp"

namespace hermod::conformance {
namespace {

constexpr FlagSet seen{static_cast<std::uint16_t>(Flag::seen)};
constexpr FlagSet flagged{static_cast<std::uint16_t>(Flag::flagged)};

struct Case {
  std::string_view name;
  std::string message_id;
  std::function<Mutation(ModelWriter&, const FoundMessage&)> mutation;  // with its base
};
std::vector<Case> cases(const Stage& stage) {
  const std::int64_t now = stage.subject.unix_now();
  const CollectionRemoteId work = stage.collection("Work");
  return {
      {"SetFlags", "flags@x",
       [](ModelWriter& writer, const FoundMessage& found) {
         return writer.mutation(SetFlags{found.address, seen, flagged, {}, {}}, found.version);
       }},
      {"MoveItem", "moved@x",
       [=](ModelWriter& writer, const FoundMessage& found) {
         return writer.mutation(MoveItem{found.address, work}, found.version);
       }},
      {"DeleteItem", "deleted@x",
       [](ModelWriter& writer, const FoundMessage& found) {
         return writer.mutation(DeleteItem{found.address, Deletion::for_good}, found.version);
       }},
      {"PutDraft", "draft@x",
       [=](ModelWriter& writer, const FoundMessage& found) {
         const PutDraft draft{found.address.collection, found.address.remote_id, message_text("newer@x", 10),
                              flagged, now};
         return writer.mutation(draft, found.version);
       }},
  };
}

void check_conflicts(Stage& stage) {
  const std::vector<Case> all = cases(stage);
  for (const Case& each : all) {
    if (!stage.writer.declares(each.name)) continue;
    const FoundMessage stale = stage.find(stage.inbox, each.message_id);
    stage.subject.other_client().set_flags(stage.inbox, each.message_id, flagged);
    const MutationOutcome outcome = stage.writer.push(each.mutation(stage.writer, stale));
    stage.expect(outcome.result == MutationResult::conflict,
                 std::string(each.name) + " of another version is a conflict");
  }
  stage.sync_all();
  for (const Case& each : all) {
    if (!stage.writer.declares(each.name)) continue;
    const auto message = stage.seen(stage.inbox, each.message_id);
    stage.expect(message && message->flags == flagged.bits,
                 std::string(each.name) + ", a conflict, changes nothing");
    if (!message) continue;
    const FoundMessage fresh = stage.find(stage.inbox, each.message_id);
    const MutationOutcome outcome = stage.writer.push(each.mutation(stage.writer, fresh));
    stage.expect(outcome.result == MutationResult::applied,
                 std::string(each.name) + " of the version that is there is applied");
  }
  stage.expect(stage.count(stage.inbox, "newer@x") == 0, "a conflict puts nothing");
  stage.sync_all();
}

void check_missing(Stage& stage) {
  const CollectionRemoteId work = stage.collection("Work");
  const ItemAddress gone = stage.find(stage.inbox, "gone@x").address;
  const ItemAddress still = stage.find(stage.inbox, "still@x").address;
  stage.subject.other_client().expunge(stage.inbox, "gone@x");
  const auto push = [&](std::string_view name, auto change) -> std::optional<MutationOutcome> {
    if (!stage.writer.declares(name)) return std::nullopt;
    return stage.writer.push(stage.writer.mutation(std::move(change)));
  };
  const auto expect_missing = [&](std::string_view name, const std::optional<MutationOutcome>& outcome) {
    stage.expect(!outcome || not_found(*outcome), std::string(name) + " of what is gone is `not_found`");
  };
  expect_missing("SetFlags", push("SetFlags", SetFlags{gone, seen, {}, {}, {}}));
  expect_missing("CopyItem", push("CopyItem", CopyItem{gone, work}));
  expect_missing("MoveItem", push("MoveItem", MoveItem{gone, work}));
  // It is as it was to be; a provider may say so.
  const auto deleted = push("DeleteItem", DeleteItem{gone, Deletion::for_good});
  stage.expect(!deleted || not_found(*deleted) || deleted->result == MutationResult::applied,
               "DeleteItem of what is gone is done or `not_found`");
  expect_missing("MoveItem to nowhere", push("MoveItem", MoveItem{still, {"no such target"}}));
  expect_missing("CopyItem to nowhere", push("CopyItem", CopyItem{still, {"no such target"}}));
  expect_missing("PutDraft to nowhere",
                 push("PutDraft", PutDraft{{"no such target"}, {}, message_text("lost@x", 10), {}, 0}));
  stage.sync_all();
  stage.expect(stage.count("Work", "gone@x") == 0, "what is gone does not come back");
  stage.expect(stage.count(stage.inbox, "still@x") == 1, "a message that cannot be moved stays");
}

}  // namespace

Violations check_stale_mutations(const MakeSubject& make) {
  Stage stage(make);
  stage.deliver({"flags@x", "moved@x", "deleted@x", "draft@x", "gone@x", "still@x"});
  if (!stage.opened()) return {"a session can be opened"};
  check_conflicts(stage);
  check_missing(stage);
  return stage.violations();
}

}  // namespace hermod::conformance
