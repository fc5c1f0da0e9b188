// Response codes: the bracketed word directly after OK, NO, BAD, BYE or PREAUTH (RFC 9051 §7.1, RFC 4315,
// 5182, 5464, 7162, 8474 and the registry). Values. Codes are optional everywhere; an unknown one is skipped
// up to `]`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/imap/wire/uid_set.hpp"

namespace hermod::imap {

enum class Code : std::uint8_t {
  none,  // no brackets
  unknown,
  alert,
  already_exists,
  append_uid,
  authentication_failed,
  authorization_failed,
  bad_charset,
  bad_event,
  cannot,
  capability,
  client_bug,
  closed,
  contact_admin,
  copy_uid,
  corruption,
  expired,
  expunge_issued,
  highest_modseq,
  in_use,
  limit,
  mailbox_id,
  modified,
  no_modseq,
  nonexistent,
  no_perm,
  notification_overflow,
  over_quota,
  parse,
  permanent_flags,
  privacy_required,
  read_only,
  read_write,
  server_bug,
  throttled,
  too_big,
  try_create,
  uid_next,
  uid_not_sticky,
  uid_validity,
  unavailable,
  unknown_cte,
  unseen,
};

struct ResponseCode {
  Code code = Code::none;
  std::string name;                // upper case, as sent
  std::uint64_t number = 0;        // UIDNEXT, UIDVALIDITY (also of COPYUID, APPENDUID), UNSEEN, HIGHESTMODSEQ
  std::vector<std::string> words;  // CAPABILITY (upper case), PERMANENTFLAGS, BADCHARSET, BADEVENT, MAILBOXID
  UidSet uids;                     // MODIFIED, APPENDUID
  std::string source_uids;         // COPYUID: both sets in written order, see expand_in_written_order
  std::string destination_uids;
};

Code code_of(std::string_view upper_case_name);

}  // namespace hermod::imap
