// hermod plugin check: holds a plugin to the laws of the contract and reports each.
#include <fmt/format.h>

#include <algorithm>

#include "core/json/rapidjson.hpp"
#include "server/command/commands.hpp"
#include "server/plugin_check/check_plugin.hpp"

namespace hermod::server {
namespace {

constexpr LawResult results[] = {LawResult::passed, LawResult::failed, LawResult::skipped,
                                 LawResult::crashed};

struct Wanted {
  std::string file, quirks;
  std::uint32_t seed = 1;
  unsigned seconds = 300;
  bool json = false;
};

auto count(const std::vector<LawReport>& reports, LawResult result) {
  return std::ranges::count(reports, result, &LawReport::result);
}

void print_lines(const std::vector<LawReport>& reports) {
  for (const LawReport& report : reports) {
    fmt::print("{:<8} {:<4} {}\n", to_string(report.result), report.number, report.law);
    for (const std::string& reason : report.reasons) fmt::print("              {}\n", reason);
  }
  std::string sums;
  for (const LawResult result : results) {
    sums += fmt::format("{}{} {}", sums.empty() ? "" : ", ", count(reports, result), to_string(result));
  }
  fmt::print("{}\n", sums);
}

void print_json(const Wanted& wanted, const std::vector<LawReport>& reports) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&](std::string_view value) {
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  json.Key("plugin"), text(wanted.file);
  json.Key("seed"), json.Uint(wanted.seed);
  for (const LawResult result : results) text(to_string(result)), json.Int64(count(reports, result));
  json.Key("laws");
  json.StartArray();
  for (const LawReport& report : reports) {
    json.StartObject();
    json.Key("law"), text(report.law);
    json.Key("number"), text(report.number);
    json.Key("result"), text(to_string(report.result));
    json.Key("reasons");
    json.StartArray();
    for (const std::string& reason : report.reasons) text(reason);
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  fmt::print("{}\n", std::string_view(buffer.GetString(), buffer.GetSize()));
}

ExitCode check(const Wanted& wanted) {
  Result<CheckedAccount> account = wanted.quirks.empty() ? CheckedAccount{} : read_quirks(wanted.quirks);
  if (!account) {
    tell(account.error());
    return ExitCode::config;
  }
  if (wanted.quirks.empty()) account->quirks.other_client = false;
  const std::vector<LawReport> reports =
      check_plugin({wanted.file, std::move(*account), wanted.seed, wanted.seconds});
  wanted.json ? print_json(wanted, reports) : print_lines(reports);
  const bool good = count(reports, LawResult::failed) + count(reports, LawResult::crashed) == 0;
  return good ? ExitCode::done : ExitCode::failed;
}

}  // namespace

void add_plugin_check(CLI::App& group, Invocation& invocation) {
  auto wanted = std::make_shared<Wanted>();
  CLI::App* one =
      group.add_subcommand("check", "Hold a plugin to the laws of the contract (docs/plugins.md)");
  one->add_option("FILE", wanted->file, "hermod-NAME.so")->required();
  one->add_option("--quirks", wanted->quirks, "Settings of an account, and who else changes its mailbox");
  one->add_option("--seed", wanted->seed, "Of what happens by chance; 1 by default");
  one->add_option("--seconds", wanted->seconds, "A law that takes longer hangs; 300 by default")
      ->check(CLI::Range(1U, 86400U));
  one->add_flag("--json", wanted->json, "One object instead of lines");
  one->callback(
      [&invocation, wanted] { invocation.action = [wanted](Invocation&) { return check(*wanted); }; });
}

}  // namespace hermod::server
