#include "plugins/imap/wire/search_program.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

enum class Operand : std::uint8_t {
  none,
  text,
  field_and_text,
  date,
  number,
  keyword,
  set,
  object_id,
  key,
  two_keys
};

struct SearchKey {
  std::string_view name;
  Operand operand = Operand::none;
  std::string_view capability = {};  // empty: every server knows it
};
constexpr SearchKey search_keys[] = {
    {"ALL"},
    {"ANSWERED"},
    {"BCC", Operand::text},
    {"BEFORE", Operand::date},
    {"BODY", Operand::text},
    {"CC", Operand::text},
    {"DELETED"},
    {"DRAFT"},
    {"FLAGGED"},
    {"FROM", Operand::text},
    {"HEADER", Operand::field_and_text},
    {"KEYWORD", Operand::keyword},
    {"LARGER", Operand::number},
    {"NEW"},
    {"NOT", Operand::key},
    {"OLD"},
    {"ON", Operand::date},
    {"OR", Operand::two_keys},
    {"RECENT"},
    {"SEEN"},
    {"SENTBEFORE", Operand::date},
    {"SENTON", Operand::date},
    {"SENTSINCE", Operand::date},
    {"SINCE", Operand::date},
    {"SMALLER", Operand::number},
    {"SUBJECT", Operand::text},
    {"TEXT", Operand::text},
    {"TO", Operand::text},
    {"UID", Operand::set},
    {"UNANSWERED"},
    {"UNDELETED"},
    {"UNDRAFT"},
    {"UNFLAGGED"},
    {"UNKEYWORD", Operand::keyword},
    {"UNSEEN"},
    {"OLDER", Operand::number, "WITHIN"},
    {"YOUNGER", Operand::number, "WITHIN"},
    {"EMAILID", Operand::object_id, "OBJECTID"},
    {"THREADID", Operand::object_id, "OBJECTID"},
    {"SAVEDBEFORE", Operand::date, "SAVEDATE"},
    {"SAVEDON", Operand::date, "SAVEDATE"},
    {"SAVEDSINCE", Operand::date, "SAVEDATE"},
    {"X-GM-LABELS", Operand::text, "X-GM-EXT-1"},
    {"X-GM-MSGID", Operand::number, "X-GM-EXT-1"},
    {"X-GM-RAW", Operand::text, "X-GM-EXT-1"},
    {"X-GM-THRID", Operand::number, "X-GM-EXT-1"},
};

constexpr Uid uid_largest{std::numeric_limits<std::uint32_t>::max()};

bool is_control(char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }
bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return ascii_upper(c) >= 'A' && ascii_upper(c) <= 'Z'; }
// ATOM-CHAR, and what is beyond ASCII.
bool is_atom(char c) { return c != ' ' && !is_control(c) && !std::string_view("(){%*\"\\]").contains(c); }

bool is_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && is_digit(text.front()) && error == std::errc{} && end == text.data() + text.size();
}

// `1-Feb-2024`: RFC 9051 §9, date-text.
bool is_date(std::string_view text) {
  constexpr std::string_view months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                         "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
  const auto first = text.find('-');
  if (first == 0 || first > 2 || text.size() != first + 9 || text[first + 4] != '-') return false;
  const auto day = text.substr(0, first), year = text.substr(first + 5);
  if (!std::ranges::all_of(day, is_digit) || !std::ranges::all_of(year, is_digit)) return false;
  const auto* month = std::ranges::find(months, to_upper(text.substr(first + 1, 3)));
  if (month == std::end(months)) return false;
  const auto number = [](std::string_view digits) { return std::stoi(std::string(digits)); };
  return std::chrono::year_month_day(
             std::chrono::year(number(year)),
             std::chrono::month(static_cast<unsigned>(month - std::begin(months)) + 1),
             std::chrono::day(static_cast<unsigned>(number(day))))
      .ok();
}

}  // namespace

// Reads with one sticky failure: after the first, nothing more is read.
class SearchParser {
 public:
  SearchParser(std::string_view text, const SearchProgram::Offers& offers) : text_(text), offers_(offers) {}

