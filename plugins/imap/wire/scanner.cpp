#include "plugins/imap/wire/scanner.hpp"

#include <charconv>

#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

constexpr std::string_view delimiters{" ()\"\0", 5};

bool is_delimiter(char c, std::string_view also) { return delimiters.contains(c) || also.contains(c); }

}  // namespace

void Scanner::fail(std::string_view reason) {
  if (failure_.empty()) failure_ = reason;
}

void Scanner::count_items(std::size_t items) {
  if (items > list_items_max_) fail("a list is too long");
}

bool Scanner::accept(char c) {
  if (!next_is(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

bool Scanner::accept_word(std::string_view word) {
  if (!ok() || !equals_ignoring_case(rest_.substr(0, word.size()), word)) return false;
  if (rest_.size() > word.size() && !is_delimiter(rest_[word.size()], "]")) return false;
  rest_.remove_prefix(word.size());
  return true;
}

void Scanner::expect(char c) {
  if (!accept(c)) fail(std::string("expected '") + c + "'");
}

void Scanner::skip_spaces() {
  while (accept(' ')) {
  }
}

std::string_view Scanner::atom(std::string_view also) {
  std::size_t size = 0;
  while (ok() && size < rest_.size() && !is_delimiter(rest_[size], also)) ++size;
  if (size == 0) fail("expected an atom");
  const auto result = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return result;
}

std::uint64_t Scanner::number(std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  if (error != std::errc{} || value > max) fail("expected a number");
  if (!ok()) return 0;
  rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  return value;
}

Literal Scanner::literal() {
  if (!next_is_literal() || next_literal_ >= frame_.literals.size()) {
    fail("expected a literal");
    return {};
  }
  rest_.remove_prefix(1);
  return std::move(frame_.literals[next_literal_++]);
}

std::string Scanner::string() {
  if (next_is_literal()) {
    auto value = literal();
    if (value.streamed) fail("a literal is too large");
    return std::move(value.bytes);
  }
  expect('"');
  std::string out;
  while (ok()) {
    if (accept('"')) return out;
    accept('\\');
    if (at_end() || next_is_literal()) {
      fail("a quoted string does not end");
      return {};
    }
    out += rest_.front();
    rest_.remove_prefix(1);
  }
  return {};
}

std::string Scanner::astring(std::string_view also) {
  return next_is('"') || next_is_literal() ? string() : std::string(atom(also));
}

std::optional<std::string> Scanner::nstring() {
  if (accept_word("NIL")) return std::nullopt;
  return string();
}

std::string_view Scanner::until(char c) {
  const auto size = rest_.find(c);
  if (size == std::string_view::npos) fail(std::string("expected '") + c + "'");
  if (!ok()) return {};
  const auto result = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return result;
}

std::vector<std::string> Scanner::list() {
  std::vector<std::string> items;
  if (accept_word("NIL")) return items;
  each_in_list([&] { items.push_back(astring()); });
  return items;
}

void Scanner::skip_value() {
  int depth = 0;
  do {
    skip_spaces();
    if (accept('(')) {
      if (++depth > nesting_max_) fail("lists are nested too deeply");
    } else if (depth > 0 && accept(')')) {
      --depth;
    } else if (next_is_literal()) {
      literal();
    } else {
      astring();
    }
    if (depth > 0 && at_end()) fail("a list does not end");
  } while (ok() && depth > 0);
}

}  // namespace hermod::imap
