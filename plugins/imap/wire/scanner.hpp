// Scanner: reads the grammar's elements off a Frame (RFC 9051 §9). Owned by one parse call; moves literals
// out.
//
// Failure is sticky: after the first, every call returns an empty value and consumes nothing, so a parser
// reads straight on and asks `ok()` in its loops and at its end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/imap/wire/frame.hpp"
#include "plugins/imap/wire/limits.hpp"

namespace hermod::imap {

class Scanner {
 public:
  Scanner(Frame& frame, const WireLimits& limits)
      : frame_(frame),
        rest_(frame.text),
        nesting_max_(limits.nesting_max),
        list_items_max_(limits.list_items_max) {}

  bool ok() const { return failure_.empty(); }
  std::string_view failure() const { return failure_; }
  void fail(std::string_view reason);

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  bool next_is(char c) const { return ok() && rest_.starts_with(c); }
  bool next_is_literal() const { return next_is(literal_mark); }

  bool accept(char c);
  bool accept_word(std::string_view word);  // without case, followed by a delimiter or the end
  void expect(char c);
  void skip_spaces();

  // One or more characters up to a delimiter: space, parenthesis, quote, literal, and each of `also`.
  std::string_view atom(std::string_view also = {});
  std::uint64_t number(std::uint64_t max);
  std::string string();  // quoted or literal
  std::string astring(std::string_view also = {});
  std::optional<std::string> nstring();
  Literal literal();
  std::string_view until(char c);  // everything before `c`; fails when there is none

  // A parenthesised list of atoms or strings; NIL is an empty one.
  std::vector<std::string> list();
  // Fails when `items` are more than a list may have.
  void count_items(std::size_t items);
  // Any value: atom, string, literal, or a list of these up to the nesting limit.
  void skip_value();

  // Calls `read_item` for each space-separated element of a parenthesised list.
  template <class ReadItem>
  void each_in_list(ReadItem read_item) {
    expect('(');
    skip_spaces();
    for (std::size_t items = 1; ok() && !accept(')'); ++items) {
      count_items(items);
      read_item();
      skip_spaces();
      if (at_end()) fail("a list does not end");
    }
  }

 private:
  Frame& frame_;
  std::string_view rest_;
  std::size_t next_literal_ = 0;
  int nesting_max_;
  std::size_t list_items_max_;
  std::string failure_;
};

}  // namespace hermod::imap
