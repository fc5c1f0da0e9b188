// Law 5 of collections: what is created, renamed and deleted, each repeated after a lost answer.
#include <algorithm>

#include "core/conformance/message_text.hpp"
#include "core/conformance/mutation_stage.hpp"

namespace hermod::conformance {
namespace {

template <class Change>
MutationOutcome twice(Stage& stage, std::string_view name, Change change) {
  MutationOutcome outcome = stage.writer.push_twice(stage.writer.mutation(std::move(change)));
  stage.expect_done(name, outcome);
  return outcome;
}

void expect_refused(Stage& stage, std::string_view rule, Mutation mutation) {
  const MutationOutcome outcome = stage.writer.push(std::move(mutation));
  stage.expect(outcome.result == MutationResult::conflict || outcome.result == MutationResult::failed,
               std::string(rule));
}

void check_create(Stage& stage) {
  const std::string plain = "Made", foreign = "Größe & Maß";
  const MutationOutcome made = twice(stage, "CreateCollection", CreateCollection{{}, plain});
  const MutationOutcome other = twice(stage, "CreateCollection", CreateCollection{{}, foreign});
  stage.sync_all();
  stage.expect(!stage.collection(plain).empty(), "a collection created is listed by its name");
  stage.expect(!stage.collection(foreign).empty(), "a collection created is listed by its name, in UTF-8");
  stage.expect(!made.new_collection || made.new_collection == stage.collection(plain),
               "a collection created has the id that was said");
  stage.expect(!other.new_collection || other.new_collection == stage.collection(foreign),
               "a collection created has the id that was said");
  expect_refused(stage, "a name that is taken is refused",
                 stage.writer.mutation(CreateCollection{{}, plain}));
  twice(stage, "CreateCollection", CreateCollection{stage.collection(plain), "Inner"});
  stage.sync_all();
  stage.expect(!stage.collection("Made/Inner").empty(), "a collection is created below another");
}

void check_rename(Stage& stage) {
  (void)stage.subject.other_client().deliver("Made", message_text("outer@x", 10), stage.subject.unix_now());
  (void)stage.subject.other_client().deliver("Made/Inner", message_text("inner@x", 10),
                                             stage.subject.unix_now());
  stage.engine.settle();
  const CollectionRemoteId made = stage.collection("Made"), work = stage.collection("Work");
  expect_refused(stage, "a collection is not renamed to a name that is taken",
                 stage.writer.mutation(RenameCollection{made, {}, "Work"}));
  const MutationOutcome renamed = twice(stage, "RenameCollection", RenameCollection{made, work, "Renamed"});
  if (renamed.result == MutationResult::applied) {
    // As the outcome said, before anything is listed.
    std::vector<CollectionRemoteId> told;
    for (const auto& [id, collection] : stage.store.collections()) told.push_back(id);
    stage.sync_all();
    const bool all_there = std::ranges::all_of(
        told, [&](const CollectionRemoteId& id) { return stage.store.collections().contains(id); });
    stage.expect(all_there, "a collection renamed, and those below it, have the ids that were said");
  } else {
    stage.sync_all();
  }
  stage.expect(stage.collection("Made").empty(), "a collection renamed is no longer there by its old name");
  stage.expect(stage.count("Work/Renamed", "outer@x") == 1, "a collection renamed keeps what is in it");
  stage.expect(stage.count("Work/Renamed/Inner", "inner@x") == 1,
               "a collection renamed takes with it those below it");
  const CollectionRemoteId moved = stage.collection("Work/Renamed");
  if (moved.empty()) return;
  expect_refused(stage, "a collection does not go below itself",
                 stage.writer.mutation(RenameCollection{moved, moved, "Round"}));
}

void check_delete(Stage& stage) {
  const CollectionRemoteId renamed = stage.collection("Work/Renamed");
  if (renamed.empty()) return;
  twice(stage, "DeleteCollection", DeleteCollection{renamed});
  stage.sync_all();
  stage.expect(stage.collection("Work/Renamed").empty(), "a collection deleted is gone");
  stage.expect(stage.collection("Work/Renamed/Inner").empty(), "those below a deleted collection are gone");
  stage.expect(!stage.collection("Work").empty(), "that above a deleted collection stays");
  const MutationOutcome gone =
      stage.writer.push(stage.writer.mutation(RenameCollection{renamed, {}, "Again"}));
  stage.expect(not_found(gone), "RenameCollection of what is gone is `not_found`");
}

}  // namespace

Violations check_collections(const MakeSubject& make) {
  Stage stage(make);
  stage.deliver({"still@x"});
  if (!stage.opened()) return {"a session can be opened"};
  for (const char* name : {"CreateCollection", "RenameCollection", "DeleteCollection"}) {
    if (!stage.writer.declares(name)) return stage.violations();
  }
  check_create(stage);
  check_rename(stage);
  check_delete(stage);
  stage.expect(stage.count(stage.inbox, "still@x") == 1, "what is not written to stays as it is");
  return stage.violations();
}

}  // namespace hermod::conformance
