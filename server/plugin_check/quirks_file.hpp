// CheckedAccount: what a quirks file says of the plugin that is checked: how to open an account, what its
// mailbox is like, and how another client of it is reached. The keys: docs/plugins.md.
#pragma once

#include <filesystem>

#include "core/conformance/subject.hpp"

namespace hermod::server {

constexpr std::size_t quirks_file_bytes_max = 1 << 20;

struct OtherClientProgram {
  std::vector<std::string> command;  // run in the quirks file's folder
  std::filesystem::path library;     // or a library with the symbol hermod_other_client
  bool given() const { return !command.empty() || !library.empty(); }
};

struct CheckedAccount {
  std::filesystem::path folder;  // of the quirks file
  Settings account, secrets, operator_settings;
  std::string access_token;
  bool private_hosts = false;
  conformance::Quirks quirks;
  conformance::Effort effort;
  std::int64_t window_days = 0;  // 0: all of the mailbox is synced
  conformance::Searches searches;
  OtherClientProgram other_client;
};

// Error{invalid_argument}: FILE:LINE: what.
Result<CheckedAccount> read_quirks(const std::filesystem::path& file);

}  // namespace hermod::server
