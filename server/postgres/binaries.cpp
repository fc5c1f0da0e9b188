#include "server/postgres/binaries.hpp"

#include <unistd.h>

#include <charconv>
#include <fstream>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr const char* packages = "/usr/lib/postgresql";
constexpr const char* install_hint =
    "install the package postgresql-15, or set database.bin_dir or database.url";

bool complete(const PostgresBinaries& found) {
  return access(found.initdb().c_str(), X_OK) == 0 && access(found.postgres().c_str(), X_OK) == 0;
}

int number(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Result<PostgresBinaries> find_postgres(const std::filesystem::path& configured, std::optional<int> major) {
  if (!configured.empty()) {
    PostgresBinaries found{configured, major.value_or(postgres_major_min)};
    if (complete(found)) return found;
    return failure(ErrorKind::not_found,
                   "database.bin_dir: there is no initdb and postgres in " + configured.string());
  }
  PostgresBinaries best;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(packages, ignored)) {
    const PostgresBinaries found{entry.path() / "bin", number(entry.path().filename().string())};
    if (found.major < postgres_major_min || found.major <= best.major || !complete(found)) continue;
    if (!major || found.major == *major) best = found;
  }
  if (best.major != 0) return best;
  if (major) {
    return failure(
        ErrorKind::not_found,
        "the private database was made by PostgreSQL " + std::to_string(*major) + ", which is not installed",
        "install the package postgresql-" + std::to_string(*major) +
            "; or upgrade the folder postgres/data with pg_upgrade");
  }
  return failure(ErrorKind::not_found, "no PostgreSQL 15 or newer is installed", install_hint);
}

std::optional<int> cluster_major(const std::filesystem::path& data) {
  std::ifstream file(data / "PG_VERSION");
  int major = 0;
  if (file >> major) return major;
  return std::nullopt;
}

}  // namespace hermod::server
