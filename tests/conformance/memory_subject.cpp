#include "tests/conformance/memory_subject.hpp"

#include "tests/conformance/knowing_host.hpp"
#include "tests/support/loaded_plugin.hpp"
#include "tests/support/memory_provider/memory_mailbox.hpp"

namespace hermod::conformance {
namespace {

constexpr std::string_view mailbox_name = "conformance";
constexpr std::int64_t window_days = 30;

bool has_mode(const std::string& modes, const std::string& mode) {
  return ("," + modes + ",").find("," + mode + ",") != std::string::npos;
}

class MemoryClient final : public OtherClient {
 public:
  explicit MemoryClient(memory::MemoryMailbox& mailbox) : mailbox_(mailbox) {}
  bool create_folder(const std::string& path) override {
    mailbox_.create_folder(path);
    return true;
  }
  void rename_folder(const std::string& path, const std::string& to) override {
    mailbox_.rename_folder(path, to);
  }
  void delete_folder(const std::string& path) override { mailbox_.delete_folder(path); }
  std::optional<Delivered> deliver(const std::string& path, const std::string& raw,
                                   std::int64_t received_at) override {
    mailbox_.deliver(path, raw, {.received_at = received_at});
    return Delivered{raw, received_at};
  }
  void set_flags(const std::string& path, const std::string& message_id, FlagSet flags) override {
    mailbox_.set_flags(path, message_id, flags);
  }
  void move(const std::string& path, const std::string& message_id, const std::string& to) override {
    mailbox_.move(path, message_id, to);
  }
  void copy(const std::string& path, const std::string& message_id, const std::string& to) override {
    mailbox_.copy(path, message_id, to);
  }
  void expunge(const std::string& path, const std::string& message_id) override {
    mailbox_.expunge(path, message_id);
  }
  // Now the server has forgotten what it told, now all remote ids are new.
  void invalidate_cursors(const std::string& path) override {
    if (times_++ % 2 == 0) {
      mailbox_.forget_cursors(path);
    } else {
      mailbox_.change_validity(path);
    }
  }

 private:
  memory::MemoryMailbox& mailbox_;
  std::size_t times_ = 0;
};

class MemorySubject final : public Subject {
 public:
  MemorySubject(std::string mode, std::string sabotage)
      : mode_(std::move(mode)), sabotage_(std::move(sabotage)) {
    if (labels()) mailbox_->use_labels();
    if (has_mode(mode_, "removed_first")) mailbox_->set_move_order(memory::MoveOrder::removed_first);
    if (has_mode(mode_, "added_first")) mailbox_->set_move_order(memory::MoveOrder::added_first);
    mailbox_->create_folder("Inbox", Role::inbox);
    mailbox_->create_folder("Trash", Role::trash);
  }
  ~MemorySubject() override { memory::MemoryMailbox::forget(std::string(mailbox_name)); }

  test::SteppedStrand& strand() override { return strand_; }
  Provider& provider() override {
    static test::LoadedPlugin plugin(HERMOD_MEMORY_PLUGIN);
    return plugin.provider();
  }
  Result<std::unique_ptr<Session>> open(const ModelStore& store, const std::string& device) override {
    hosts_.push_back(std::make_unique<KnowingHost>(strand_, store, unix_now()));
    Settings settings({{"mailbox", std::string(mailbox_name)},
                       {"mode", mode_},
                       {"device", device},
                       {"window_days", window_days},
                       {"sabotage", sabotage_}});
    return strand_.run(provider().open(std::move(settings), {}, *hosts_.back()));
  }
  OtherClient& other_client() override { return client_; }
  bool lose_next_answer() override {
    mailbox_->line.lose_next_answer(memory::Request::push_mutation);
    return true;
  }
  Quirks quirks() const override {
    Quirks quirks;
    if (labels()) quirks.layout = Layout::labels;
    quirks.all_mail = "All";
    quirks.trash = "Trash";
    if (has_mode(mode_, "no_push")) quirks.absent_facets.emplace_back(PushFacet::id);
    if (has_mode(mode_, "no_search")) quirks.absent_facets.emplace_back(SearchFacet::id);
    return quirks;
  }
  Searches searches(const std::string& message_id) const override { return {message_id, "a (b"}; }
  std::int64_t window_start() const override {
    constexpr std::int64_t day = 24 * 60 * 60;
    return has_mode(mode_, "window") ? (unix_now() / day - window_days) * day : INT64_MIN;
  }
  std::int64_t unix_now() const override {
    return 1'800'000'000 + std::chrono::duration_cast<std::chrono::seconds>(strand_.now() - began_).count();
  }
  void let_time_pass(std::chrono::hours hours) override { strand_.advance(hours); }

 private:
  bool labels() const { return has_mode(mode_, "labels") || has_mode(mode_, "account"); }

  std::string mode_, sabotage_;
  test::InlineStrand strand_;
  TimePoint began_ = strand_.now();
  std::shared_ptr<memory::MemoryMailbox> mailbox_ = memory::MemoryMailbox::named(std::string(mailbox_name));
  MemoryClient client_{*mailbox_};
  std::vector<std::unique_ptr<KnowingHost>> hosts_;  // a session's must outlive it
};

}  // namespace

MakeSubject memory_subject(std::string mode, std::string sabotage) {
  return [=] { return std::make_unique<MemorySubject>(mode, sabotage); };
}

}  // namespace hermod::conformance
