// The account's writes: what applications changed, pushed to the provider one mutation at a time
// (action_store.hpp).
//
//   next_action ──► plan (from what is confirmed) ──► begin_step ──► push_mutation ──► confirm ──► plan … ──►
//   finish
//                                                          refused: again later, or taken back
//
// An action waits for older ones that concern the same objects; others go on meanwhile.
#include "core/host/on_pool.hpp"
#include "core/ids/crc32.hpp"
#include "core/store/application_store.hpp"
#include "core/sync/account_sync.hpp"

namespace hermod::sync {

namespace {

using actions::ActionStatus;
using std::chrono::milliseconds;

constexpr milliseconds first_retry = std::chrono::seconds(1);
constexpr milliseconds longest_retry = std::chrono::minutes(10);
constexpr milliseconds rounds_retry = std::chrono::seconds(1);  // until the sync shows where a message went
constexpr std::chrono::seconds given_up_after = std::chrono::hours(72);
constexpr int gone_tries_max = 5;  // of a message that the server does not find

Error error_of(ErrorKind kind, std::string message) {
  return {kind, ErrorScope::item, Retry::never(), std::move(message), {}, {}, {}};
}

// Repeating it brings nothing. Nobody is asked for rights to one folder or message.
bool is_final(const Error& error) {
  if (error.kind == ErrorKind::denied && error.scope != ErrorScope::account &&
      error.scope != ErrorScope::provider)
    return true;
  if (error.retry.when != Retry::When::never) return false;
  switch (error.kind) {
    case ErrorKind::cancelled:
    case ErrorKind::unavailable:
    case ErrorKind::timeout:
    case ErrorKind::rate_limited:
      return false;
    default:
      return true;
  }
}

// The same for every attempt at that mutation, and for no other of the action.
std::string marker_of(const store::Action& action, const ids::ObjectId& message_id,
                      const actions::MessageStep& step) {
  std::string marker = ids::to_public(action.action_id) + "." + ids::to_public(message_id) + "." +
                       std::to_string(step.index());
  std::visit(
      [&](const auto& one) {
        const actions::Placement* placement = nullptr;
        if constexpr (requires { one.from; }) {
          placement = &one.from;
          marker += "." + ids::to_public(one.to);
        } else {
          placement = &one.of;
        }
        marker += "." + ids::to_public(placement->collection_id) + "." +
                  std::to_string(ids::crc32(placement->remote_id));
      },
      step);
  return marker;
}

}  // namespace

// What is to be done next for an action.
struct AccountSync::Attempt {
  ids::ObjectId message_id;
  std::optional<actions::MessageStep> step;
  bool gone = false;  // its messages are there no more, and it is no deletion
  std::optional<ids::ObjectId> in_transit;  // nowhere now: the sync will show where it went, or that it is gone
};

Task<Status> AccountSync::push_actions() {
  for (;;) {
    auto next = co_await host::on_pool(services_.runtime, [&]() -> Result<std::optional<store::Action>> {
      auto connection = services_.database.connect();
      if (!connection) return std::move(connection).error();
      return store::next_action(*connection, account_.account_id);
    });
    if (!next) co_return std::move(next).error();
    if (*next) {
      const bool folder = actions::is_of_a_folder((*next)->kind);
      Status performed =
          folder ? co_await perform_folder(std::move(**next)) : co_await perform(std::move(**next));
      if (!performed) co_return performed;
    } else if (Status due = co_await actions_due_.wait(); !due) {
      co_return due;
    }
  }
}

AccountSync::Tracked* AccountSync::tracked_of(const ids::ObjectId& collection_id) {
  for (auto& [remote_id, tracked] : collections_) {
    if (tracked.state.collection_id == collection_id) return &tracked;
  }
  return nullptr;
}

// An Error ends the session; what becomes of the action is in the store.
Task<Status> AccountSync::perform(store::Action action) {
  if (actions::puts_a_draft(action.kind)) co_return co_await perform_draft(std::move(action));
  co_return co_await perform_steps(std::move(action));
}

Task<Status> AccountSync::perform_steps(store::Action action) {
  for (;;) {
    const auto proof = proven_absent(action);  // before it is looked for: a round may place it meanwhile
    auto attempt = co_await plan(action);
    if (!attempt) co_return std::move(attempt).error();
    if (!attempt->step) {
      if (attempt->gone)
        co_return co_await finish(action, ActionStatus::failed,
                                  error_of(ErrorKind::not_found, "the message is not there any more"));
      if (attempt->in_transit) co_return co_await wait_for_rounds(action, *attempt->in_transit, proof);
      co_return co_await finish(action, ActionStatus::done, std::nullopt);
    }
    Mutation mutation;
    CollectionRemoteId collection;
    const auto address = [&](const actions::Placement& placement) -> std::optional<ItemAddress> {
      const Tracked* tracked = tracked_of(placement.collection_id);
      if (tracked == nullptr) return std::nullopt;
      collection = tracked->state.listed.remote_id;
      return ItemAddress{collection, {placement.remote_id}};
    };
    const auto target = [&](const ids::ObjectId& collection_id) -> std::optional<CollectionRemoteId> {
      const Tracked* tracked = tracked_of(collection_id);
      if (tracked == nullptr) return std::nullopt;
      return tracked->state.listed.remote_id;
    };
    bool known = true;
    if (const auto* flags = std::get_if<actions::ChangeFlags>(&*attempt->step)) {
      auto item = address(flags->of);
      known = item.has_value();
      if (known) mutation.change = SetFlags{std::move(*item), flags->add, flags->remove, flags->add_keywords,
                                            flags->remove_keywords};
    } else if (const auto* removed = std::get_if<actions::Remove>(&*attempt->step)) {
      auto item = address(removed->of);
      known = item.has_value();
      if (known) mutation.change = DeleteItem{std::move(*item), Deletion::for_good};
    } else if (const auto* moved = std::get_if<actions::Move>(&*attempt->step)) {
      auto item = address(moved->from);
      auto to = target(moved->to);
      known = item && to;
      if (known) mutation.change = MoveItem{std::move(*item), std::move(*to)};
    } else {
      const auto& copied = std::get<actions::Copy>(*attempt->step);
      auto item = address(copied.from);
      auto to = target(copied.to);
      known = item && to;
      if (known) mutation.change = CopyItem{std::move(*item), std::move(*to)};
    }
    if (!known) co_return co_await wait_for_rounds(action, attempt->message_id, proof);
    mutation.marker = marker_of(action, attempt->message_id, *attempt->step);
    auto outcome = co_await push(action, std::move(mutation), collection);
    if (!outcome) co_return std::move(outcome).error();
    if (!*outcome) co_return ok();
    if (Status confirmed = co_await confirm(action, *attempt, std::move(**outcome)); !confirmed)
      co_return confirmed;
  }
}

Task<Result<AccountSync::Attempt>> AccountSync::plan(const store::Action& action) {
  co_return co_await host::on_pool(services_.runtime, [&]() -> Result<Attempt> {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    auto messages = store::messages_of_action(*connection, account_.account_id, action.action_id);
    if (!messages) return std::move(messages).error();
    const bool deletes = action.intent.folders && action.intent.folders->empty();
    Attempt attempt;
    attempt.gone = messages->empty() && !deletes;
    for (const ids::ObjectId& message_id : *messages) {
      auto confirmed = store::confirmed_placements(*connection, account_.account_id, message_id);
      if (!confirmed) return std::move(confirmed).error();
      attempt.message_id = message_id;
      attempt.step = actions::next_step(*confirmed, action.intent);
      if (attempt.step) return attempt;
      if (confirmed->empty() && !deletes) attempt.in_transit = message_id;
    }
    return attempt;
  });
}

// The outcome of a mutation that was applied; nothing when it was not, and the store says what becomes of the
// action.
Task<Result<std::optional<MutationOutcome>>> AccountSync::push(store::Action& action, Mutation mutation,
                                                               CollectionRemoteId collection) {
  auto permit = co_await session_call();
  if (!permit) co_return std::move(permit).error();
  Status begun = co_await host::on_pool(services_.runtime, [&]() -> Status {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::begin_step(*connection, account_, action);
  });
  if (!begun) co_return std::move(begun).error();
  mutation.attempt = action.step_attempts;
  const bool makes = std::holds_alternative<PutDraft>(mutation.change) ||
                     std::holds_alternative<CreateCollection>(mutation.change);
  std::optional<SyncCursor> cursor;
  if (const auto tracked = collections_.find(collection.bytes); tracked != collections_.end())
    cursor = tracked->second.state.cursor;
  auto outcome = co_await opened_->session->push_mutation(std::move(mutation), std::move(cursor));
  permit->release();
  Context& context = co_await current_context();
  if (context.cancelled()) co_return context.cancel_error();  // it is looked for at the next attempt
  if (!outcome) {
    if (Status taken = co_await take_refusal(action, std::move(outcome).error(), false); !taken)
      co_return std::move(taken).error();
    co_return std::optional<MutationOutcome>();
  }
  if (outcome->result == MutationResult::applied) co_return std::optional(std::move(*outcome));
  Error error = outcome->error.value_or(error_of(ErrorKind::internal, "the provider gives no reason"));
  Status taken = ok();
  if (outcome->result == MutationResult::unknown) {
    // What became of a message that was there before, the sync will show; what was to be made leaves no such
    // trace.
    const bool unprovable = makes && outcome->error && outcome->error->retry.when == Retry::When::never;
    if (unprovable) {
      taken = co_await finish(action, ActionStatus::outcome_unknown, std::move(error));
    } else {
      error.retry = Retry::after(error.retry.delay);
      for (auto& [remote_id, tracked] : collections_) {
        if (is_fetched(tracked.state.listed)) mark_dirty(tracked);
      }
      taken = co_await take_refusal(action, std::move(error), true);
    }
  } else {
    taken = co_await take_refusal(action, std::move(error), true);
  }
  if (!taken) co_return std::move(taken).error();
  co_return std::optional<MutationOutcome>();
}

// Not applied: again later, or taken back for good.
Task<Status> AccountSync::take_refusal(const store::Action& action, Error error, bool tried) {
  log_error("action.refused", error);
  // Another client may have moved it: the sync shows where it is, if anywhere.
  const bool elsewhere = error.scope == ErrorScope::item &&
                         (error.kind == ErrorKind::not_found || error.kind == ErrorKind::conflict);
  if (elsewhere && action.step_attempts < gone_tries_max) {
    for (auto& [remote_id, tracked] : collections_) {
      if (is_fetched(tracked.state.listed)) mark_dirty(tracked);
    }
    want_listing();
    error.retry = Retry::after(rounds_retry);
  }
  const std::int64_t age = store::unix_seconds() - action.created_at;
  if (is_final(error) || age > given_up_after.count())
    co_return co_await finish(action, ActionStatus::failed, std::move(error));
  Backoff& backoff = action_backoffs_.try_emplace(action.action_id, first_retry, longest_retry).first->second;
  const milliseconds delay = elsewhere ? rounds_retry : backoff.next(error);
  Status postponed = co_await host::on_pool(services_.runtime, [&]() -> Status {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::postpone(*connection, account_, action, delay, error, tried);
  });
  if (!postponed) co_return postponed;
  if (error.kind == ErrorKind::auth) co_return error;  // not for this mutation alone
  co_return ok();
}

Task<Status> AccountSync::perform_folder(store::Action action) {
  for (;;) {
    auto step = co_await host::on_pool(services_.runtime, [&]() -> Result<store::FolderStep> {
      auto connection = services_.database.connect();
      if (!connection) return std::move(connection).error();
      return store::next_folder_step(*connection, account_.account_id, action);
    });
    if (!step && step.error().scope == ErrorScope::item) {
      co_return co_await finish(action, ActionStatus::failed, std::move(step).error());
    }
    if (!step) co_return std::move(step).error();
    if (!step->mutation && !step->forgets)
      co_return co_await finish(action, ActionStatus::done, std::nullopt);
    MutationOutcome outcome;
    if (step->mutation) {
      Mutation mutation = std::move(*step->mutation);
      mutation.marker = ids::to_public(action.action_id) + "." + ids::to_public(step->folder_id);
      auto pushed = co_await push(action, std::move(mutation), {});
      if (!pushed) co_return std::move(pushed).error();
      if (!*pushed) co_return ok();
      outcome = std::move(**pushed);
    }
    auto lock = co_await commit_mutex_.lock();
    if (!lock) co_return std::move(lock).error();
    const std::int64_t round = ++round_number_;
    Status confirmed = co_await host::on_pool(services_.runtime, [&]() -> Status {
      auto connection = services_.database.connect();
      if (!connection) return std::move(connection).error();
      return store::confirm_folder_step(*connection, account_, action, *step, outcome, round);
    });
    if (confirmed) folders_confirmed_ = round;
    action_backoffs_.erase(action.action_id);
    lock->release();
    if (!confirmed) co_return confirmed;
    orphans_ = true;
    want_listing();
    if (action.kind != actions::ActionKind::folder_destroy) {
      log_finished(action, ActionStatus::done);
      co_return ok();
    }
  }
}

// What the action waits for, if every folder was listed and walked since it was found to be nowhere.
std::optional<ids::ObjectId> AccountSync::proven_absent(const store::Action& action) const {
  const auto transit = in_transit_.find(action.action_id);
  if (transit == in_transit_.end()) return std::nullopt;
  const std::int64_t since = transit->second.since;
  if (listing_completed_ <= since || rounds_completed() <= since) return std::nullopt;
  return transit->second.sought;
}

// The message is nowhere, or one of its folders was not listed yet: until that is proven, however long it takes.
Task<Status> AccountSync::wait_for_rounds(const store::Action& action, const ids::ObjectId& sought,
                                          std::optional<ids::ObjectId> absent) {
  Transit& transit = in_transit_[action.action_id];
  if (transit.sought != sought) transit = {sought, round_number_};
  const auto gone = co_await is_any_folder_gone(action);
  if (!gone) co_return gone.error();
  const std::int64_t age = store::unix_seconds() - action.created_at;
  if (*gone || absent == sought || age > given_up_after.count())
    co_return co_await finish(
        action, ActionStatus::failed,
        error_of(ErrorKind::not_found, "the message or the folder is not there any more"));
  for (auto& [remote_id, tracked] : collections_) {
    if (is_fetched(tracked.state.listed)) mark_dirty(tracked);
  }
  want_listing();
  co_return co_await try_again(action, rounds_retry);
}

Task<Status> AccountSync::try_again(const store::Action& action, milliseconds delay) {
  co_return co_await host::on_pool(services_.runtime, [&]() -> Status {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::postpone(*connection, account_, action, delay, std::nullopt, true);
  });
}

Task<Result<bool>> AccountSync::is_any_folder_gone(const store::Action& action) {
  co_return co_await host::on_pool(services_.runtime, [&]() -> Result<bool> {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::is_any_folder_gone(*connection, account_.account_id,
                                     action.intent.folders.value_or(std::vector<ids::ObjectId>{}));
  });
}

Task<Status> AccountSync::confirm(const store::Action& action, const Attempt& attempt,
                                  MutationOutcome outcome) {
  auto lock = co_await commit_mutex_.lock();
  if (!lock) co_return std::move(lock).error();
  const store::AppliedStep applied{std::move(outcome.new_remote_id), std::move(outcome.new_version)};
  const std::int64_t round = ++round_number_;
  Status confirmed = co_await host::on_pool(services_.runtime, [&]() -> Status {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::confirm_step(*connection, account_, action, attempt.message_id, *attempt.step, applied,
                               round);
  });
  if (!confirmed) co_return confirmed;
  ++confirmations_;
  served_ = true;
  action_backoffs_.erase(action.action_id);
  std::visit(
      [&](const auto& step) {
        constexpr bool from = requires { step.from; };
        if constexpr (from) {
          note_confirmed(step.from.collection_id, step.from.remote_id);
          if (applied.remote_id) note_confirmed(step.to, applied.remote_id->bytes);
        } else {
          note_confirmed(step.of.collection_id, step.of.remote_id);
        }
        if constexpr (from) {
          if (Tracked* to = tracked_of(step.to); to != nullptr && !applied.remote_id) mark_dirty(*to);
        }
      },
      *attempt.step);
  co_return ok();
}

// Only pages that are under way can be older.
void AccountSync::note_confirmed(const ids::ObjectId& collection_id, const std::string& remote_id) {
  const Tracked* tracked = tracked_of(collection_id);
  if (tracked == nullptr) return;
  const bool rounds = std::any_of(collections_.begin(), collections_.end(),
                                  [](const auto& one) { return one.second.running; });
  if (!rounds) {
    confirmed_.clear();
    return;
  }
  confirmed_.insert_or_assign({tracked->state.listed.remote_id.bytes, remote_id}, confirmations_);
}

// It has ended.
void AccountSync::forget(const ids::ObjectId& action_id) {
  in_transit_.erase(action_id);
  untold_drafts_.erase(action_id);
  action_backoffs_.erase(action_id);
}

void AccountSync::log_finished(const store::Action& action, ActionStatus status) const {
  services_.log.write(LogLevel::debug, "action.finished",
                      {{"account", account_label_},
                       {"action", ids::to_public(action.action_id)},
                       {"type", std::string(actions::name_of(action.kind).type)},
                       {"status", std::string(actions::name_of(status))}});
}

Task<Status> AccountSync::finish(const store::Action& action, ActionStatus status,
                                 std::optional<Error> error) {
  forget(action.action_id);
  auto lock = co_await commit_mutex_.lock();
  if (!lock) co_return std::move(lock).error();
  const std::int64_t round = ++round_number_;
  Status finished = co_await host::on_pool(services_.runtime, [&]() -> Status {
    auto connection = services_.database.connect();
    if (!connection) return std::move(connection).error();
    return store::finish_action(*connection, account_, action, status, error, round);
  });
  orphans_ = true;  // what was only shown to be somewhere may be nowhere
  if (status == ActionStatus::failed) want_listing();  // which tells so, and how folders really are
  log_finished(action, status);
  co_return finished;
}

}  // namespace hermod::sync
