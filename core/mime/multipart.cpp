#include <core/mime/multipart.hpp>

#include <algorithm>

#include <core/mime/ascii.hpp>
#include <core/mime/gmime_library.hpp>
#include <core/mime/hidden_types.hpp>

namespace hermod::mime {
namespace {

// GMime compares each such line with every open boundary (1,024 at most) and gives each part about 1.4 KB.
constexpr std::size_t delimiter_lines_max = 50'000;
constexpr std::size_t boundary_bytes_max = 256;      // RFC 2046 allows 70
constexpr std::size_t body_bytes_max = 0xFFFF'0000;  // GByteArray counts in 32 bits
constexpr std::size_t kept_behind_delimiter = std::size_t{1} << 20;  // no header block is longer

// What GMime is given: the body behind a header of ours, without the middle of long leaves, so that a message of
// 150 MB costs no second one. Lines that may be delimiters are kept with what is in front of and behind them.
class Skeleton {
 public:
  Skeleton(std::string header, std::string_view body) : text(std::move(header)), prefix_(text.size()) {
    std::size_t copied = 0;                      // the body up to here is in the text, or left out
    std::size_t kept = kept_behind_delimiter;    // up to here it is to be copied
    for (std::size_t at = body.find("\n--"); at != std::string_view::npos; at = body.find("\n--", at + 1)) {
      if (at > kept) copied = leave_out(body, copied, kept, body.rfind('\n', at - 1) + 1);
      kept = at + kept_behind_delimiter;
    }
    if (body.size() > kept) copied = leave_out(body, copied, kept, body.rfind('\n', body.size() - 2) + 1);
    text.append(body.substr(copied));
  }

  // Where in the body that offset in the text is.
  std::size_t in_body(std::size_t offset) const {
    std::size_t at = offset - std::min(offset, prefix_);
    for (const Gap& gap : gaps_) {
      if (gap.at > at) break;
      at += gap.bytes;
    }
    return at;
  }

  std::string text;
  std::size_t prefix() const { return prefix_; }

 private:
  struct Gap {
    std::size_t at, bytes;  // both in the body
  };

  // Copies up to the end of the line at `kept` and skips to `next`, the start of a line; gives what is done by then.
  std::size_t leave_out(std::string_view body, std::size_t copied, std::size_t kept, std::size_t next) {
    const std::size_t end = std::min(body.find('\n', kept), body.size() - 1) + 1;
    if (next <= end) return copied;
    text.append(body.substr(copied, end - copied));
    gaps_.push_back({end, next - end});
    return next;
  }

