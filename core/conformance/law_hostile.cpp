// Law 8: content and names that no honest server has.
#include "core/conformance/laws.hpp"
#include "core/conformance/model_engine.hpp"
#include "core/conformance/world.hpp"

namespace hermod::conformance {
namespace {

using namespace std::string_view_literals;

struct HostileMessage {
  std::string raw;
  std::int64_t received_at;
};
std::vector<HostileMessage> hostile_messages() {
  constexpr std::int64_t year_1900 = -2'208'988'800, after_2038 = 2'147'483'648, now = 1'700'000'000;
  return {
      {"\r\n", year_1900},
      {"Subject: no body, no end", after_2038},
      {"Message-ID: <>\r\nSubject: =?utf-16?B?AAA?=\r\n\r\n\xff\xfe\x80", now},
      {"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; "
       "boundary=y\r\n",
       now},
      {"Subject: " + std::string(100'000, 'a') + "\r\n\r\n", now},
      {"Message-ID: <" + std::string(5'000, 'm') + ">\r\n\r\n" + std::string(10'000, 'b'), now},
      {std::string("Subject: nul \0 inside\r\n\r\n\0\0"sv), now},
      {"Date: Mon, 1 Jan 0000 99:99:99 +9999\r\n\r\nno such date", now},
  };
}
const std::string hostile_names[] = {
    "..",
    "\xff\xfe invalid",
    "line\nbreak",
    "\x1b[31mred",
    std::string(500, 'n'),
    "\xed\xa0\x80 surrogate",
    "\xe2\x80\xae turned round",
    " ",
    "%2e%2e",
    "&AOk-",
};

// Sizes, flags and times, which tell the messages above apart.
std::string described(const std::multiset<Seen>& folder) {
  std::string text = ":";
  for (const Seen& seen : folder) {
    text += " " + std::to_string(seen.identity.size()) + "B/" + std::to_string(seen.flags) + "/" +
            std::to_string(seen.received_at);
    for (const std::string& keyword : seen.keywords) text += "/" + keyword;
  }
  return text;
}

}  // namespace

Violations check_hostile_content(const MakeSubject& make) {
  const std::unique_ptr<Subject> subject = make();
  World world(*subject, 1);
  ModelStore store;
  ModelEngine engine(*subject, store);
  for (const HostileMessage& message : hostile_messages()) {
    world.deliver_raw(world.inbox(), message.raw, message.received_at);
  }
  for (const std::string& name : hostile_names) {
    if (world.create_folder(name)) world.deliver(name);
  }
  engine.settle({.items_max = 4, .page_bytes_max = 50'000, .inline_bytes = 20'000});
  Session* session = engine.session();
  if (session == nullptr) return {"a session can be opened"};
  // Names may be shown otherwise than they are; what is in the folders may not.
  std::multiset<std::multiset<Seen>> found, expected;
  const RawStability raw = session->traits().raw;
  for (const auto& [id, collection] : store.collections()) {
    std::multiset<Seen> folder = store.folder(id, raw, subject->window_start());
    if (!folder.empty()) found.insert(std::move(folder));
  }
  for (auto& [path, folder] : world.expected(raw)) {
    if (!folder.empty()) expected.insert(folder);
  }
  for (const auto& folder : expected) {
    if (!found.contains(folder))
      store.violated("every message is there, whatever is in it" + described(folder));
  }
  for (const auto& folder : found) {
    if (!expected.contains(folder)) store.violated("what is there was delivered" + described(folder));
  }
  if (found.size() != expected.size()) store.violated("every message is there once");
  return {store.violations().begin(), store.violations().end()};
}

}  // namespace hermod::conformance
