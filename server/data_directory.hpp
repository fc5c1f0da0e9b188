// The data folder: postgres/ blobs/ keys/ run/, each made with mode 0700 where missing. What exists is left
// as it is; a keys/ that others may read is refused.
#pragma once

#include <filesystem>
#include <hermod/result.hpp>

namespace hermod::server {

struct DataDirectory {
  std::filesystem::path root;

  std::filesystem::path postgres() const { return root / "postgres"; }
  std::filesystem::path keys() const { return root / "keys"; }
  std::filesystem::path run() const { return root / "run"; }
};

// Makes what is missing. On failure the message names the folder and the system's reason.
Result<DataDirectory> prepare_data_directory(const std::filesystem::path& root);

// One folder with exactly this mode, its missing parents with the usual one.
Status make_directory(const std::filesystem::path& path, unsigned mode);

}  // namespace hermod::server
