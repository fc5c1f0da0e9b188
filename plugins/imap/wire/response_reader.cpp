#include "plugins/imap/wire/response_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "plugins/imap/wire/response_parser.hpp"

namespace hermod::imap {
namespace {

// Enough of a line's end to hold `~{18446744073709551615+}`.
constexpr std::size_t kept_tail_bytes = 32;

struct LiteralAnnouncement {
  std::size_t position;                 // where `{` or `~{` begins
  std::optional<std::uint64_t> octets;  // absent: more than 64 bits
};

// The `{n}`, `{n+}` or `~{n}` that ends `line`.
std::optional<LiteralAnnouncement> find_announcement(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  auto position = line.rfind('{');
  if (position == std::string_view::npos) return std::nullopt;
  auto digits = line.substr(position + 1, line.size() - position - 2);
  if (digits.ends_with('+')) digits.remove_suffix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint64_t octets = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), octets);
  if (position > 0 && line[position - 1] == '~') --position;
  return LiteralAnnouncement{position, error == std::errc{} ? std::optional(octets) : std::nullopt};
}

Error damage(std::string_view reason, ErrorScope scope) {
  return Error{ErrorKind::invalid_data,
               scope,
               Retry::after(),
               "The server sent a malformed response",
               std::string(reason),
               "it is tried again by itself; if it lasts, ask whoever runs the server",
               {}};
}

}  // namespace

void ResponseReader::feed(std::string_view bytes) {
  buffer_.erase(0, consumed_);
  consumed_ = 0;
  buffer_ += bytes;
}

void ResponseReader::discard_input() { *this = ResponseReader(limits_); }

std::string ResponseReader::take_input() {
  auto input = buffer_.substr(consumed_);
  discard_input();
  return input;
}

std::optional<Event> ResponseReader::next() {
  while (state_ != State::lost) {
    if (state_ == State::streamed_end) {
      state_ = State::line;
      if (!oversized_) return LiteralEnd{};
    }
    if (consumed_ == buffer_.size() && !(state_ == State::inlined_literal && literal_left_ == 0)) break;
    if (state_ == State::line) {
      if (auto event = read_line()) return event;
    } else if (state_ == State::streamed_literal) {
      if (auto event = read_streamed_literal()) return event;
    } else {
      auto& literal = frame_.literals.back();
      literal.bytes += take(literal_left_);
      literal_left_ = literal.size - literal.bytes.size();
      if (literal_left_ == 0) state_ = State::line;
    }
  }
  return std::nullopt;
}

std::string_view ResponseReader::take(std::size_t bytes_max) {
  const auto taken = std::string_view(buffer_).substr(consumed_, bytes_max);
  consumed_ += taken.size();
  return taken;
}

// Takes what there is of the line, so that a line that comes in a thousand pieces is looked at once.
std::optional<Event> ResponseReader::read_line() {
  const auto pending = std::string_view(buffer_).substr(consumed_);
  const auto end = pending.find('\n');
  if (end == std::string_view::npos) {
    append_to_line(take(pending.size()));
    return std::nullopt;
  }
  append_to_line(take(end + 1).substr(0, end));
  if (frame_.text.ends_with('\r')) frame_.text.pop_back();
  return end_line();
}

void ResponseReader::append_to_line(std::string_view text) {
  const auto old_size = frame_.text.size();
  frame_.text += text;
  std::replace(frame_.text.begin() + static_cast<std::ptrdiff_t>(old_size), frame_.text.end(), literal_mark,
               '?');
  if (!oversized_ && frame_.text.size() > limits_.line_bytes_max) {
    oversized_ = true;
    free_text_ = ends_in_free_text(frame_.text);
  }
  if (oversized_ && frame_.text.size() > kept_tail_bytes) {
    frame_.text.erase(0, frame_.text.size() - kept_tail_bytes);
  }
}

std::optional<Event> ResponseReader::end_line() {
  const auto announcement = find_announcement(frame_.text);
  if (!announcement || (oversized_ ? free_text_ : ends_in_free_text(frame_.text))) return complete();
  if (!announcement->octets || *announcement->octets > limits_.literal_octets_max) {
    return lose("a literal is longer than any message");
  }
  frame_.text.erase(announcement->position);
  return begin_literal(*announcement->octets);
}

std::optional<Event> ResponseReader::begin_literal(std::uint64_t size) {
  literal_left_ = size;
  const bool streamed = oversized_ || size > limits_.inline_literal_bytes_max ||
                        inlined_bytes_ + size > limits_.inline_literals_bytes_max;
  if (frame_.literals.size() >= limits_.literals_max) {
    oversized_ = true;
    frame_.literals.clear();
  }
  if (!streamed && !oversized_) {
    inlined_bytes_ += size;
    frame_.text += literal_mark;
    frame_.literals.push_back({size, false, {}});
    state_ = State::inlined_literal;
    return std::nullopt;
  }
  state_ = size == 0 ? State::streamed_end : State::streamed_literal;
  if (oversized_) return std::nullopt;
  LiteralBegin begin{size, frame_.text};
  frame_.text += literal_mark;
  frame_.literals.push_back({size, true, {}});
  return begin;
}

std::optional<Event> ResponseReader::read_streamed_literal() {
  const auto piece = take(static_cast<std::size_t>(std::min<std::uint64_t>(literal_left_, buffer_.size())));
  literal_left_ -= piece.size();
  if (literal_left_ == 0) state_ = State::streamed_end;
  if (oversized_) return std::nullopt;
  return LiteralData{piece};
}

Event ResponseReader::complete() {
  Frame frame = std::exchange(frame_, {});
  inlined_bytes_ = 0;
  if (std::exchange(oversized_, false))
    return Malformed{damage("a response exceeds its limit", ErrorScope::item)};
  auto response = parse_response(frame, limits_);
  if (!response) return Malformed{std::move(response).error()};
  return *std::move(response);
}

Event ResponseReader::lose(std::string_view reason) {
  state_ = State::lost;
  return Unreadable{damage(reason, ErrorScope::account)};
}

}  // namespace hermod::imap