  Result<SearchProgram> run() {
    if (text_.size() > search_bytes_max) fail(search_bytes_max, "it is too long");
    if (const auto control = std::ranges::find_if(text_, is_control); control != text_.end()) {
      fail(static_cast<std::size_t>(control - text_.begin()),
           "control characters and line breaks are not taken");
    }
    skip_spaces();
    skip_charset();
    read_keys();
    if (!failed_ && at_ < text_.size()) fail(at_, "there is no list that could end here");
    if (failed_) return std::move(error_);
    return std::move(program_);
  }

 private:
  void fail(std::size_t at, std::string_view reason) {
    if (std::exchange(failed_, true)) return;
    // Characters, not octets.
    const auto before = text_.substr(0, at);
    const auto character = std::ranges::count_if(before, [](char c) { return (c & 0xc0) != 0x80; }) + 1;
    error_ = {
        ErrorKind::invalid_argument,
        ErrorScope::item,
        Retry::never(),
        "the search is not understood at character " + std::to_string(character) + ": " + std::string(reason),
        {},
        "the grammar is that of IMAP SEARCH, RFC 9051 section 6.4.4",
        {}};
  }

  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void skip_spaces() {
    while (next_is(' ')) ++at_;
  }
  // A space or more before an operand or the next key.
  void expect_space() {
    if (failed_) return;
    if (at_ >= text_.size()) return fail(at_, "something is missing");
    if (!next_is(' ')) return fail(at_, "a space is missing");
    skip_spaces();
    if (at_ >= text_.size()) fail(at_, "something is missing");
  }
  std::string_view word() {
    const auto begin = at_;
    while (at_ < text_.size() && is_atom(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // We say ourselves which charset is used.
  void skip_charset() {
    const auto begin = at_;
    if (failed_ || !equals_ignoring_case(word(), "CHARSET")) {
      at_ = begin;
      return;
    }
    expect_space();
    const auto name_at = at_;
    const auto name = word();
    if (!equals_ignoring_case(name, "UTF-8") && !equals_ignoring_case(name, "US-ASCII")) {
      return fail(name_at, "the charset is UTF-8");
    }
    expect_space();
  }

  void read_keys() {
    do {
      read_key();
      if (failed_ || at_ >= text_.size() || next_is(')')) return;
      if (!next_is(' ')) return fail(at_, "a space is missing");
      skip_spaces();
    } while (at_ < text_.size() && !next_is(')'));
  }

  void read_key() {
    if (failed_) return;
    if (++keys_ > search_keys_max) return fail(at_, "there are too many search keys");
    if (++depth_ > search_depth_max) return fail(at_, "it is nested too deeply");
    if (next_is('(')) {
      read_list();
    } else if (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '*')) {
      read_set();
    } else {
      read_named_key();
    }
    --depth_;
  }

  void read_list() {
    ++at_;
    skip_spaces();
    lists_begun_ += '(';
    read_keys();
    if (failed_) return;
    if (!next_is(')')) return fail(at_, "a list does not end");
    ++at_;
    program_.parts_.emplace_back(SearchProgram::ListEnd{});
  }

  void read_named_key() {
    const auto begin = at_;
    const auto name = to_upper(word());
    const auto* key = std::ranges::find(search_keys, name, &SearchKey::name);
    if (name.empty()) return fail(begin, "a search key is missing");
    if (key == std::end(search_keys)) return fail(begin, "there is no such search key");
    if (!key->capability.empty() && !offers_(key->capability)) {
      return fail(begin, "this server does not offer the search key");
    }
    add_words(name);
    if (key->operand == Operand::none) return;
    expect_space();
    if (!failed_) read_operand(key->operand);
  }

  void read_operand(Operand operand) {
    switch (operand) {
      case Operand::none:
        return;
      case Operand::text:
        return read_text();
      case Operand::field_and_text:
        read_text();
        expect_space();
        return read_text();
      case Operand::date:
        return read_date();
      case Operand::number:
        return read_word(is_number, "a number is expected");
      case Operand::keyword:
        return read_word(
            [](std::string_view w) { return !w.empty() && std::ranges::none_of(w, is_beyond_ascii); },
            "a keyword is expected");
      case Operand::object_id:
        return read_word(
            [](std::string_view w) {
              return !w.empty() && std::ranges::all_of(w, [](char c) {
                return is_digit(c) || is_letter(c) || c == '_' || c == '-';
              });
            },
            "an object id is expected");
      case Operand::set:
        return read_set();
      case Operand::two_keys:
        read_key();
        expect_space();
        return read_key();
      case Operand::key:
        return read_key();
    }
  }

  template <class IsWord>
  void read_word(IsWord is_word, std::string_view expected) {
    if (failed_) return;
    const auto begin = at_;
    const auto found = word();
    if (!is_word(found)) return fail(begin, expected);
    add_words(found);
  }

  // With or without quotes.
  void read_date() {
    const auto begin = at_;
    if (next_is('"')) ++at_;
    const bool quoted = at_ != begin;
    read_word(is_date, "a date is written as 1-Feb-2024");
    if (!quoted || failed_) return;
    if (!next_is('"')) return fail(begin, "a quoted string does not end");
    ++at_;
  }

  void read_set() {
    if (failed_) return;
    const auto begin = at_;
    while (at_ < text_.size() && (is_digit(text_[at_]) || std::string_view(":*,").contains(text_[at_])))
      ++at_;
    const auto set = text_.substr(begin, at_ - begin);
    if (!UidSet::parse(set)) return fail(begin, "a set of numbers such as 1:5,9 is expected");
    add_words(set);
  }

  void read_text() {
    if (failed_) return;
    std::string value;
    if (next_is('"')) {
      read_quoted(value);
    } else {
      const auto begin = at_;
      while (at_ < text_.size() && (is_atom(text_[at_]) || text_[at_] == ']')) ++at_;
      value = text_.substr(begin, at_ - begin);
      if (value.empty()) return fail(begin, "a text is expected, in quotes where it has other than letters");
    }
    if (std::ranges::any_of(value, is_beyond_ascii)) program_.beyond_ascii_ = true;
    program_.parts_.emplace_back(SearchProgram::Text{std::move(value)});
  }

  void read_quoted(std::string& value) {
    const auto begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') {
        const auto next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (next != '"' && next != '\\') return fail(at_, "only a quote and a backslash follow a backslash");
        ++at_;
      }
      value += text_[at_++];
    }
    if (at_ >= text_.size()) return fail(begin, "a quoted string does not end");
    ++at_;
  }

