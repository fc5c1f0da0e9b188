#include "plugins/imap/wire/response_code.hpp"

#include <algorithm>
#include <utility>

namespace hermod::imap {
namespace {

constexpr std::pair<std::string_view, Code> codes[] = {
    {"ALERT", Code::alert},
    {"ALREADYEXISTS", Code::already_exists},
    {"APPENDUID", Code::append_uid},
    {"AUTHENTICATIONFAILED", Code::authentication_failed},
    {"AUTHORIZATIONFAILED", Code::authorization_failed},
    {"BADCHARSET", Code::bad_charset},
    {"BADEVENT", Code::bad_event},
    {"CANNOT", Code::cannot},
    {"CAPABILITY", Code::capability},
    {"CLIENTBUG", Code::client_bug},
    {"CLOSED", Code::closed},
    {"CONTACTADMIN", Code::contact_admin},
    {"COPYUID", Code::copy_uid},
    {"CORRUPTION", Code::corruption},
    {"EXPIRED", Code::expired},
    {"EXPUNGEISSUED", Code::expunge_issued},
    {"HIGHESTMODSEQ", Code::highest_modseq},
    {"INUSE", Code::in_use},
    {"LIMIT", Code::limit},
    {"MAILBOXID", Code::mailbox_id},
    {"MODIFIED", Code::modified},
    {"NOMODSEQ", Code::no_modseq},
    {"NONEXISTENT", Code::nonexistent},
    {"NOPERM", Code::no_perm},
    {"NOTIFICATIONOVERFLOW", Code::notification_overflow},
    {"OVERQUOTA", Code::over_quota},
    {"PARSE", Code::parse},
    {"PERMANENTFLAGS", Code::permanent_flags},
    {"PRIVACYREQUIRED", Code::privacy_required},
    {"READ-ONLY", Code::read_only},
    {"READ-WRITE", Code::read_write},
    {"SERVERBUG", Code::server_bug},
    {"THROTTLED", Code::throttled},
    {"TOOBIG", Code::too_big},
    {"TRYCREATE", Code::try_create},
    {"UIDNEXT", Code::uid_next},
    {"UIDNOTSTICKY", Code::uid_not_sticky},
    {"UIDVALIDITY", Code::uid_validity},
    {"UNAVAILABLE", Code::unavailable},
    {"UNKNOWN-CTE", Code::unknown_cte},
    {"UNSEEN", Code::unseen},
};
static_assert(std::ranges::is_sorted(codes, {}, &std::pair<std::string_view, Code>::first));

}  // namespace

Code code_of(std::string_view upper_case_name) {
  const auto* found =
      std::ranges::lower_bound(codes, upper_case_name, {}, &std::pair<std::string_view, Code>::first);
  return found != std::end(codes) && found->first == upper_case_name ? found->second : Code::unknown;
}

}  // namespace hermod::imap
