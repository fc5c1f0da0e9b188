#include "server/webhooks/fan_out.hpp"

#include <algorithm>

#include "core/durability/durable_step.hpp"
#include "core/store/change_reader.hpp"
#include "core/store/webhook_store.hpp"
#include "server/feed/feed_reader.hpp"
#include "server/webhooks/payload.hpp"
#include "server/webhooks/trigger.hpp"

namespace hermod::server {
namespace {

using Changes = std::vector<store::LoggedChange>;
using Deliveries = std::vector<store::NewDelivery>;

Result<store::Transaction> begin(store::Connection& connection) {
  return store::Transaction::begin(
      connection, "SET LOCAL synchronous_commit = off; SET LOCAL idle_in_transaction_session_timeout = '5s'");
}

// Adds what the webhook is told of.
Status match(store::Connection& connection, const store::Webhook& webhook, const Changes& changes,
             Deliveries& out) {
  std::vector<std::vector<std::string_view>> told;
  Changes wanted;
  for (const store::LoggedChange& change : changes) {
    auto names = told_triggers(webhook, change);
    if (names.empty()) continue;
    told.push_back(std::move(names));
    wanted.push_back(change);
  }
  auto passes = passes_folders(connection, webhook.settings.folders, wanted);
  if (!passes) return std::move(passes).error();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!(*passes)[i]) continue;
    for (const std::string_view name : told[i]) {
      const store::LoggedChange& change = wanted[i];
      out.push_back(
          {{change.account_id, change.position, event_id_of(webhook.webhook_id, change.position, name),
            std::string(name), change.object, change.change, change.object_id, change.at},
           webhook.webhook_id});
    }
  }
  return ok();
}

Status add(store::Connection& connection, const Deliveries& deliveries, FanOutStep& step) {
  for (const store::NewDelivery& each : deliveries) step.webhooks.insert(each.webhook_id);
  if (deliveries.empty()) return ok();
  return store::add_deliveries(connection, deliveries);
}

// From there the log was trimmed: what is gone cannot be told, so reading goes on where it begins.
Result<store::ChangePage> read(store::Connection& connection,
                               const std::optional<ids::ObjectId>& application_id, std::int64_t position,
                               int limit) {
  auto page = store::all_changes(connection, application_id, position, limit);
  if (page || page.error().kind != ErrorKind::cursor_invalid) return page;
  auto trimmed = connection.query("SELECT least(trimmed_position, position) FROM feed_clock");
  if (!trimmed) return std::move(trimmed).error();
  return store::all_changes(connection, application_id, trimmed->integer(0, 0), limit);
}

}  // namespace

Result<FanOutStep> fan_out(store::Connection& connection, const FanOutOptions& options, FullWebhooks full) {
  auto transaction = begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto position = store::lock_shared_reader(connection);
  if (!position) return std::move(position).error();
  FanOutStep step;
  if (!*position) return step;
  if (full == FullWebhooks::looked_for) {
    if (Status set = store::set_full_apart(connection, **position, options.pending_max); !set)
      return std::move(set).error();
  }
  auto page = read(connection, std::nullopt, **position, options.entries_at_once);
  if (!page) return std::move(page).error();
  step.more = page->more;
  std::vector<ids::ObjectId> applications;
  for (const store::LoggedChange& change : page->changes) applications.push_back(change.application_id);
  std::ranges::sort(applications);
  applications.erase(std::ranges::unique(applications).begin(), applications.end());
  Deliveries deliveries;
  if (!applications.empty()) {
    auto webhooks = store::receiving_webhooks(connection, applications);
    if (!webhooks) return std::move(webhooks).error();
    for (const store::Webhook& webhook : *webhooks) {
      if (Status matched = match(connection, webhook, page->changes, deliveries); !matched)
        return std::move(matched).error();
    }
  }
  if (Status added = add(connection, deliveries, step); !added) return std::move(added).error();
  if (page->next != **position) {
    if (Status moved = store::move_shared_reader(connection, page->next); !moved)
      return std::move(moved).error();
  }
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  if (!deliveries.empty()) durability::passed(durability::DurableStep::deliveries_queued);
  return step;
}

Result<FanOutStep> catch_up(store::Connection& connection, const ids::ObjectId& webhook_id,
                            const FanOutOptions& options) {
  auto transaction = begin(connection);
  if (!transaction) return std::move(transaction).error();
  auto position = store::lock_own_reader(connection, webhook_id);
  if (!position) return std::move(position).error();
  FanOutStep step;
  if (!*position) return step;
  auto webhook = store::receiving_webhook(connection, webhook_id);
  if (!webhook) return std::move(webhook).error();
  if (!*webhook) return step;
  auto page = read(connection, (*webhook)->application_id, **position, options.entries_at_once);
  if (!page) return std::move(page).error();
  step.more = page->more;
  Deliveries deliveries;
  if (Status matched = match(connection, **webhook, page->changes, deliveries); !matched)
    return std::move(matched).error();
  if (Status added = add(connection, deliveries, step); !added) return std::move(added).error();
  if (Status moved = store::move_own_reader(connection, webhook_id, page->next); !moved)
    return std::move(moved).error();
  if (!page->more) {
    auto shared = store::await_shared_reader(connection);
    if (!shared) return std::move(shared).error();
    // What the shared reader passed over for this webhook in the meantime is read first.
    step.more = *shared > page->next;
    if (!step.more) {
      if (Status joined = store::join_shared_reader(connection, webhook_id, page->next); !joined)
        return std::move(joined).error();
    }
  }
  if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
  return step;
}

}  // namespace hermod::server