  std::size_t prefix_;
  std::vector<Gap> gaps_;
};

// Returns false if there are too many lines that may be delimiters.
bool prepare(std::string& text, std::size_t from) {
  std::size_t delimiters = 0;
  for (std::size_t line = from; line < text.size();) {
    if (ascii_lower(text[line]) == 'c') hide_message_type(text, line);
    if (text[line] == '-' && line + 1 < text.size() && text[line + 1] == '-' &&
        ++delimiters > delimiter_lines_max)
      return false;
    const std::size_t newline = text.find('\n', line);
    if (newline == std::string::npos) break;
    line = newline + 1;
  }
  return true;
}

// A line of dashes and boundary, as offsets in the text it was found in.
struct Delimiter {
  std::size_t start = std::string_view::npos;  // npos: there is none
  std::size_t next = std::string_view::npos;   // behind its line end
  bool closing = false;
  bool found() const { return start != std::string_view::npos; }
};

// The first one in [from, end); `delimiter` is "--boundary".
Delimiter find_delimiter(std::string_view text, std::size_t from, std::size_t end,
                         std::string_view delimiter) {
  text = text.substr(0, end);
  for (std::size_t at = text.find(delimiter, from); at < text.size(); at = text.find(delimiter, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    const std::size_t line_end = std::min(text.find('\n', at), text.size());
    std::string_view rest = text.substr(at + delimiter.size(), line_end - at - delimiter.size());
    const bool closing = rest.starts_with("--");
    if (closing) rest.remove_prefix(2);
    if (trimmed(rest).empty()) return {at, std::min(line_end + 1, text.size()), closing};
  }
  return {};
}

// Walks GMime's tree in the order of the bytes. GMime tells what is within what and where leaves end; where
// pieces start is found by their delimiters, since it takes a delimiter in front of the blank line for an
// invalid header.
class PieceReader {
 public:
  PieceReader(std::string_view body, const Skeleton& skeleton, const MultipartLimits& limits)
      : text_(body), skeleton_(skeleton), left_(limits.pieces), depth_max_(limits.depth) {}

  std::vector<Piece> children_of(GMimeMultipart* multipart, std::size_t depth) {
    std::vector<Piece> pieces;
    const std::string delimiter = delimiter_of(multipart);
    const int count = g_mime_multipart_get_count(multipart);
    limited_ |= depth > depth_max_;
    for (int i = 0; i < count && !limited_; ++i) {
      const Delimiter before = find_delimiter(text_, at_, text_.size(), delimiter);
      if (!before.found() || before.closing) break;
      at_ = before.next;
      GMimeObject* object = g_mime_multipart_get_part(multipart, i);
      if (GMIME_IS_MULTIPART(object))
        add(read_multipart(GMIME_MULTIPART(object), delimiter, depth), pieces);
      else
        add_leaves(at_, leaf_end(object), delimiter, pieces);
    }
    return pieces;
  }

  // The pieces of a multipart in which GMime found none.
  std::vector<Piece> leaves_of(GMimeMultipart* multipart) {
    std::vector<Piece> pieces;
    const std::string delimiter = delimiter_of(multipart);
    const Delimiter first = find_delimiter(text_, at_, text_.size(), delimiter);
    if (first.found() && !first.closing) add_leaves(first.next, text_.size(), delimiter, pieces);
    return pieces;
  }

  bool limited() const { return limited_; }

 private:
  static std::string delimiter_of(GMimeMultipart* multipart) {
    const char* boundary = g_mime_multipart_get_boundary(multipart);
    return "--" + std::string(boundary == nullptr ? "" : boundary);
  }

  void add(Piece piece, std::vector<Piece>& pieces) {
    limited_ |= left_ == 0;
    if (limited_) return;
    --left_;
    pieces.push_back(std::move(piece));
  }

  Piece read_multipart(GMimeMultipart* multipart, std::string_view parent_delimiter, std::size_t depth) {
    Piece piece;
    piece.is_multipart = true;
    const std::size_t start = at_;
    if (g_mime_multipart_get_count(multipart) > 0) {
      piece.children = children_of(multipart, depth + 1);
      skip_closing(delimiter_of(multipart));
      piece.bytes = text_.substr(start, at_ - start);
    } else {
      at_ = std::min(find_delimiter(text_, start, text_.size(), parent_delimiter).start, text_.size());
      piece.bytes = without_line_end(text_.substr(start, at_ - start));
    }
    return piece;
  }

  // The closing delimiter right behind the last part, which may be the parent's delimiter, too.
  void skip_closing(std::string_view delimiter) {
    const std::size_t line = std::min(text_.find_first_not_of("\r\n", at_), text_.size());
    const std::size_t end = std::min(text_.find('\n', line), text_.size());
    const Delimiter closing = find_delimiter(text_, line, end, delimiter);
    if (closing.start == line && closing.closing) at_ = end;
  }

  std::size_t leaf_end(GMimeObject* object) const {
    GMimeDataWrapper* content = GMIME_IS_PART(object) ? g_mime_part_get_content(GMIME_PART(object)) : nullptr;
    GMimeStream* stream = content == nullptr ? nullptr : g_mime_data_wrapper_get_stream(content);
    if (stream == nullptr) {  // headers without a blank line: they end in front of some delimiter
      const std::size_t end = text_.substr(at_).starts_with("--") ? at_ : text_.find("\n--", at_);
      return std::min(end, text_.size());
    }
    if (stream->bound_end < 0) return text_.size();
    return std::clamp(skeleton_.in_body(static_cast<std::size_t>(stream->bound_end)), at_, text_.size());
  }

  // What is between `start` and `end`, which is one leaf unless there are delimiters in it.
  void add_leaves(std::size_t start, std::size_t end, std::string_view delimiter,
                  std::vector<Piece>& pieces) {
    at_ = end;
    while (!limited_) {
      const Delimiter inner = find_delimiter(text_, start, end, delimiter);
      const std::size_t stop = std::min(inner.start, end);
      const std::string_view bytes = text_.substr(start, stop - start);
      add({inner.found() ? without_line_end(bytes) : bytes, {}, false}, pieces);
      if (!inner.found() || inner.closing) return;
      start = inner.next;
    }
  }

  // The line end in front of a delimiter belongs to it.
  static std::string_view without_line_end(std::string_view bytes) {
    if (bytes.ends_with('\n')) bytes.remove_suffix(1);
    if (bytes.ends_with('\r')) bytes.remove_suffix(1);
    return bytes;
  }

  std::string_view text_;
  const Skeleton& skeleton_;
  std::size_t left_;
  std::size_t depth_max_;
  std::size_t at_ = 0;  // what lies before has been given to a piece
  bool limited_ = false;
};

// The tree refers to `array`, which stays the caller's.
Owned<GMimeObject> parse(GByteArray& array) {
  start_gmime();
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream.get()), &array);
  g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream.get()), FALSE);
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  g_mime_parser_set_persist_stream(parser.get(), TRUE);  // parts then tell where they are
  return Owned<GMimeObject>(g_mime_parser_construct_part(parser.get(), nullptr));
}

