#include "plugins/imap/wire/response_parser.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "plugins/imap/wire/ascii.hpp"
#include "plugins/imap/wire/scanner.hpp"

namespace hermod::imap {
namespace {

constexpr std::uint32_t number_max = std::numeric_limits<std::uint32_t>::max();

std::optional<Condition> take_condition(Scanner& scan) {
  constexpr std::pair<std::string_view, Condition> conditions[] = {{"OK", Condition::ok},
                                                                   {"NO", Condition::no},
                                                                   {"BAD", Condition::bad},
                                                                   {"BYE", Condition::bye},
                                                                   {"PREAUTH", Condition::preauth}};
  for (const auto& [word, condition] : conditions) {
    if (scan.accept_word(word)) return condition;
  }
  return std::nullopt;
}

std::vector<std::string> parse_words(Scanner& scan) {
  std::vector<std::string> words;
  scan.skip_spaces();
  while (scan.ok() && !scan.at_end()) {
    words.push_back(to_upper(scan.atom()));
    scan.count_items(words.size());
    scan.skip_spaces();
  }
  return words;
}

Response parse_numbered(Scanner& scan) {
  const auto number = static_cast<std::uint32_t>(scan.number(number_max));
  scan.expect(' ');
  if (scan.accept_word("EXISTS")) return Exists{number};
  if (scan.accept_word("RECENT")) return Recent{number};
  if (scan.accept_word("EXPUNGE")) {
    if (number == 0) scan.fail("message number zero");
    return Expunge{SequenceNumber{number}};
  }
  if (scan.accept_word("FETCH")) {
    scan.expect(' ');
    return parse_fetch(scan, SequenceNumber{number});
  }
  return UnknownResponse{to_upper(scan.atom())};
}

// For the keywords that take arguments: the space behind them, then `parse`.
template <class Parse>
Response with_arguments(Scanner& scan, Parse parse) {
  scan.expect(' ');
  return parse(scan);
}

Response parse_untagged(Scanner& scan) {
  if (!scan.at_end() && scan.rest().front() >= '0' && scan.rest().front() <= '9') return parse_numbered(scan);
  if (const auto condition = take_condition(scan)) return parse_status_response(scan, *condition);
  if (scan.accept_word("CAPABILITY")) return CapabilityList{parse_words(scan)};
  if (scan.accept_word("ENABLED")) return EnabledList{parse_words(scan)};
  if (scan.accept_word("LIST") || scan.accept_word("LSUB") || scan.accept_word("XLIST")) {
    return with_arguments(scan, parse_listing);
  }
  if (scan.accept_word("STATUS")) return with_arguments(scan, parse_mailbox_status);
  if (scan.accept_word("NAMESPACE")) return with_arguments(scan, parse_namespaces);
  if (scan.accept_word("SEARCH")) return parse_search(scan);
  if (scan.accept_word("ESEARCH")) return parse_extended_search(scan);
  if (scan.accept_word("FLAGS")) return with_arguments(scan, [](Scanner& s) { return FlagList{s.list()}; });
  if (scan.accept_word("VANISHED")) return with_arguments(scan, parse_vanished);
  if (scan.accept_word("ID")) return with_arguments(scan, parse_server_id);
  return UnknownResponse{to_upper(scan.atom())};
}

Response parse_any(Scanner& scan) {
  if (scan.accept('+')) {
    scan.accept(' ');
    return Continuation{std::string(scan.rest())};
  }
  if (scan.accept('*')) {
    scan.expect(' ');
    return parse_untagged(scan);
  }
  std::string tag(scan.atom());
  scan.expect(' ');
  const auto condition = take_condition(scan);
  if (!condition) {
    scan.fail("neither untagged nor a tagged status");
    return UnknownResponse{};
  }
  auto status = parse_status_response(scan, *condition);
  status.tag = std::move(tag);
  return status;
}

}  // namespace

Result<Response> parse_response(Frame& frame, const WireLimits& limits) {
  Scanner scan(frame, limits);
  auto response = parse_any(scan);
  if (scan.ok()) return response;
  return Error{ErrorKind::invalid_data,
               ErrorScope::item,
               Retry::never(),
               "The server sent a malformed response",
               std::string(scan.failure()),
               {},
               {}};
}

bool ends_in_free_text(std::string_view text) {
  if (text.starts_with('+')) return true;
  const auto after_tag = text.substr(text.find(' ') + 1);  // npos + 1 is 0: a line of one word
  const auto word = after_tag.substr(0, after_tag.find(' '));
  constexpr std::array<std::string_view, 5> conditions = {"OK", "NO", "BAD", "BYE", "PREAUTH"};
  const bool is_status = std::ranges::any_of(
      conditions, [&](std::string_view condition) { return equals_ignoring_case(word, condition); });
  if (!is_status) return false;
  const auto rest = after_tag.substr(std::min(after_tag.size(), word.size() + 1));
  return !rest.starts_with('[') || rest.contains(']');
}

}  // namespace hermod::imap
