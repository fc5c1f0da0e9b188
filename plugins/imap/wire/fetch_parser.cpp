// FETCH (RFC 9051 §7.5.2). Items come in any order; one that is not understood is skipped, not the response.
#include <limits>

#include "plugins/imap/wire/ascii.hpp"
#include "plugins/imap/wire/internal_date.hpp"
#include "plugins/imap/wire/response_parser.hpp"
#include "plugins/imap/wire/scanner.hpp"

namespace hermod::imap {
namespace {

constexpr std::uint32_t number_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t size_max = std::numeric_limits<std::int64_t>::max();

// The rest of `BODY[section]<origin> value`, from the bracket on.
BodySection parse_section(Scanner& scan) {
  BodySection section;
  scan.expect('[');
  section.section = scan.until(']');
  scan.expect(']');
  if (scan.accept('<')) {
    section.origin = scan.number(size_max);
    scan.expect('>');
  }
  scan.expect(' ');
  if (scan.accept_word("NIL")) return section;
  if (scan.next_is_literal()) {
    auto literal = scan.literal();
    section.presence = literal.streamed ? BodySection::Presence::streamed : BodySection::Presence::inlined;
    section.size = literal.size;
    section.bytes = std::move(literal.bytes);
  } else {
    section.bytes = scan.string();
    section.presence = BodySection::Presence::inlined;
    section.size = section.bytes.size();
  }
  return section;
}

// `(id)` (RFC 8474), NIL, or a bare string.
std::optional<std::string> parse_object_id(Scanner& scan) {
  if (!scan.next_is('(')) return scan.accept_word("NIL") ? std::nullopt : std::optional(scan.astring());
  auto ids = scan.list();
  return ids.empty() ? std::nullopt : std::optional(std::move(ids.front()));
}

ModSeq parse_modseq(Scanner& scan) {
  scan.expect('(');
  const ModSeq value{scan.number(modseq_max)};
  scan.expect(')');
  return value;
}

// An item whose value is no list and no section. A date that is no date leaves the item absent.
void parse_plain_item(Scanner& scan, std::string_view item, FetchResponse& fetch) {
  if (item == "UID") {
    fetch.uid = Uid{static_cast<std::uint32_t>(scan.number(number_max))};
    if (!*fetch.uid) scan.fail("UID zero");
  } else if (item == "FLAGS") {
    fetch.flags = scan.list();
  } else if (item == "MODSEQ") {
    fetch.modseq = parse_modseq(scan);
  } else if (item == "INTERNALDATE") {
    if (const auto date = scan.nstring()) fetch.internal_date = parse_internal_date(*date);
  } else if (item == "RFC822.SIZE") {
    fetch.size = scan.number(size_max);
  } else if (item == "EMAILID") {
    fetch.email_id = parse_object_id(scan);
  } else if (item == "THREADID") {
    fetch.thread_id = parse_object_id(scan);
  } else if (item == "X-GM-MSGID") {
    fetch.gmail_message_id = scan.number(~std::uint64_t{0});
  } else if (item == "X-GM-THRID") {
    fetch.gmail_thread_id = scan.number(~std::uint64_t{0});
  } else if (item == "X-GM-LABELS") {
    fetch.gmail_labels = scan.list();
  } else {
    scan.skip_value();
  }
}

}  // namespace

FetchResponse parse_fetch(Scanner& scan, SequenceNumber number) {
  FetchResponse fetch;
  fetch.number = number;
  if (!number) scan.fail("message number zero");
  scan.each_in_list([&] {
    const auto item = to_upper(scan.atom("["));
    if (scan.next_is('[')) {
      auto section = parse_section(scan);
      if (item == "BODY") fetch.sections.push_back(std::move(section));
    } else {
      scan.expect(' ');
      parse_plain_item(scan, item, fetch);
    }
  });
  return fetch;
}

}  // namespace hermod::imap
