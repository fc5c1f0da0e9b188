// Which operating system user the private cluster belongs to: ours, or as root the package's `postgres`,
// since PostgreSQL refuses to run as root.
#pragma once

#include <filesystem>
#include <hermod/result.hpp>
#include <optional>

#include "server/postgres/child_process.hpp"

namespace hermod::server {

// Absent: our own user will do. `not_found` when we are root and there is no user postgres.
Result<std::optional<OsUser>> cluster_user();

// Makes `path` with mode 0700 and, with a user, hands it over.
Status make_cluster_directory(const std::filesystem::path& path, const std::optional<OsUser>& user);

}  // namespace hermod::server
