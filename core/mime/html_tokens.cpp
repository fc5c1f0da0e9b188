#include <core/mime/html_tokens.hpp>

#include <libxml/HTMLparser.h>

#include <algorithm>

#include <core/mime/ascii.hpp>
#include <core/mime/html_elements.hpp>
#include <core/mime/utf8.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t reference_bytes_max = 12;  // the longest named one of HTML 4 has 8 letters
constexpr std::size_t name_bytes_max = 64;

bool ends_name(char c) { return ascii_space(c) || c == '>' || c == '/'; }

// "&#233;" and "&#xe9;"; the ';' may be missing.
std::size_t append_number(std::string& out, std::string_view text) {
  std::size_t at = 2;
  const bool hex = at < text.size() && ascii_lower(text[at]) == 'x';
  if (hex) ++at;
  const std::size_t start = at;
  std::uint32_t value = 0;
  for (; at < text.size() && (hex ? hex_value(text[at]) >= 0 : ascii_digit(text[at])); ++at)
    value = std::min<std::uint32_t>(value * (hex ? 16 : 10) + static_cast<unsigned>(hex_value(text[at])),
                                    0x110000);
  if (at == start) return 0;
  const bool valid = value > 0 && value < 0x110000 && (value < 0xD800 || value > 0xDFFF);
  append_code_point(out, valid ? char32_t{value} : char32_t{0xFFFD});
  return at + (at < text.size() && text[at] == ';' ? 1 : 0);
}

std::uint32_t named_character(std::string_view name) {
  // The usual ones first: the table behind is searched from its start.
  struct Named {
    std::string_view name;
    std::uint32_t value;
  };
  constexpr Named usual[] = {{"nbsp", 0xA0},    {"amp", '&'},      {"lt", '<'},      {"gt", '>'},
                             {"quot", '"'},     {"apos", '\''},    {"zwnj", 0x200C}, {"shy", 0xAD},
                             {"copy", 0xA9},    {"rsquo", 0x2019}, {"zwj", 0x200D},  {"mdash", 0x2014},
                             {"ndash", 0x2013}, {"bull", 0x2022}};
  for (const Named& named : usual)
    if (named.name == name) return named.value;
  const auto* entity = htmlEntityLookup(reinterpret_cast<const xmlChar*>(std::string(name).c_str()));
  return entity == nullptr ? 0 : entity->value;
}

}  // namespace

std::size_t append_reference(std::string& out, std::string_view text) {
  if (text.starts_with("&#")) return append_number(out, text);
  std::size_t end = 1;
  while (end < text.size() && end < reference_bytes_max &&
         (ascii_letter(text[end]) || ascii_digit(text[end])))
    ++end;
  // Without its ';' a name may be part of a URL ("&copy=1").
  if (end == 1 || end >= text.size() || text[end] != ';') return 0;
  const std::uint32_t character = named_character(text.substr(1, end - 1));
  if (character == 0) return 0;
  append_code_point(out, character);
  return end + 1;
}

std::string decode_references(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('&'), text.size());
    decoded.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = append_reference(decoded, text);
    if (length == 0) decoded += '&';
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return decoded;
}

const std::string_view* HtmlToken::attribute(std::string_view attribute_name) const {
  for (const HtmlAttribute& attribute : attributes)
    if (ascii_equal(attribute.name, attribute_name)) return &attribute.value;
  return nullptr;
}

const HtmlToken& HtmlTokenizer::next() {
  while (at_ < html_.size()) {
    if (html_[at_] == '<') {
      if (read_markup()) return token_;
      continue;
    }
    const std::size_t end = std::min(html_.find('<', at_), html_.size());
    token_.kind = HtmlToken::Kind::text;
    token_.text = html_.substr(at_, end - at_);
    at_ = end;
    return token_;
  }
  token_.kind = HtmlToken::Kind::end;
  return token_;
}

