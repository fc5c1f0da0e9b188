// Content-Type and Content-Disposition: a value and its parameters. RFC 2045 §5.1, 2183, 2231; leniently.
//
// Read: continuations in any order, percent and encoded-word values, unquoted blanks, unterminated quotes,
// comments, raw 8-bit text. Limits: parameters_max, sections_max. Linear time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermod::mime {

class Parameters {
 public:
  // `header_value` may be folded.
  explicit Parameters(std::string_view header_value = {});

  // Lower case, without blanks and comments: "text/html".
  const std::string& value() const { return value_; }
  // The type in front of the '/'.
  std::string_view type() const { return std::string_view(value_).substr(0, value_.find('/')); }

  // The parameter's bytes as sent, of the first of that (lower case) name.
  std::optional<std::string_view> raw(std::string_view name) const;
  std::vector<std::string_view> all_raw(std::string_view name) const;
  // Decoded to UTF-8. The extended form (`name*`, `name*0`) comes before the plain one.
  std::optional<std::string> text(std::string_view name) const;

 private:
  struct Parameter {
    std::string name;  // lower case, with its '*'s
    std::string value;
  };
  void parse_parameters(std::string_view rest);
  std::optional<std::string> extended_text(std::string_view name) const;

  std::string value_;
  std::vector<Parameter> parameters_;
};

}  // namespace hermod::mime
