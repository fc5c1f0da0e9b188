#include <core/mime/html_style.hpp>

#include <algorithm>
#include <charconv>

#include <core/mime/ascii.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t style_bytes_max = 2048;

// The number a value starts with; nothing if it starts with none.
std::optional<double> number(std::string_view value) {
  double parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end == value.data()) return std::nullopt;
  return parsed;
}

bool is_tiny(std::string_view size) {
  const auto value = number(size);
  if (!value) return false;
  const bool pixels = size.ends_with("px") || size.ends_with("pt") || ascii_digit(size.back());
  return *value <= 0 || (pixels && *value <= 1);
}

std::string_view without_important(std::string_view value) {
  return trimmed(value.substr(0, value.find('!')));
}

void read_property(std::string_view name, std::string_view value, HtmlStyle& style) {
  if (name == "display") style.removed |= ascii_equal(value, "none");
  if (name == "mso-hide") style.removed |= ascii_equal(value, "all");
  if (name == "opacity" || name == "max-height" || name == "max-width") style.removed |= number(value) == 0.0;
  if (name == "visibility") style.unseen = ascii_equal(value, "hidden") || ascii_equal(value, "collapse");
  if (name == "font-size" && !value.empty()) style.unseen = is_tiny(value);
  if (name == "color") style.white_text = is_white(value);
  if (name == "background" || name == "background-color")
    style.background = !is_white(value) && !ascii_equal(value, "transparent") && !ascii_equal(value, "none");
}

}  // namespace

bool is_white(std::string_view color) {
  std::string compact = ascii_lowered(color.substr(0, 32));
  std::erase(compact, ' ');
  for (const std::string_view white : {"white", "#fff", "#ffffff", "rgb(255,255,255)"})
    if (compact == white) return true;
  return false;
}

HtmlStyle read_style(std::string_view style) {
  HtmlStyle result;
  style = style.substr(0, style_bytes_max);
  while (!style.empty()) {
    const std::size_t end = std::min(style.find(';'), style.size());
    const std::string_view declaration = style.substr(0, end);
    const std::size_t colon = declaration.find(':');
    if (colon != std::string_view::npos)
      read_property(ascii_lowered(trimmed(declaration.substr(0, colon))),
                    without_important(declaration.substr(colon + 1)), result);
    style.remove_prefix(std::min(end + 1, style.size()));
  }
  return result;
}

}  // namespace hermod::mime
