#include "sync/sync_fixture.hpp"

#include <stdlib.h>

namespace hermod::testing {

namespace {

constexpr auto patience = std::chrono::seconds(60);  // of a wait for an event that must come

std::string subjects_of(const std::vector<memory::ListedMessage>& messages) {
  std::vector<std::string> subjects;
  for (const memory::ListedMessage& message : messages) {
    subjects.push_back(message.message_id + (message.flags.has(Flag::seen) ? "+" : ""));
  }
  std::sort(subjects.begin(), subjects.end());
  std::string all;
  for (const std::string& subject : subjects) all += (all.empty() ? "" : " ") + subject;
  return all;
}

}  // namespace

void EventLog::write(LogLevel, std::string_view event, std::vector<LogField> fields) {
  std::string line(event);
  for (const LogField& field : fields) line.append(" ").append(field.key).append("=").append(field.value);
  const std::lock_guard lock(mutex_);
  events_.emplace_back(event);
  lines_.push_back(std::move(line));
  written_.notify_all();
}

bool EventLog::wait_until(const std::function<bool()>& reached) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    std::size_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = events_.size();
    }
    if (reached()) return true;
    std::unique_lock lock(mutex_);
    if (!written_.wait_until(lock, deadline, [&] { return events_.size() != seen; })) return false;
  }
}

std::size_t EventLog::count(const std::string& event) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count(events_.begin(), events_.end(), event));
}

std::vector<std::int64_t> EventLog::numbers(const std::string& event, const std::string& field) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::int64_t> found;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const std::size_t at = lines_[i].find(" " + field + "=");
    if (events_[i] == event && at != std::string::npos) found.push_back(std::stoll(lines_[i].substr(at + field.size() + 2)));
  }
  return found;
}

std::string EventLog::text() const {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const std::string& line : lines_) all += line + "\n";
  return all;
}

SyncFixture::SyncFixture() : runtime_({.network_threads = 1, .pool_threads = 2, .resolver_threads = 1}) {
  char path[] = "/tmp/hermod-sync-XXXXXX";
  folder_ = mkdtemp(path);
  mailbox_name_ = folder_.filename();
  mailbox_ = memory::MemoryMailbox::named(mailbox_name_);
  keys_.emplace(std::move(*secrets::KeyRing::open_or_create(folder_ / "keys")));
  blobs_.emplace(blob::BlobStore::Settings{folder_ / "blobs"});
  EXPECT_TRUE(blobs_->create_root());
  host::PluginOptions options;
  options.paths = {HERMOD_MEMORY_PLUGIN};
  options.enabled = {{"memory"}};
  plugins_ = host::PluginRegistry::load(options);
  for (const host::PluginRefusal& refusal : plugins_.refusals()) ADD_FAILURE() << refusal.line;
  options_.poll_interval = std::chrono::hours(1);
  options_.page_items = 3;
  options_.first_page_items = 2;
}

SyncFixture::~SyncFixture() {
  service_.reset();
  memory::MemoryMailbox::forget(mailbox_name_);
  std::filesystem::remove_all(folder_);
}

void SyncFixture::connect(const std::string& mode, const std::string& email) {
  auto connection = database_.connect();
  store::GrantInput input;
  input.application_id = store::default_application(connection)->application_id;
  input.provider = "memory";
  input.email = email;
  input.settings = R"({"mailbox": ")" + mailbox_name_ + R"(", "mode": ")" + mode + R"("})";
  auto connected = store::connect_grant(connection, *keys_, input);
  ASSERT_TRUE(connected) << connected.error().detail;
  grant_ = connected->grant;
}

void SyncFixture::start() {
  service_ = std::make_unique<sync::SyncService>(
      sync::SyncServices{runtime_, egress_, plugins_, database_.database(), *blobs_, *keys_, log_, metrics_, options_},
      service_options_);
  service_->start();
}

std::string SyncFixture::message(const std::string& mid, const std::string& reference) {
  std::string raw = "From: a@example.test\r\nTo: b@example.test\r\nSubject: " + mid + "\r\nMessage-ID: <" + mid + ">\r\n";
  if (!reference.empty()) raw += "References: <" + reference + ">\r\n";
  return raw + "\r\nbody of " + mid + "\r\n";
}

std::string SyncFixture::value(const std::string& statement) {
  auto connection = database_.connect();
  auto rows = connection.query(statement);
  EXPECT_TRUE(rows) << rows.error().detail;
  return rows && !rows->empty() ? std::string(rows->text(0, 0)) : "";
}

void SyncFixture::await(const std::string& statement, const std::string& expected) {
  std::string found;
  const bool reached = log_.wait_until([&] { return (found = value(statement)) == expected; });
  EXPECT_TRUE(reached) << statement << "\nexpected " << expected << ", found " << found << "\n" << log_.text();
}

void SyncFixture::expect_agreement(const std::vector<std::string>& folders) {
  for (const std::string& name : folders) {
    std::string expected, found;
    // The mailbox is looked at each time: with some modes it goes on by itself.
    const bool agreed = log_.wait_until([&] {
      expected = subjects_of(mailbox_->list(name));
      return (found = value(folder(name))) == expected;
    });
    EXPECT_TRUE(agreed) << name << ": the mailbox has " << expected << ", the store " << found << "\n" << log_.text();
  }
  EXPECT_EQ(value(messages_with_other_folders), "0");
}

}  // namespace hermod::testing
