// StoredMailbox: the mailbox of the IMAP server in memory: folders, UIDs, flags, mod-sequences. Test support.
//
// Other clients change it directly; the server's connections look at it when they have something to say.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hermod::imap::test {

struct StoredMessage {
  std::uint32_t uid = 0;
  std::string raw;
  std::vector<std::string> flags;
  std::int64_t received_at = 0;
  std::uint64_t modseq = 0;
  std::string email_id;
};

struct StoredFolder {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 1;
  std::uint64_t highest_modseq = 1;
  std::vector<StoredMessage> messages;                            // ascending UIDs
  std::vector<std::pair<std::uint32_t, std::uint64_t>> expunged;  // UID, and when
  std::vector<std::string> attributes;

  StoredMessage* find(std::uint32_t uid);
};

// Folders are named as on the wire, their levels divided by '/'.
class StoredMailbox {
 public:
  StoredMailbox() { create("INBOX"); }
  void create(const std::string& name, std::vector<std::string> attributes = {});
  void rename(const std::string& name, const std::string& to);
  void remove(const std::string& name);
  // Gives the UID.
  std::uint32_t append(const std::string& name, std::string raw, std::int64_t received_at,
                       std::vector<std::string> flags = {});
  void set_flags(const std::string& name, std::uint32_t uid, std::vector<std::string> flags);
  void copy(const std::string& name, std::uint32_t uid, const std::string& to);
  void expunge(const std::string& name, std::uint32_t uid);
  // Every message gets another UID under another UIDVALIDITY, which need not be a higher one.
  void renumber(const std::string& name);
  void renumber(const std::string& name, std::uint32_t uid_validity);

  StoredFolder* find(const std::string& name);
  const std::map<std::string, StoredFolder>& folders() const { return folders_; }

 private:
  void add(StoredFolder& folder, StoredMessage message);

  std::map<std::string, StoredFolder> folders_;
  std::uint32_t last_uid_validity_ = 1000;
  std::uint64_t last_email_id_ = 0;
};

}  // namespace hermod::imap::test
