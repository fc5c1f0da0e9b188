#include "server/webhooks/trigger.hpp"

#include <algorithm>
#include <array>

namespace hermod::server {
namespace {

using store::ChangeType;
using store::ObjectType;

struct FiringTrigger {
  std::string_view name;
  ObjectType object;
  ChangeType change;
};
constexpr FiringTrigger firing[] = {
    {"message.created", ObjectType::message, ChangeType::created},
    {"message.updated", ObjectType::message, ChangeType::updated},
    {"message.deleted", ObjectType::message, ChangeType::deleted},
    {"thread.created", ObjectType::thread, ChangeType::created},
    {"thread.updated", ObjectType::thread, ChangeType::updated},
    {"thread.deleted", ObjectType::thread, ChangeType::deleted},
    {"folder.created", ObjectType::folder, ChangeType::created},
    {"folder.updated", ObjectType::folder, ChangeType::updated},
    {"folder.deleted", ObjectType::folder, ChangeType::deleted},
    {"draft.created", ObjectType::draft, ChangeType::created},
    {"draft.updated", ObjectType::draft, ChangeType::updated},
    {"draft.deleted", ObjectType::draft, ChangeType::deleted},
    {"grant.created", ObjectType::grant, ChangeType::created},
    {"grant.updated", ObjectType::grant, ChangeType::updated},
    {"grant.deleted", ObjectType::grant, ChangeType::deleted},
    {trigger_grant_expired, ObjectType::grant, ChangeType::updated},
    {trigger_first_sync_ended, ObjectType::grant, ChangeType::updated},
};

constexpr std::string_view others[] = {"message.created.truncated",
                                       "message.updated.truncated",
                                       "message.created.cleaned",
                                       "message.send_success",
                                       "message.send_failed",
                                       "message.bounce_detected",
                                       "message.opened",
                                       "message.opened.legacy",
                                       "message.link_clicked",
                                       "message.link_clicked.legacy",
                                       "message.delivered",
                                       "message.bounced",
                                       "message.complaint",
                                       "message.rejected",
                                       "message.transactional.delivered",
                                       "message.transactional.bounced",
                                       "message.transactional.complaint",
                                       "message.transactional.rejected",
                                       "message.intelligence.order",
                                       "message.intelligence.tracking",
                                       "thread.replied",
                                       "thread.replied.legacy",
                                       "calendar.created",
                                       "calendar.updated",
                                       "calendar.deleted",
                                       "event.created",
                                       "event.updated",
                                       "event.deleted",
                                       "contact.created",
                                       "contact.updated",
                                       "contact.deleted",
                                       "booking.created",
                                       "booking.pending",
                                       "booking.rescheduled",
                                       "booking.cancelled",
                                       "booking.reminder",
                                       "notetaker.created",
                                       "notetaker.updated",
                                       "notetaker.deleted",
                                       "notetaker.meeting_state",
                                       "notetaker.media"};

bool has(const store::LoggedChange& change, store::ChangedField field) {
  return (change.fields & store::bit(field)) != 0;
}

// How the sync of a grant goes is no update of the grant; applications ask for the two events that matter.
std::vector<std::string_view> triggers_of_grant(const store::LoggedChange& change) {
  if (change.change != ChangeType::updated)
    return {change.change == ChangeType::created ? "grant.created" : "grant.deleted"};
  std::vector<std::string_view> names;
  if (has(change, store::ChangedField::expired)) names.push_back(trigger_grant_expired);
  if (has(change, store::ChangedField::first_sync)) names.push_back(trigger_first_sync_ended);
  const bool of_sync_alone = (change.fields & ~(store::bit(store::ChangedField::sync) |
                                                store::bit(store::ChangedField::first_sync))) == 0;
  if (names.empty() && !of_sync_alone) names.push_back("grant.updated");
  return names;
}

// A message's truncated form comes to who asked for either name.
bool asks_for(const std::vector<std::string>& asked, std::string_view name) {
  return std::ranges::any_of(asked, [&](const std::string& each) {
    return each == name || (each.ends_with(truncated_suffix) &&
                            each.substr(0, each.size() - truncated_suffix.size()) == name);
  });
}

}  // namespace

bool is_trigger(std::string_view name) {
  return std::ranges::find(others, name) != std::end(others) || object_of(name).has_value();
}

std::optional<std::pair<ObjectType, ChangeType>> object_of(std::string_view trigger) {
  const auto* found = std::ranges::find(firing, trigger, &FiringTrigger::name);
  if (found == std::end(firing)) return std::nullopt;
  return std::pair(found->object, found->change);
}

std::vector<std::string_view> triggers_of(const store::LoggedChange& change) {
  if (change.object == ObjectType::grant) return triggers_of_grant(change);
  for (const FiringTrigger& each : firing) {
    if (each.object == change.object && each.change == change.change) return {each.name};
  }
  return {};
}

std::vector<std::string_view> told_triggers(const store::Webhook& webhook,
                                            const store::LoggedChange& change) {
  if (change.application_id != webhook.application_id || change.position <= webhook.from_position) return {};
  if (change.initial && !webhook.settings.history) return {};
  const auto& grants = webhook.settings.grants;
  if (!grants.empty() && std::ranges::find(grants, change.account_id) == grants.end()) return {};
  std::vector<std::string_view> names = triggers_of(change);
  std::erase_if(names,
                [&](std::string_view name) { return !asks_for(webhook.settings.trigger_types, name); });
  return names;
}

}  // namespace hermod::server