// At a '<'. True if it gave a token.
bool HtmlTokenizer::read_markup() {
  const char first = at_ + 1 < html_.size() ? html_[at_ + 1] : '\0';
  const char second = at_ + 2 < html_.size() ? html_[at_ + 2] : '\0';
  if (html_.substr(at_).starts_with("<!--")) {
    skip_comment();
    return false;
  }
  if (ascii_letter(first) || (first == '/' && ascii_letter(second))) {
    token_.kind = first == '/' ? HtmlToken::Kind::end_tag : HtmlToken::Kind::start_tag;
    read_tag(at_ + (first == '/' ? 2 : 1));
    return true;
  }
  if (first == '!' || first == '?' || first == '/') {
    at_ = std::min(html_.find('>', at_), html_.size() - 1) + 1;
    return false;
  }
  token_.kind = HtmlToken::Kind::text;  // a '<' of the text
  token_.text = html_.substr(at_, 1);
  ++at_;
  return true;
}

void HtmlTokenizer::skip_comment() {
  std::size_t end = comments_open_ ? std::string_view::npos : html_.find("-->", at_ + 2);
  if (end == std::string_view::npos) {
    comments_open_ = true;  // then only the tag is left out, not all of the text
    end = html_.find('>', at_);
    at_ = std::min(end, html_.size() - 1) + 1;
    return;
  }
  at_ = end + 3;
}

void HtmlTokenizer::read_tag(std::size_t name_start) {
  at_ = name_start;
  while (at_ < html_.size() && !ends_name(html_[at_])) ++at_;
  token_.name.clear();
  for (const char c : html_.substr(name_start, std::min(at_ - name_start, name_bytes_max)))
    token_.name += ascii_lower(c);
  token_.attributes.clear();
  token_.self_closing = false;
  read_attributes();
  if (token_.kind == HtmlToken::Kind::start_tag && traits_of(token_.name).has_raw_text) skip_raw_text();
}

void HtmlTokenizer::read_attributes() {
  while (at_ < html_.size() && html_[at_] != '>') {
    token_.self_closing = html_[at_] == '/';
    if (ascii_space(html_[at_]) || html_[at_] == '/') {
      ++at_;
      continue;
    }
    const std::size_t start = at_++;
    while (at_ < html_.size() && !ends_name(html_[at_]) && html_[at_] != '=') ++at_;
    const std::string_view name = html_.substr(start, at_ - start);
    while (at_ < html_.size() && ascii_space(html_[at_])) ++at_;
    std::string_view value;
    if (at_ < html_.size() && html_[at_] == '=') {
      ++at_;
      value = read_attribute_value();
    }
    if (token_.attributes.size() < attributes_max) token_.attributes.push_back({name, value});
  }
  if (at_ < html_.size()) ++at_;
}

std::string_view HtmlTokenizer::read_attribute_value() {
  while (at_ < html_.size() && ascii_space(html_[at_])) ++at_;
  const char quote = at_ < html_.size() ? html_[at_] : '\0';
  if (quote == '"' || quote == '\'') {
    bool& open = quotes_open_[quote == '"' ? 0 : 1];
    const std::size_t end = open ? std::string_view::npos : html_.find(quote, at_ + 1);
    if (end != std::string_view::npos) {
      const std::string_view value = html_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return value;
    }
    open = true;
  }
  const std::size_t start = at_;
  while (at_ < html_.size() && !ascii_space(html_[at_]) && html_[at_] != '>') ++at_;
  return html_.substr(start, at_ - start);
}

void HtmlTokenizer::skip_raw_text() {
  for (std::size_t end = html_.find("</", at_); end != std::string_view::npos;
       end = html_.find("</", end + 2)) {
    if (!ascii_starts_with(html_.substr(end + 2), token_.name)) continue;
    at_ = end;  // the end tag is the next token
    return;
  }
  at_ = html_.size();
}

}  // namespace hermod::mime
