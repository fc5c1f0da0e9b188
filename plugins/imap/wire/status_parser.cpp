// Status responses and their codes (RFC 9051 §7.1).
#include "plugins/imap/wire/ascii.hpp"
#include "plugins/imap/wire/response_parser.hpp"
#include "plugins/imap/wire/scanner.hpp"

namespace hermod::imap {
namespace {

std::vector<std::string> parse_code_words(Scanner& scan) {
  std::vector<std::string> words;
  while (scan.accept(' ')) {
    if (scan.next_is(']')) break;
    words.push_back(to_upper(scan.atom("]")));
    scan.count_items(words.size());
  }
  return words;
}

UidSet parse_code_uids(Scanner& scan) {
  auto set = UidSet::parse(scan.atom("]"));
  if (!set) scan.fail("expected a set of UIDs");
  return set.value_or(UidSet{});
}

void parse_copied_uids(Scanner& scan, ResponseCode& code) {
  code.number = scan.number(~std::uint32_t{0});
  scan.expect(' ');
  code.source_uids = scan.atom("]");
  scan.expect(' ');
  code.destination_uids = scan.atom("]");
}

void parse_arguments(Scanner& scan, ResponseCode& code) {
  switch (code.code) {
    case Code::capability:
      code.words = parse_code_words(scan);
      return;
    case Code::permanent_flags:
    case Code::bad_charset:
    case Code::bad_event:
    case Code::mailbox_id:
      // Quirk(Dovecot): BADEVENT has no parentheses.
      if (scan.accept(' ') && scan.next_is('(')) code.words = scan.list();
      return;
    case Code::uid_next:
    case Code::uid_validity:
    case Code::unseen:
      scan.expect(' ');
      code.number = scan.number(~std::uint32_t{0});
      return;
    case Code::highest_modseq:
      scan.expect(' ');
      code.number = scan.number(modseq_max);
      return;
    case Code::modified:
      scan.expect(' ');
      code.uids = parse_code_uids(scan);
      return;
    case Code::append_uid:
      scan.expect(' ');
      code.number = scan.number(~std::uint32_t{0});
      scan.expect(' ');
      code.uids = parse_code_uids(scan);
      return;
    case Code::copy_uid:
      scan.expect(' ');
      return parse_copied_uids(scan, code);
    default:
      return;
  }
}

// Skips what a code holds beyond what was understood, quoted strings and literals included, and its `]`.
void skip_rest_of_code(Scanner& scan) {
  while (scan.ok() && !scan.accept(']')) {
    if (scan.accept(' ') || scan.accept('(') || scan.accept(')')) continue;
    if (scan.at_end()) return scan.fail("a response code does not end");
    scan.astring("]");
  }
}

ResponseCode parse_code(Scanner& scan) {
  ResponseCode code;
  code.name = to_upper(scan.atom("]"));
  code.code = code_of(code.name);
  parse_arguments(scan, code);
  skip_rest_of_code(scan);
  return code;
}

}  // namespace

StatusResponse parse_status_response(Scanner& scan, Condition condition) {
  StatusResponse status;
  status.condition = condition;
  scan.skip_spaces();
  if (scan.accept('[')) status.code = parse_code(scan);
  scan.skip_spaces();
  status.text = scan.rest();
  return status;
}

}  // namespace hermod::imap
