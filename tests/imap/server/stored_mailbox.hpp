// StoredMailbox: the mailbox of the IMAP server in memory: folders, UIDs, flags, mod-sequences. Test support.
//
// Other clients change it directly; the server's connections look at it when they have something to say.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hermod::imap::test {

struct StoredMessage {
  std::uint32_t uid = 0;
  std::string raw;
  std::vector<std::string> flags;
  std::int64_t received_at = 0;
  std::uint64_t modseq = 0;
  std::string email_id;
  bool has_flag(std::string_view flag) const;  // without case
};

struct StoredFolder {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 1;
  std::uint64_t highest_modseq = 1;
  std::vector<StoredMessage> messages;                            // ascending UIDs
  std::vector<std::pair<std::uint32_t, std::uint64_t>> expunged;  // UID, and when
  std::vector<std::string> attributes;
  bool container = false;  // deleted, and there for those below it

  StoredMessage* find(std::uint32_t uid);
};

// Folders are named as on the wire, their levels divided by '/'.
class StoredMailbox {
 public:
  StoredMailbox() { create("INBOX"); }
  void create(const std::string& name, std::vector<std::string> attributes = {});
  void rename(const std::string& name, const std::string& to);
  void remove(const std::string& name);  // with those below it
  // Without those below it, for whom it stays as a container.
  void remove_alone(const std::string& name);
  void subscribe(const std::string& name, bool subscribed);
  bool is_subscribed(const std::string& name) const { return subscribed_.contains(name); }
  // Gives the UID.
  std::uint32_t append(const std::string& name, std::string raw, std::int64_t received_at,
                       std::vector<std::string> flags = {});
  void set_flags(const std::string& name, std::uint32_t uid, std::vector<std::string> flags);
  // Gives the UID there.
  std::uint32_t copy(const std::string& name, std::uint32_t uid, const std::string& to);
  void expunge(const std::string& name, std::uint32_t uid);
  void expunge_deleted(const std::string& name);
  // Every message gets another UID under another UIDVALIDITY, which need not be a higher one.
  void renumber(const std::string& name);
  void renumber(const std::string& name, std::uint32_t uid_validity);

  StoredFolder* find(const std::string& name);
  const std::map<std::string, StoredFolder>& folders() const { return folders_; }

 private:
  void add(StoredFolder& folder, StoredMessage message);

  std::map<std::string, StoredFolder> folders_;
  std::set<std::string> subscribed_;
  std::uint32_t last_uid_validity_ = 1000;
  std::uint64_t last_email_id_ = 0;
};

}  // namespace hermod::imap::test
