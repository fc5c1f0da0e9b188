#include <core/mime/encoded_word.hpp>

#include <algorithm>
#include <optional>

#include <core/mime/ascii.hpp>
#include <core/mime/charset.hpp>
#include <core/mime/transfer_encoding.hpp>
#include <core/mime/utf8.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t charset_bytes_max = 72;  // with RFC 2231's language
constexpr std::size_t word_bytes_max = 1000;   // RFC 2047 allows 75

struct EncodedWord {
  std::string_view charset;
  char encoding = 'q';
  std::string_view payload;
  std::size_t length = 0;  // of the whole word in the text
};

// The "=?charset?Q?" at the start of the text, without its payload.
std::optional<EncodedWord> word_start(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  const std::size_t charset_end = text.substr(0, charset_bytes_max).find('?', 2);
  if (charset_end == std::string_view::npos || charset_end == 2) return std::nullopt;
  if (charset_end + 2 >= text.size() || text[charset_end + 2] != '?') return std::nullopt;
  EncodedWord word;
  word.charset = text.substr(2, charset_end - 2);
  word.encoding = ascii_lower(text[charset_end + 1]);
  word.length = charset_end + 3;
  const bool plausible =
      std::ranges::none_of(word.charset, [](char c) { return ascii_space(c) || c == '='; });
  if (!plausible || (word.encoding != 'q' && word.encoding != 'b')) return std::nullopt;
  return word;
}

// A word without its end goes on to the next word or to the end of the text.
std::optional<EncodedWord> word_at(std::string_view text) {
  auto word = word_start(text);
  if (!word) return word;
  const std::string_view rest = text.substr(word->length);
  std::size_t end = rest.size(), next = end;
  for (std::size_t mark = rest.find('?'); mark != std::string_view::npos; mark = rest.find('?', mark + 1)) {
    if (rest.substr(mark).starts_with("?=")) {
      end = mark;
      next = mark + 2;
      break;
    }
    if (mark > 0 && word_start(rest.substr(mark - 1))) {
      end = next = mark - 1;
      break;
    }
  }
  word->payload = rest.substr(0, end);
  word->length += next;
  return word;
}

// Bytes of neighbouring words that share a charset, waiting to be converted together.
class HeaderText {
 public:
  void add_plain(std::string_view text) {
    if (text.empty()) return;
    flush();
    const bool plain = is_ascii(text) && text.find('\x1B') == std::string_view::npos;
    out_ += plain ? std::string(text) : decode_charset(text, "").text;
  }
  void add_word(const EncodedWord& word) {
    if (!ascii_equal(word.charset, charset_)) flush();
    charset_ = word.charset;
    if (word.encoding == 'b')
      append_base64(pending_, word.payload);
    else
      append_q_encoding(pending_, word.payload);
  }
  std::string finish() {
    flush();
    return std::move(out_);
  }

 private:
  void flush() {
    if (!pending_.empty()) out_ += decode_charset(pending_, charset_).text;
    pending_.clear();
    charset_ = {};
  }

  std::string out_, pending_;
  std::string_view charset_;
};

bool is_control(std::int32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029; }

std::string without_controls(std::string text) {
  const bool clean = std::ranges::none_of(
      text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F || c == '\xC2' || c == '\xE2'; });
  if (!clean) {
    std::string spaced;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t start = at;
      if (is_control(next_code_point(text, at)))
        spaced += ' ';
      else
        spaced.append(text, start, at - start);
    }
    text = std::move(spaced);
  }
  return std::string(trimmed(text));
}

}  // namespace

std::size_t encoded_word_length(std::string_view text) {
  const auto word = word_at(text.substr(0, word_bytes_max));
  return word && text.substr(0, word->length).ends_with("?=") ? word->length : 0;
}

std::string decode_header_text(std::string_view text) {
  if (text.find("=?") == std::string_view::npos) {
    HeaderText plain;
    plain.add_plain(text);
    return without_controls(plain.finish());
  }
  HeaderText decoded;
  bool behind_word = false;
  while (!text.empty()) {
    const std::size_t plain_end = std::min(text.find("=?"), text.size());
    const std::string_view plain = text.substr(0, plain_end);
    text.remove_prefix(plain_end);
    const auto word = word_at(text);
    // Blanks between two words are not part of the text (§6.2).
    if (!(behind_word && word && trimmed(plain).empty())) decoded.add_plain(plain);
    if (word) {
      decoded.add_word(*word);
    } else {
      decoded.add_plain(text.substr(0, 2));
    }
    behind_word = word.has_value();
    text.remove_prefix(word ? word->length : std::min<std::size_t>(2, text.size()));
  }
  return without_controls(decoded.finish());
}

}  // namespace hermod::mime
