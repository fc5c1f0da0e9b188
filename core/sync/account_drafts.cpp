// The account's drafts on their way to the mailbox (draft_store.hpp): one PutDraft each, the bytes into the
// account's packs.
#include "core/host/on_pool.hpp"
#include "core/sync/account_sync.hpp"

namespace hermod::sync {

namespace {

constexpr std::chrono::milliseconds lookup_retry = std::chrono::seconds(1);
constexpr std::chrono::minutes lookup_max{10};  // for a round of its folder

}  // namespace

Task<Status> AccountSync::perform_draft(store::Action action) {
  const auto proof = proven_absent(action);
  auto prepared =
      co_await host::on_pool(services_.runtime, [&]() -> Result<std::optional<store::PreparedDraft>> {
        auto connection = services_.database.connect();
        if (!connection) return std::move(connection).error();
        return store::prepare_draft(*connection, account_.account_id, action);
      });
  if (!prepared) co_return std::move(prepared).error();
  if (!*prepared) co_return co_await perform_steps(std::move(action));  // its flags alone
  const store::PreparedDraft& draft = **prepared;
  Tracked* tracked = tracked_of(draft.collection_id);
  if (const auto put = untold_drafts_.find(action.action_id); put != untold_drafts_.end())
    co_return co_await look_for_draft(action, draft, put->second);
  if (tracked == nullptr) co_return co_await wait_for_rounds(action, action.target, proof);
  const CollectionRemoteId collection = tracked->state.listed.remote_id;
  Mutation mutation;
  mutation.change = PutDraft{collection, draft.replaces, draft.raw, draft.flags, draft.received_at};
  mutation.marker = ids::to_public(action.action_id);
  auto outcome = co_await push(action, std::move(mutation), collection);
  if (!outcome) co_return std::move(outcome).error();
  if (!*outcome) co_return ok();
  if ((*outcome)->new_remote_id) co_return co_await confirm_draft(action, draft, std::move(**outcome), {});
  // Putting it again would make another one.
  untold_drafts_[action.action_id] = {++round_number_, std::chrono::steady_clock::now() + lookup_max};
  tracked = tracked_of(draft.collection_id);
  if (tracked != nullptr) mark_dirty(*tracked);
  co_return co_await try_again(action, lookup_retry);
}

Task<Status> AccountSync::look_for_draft(const store::Action& action, const store::PreparedDraft& draft,
                                         UntoldDraft put) {
  const Tracked* tracked = tracked_of(draft.collection_id);
  const bool shown = tracked == nullptr || tracked->round_completed > put.round;
  auto found = co_await host::on_pool(services_.runtime, [&]() -> Result<std::optional<store::FoundDraft>> {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::find_put_draft(*connection, account_.account_id, action);
  });
  if (!found) co_return std::move(found).error();
  if (*found) {
    MutationOutcome outcome;
    outcome.new_remote_id = std::move((*found)->remote_id);
    co_return co_await confirm_draft(action, draft, std::move(outcome), std::move((*found)->identity));
  }
  if (!shown && std::chrono::steady_clock::now() < put.until)
    co_return co_await try_again(action, lookup_retry);
  Error lost{ErrorKind::not_found,
             ErrorScope::item,
             Retry::never(),
             "the mailbox took the draft and does not show it",
             {},
             {},
             {}};
  co_return co_await finish(action, actions::ActionStatus::outcome_unknown, std::move(lost));
}

Task<Status> AccountSync::confirm_draft(const store::Action& action, const store::PreparedDraft& draft,
                                        MutationOutcome outcome, std::string identity) {
  auto lock = co_await commit_mutex_.lock();
  if (!lock) co_return std::move(lock).error();
  const std::int64_t round = ++round_number_;
  const RawStability stability = opened_->traits.raw;
  draft_is_stored_ = true;
  Status confirmed = co_await host::on_pool(services_.runtime, [&]() -> Status {
    auto writer = packs();
    if (!writer) return std::move(writer).error();
    Item item;
    item.remote_id = *outcome.new_remote_id;
    item.object_key = outcome.object_key;
    store::ConfirmedDraft done{
        .draft = &draft, .remote_id = *outcome.new_remote_id, .version = {}, .identity = {}, .blob = {}};
    done.blob.sha256 = ids::sha256(draft.raw);
    done.identity = identity.empty() ? identity_of(item, done.blob.sha256, stability) : identity;
    if (outcome.new_version) done.version = outcome.new_version->bytes;
    auto location = (*writer)->append(done.blob.sha256, draft.raw);
    if (!location) return std::move(location).error();
    done.blob.location = *location;
    if (Status flushed = (*writer)->flush(); !flushed) return flushed;
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::confirm_draft(*connection, account_, action, done, round);
  });
  draft_is_stored_ = false;
  work_.wake_one();  // which closes the packs when nothing else is to be done
  if (!confirmed) co_return confirmed;
  ++confirmations_;
  if (draft.replaces) note_confirmed(draft.collection_id, draft.replaces->bytes);
  note_confirmed(draft.collection_id, outcome.new_remote_id->bytes);
  forget(action.action_id);
  log_finished(action, actions::ActionStatus::done);
  co_return ok();
}

}  // namespace hermod::sync
