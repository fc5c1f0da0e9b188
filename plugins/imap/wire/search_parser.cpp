// SEARCH, ESEARCH and VANISHED (RFC 9051 §7.3.4, RFC 4731, RFC 7162 §3.2.10).
#include <limits>

#include "plugins/imap/wire/ascii.hpp"
#include "plugins/imap/wire/response_parser.hpp"
#include "plugins/imap/wire/scanner.hpp"

namespace hermod::imap {
namespace {

constexpr std::uint32_t number_max = std::numeric_limits<std::uint32_t>::max();

UidSet parse_set(Scanner& scan) {
  auto set = UidSet::parse(scan.atom());
  if (!set) scan.fail("expected a set of numbers");
  return set.value_or(UidSet{});
}

void parse_search_return(Scanner& scan, ExtendedSearchResult& result) {
  const auto item = to_upper(scan.atom());
  scan.expect(' ');
  const auto small = [&] { return static_cast<std::uint32_t>(scan.number(number_max)); };
  if (item == "ALL") {
    result.all = parse_set(scan);
  } else if (item == "COUNT") {
    result.count = small();
  } else if (item == "MIN") {
    result.min = small();
  } else if (item == "MAX") {
    result.max = small();
  } else if (item == "MODSEQ") {
    result.modseq = ModSeq{scan.number(modseq_max)};
  } else {
    scan.skip_value();
  }
}

}  // namespace

// Yahoo ends the line with a space; a server with nothing to report may leave the numbers out.
SearchResult parse_search(Scanner& scan) {
  SearchResult result;
  std::vector<Uid> numbers;
  scan.skip_spaces();
  while (scan.ok() && !scan.at_end()) {
    if (scan.accept('(')) {
      if (!scan.accept_word("MODSEQ")) scan.fail("expected MODSEQ");
      scan.expect(' ');
      result.modseq = ModSeq{scan.number(modseq_max)};
      scan.expect(')');
    } else {
      numbers.push_back(Uid{static_cast<std::uint32_t>(scan.number(number_max))});
    }
    scan.skip_spaces();
  }
  result.numbers = UidSet::of(std::move(numbers));
  return result;
}

ExtendedSearchResult parse_extended_search(Scanner& scan) {
  ExtendedSearchResult result;
  scan.skip_spaces();
  if (scan.accept('(')) {
    if (!scan.accept_word("TAG")) scan.fail("expected TAG");
    scan.expect(' ');
    result.tag = scan.astring();
    scan.expect(')');
    scan.skip_spaces();
  }
  result.has_uids = scan.accept_word("UID");
  scan.skip_spaces();
  while (scan.ok() && !scan.at_end()) {
    parse_search_return(scan, result);
    scan.skip_spaces();
  }
  return result;
}

Vanished parse_vanished(Scanner& scan) {
  Vanished vanished;
  if (scan.accept('(')) {
    if (!scan.accept_word("EARLIER")) scan.fail("expected EARLIER");
    vanished.earlier = true;
    scan.expect(')');
    scan.expect(' ');
  }
  vanished.uids = parse_set(scan);
  return vanished;
}

}  // namespace hermod::imap
