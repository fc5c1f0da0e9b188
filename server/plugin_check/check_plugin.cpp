#include "server/plugin_check/check_plugin.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>

#include "core/conformance/law_table.hpp"
#include "server/plugin_check/line_client.hpp"
#include "server/plugin_check/plugin_subject.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t reasons_max = 100;
constexpr std::size_t reason_bytes_max = 1000;

struct Verdict {
  LawResult result = LawResult::passed;
  std::vector<std::string> reasons;
};

// One line, whatever a server put into it.
std::string printable(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, reason_bytes_max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

std::string plugin_name(const std::filesystem::path& file) {
  constexpr std::string_view prefix = "hermod-";
  const std::string stem = file.stem().string();
  return stem.starts_with(prefix) ? stem.substr(prefix.size()) : stem;
}

host::PluginRegistry load(const PluginCheck& check) {
  host::PluginOptions options;
  options.paths = {check.file};
  options.enabled = {plugin_name(check.file)};  // whatever its status
  return host::PluginRegistry::load(options);
}

Verdict check_load(const PluginCheck& check) {
  const host::PluginRegistry registry = load(check);
  if (!registry.plugins().empty()) return {};
  Verdict verdict{LawResult::failed, {}};
  for (const host::PluginRefusal& refusal : registry.refusals()) verdict.reasons.push_back(refusal.line);
  return verdict;
}

Verdict check_law(const PluginCheck& check, const conformance::Law& law) {
  using conformance::LawNeeds;
  const host::PluginRegistry registry = load(check);
  const host::LoadedPlugin& plugin = registry.plugins().at(0);
  if (law.needs == LawNeeds::writes && plugin.description.mutations.empty()) {
    return {LawResult::skipped, {"the plugin declares no mutations"}};
  }
  if (law.needs != LawNeeds::nothing && !check.account.other_client.given()) {
    return {LawResult::skipped, {"the quirks file names no other client of the mailbox"}};
  }
  std::optional<LineChannel> channel;
  if (check.account.other_client.given()) channel.emplace(check.account);
  PluginUnderCheck checked{plugin, check.account, channel ? &*channel : nullptr};
  Verdict verdict;
  try {
    verdict.reasons = law.check(plugin_subject(checked), check.seed);
  } catch (const CannotCheck& reason) {
    return {LawResult::skipped, {reason.what()}};
  }
  for (const std::string& event : checked.errors_logged) {
    verdict.reasons.push_back("nothing is logged as an error: " + event);
  }
  if (!verdict.reasons.empty()) verdict.result = LawResult::failed;
  return verdict;
}

// --- a process a law: it writes the result and the reasons, a line each, and last an empty line
// -------------

void tell(int file, const Verdict& verdict) {
  std::string text = std::string(to_string(verdict.result)) + "\n";
  for (std::size_t at = 0; at < verdict.reasons.size() && at < reasons_max; ++at) {
    text += printable(verdict.reasons[at]) + "\n";
  }
  text += "\n";
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(file, text.data() + at, text.size() - at);
    if (written <= 0) return;
    at += static_cast<std::size_t>(written);
  }
}

std::optional<Verdict> told(const std::string& text) {
  if (!text.ends_with("\n\n")) return std::nullopt;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at + 1 < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  for (const LawResult result : {LawResult::passed, LawResult::failed, LawResult::skipped}) {
    if (lines.front() == to_string(result)) return Verdict{result, {lines.begin() + 1, lines.end()}};
  }
  return std::nullopt;
}

std::string end_of(int status, unsigned seconds_max) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    return "it took longer than " + std::to_string(seconds_max) + " s";
  }
  if (WIFSIGNALED(status)) {
    return "signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
  }
  return "the process ended with status " + std::to_string(WEXITSTATUS(status));
}

Verdict in_a_process(unsigned seconds_max, const std::function<Verdict()>& run) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {LawResult::crashed, {"could not make a pipe"}};
  const pid_t child = fork();
  if (child < 0) return {LawResult::crashed, {"could not start a process"}};
  if (child == 0) {
    alarm(seconds_max);
    try {
      tell(ends[1], run());
    } catch (const std::exception& error) {
      tell(ends[1], {LawResult::failed, {error.what()}});
    }
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  for (std::array<char, 4096> chunk;;) {
    const ssize_t got = read(ends[0], chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (std::optional<Verdict> verdict = told(text); verdict && WIFEXITED(status)) return *verdict;
  return {LawResult::crashed, {end_of(status, seconds_max)}};
}

}  // namespace

std::vector<LawReport> check_plugin(const PluginCheck& check) {
  std::vector<LawReport> reports;
  const auto report = [&](std::string_view law, std::string_view number, Verdict verdict) {
    reports.push_back({std::string(law), std::string(number), verdict.result, std::move(verdict.reasons)});
    return reports.back().result;
  };
  const auto loads = [&] { return check_load(check); };
  if (report("load", "0", in_a_process(check.law_seconds_max, loads)) != LawResult::passed) return reports;
  for (const conformance::Law& law : conformance::laws()) {
    report(law.name, law.number, in_a_process(check.law_seconds_max, [&] { return check_law(check, law); }));
  }
  return reports;
}

}  // namespace hermod::server
