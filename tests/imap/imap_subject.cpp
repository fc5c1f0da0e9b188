#include "tests/imap/imap_subject.hpp"

#include <stdexcept>

#include "plugins/imap/mapping/items.hpp"
#include "plugins/imap/provider.hpp"
#include "plugins/imap/wire/mailbox_name.hpp"
#include "tests/conformance/knowing_host.hpp"

namespace hermod::imap::test {
namespace {

using conformance::ModelStore;

// Names that are no UTF-8 go to the server as they are.
std::string wire_name(const std::string& path) { return encode_mailbox_name(path).value_or(path); }

std::vector<std::string> wire_flags(FlagSet flags) {
  std::vector<std::string> out;
  if (flags.has(Flag::seen)) out.emplace_back("\\Seen");
  if (flags.has(Flag::flagged)) out.emplace_back("\\Flagged");
  if (flags.has(Flag::answered)) out.emplace_back("\\Answered");
  return out;
}

class OtherImapClient final : public conformance::OtherClient {
 public:
  OtherImapClient(StoredMailbox& mailbox, MemoryNet& net) : mailbox_(mailbox), net_(net) {}
  bool create_folder(const std::string& path) override {
    mailbox_.create(wire_name(path));
    net_.mailbox_changed();
    return true;
  }
  void rename_folder(const std::string& path, const std::string& to) override {
    mailbox_.rename(wire_name(path), wire_name(to));
    net_.mailbox_changed();
  }
  void delete_folder(const std::string& path) override {
    mailbox_.remove(wire_name(path));
    net_.mailbox_changed();
  }
  std::optional<conformance::Delivered> deliver(const std::string& path, const std::string& raw,
                                                std::int64_t received_at) override {
    mailbox_.append(wire_name(path), raw, received_at);
    net_.mailbox_changed();
    return conformance::Delivered{raw, received_at};
  }
  void set_flags(const std::string& path, const std::string& message_id, FlagSet flags) override {
    mailbox_.set_flags(wire_name(path), uid_of(path, message_id), wire_flags(flags));
    net_.mailbox_changed();
  }
  void move(const std::string& path, const std::string& message_id, const std::string& to) override {
    copy(path, message_id, to);
    expunge(path, message_id);
  }
  void copy(const std::string& path, const std::string& message_id, const std::string& to) override {
    mailbox_.copy(wire_name(path), uid_of(path, message_id), wire_name(to));
    net_.mailbox_changed();
  }
  void expunge(const std::string& path, const std::string& message_id) override {
    mailbox_.expunge(wire_name(path), uid_of(path, message_id));
    net_.mailbox_changed();
  }
  // Up and down by turns: a mailbox restored from a backup has an older UIDVALIDITY.
  void invalidate_cursors(const std::string& path) override {
    const auto name = wire_name(path);
    up_ = !up_;
    up_ ? mailbox_.renumber(name) : mailbox_.renumber(name, mailbox_.find(name)->uid_validity - 500);
  }

 private:
  std::uint32_t uid_of(const std::string& path, const std::string& message_id) {
    for (const auto& message : mailbox_.find(wire_name(path))->messages) {
      if (message_id_in(message.raw) == message_id) return message.uid;
    }
    throw std::runtime_error("no such message");
  }

  StoredMailbox& mailbox_;
  MemoryNet& net_;
  bool up_ = false;
};

class ImapHost final : public conformance::KnowingHost {
 public:
  ImapHost(Strand& strand, const ModelStore& store, Net& net)
      : KnowingHost(strand, store, 1'800'000'000), net_(net) {}
  Net& net() override { return net_; }

 private:
  Net& net_;
};

}  // namespace

ImapSubject::ImapSubject(ServerOptions options)
    : net_(mailbox_, std::move(options)), client_(std::make_unique<OtherImapClient>(mailbox_, net_)) {
  mailbox_.create("Trash");
}

Result<std::unique_ptr<Session>> ImapSubject::open(const ModelStore& store, const std::string&) {
  hosts_.push_back(std::make_unique<ImapHost>(strand_, store, net_));
  const Settings settings({{"imap_host", "mail.example"}, {"imap_username", "someone"}});
  const Credentials credentials{Settings({{"imap_password", "secret"}})};
  return strand_.run(provider_.open(settings, credentials, *hosts_.back()));
}

conformance::Quirks ImapSubject::quirks() const {
  conformance::Quirks quirks;
  quirks.inbox = "INBOX";
  quirks.trash = "Trash";
  quirks.stable_addresses = net_.options().uids_sticky;
  if (!net_.options().uids_sticky) quirks.idle_pages_max = 2;  // refused, then all of it
  return quirks;
}

conformance::Searches ImapSubject::searches(const std::string& message_id) const {
  return {"HEADER Message-ID <" + message_id + ">", "HEADER Message-ID"};
}

conformance::MakeSubject imap_subject(ServerOptions options) {
  return [=] { return std::make_unique<ImapSubject>(options); };
}

}  // namespace hermod::imap::test