bool is_boundary(std::string_view token) {
  return !token.empty() && token.size() <= boundary_bytes_max && std::ranges::none_of(token, [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ';
  });
}

}  // namespace

MultipartPieces split_multipart(std::string_view body, std::string_view boundary,
                                const MultipartLimits& limits) {
  if (!is_boundary(boundary)) return {};
  if (body.size() > body_bytes_max) return {{}, true};
  Skeleton skeleton("Content-Type: multipart/mixed; boundary=\"" + std::string(boundary) + "\"\n\n", body);
  std::string& text = skeleton.text;
  if (!prepare(text, skeleton.prefix())) return {{}, true};
  GByteArray array{reinterpret_cast<guint8*>(text.data()), static_cast<guint>(text.size())};
  const auto root = parse(array);
  if (!root || !GMIME_IS_MULTIPART(root.get())) return {};
  // GMime's copy has the prefix and the hidden types; the pieces are of the message itself.
  PieceReader reader(body, skeleton, limits);
  MultipartPieces result;
  result.pieces = reader.children_of(GMIME_MULTIPART(root.get()), 1);
  if (result.pieces.empty()) result.pieces = reader.leaves_of(GMIME_MULTIPART(root.get()));
  result.limited = reader.limited();
  return result;
}

std::string_view likely_boundary(std::string_view body) {
  for (std::size_t line = 0; line < body.size();) {
    const std::size_t end = std::min(body.find('\n', line), body.size());
    std::string_view text = body.substr(line, end - line);
    line = end + 1;
    while (!text.empty() && ascii_space(text.back())) text.remove_suffix(1);
    if (!text.starts_with("--") || text.size() < 3) continue;
    text.remove_prefix(2);
    // A signature's rule or quoted dashes are none; and a boundary stands in front of a header.
    const bool only_dashes = text.find_first_not_of("-_=* ") == std::string_view::npos;
    if (!only_dashes && is_boundary(text) &&
        ascii_starts_with(body.substr(std::min(line, body.size())), "content-"))
      return text;
  }
  return {};
}

}  // namespace hermod::mime
