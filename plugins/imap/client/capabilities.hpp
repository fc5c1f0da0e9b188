// Capabilities: what the server announced last (RFC 9051 §7.2.2). A value owned by its connection; the list
// before login is shorter than the one after, and STARTTLS voids it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plugins/imap/wire/command.hpp"

namespace hermod::imap {

class Capabilities {
 public:
  Capabilities() = default;
  explicit Capabilities(std::vector<std::string> upper_case_names);

  bool known() const { return !names_.empty(); }
  bool has(std::string_view upper_case_name) const { return names_.contains(upper_case_name); }

  LiteralSupport literals() const;
  bool condstore() const { return has("CONDSTORE") || has("QRESYNC"); }
  bool extended_search() const { return has("ESEARCH") || has("IMAP4REV2"); }
  bool extended_list() const { return has("LIST-EXTENDED") || has("IMAP4REV2"); }
  bool list_status() const { return has("LIST-STATUS") || has("IMAP4REV2"); }
  bool special_use() const { return has("SPECIAL-USE") || has("IMAP4REV2"); }
  bool enable() const { return has("ENABLE") || has("IMAP4REV2"); }
  bool compression() const { return has("COMPRESS=DEFLATE"); }
  bool idle() const { return has("IDLE") || has("IMAP4REV2"); }
  bool notify() const { return has("NOTIFY"); }
  bool unselect() const { return has("UNSELECT") || has("IMAP4REV2"); }
  bool move() const { return has("MOVE") || has("IMAP4REV2"); }
  bool uid_plus() const { return has("UIDPLUS") || has("IMAP4REV2"); }
  // The largest message that any mailbox takes, in octets (RFC 7889); absent: not told, or it varies.
  std::optional<std::uint64_t> append_limit() const;
  bool name_spaces() const { return has("NAMESPACE") || has("IMAP4REV2"); }

 private:
  std::set<std::string, std::less<>> names_;
};

}  // namespace hermod::imap
