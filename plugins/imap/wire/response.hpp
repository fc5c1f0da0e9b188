// Server responses as values (RFC 9051 §7 and the extensions named at each). Parsed by response_parser.hpp.
//
// Names, flags and mailbox names are kept as the server sent them; compare flags and names of capabilities
// without case. What the server left out or what could not be understood is absent, never a guess.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "plugins/imap/wire/numbers.hpp"
#include "plugins/imap/wire/response_code.hpp"
#include "plugins/imap/wire/uid_set.hpp"

namespace hermod::imap {

enum class Condition : std::uint8_t { ok, no, bad, bye, preauth };

// OK, NO, BAD, BYE, PREAUTH. `tag` is empty for an untagged one.
struct StatusResponse {
  std::string tag;
  Condition condition = Condition::ok;
  ResponseCode code;
  std::string text;
};

// `+ text`
struct Continuation {
  std::string text;
};

struct CapabilityList {
  std::vector<std::string> names;  // upper case
};

struct EnabledList {
  std::vector<std::string> names;  // upper case
};

struct Namespace {
  std::string prefix;
  std::optional<char> separator;
};
// RFC 2342.
struct NamespaceList {
  std::vector<Namespace> personal, other_users, shared;
};

// LIST, LSUB and XLIST (RFC 5258, RFC 9051 §7.3.1).
struct MailboxListing {
  std::vector<std::string> attributes;
  std::optional<char> separator;  // absent (NIL): names are flat
  std::string name;
  std::optional<std::string> old_name;
  std::vector<std::string> child_info;
};
bool has_attribute(const MailboxListing& folder, std::string_view attribute);  // without case
bool is_selectable(const MailboxListing& folder);  // neither \NoSelect nor \NonExistent, which implies it

// STATUS (RFC 9051 §7.3.4, RFC 7162, RFC 8474; X-GUID is Dovecot's).
struct MailboxStatus {
  std::string name;
  std::optional<std::uint32_t> messages;
  std::optional<Uid> uid_next;
  std::optional<UidValidity> uid_validity;
  std::optional<std::uint32_t> unseen;
  std::optional<ModSeq> highest_modseq;
  std::optional<std::uint64_t> size;
  std::optional<std::string> mailbox_id;
};

// SEARCH. The numbers are whatever the command asked for.
struct SearchResult {
  UidSet numbers;
  std::optional<ModSeq> modseq;
};

// ESEARCH (RFC 4731).
struct ExtendedSearchResult {
  std::string tag;
  bool has_uids = false;
  std::optional<UidSet> all;
  std::optional<std::uint32_t> min, max, count;
  std::optional<ModSeq> modseq;
};

struct FlagList {
  std::vector<std::string> flags;
};
struct Exists {
  std::uint32_t messages = 0;
};
struct Recent {
  std::uint32_t messages = 0;
};
struct Expunge {
  SequenceNumber number;
};

// VANISHED (RFC 7162 §3.2.10): with `earlier` the history a SELECT asked for, else what was expunged just
// now.
struct Vanished {
  bool earlier = false;
  UidSet uids;
};

struct BodySection {
  enum class Presence : std::uint8_t {
    nil,       // no such part
    inlined,   // `bytes` has it
    streamed,  // was delivered as LiteralData events before this response
  };
  std::string section;  // what stood between the brackets
  std::optional<std::uint64_t> origin;
  Presence presence = Presence::nil;
  std::string bytes;
  std::uint64_t size = 0;
};

// FETCH (RFC 9051 §7.5.2; EMAILID, THREADID of RFC 8474; X-GM-* of Gmail). Unknown items are skipped.
struct FetchResponse {
  SequenceNumber number;
  std::optional<Uid> uid;
  std::optional<std::vector<std::string>> flags;
  std::optional<ModSeq> modseq;
  std::optional<std::chrono::sys_seconds> internal_date;
  std::optional<std::uint64_t> size;
  std::vector<BodySection> sections;
  std::optional<std::string> email_id;
  std::optional<std::string> thread_id;  // THREADID NIL is absent
  std::optional<std::uint64_t> gmail_message_id, gmail_thread_id;
  std::optional<std::vector<std::string>> gmail_labels;
};

// ID (RFC 2971).
struct ServerId {
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;
};

// An untagged response that this codec does not know.
struct UnknownResponse {
  std::string keyword;
};

using Response = std::variant<StatusResponse, Continuation, CapabilityList, EnabledList, NamespaceList,
                              MailboxListing, MailboxStatus, SearchResult, ExtendedSearchResult, FlagList,
                              Exists, Recent, Expunge, Vanished, FetchResponse, ServerId, UnknownResponse>;

}  // namespace hermod::imap
