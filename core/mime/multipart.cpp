#include <core/mime/multipart.hpp>

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

#include <core/mime/ascii.hpp>

namespace hermod::mime {
namespace {

// GMime compares each such line with every open boundary (1,024 at most) and gives each part about 1.4 KB.
constexpr std::size_t delimiter_lines_max = 50'000;
constexpr std::size_t boundary_bytes_max = 256;      // RFC 2046 allows 70
constexpr std::size_t body_bytes_max = 0xFFFF'0000;  // GByteArray counts in 32 bits

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
struct FreeOptions {
  void operator()(GMimeParserOptions* options) const { g_mime_parser_options_free(options); }
};

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && ascii_space(text[at])) ++at;
  return at;
}

// Blanks, line folds and comments.
std::size_t skip_comments(std::string_view text, std::size_t at) {
  at = skip_blanks(text, at);
  for (std::size_t depth = 0; at < text.size() && (depth > 0 || text[at] == '('); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '(')
      ++depth;
    else if (text[at] == ')' && --depth == 0)
      at = skip_blanks(text, at + 1) - 1;
  }
  return std::min(at, text.size());
}

// Overwrites the second letter of `word` if it stands at `at`, so that GMime takes the type for an unknown
// one.
void hide_word(std::string& text, std::size_t at, std::string_view word) {
  if (ascii_starts_with(std::string_view(text).substr(at), word)) text[at + 1] = '0';
}

// "Content-Type: message/…" and "multipart/digest" (whose parts are messages by default).
void hide_messages_in_line(std::string& text, std::size_t line) {
  constexpr std::string_view name = "content-type";
  if (!ascii_starts_with(std::string_view(text).substr(line), name)) return;
  std::size_t at = line + name.size();
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  if (at >= text.size() || text[at] != ':') return;
  at = skip_comments(text, at + 1);
  hide_word(text, at, "message");
  if (!ascii_starts_with(std::string_view(text).substr(at), "multipart")) return;
  const std::size_t slash = skip_comments(text, at + 9);
  if (slash < text.size() && text[slash] == '/') hide_word(text, skip_comments(text, slash + 1), "digest");
}

// Returns false if there are too many lines that may be delimiters.
bool prepare(std::string& text, std::size_t from) {
  std::size_t delimiters = 0;
  for (std::size_t line = from; line < text.size();) {
    if (ascii_lower(text[line]) == 'c') hide_messages_in_line(text, line);
    if (text[line] == '-' && line + 1 < text.size() && text[line + 1] == '-' &&
        ++delimiters > delimiter_lines_max)
      return false;
    const std::size_t newline = text.find('\n', line);
    if (newline == std::string::npos) break;
    line = newline + 1;
  }
  return true;
}

// Where lines are that GMime does not take for header fields: the text of a part without the blank line.
using InvalidLines = std::vector<std::size_t>;
void keep_invalid_line(gint64 offset, GMimeParserWarning code, const gchar* /*item*/, gpointer lines) {
  if (code == GMIME_CRIT_INVALID_HEADER_NAME && offset >= 0)
    static_cast<InvalidLines*>(lines)->push_back(static_cast<std::size_t>(offset));
}

// Walks GMime's tree in the order of the bytes and maps it back to `body`.
class PieceReader {
 public:
  PieceReader(std::string_view body, std::size_t prefix, const InvalidLines& invalid,
              const MultipartLimits& limits)
      : body_(body), prefix_(prefix), invalid_(invalid), left_(limits.pieces), depth_max_(limits.depth) {}

