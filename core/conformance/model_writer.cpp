#include "core/conformance/model_writer.hpp"

#include <algorithm>

namespace hermod::conformance {
namespace {

// Of the collection in which the changed item lies; empty: the change is one of collections.
CollectionRemoteId written_in(const Mutation& mutation) {
  return std::visit(
      [](const auto& change) -> CollectionRemoteId {
        if constexpr (requires { change.item; }) return change.item.collection;
        if constexpr (requires { change.replaces; }) return change.collection;
        return {};
      },
      mutation.change);
}

}  // namespace

ModelWriter::ModelWriter(Subject& subject, ModelEngine& engine, ModelStore& store)
    : subject_(subject), engine_(engine), store_(store), declared_(subject.provider().describe().mutations) {}

bool ModelWriter::declares(std::string_view mutation) const {
  return std::ranges::find(declared_, mutation) != declared_.end();
}

CollectionRemoteId ModelWriter::fetched(const Mutation& mutation) const {
  const auto found = store_.collections().find(written_in(mutation));
  if (found == store_.collections().end()) return {};
  const CollectionRemoteId& through = found->second.listed.through;
  return through.empty() ? found->first : through;
}

std::optional<SyncCursor> ModelWriter::cursor_for(const Mutation& mutation) const {
  const auto found = store_.collections().find(fetched(mutation));
  if (found == store_.collections().end()) return std::nullopt;
  return found->second.cursor;
}

Result<MutationOutcome> ModelWriter::send(const Mutation& mutation) {
  Session* session = engine_.session();
  if (session == nullptr) return Error{};
  return subject_.strand().run(session->push_mutation(mutation, cursor_for(mutation)));
}

MutationOutcome ModelWriter::push(Mutation mutation) {
  MutationOutcome unknown;
  for (const int last = mutation.attempt + attempts_max; mutation.attempt < last; ++mutation.attempt) {
    const std::uint64_t asked_at = store_.clock();
    Result<MutationOutcome> outcome = send(mutation);
    if (!outcome) {
      unknown.error = outcome.error();
      if (outcome.error().kind == ErrorKind::unavailable && subject_.quirks().connections_end) {
        engine_.drop_session();
        continue;
      }
      unknown.result = MutationResult::failed;
      return unknown;
    }
    if (const CollectionRemoteId collection = fetched(mutation); outcome->page && !collection.empty()) {
      store_.commit(collection, *outcome->page, engine_.fetch_bodies(collection, *outcome->page), asked_at);
    }
    if (outcome->result == MutationResult::applied) store_.confirm(mutation, *outcome);
    if (outcome->result != MutationResult::unknown) return std::move(*outcome);
    unknown = std::move(*outcome);
    if (unknown.error && unknown.error->kind == ErrorKind::unavailable) engine_.drop_session();
  }
  return unknown;
}

MutationOutcome ModelWriter::push_twice(Mutation mutation) {
  const Result<MutationOutcome> first = send(mutation);
  ++mutation.attempt;
  MutationOutcome second = push(mutation);
  if (first && first->new_remote_id && second.new_remote_id && first->new_remote_id != second.new_remote_id) {
    store_.violated("a mutation repeated made the same thing as the first time");
  }
  return second;
}

MutationOutcome ModelWriter::push_cut(Mutation mutation, std::size_t steps, bool& cut) {
  cut = false;
  if (Session* session = engine_.session()) {
    Call<Result<MutationOutcome>> first(subject_.strand(),
                                        session->push_mutation(mutation, cursor_for(mutation)), Drain::no);
    for (std::size_t step = 0; step < steps && !first.done(); ++step) (void)subject_.strand().step();
    cut = !first.done();
    if (cut) first.cancel();
    (void)first.result();
  }
  engine_.drop_session();
  ++mutation.attempt;
  return push(std::move(mutation));
}

bool not_found(const MutationOutcome& outcome) {
  return outcome.result == MutationResult::failed && outcome.error &&
         outcome.error->kind == ErrorKind::not_found;
}

}  // namespace hermod::conformance
