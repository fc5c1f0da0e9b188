// Law 5: writes cut after any step, by the death of the program or of the connection, and repeated.
#include "core/conformance/message_text.hpp"
#include "core/conformance/mutation_stage.hpp"

namespace hermod::conformance {
namespace {

std::string numbered(std::string_view kind, std::size_t number) {
  return std::string(kind) + std::to_string(number) + "@x";
}

// Pushes one mutation after the other, each cut a stride later, until one is done before it is cut. Gives how
// many were pushed.
std::size_t cut_everywhere(Stage& stage, std::string_view name,
                           const std::function<Mutation(std::size_t number)>& mutation) {
  const Effort effort = stage.subject.effort();
  bool cut = true;
  std::size_t number = 0;
  for (; cut && number < effort.cut_writes; ++number) {
    stage.expect_done(name, stage.writer.push_cut(mutation(number), number * effort.cancelled_stride, cut));
  }
  if (number < effort.cut_writes && stage.subject.lose_next_answer()) {
    stage.expect_done(name, stage.writer.push(mutation(number++)));
  }
  return number;
}

}  // namespace

Violations check_lost_answers(const MakeSubject& make) {
  Stage stage(make);
  std::vector<std::string> ids;
  const std::size_t writes = stage.subject.effort().cut_writes;
  for (std::size_t number = 0; number < writes; ++number) {
    for (const char* kind : {"moved", "copied", "deleted", "draft"}) ids.push_back(numbered(kind, number));
  }
  stage.deliver(ids);
  if (!stage.opened()) return {"a session can be opened"};
  const CollectionRemoteId inbox = stage.collection(stage.inbox), work = stage.collection("Work");
  ModelWriter& writer = stage.writer;
  const auto address = [&](std::string_view kind, std::size_t number) {
    return stage.find(stage.inbox, numbered(kind, number)).address;
  };

  std::size_t put = 0, replaced = 0, moved = 0, copied = 0, deleted = 0;
  if (writer.declares("PutDraft")) {
    put = cut_everywhere(stage, "PutDraft", [&](std::size_t number) {
      return writer.mutation(
          PutDraft{inbox, {}, message_text(numbered("new", number), 100), {8}, stage.subject.unix_now()});
    });
    replaced = cut_everywhere(stage, "PutDraft", [&](std::size_t number) {
      return writer.mutation(PutDraft{inbox,
                                      address("draft", number).remote_id,
                                      message_text(numbered("newer", number), 100),
                                      {8},
                                      stage.subject.unix_now()});
    });
  }
  if (writer.declares("MoveItem")) {
    moved = cut_everywhere(stage, "MoveItem", [&](std::size_t number) {
      return writer.mutation(MoveItem{address("moved", number), work});
    });
  }
  if (writer.declares("CopyItem")) {
    copied = cut_everywhere(stage, "CopyItem", [&](std::size_t number) {
      return writer.mutation(CopyItem{address("copied", number), work});
    });
  }
  if (writer.declares("DeleteItem")) {
    deleted = cut_everywhere(stage, "DeleteItem", [&](std::size_t number) {
      return writer.mutation(DeleteItem{address("deleted", number), Deletion::for_good});
    });
  }
  stage.sync_all();

  const auto here = [&](std::string_view kind, std::size_t number) {
    return stage.count(stage.inbox, numbered(kind, number));
  };
  const auto there = [&](std::string_view kind, std::size_t number) {
    return stage.count("Work", numbered(kind, number));
  };
  for (std::size_t number = 0; number < writes; ++number) {
    stage.expect(here("new", number) == (number < put ? 1 : 0), "a draft cut anywhere is put once");
    stage.expect(here("newer", number) == (number < replaced ? 1 : 0) &&
                     here("draft", number) == (number < replaced ? 0 : 1),
                 "a draft whose replacement was cut anywhere is there once");
    stage.expect(there("moved", number) == (number < moved ? 1 : 0) &&
                     here("moved", number) == (number < moved ? 0 : 1),
                 "a move cut anywhere is done once");
    stage.expect(there("copied", number) <= (number < copied ? 1 : 0) && here("copied", number) == 1,
                 "a copy cut anywhere is made once at most");
    stage.expect(here("deleted", number) == (number < deleted ? 0 : 1), "a deletion cut anywhere is done");
  }
  return stage.violations();
}

}  // namespace hermod::conformance
