#include <core/mime/plain_text.hpp>

#include <algorithm>
#include <optional>

namespace hermod::mime {
namespace {

// Cuts off the first line without its line end.
std::string_view take_line(std::string_view& rest) {
  const std::size_t newline = rest.find('\n');
  std::string_view line = rest.substr(0, newline);
  rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

struct Paragraph {
  std::size_t quote_depth = 0;
  std::string text;
};

// Hands out the paragraphs of a text in order.
class ParagraphReader {
 public:
  ParagraphReader(std::string_view text, TextFormat format) : rest_(text), format_(format) {}

  std::optional<Paragraph> next() {
    if (rest_.empty()) return std::nullopt;
    if (format_ == TextFormat::fixed) return Paragraph{0, std::string(take_line(rest_))};
    Paragraph paragraph;
    bool first = true, flows = true;
    while (flows && !rest_.empty()) {
      std::string_view after = rest_;
      std::string_view line = take_line(after);
      const std::size_t depth = take_quotes(line);
      const bool signature = line == "-- ";
      // A line of another depth, or the signature's rule, ends what flowed into it (§4.5, §4.3).
      if (!first && (depth != paragraph.quote_depth || signature)) break;
      rest_ = after;
      paragraph.quote_depth = depth;
      first = false;
      flows = line.ends_with(' ') && !signature;
      if (flows && format_ == TextFormat::flowed_delete) line.remove_suffix(1);
      paragraph.text.append(line);
    }
    return paragraph;
  }

 private:
  static std::size_t take_quotes(std::string_view& line) {
    const std::size_t depth = std::min(line.find_first_not_of('>'), line.size());
    line.remove_prefix(depth);
    if (line.starts_with(' ')) line.remove_prefix(1);  // stuffed (§4.4)
    return std::min(depth, quote_depth_max);
  }

  std::string_view rest_;
  TextFormat format_;
};

void append_escaped(std::string& html, std::string_view line, std::size_t bytes_max) {
  bool behind_blank = true;  // browsers drop leading and repeated blanks
  for (const char c : line) {
    if (html.size() >= bytes_max) return;
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\t':
        html += "&nbsp;&nbsp;&nbsp; ";
        break;
      case ' ':
        html += behind_blank ? "&nbsp;" : " ";
        break;
      default:
        html += c;
    }
    behind_blank = c == ' ' || c == '\t';
  }
}

}  // namespace

std::string unflowed(std::string_view text, TextFormat format) {
  std::string result;
  result.reserve(text.size());
  ParagraphReader reader(text, format);
  while (const auto paragraph = reader.next()) {
    for (std::size_t i = 0; i < paragraph->quote_depth; ++i) result += "> ";
    result.append(paragraph->text).append("\n");
  }
  return result;
}

std::string plain_text_to_html(std::string_view text, TextFormat format, std::size_t bytes_max) {
  std::string html = "<div>";
  html.reserve(text.size() + text.size() / 8);
  std::size_t depth = 0;
  ParagraphReader reader(text, format);
  while (const auto paragraph = html.size() < bytes_max ? reader.next() : std::nullopt) {
    for (; depth < paragraph->quote_depth; ++depth) html += "<blockquote type=\"cite\">";
    for (; depth > paragraph->quote_depth; --depth) html += "</blockquote>";
    append_escaped(html, paragraph->text, bytes_max);
    html += "<br>\n";
  }
  for (; depth > 0; --depth) html += "</blockquote>";
  return html + "</div>";
}

}  // namespace hermod::mime
