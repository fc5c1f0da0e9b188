// HTML as a sequence of tags and texts. WHATWG HTML §13.2.5, as far as mail needs it; nothing is an error.
//
// Views point into the HTML given. Comments, declarations and the contents of script, style and other
// elements of raw text are left out. Limits: attributes_max per tag, others are dropped. Linear time. No
// thread rule.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hermod::mime {

struct HtmlAttribute {
  std::string_view name;   // as sent; compare without letter case
  std::string_view value;  // character references not resolved
};

struct HtmlToken {
  enum class Kind : std::uint8_t { text, start_tag, end_tag, end };
  Kind kind = Kind::end;
  std::string_view text;                  // of `text`
  std::string name;                       // of tags, lower case
  std::vector<HtmlAttribute> attributes;  // of `start_tag`
  bool self_closing = false;

  // The attribute's value, "" without one; null if it is not there.
  const std::string_view* attribute(std::string_view attribute_name) const;
};

class HtmlTokenizer {
 public:
  static constexpr std::size_t attributes_max = 64;

  explicit HtmlTokenizer(std::string_view html) : html_(html) {}
  // The token is valid until the next call.
  const HtmlToken& next();

 private:
  bool read_markup();
  void skip_comment();
  void read_tag(std::size_t name_start);
  void read_attributes();
  std::string_view read_attribute_value();
  void skip_raw_text();

  std::string_view html_;
  std::size_t at_ = 0;
  HtmlToken token_;
  bool comments_open_ = false;            // no comment behind here has an end
  bool quotes_open_[2] = {false, false};  // no '"' (or '\'') behind here has an end
};

// Character references (&amp; &#233; &eacute;) resolved.
std::string decode_references(std::string_view text);

// The reference at the start of `text`, which starts with '&': its characters are appended and its length is
// given; 0 if it is none.
std::size_t append_reference(std::string& out, std::string_view text);

}  // namespace hermod::mime