  void add_words(std::string_view words) {
    program_.parts_.emplace_back(SearchProgram::Words{std::exchange(lists_begun_, {}) + std::string(words)});
  }

  std::string_view text_;
  const SearchProgram::Offers& offers_;
  SearchProgram program_;
  std::string lists_begun_;  // to be written before the next word
  std::size_t at_ = 0, keys_ = 0;
  int depth_ = 0;
  bool failed_ = false;
  Error error_;
};

Result<SearchProgram> SearchProgram::parse(std::string_view text, const Offers& offers) {
  return SearchParser(text, offers).run();
}

SearchProgram SearchProgram::uids_within(Uid first, Uid last) {
  SearchProgram program;
  program.parts_.emplace_back(Words{"UID " + std::to_string(first.value) + ':' +
                                    (last == uid_largest ? "*" : std::to_string(last.value))});
  return program;
}

SearchProgram SearchProgram::deleted() {
  SearchProgram program;
  program.parts_.emplace_back(Words{"DELETED"});
  return program;
}

SearchProgram SearchProgram::with_message_id(Uid first, std::string_view message_id) {
  auto program = uids_within(first, uid_largest);
  program.parts_.emplace_back(Words{"HEADER Message-ID"});
  program.parts_.emplace_back(Text{std::string(message_id)});
  return program;
}

SearchProgram SearchProgram::of_size(Uid first, std::uint64_t octets) {
  auto program = uids_within(first, uid_largest);
  const auto lower = octets == 0 ? 0 : octets - 1;
  program.parts_.emplace_back(Words{(octets == 0 ? "" : "LARGER " + std::to_string(lower) + ' ') +
                                    "SMALLER " + std::to_string(octets + 1)});
  return program;
}

void SearchProgram::append_to(Command& command) const {
  if (beyond_ascii_) command.words("CHARSET UTF-8");
  for (const auto& part : parts_) {
    if (const auto* words = std::get_if<Words>(&part)) {
      command.words(words->text);
    } else if (const auto* text = std::get_if<Text>(&part)) {
      command.astring(text->value);
    } else {
      command.end_list();
    }
  }
}

}  // namespace hermod::imap
