// check_plugin: holds a plugin to the laws of the contract, each law in a process of its own, so that a
// plugin that crashes or hangs is reported and the other laws are checked all the same.
//
// Called on the main thread of a program that has no other.
#pragma once

#include "server/plugin_check/quirks_file.hpp"

namespace hermod::server {

enum class LawResult : std::uint8_t { passed, failed, skipped, crashed };
constexpr std::string_view to_string(LawResult result) {
  constexpr std::string_view names[] = {"passed", "failed", "skipped", "crashed"};
  return names[static_cast<std::size_t>(result)];
}

struct LawReport {
  std::string law;     // "load" comes first: without it no other is there
  std::string number;  // in the contract
  LawResult result = LawResult::crashed;
  std::vector<std::string> reasons;  // printable ASCII; none when it passed
};

struct PluginCheck {
  std::filesystem::path file;
  CheckedAccount account;
  std::uint32_t seed = 1;
  unsigned law_seconds_max = 300;
};

std::vector<LawReport> check_plugin(const PluginCheck& check);

}  // namespace hermod::server