  std::vector<Piece> children_of(GMimeMultipart* multipart, std::size_t depth) {
    std::vector<Piece> pieces;
    const int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count; ++i) {
      if (left_ == 0 || depth > depth_max_) {
        limited_ = true;
        break;
      }
      --left_;
      pieces.push_back(read(g_mime_multipart_get_part(multipart, i), depth));
    }
    return pieces;
  }
  bool limited() const { return limited_; }

 private:
  Piece read(GMimeObject* object, std::size_t depth) {
    Piece piece;
    const std::optional<std::size_t> header = first_header(object);
    if (GMIME_IS_MULTIPART(object)) {
      auto* multipart = GMIME_MULTIPART(object);
      piece.is_multipart = true;
      piece.bytes = view(header.value_or(at_), prefix_ + body_.size());
      at_ = std::max(at_, header.value_or(at_));
      piece.children = children_of(multipart, depth + 1);
      const char* prologue = g_mime_multipart_get_prologue(multipart);
      if (piece.children.empty() && prologue != nullptr) piece.prologue = prologue;
      return piece;
    }
    if (!GMIME_IS_PART(object)) return piece;
    GMimeDataWrapper* content = g_mime_part_get_content(GMIME_PART(object));
    GMimeStream* stream = content == nullptr ? nullptr : g_mime_data_wrapper_get_stream(content);
    if (stream == nullptr) return piece;
    const auto content_start = static_cast<std::size_t>(stream->bound_start);
    const std::size_t end =
        stream->bound_end < 0 ? prefix_ + body_.size() : static_cast<std::size_t>(stream->bound_end);
    piece.bytes = view(
        std::min({content_start, header.value_or(content_start), invalid_line_before(content_start)}), end);
    at_ = std::max(at_, end);
    return piece;
  }

  static std::optional<std::size_t> first_header(GMimeObject* object) {
    GMimeHeaderList* headers = g_mime_object_get_header_list(object);
    if (g_mime_header_list_get_count(headers) == 0) return std::nullopt;
    const gint64 offset = g_mime_header_get_offset(g_mime_header_list_get_header_at(headers, 0));
    if (offset < 0) return std::nullopt;
    return static_cast<std::size_t>(offset);
  }

  // The first one behind the previous part and before `content_start`, or `content_start`.
  std::size_t invalid_line_before(std::size_t content_start) {
    while (next_invalid_ < invalid_.size() && invalid_[next_invalid_] < at_) ++next_invalid_;
    if (next_invalid_ == invalid_.size() || invalid_[next_invalid_] >= content_start) return content_start;
    return invalid_[next_invalid_];
  }

  std::string_view view(std::size_t start, std::size_t end) const {
    start = std::min(std::max(start, prefix_) - prefix_, body_.size());
    end = std::min(std::max(end, prefix_) - prefix_, body_.size());
    return body_.substr(start, std::max(end, start) - start);
  }

  std::string_view body_;
  std::size_t prefix_;
  const InvalidLines& invalid_;
  std::size_t next_invalid_ = 0;
  std::size_t left_;
  std::size_t depth_max_;
  std::size_t at_ = 0;  // what lies before has been given to a piece
  bool limited_ = false;
};

// The tree refers to `array`, which stays the caller's.
std::unique_ptr<GMimeObject, Unref> parse(GByteArray& array, InvalidLines& invalid) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { g_mime_init(); });
  const std::unique_ptr<GMimeStream, Unref> stream(g_mime_stream_mem_new());
  g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream.get()), &array);
  g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream.get()), FALSE);
  const std::unique_ptr<GMimeParserOptions, FreeOptions> options(g_mime_parser_options_new());
  g_mime_parser_options_set_warning_callback(options.get(), keep_invalid_line, &invalid);
  const std::unique_ptr<GMimeParser, Unref> parser(g_mime_parser_new_with_stream(stream.get()));
  g_mime_parser_set_persist_stream(parser.get(), TRUE);  // parts then tell where they are
  return std::unique_ptr<GMimeObject, Unref>(g_mime_parser_construct_part(parser.get(), options.get()));
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
  std::string text = "Content-Type: multipart/mixed; boundary=\"" + std::string(boundary) + "\"\n\n";
  const std::size_t prefix = text.size();
  text.append(body);
  if (!prepare(text, prefix)) return {{}, true};
  InvalidLines invalid;
  GByteArray array{reinterpret_cast<guint8*>(text.data()), static_cast<guint>(text.size())};
  const auto root = parse(array, invalid);
  if (!root || !GMIME_IS_MULTIPART(root.get())) return {};
  PieceReader reader(body, prefix, invalid, limits);
  MultipartPieces result;
  result.pieces = reader.children_of(GMIME_MULTIPART(root.get()), 1);
  result.limited = reader.limited();
  return result;
}

std::string_view likely_boundary(std::string_view body) {
  for (std::size_t line = 0; line < body.size();) {
    const std::size_t end = std::min(body.find('\n', line), body.size());
    std::string_view text = body.substr(line, end - line);
    line = end + 1;
    while (!text.empty() && ascii_space(text.back())) text.remove_suffix(1);
    if (!text.starts_with("--") || text.size() < 4) continue;
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
