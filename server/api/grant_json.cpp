#include "server/api/grant_json.hpp"

#include <algorithm>
#include <cmath>

namespace hermod::server {
namespace {

void write_sync(JsonWriter& writer, const store::Grant& grant,
                const std::vector<store::FolderProgress>& folders, std::int64_t now) {
  const SyncProgress progress = sync_progress(grant, folders, now);
  writer.key("sync").begin_object().member("phase", grant.sync_phase);
  writer.raw_member("reason", grant.sync_reason.value_or("null"));
  writer.member("done", progress.done).member("total", progress.total).member("rate", progress.rate);
  writer.key("eta");
  progress.eta ? writer.value(*progress.eta) : writer.null();
  writer.member("lag_seconds", progress.lag_seconds).key("folders").begin_array();
  for (const store::FolderProgress& folder : folders) {
    writer.begin_object().member("id", ids::to_public(folder.folder_id)).member("phase", folder.phase);
    writer.raw_member("reason", folder.reason.value_or("null"));
    writer.member("done", folder.done).member("total", folder.total).end_object();
  }
  writer.end_array().end_object();
}

}  // namespace

SyncProgress sync_progress(const store::Grant& grant, const std::vector<store::FolderProgress>& folders,
                           std::int64_t now) {
  SyncProgress progress;
  for (const store::FolderProgress& folder : folders) {
    progress.done += folder.done;
    progress.total += std::max(folder.total, folder.done);
  }
  if (grant.sync_phase == "initial") {
    const std::int64_t seconds = std::max<std::int64_t>(now - grant.sync_started_at, 1);
    progress.lag_seconds = std::max<std::int64_t>(now - grant.sync_started_at, 0);
    progress.rate = std::round(10.0 * static_cast<double>(progress.done) / static_cast<double>(seconds)) / 10;
    if (progress.rate > 0) {
      const double left = static_cast<double>(progress.total - progress.done) / progress.rate;
      progress.eta = now + static_cast<std::int64_t>(std::ceil(left));
    }
  } else if (grant.sync_phase != "live") {
    progress.lag_seconds = std::max<std::int64_t>(now - grant.updated_at, 0);
  }
  return progress;
}

void write_grant(JsonWriter& writer, const store::Grant& grant,
                 const std::vector<store::FolderProgress>& folders, std::int64_t now) {
  writer.begin_object().member("id", ids::to_public(grant.account_id)).member("object", "grant");
  writer.member("provider", grant.provider)
      .member("email", grant.email)
      .member("grant_status", grant.grant_status);
  writer.raw_member("scope", grant.scope).raw_member("settings", grant.settings);
  writer.member("state", grant.state).member("user_agent", grant.user_agent).member("ip", grant.ip);
  writer.member("created_at", grant.created_at).member("updated_at", grant.updated_at);
  write_sync(writer, grant, folders, now);
  writer.end_object();
}

}  // namespace hermod::server
