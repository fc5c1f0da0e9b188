#include "server/plugin_check/line_client.hpp"

#include <stdexcept>

namespace hermod::server {
namespace {

struct FlagName {
  Flag flag;
  const char* name;
};
constexpr FlagName flag_names[] = {
    {Flag::seen, "seen"}, {Flag::flagged, "flagged"}, {Flag::answered, "answered"}, {Flag::draft, "draft"}};

}  // namespace

void LineClient::must(const std::vector<std::string>& words) {
  const std::string what = channel_.ask(words).front();
  if (what == "unsupported") throw CannotCheck("the other client does not support " + words.front());
  if (what != "ok") throw std::runtime_error("the other client's " + words.front() + " is refused");
}

std::map<std::string, std::string> LineClient::open() {
  std::map<std::string, std::string> settings;
  std::vector<std::string> answer = channel_.ask({"open"});
  if (answer.front() != "ok") throw std::runtime_error("the other client cannot open a mailbox");
  answer.erase(answer.begin());
  for (const std::string& word : answer) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::runtime_error("the other client gives no setting: " + word);
    settings[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return settings;
}

bool LineClient::create_folder(const std::string& path) {
  return channel_.ask({"create", path}).front() == "ok";
}
void LineClient::rename_folder(const std::string& path, const std::string& new_path) {
  must({"rename", path, new_path});
}
void LineClient::delete_folder(const std::string& path) { must({"delete", path}); }

std::optional<conformance::Delivered> LineClient::deliver(const std::string& path, const std::string& raw,
                                                          std::int64_t received_at) {
  const std::vector<std::string> answer =
      channel_.ask({"deliver", path, std::to_string(received_at), std::to_string(raw.size())}, raw);
  if (answer.front() != "ok") return std::nullopt;
  if (answer.size() == 1) return conformance::Delivered{raw, received_at};
  if (answer.size() != 3) throw std::runtime_error("the other client's deliver answers nonsense");
  return conformance::Delivered{channel_.read_bytes(std::stoul(answer[2])), std::stoll(answer[1])};
}

void LineClient::set_flags(const std::string& path, const std::string& message_id, FlagSet flags) {
  std::vector<std::string> words{"flags", path, message_id};
  for (const FlagName& each : flag_names) {
    if (flags.has(each.flag)) words.emplace_back(each.name);
  }
  must(words);
}
void LineClient::move(const std::string& path, const std::string& message_id, const std::string& to) {
  must({"move", path, message_id, to});
}
void LineClient::copy(const std::string& path, const std::string& message_id, const std::string& to) {
  must({"copy", path, message_id, to});
}
void LineClient::expunge(const std::string& path, const std::string& message_id) {
  must({"expunge", path, message_id});
}
void LineClient::invalidate_cursors(const std::string& path) { must({"invalidate", path}); }

}  // namespace hermod::server
