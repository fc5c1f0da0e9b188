#include <core/mime/hidden_types.hpp>

#include <algorithm>

#include <core/mime/ascii.hpp>

namespace hermod::mime {
namespace {

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

}  // namespace

void hide_message_type(std::string& text, std::size_t line) {
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

}  // namespace hermod::mime
