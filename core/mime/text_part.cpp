#include <core/mime/text_part.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <core/mime/ascii.hpp>
#include <core/mime/body_parts.hpp>
#include <core/mime/charset.hpp>
#include <core/mime/enclosed_files.hpp>
#include <core/mime/html_document.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t labels_max = 4;

// In the order in which they are believed; at least one.
std::vector<std::string> charset_labels(const Part& part, std::string_view bytes) {
  std::vector<std::string> labels;
  for (const std::string_view label : part.type.all_raw("charset"))
    if (labels.size() < labels_max) labels.emplace_back(label);
  if (labels.empty())
    if (auto extended = part.type.text("charset")) labels.push_back(*std::move(extended));
  const bool utf16_mark = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
  if (utf16_mark) labels.emplace_back("utf-16");
  if (is_html(part))
    if (const std::string_view declared = declared_charset(bytes); !declared.empty())
      labels.emplace_back(declared);
  if (labels.empty()) labels.emplace_back();
  return labels;
}

DecodedText decode_with(const std::vector<std::string>& labels, std::string_view bytes) {
  DecodedText first = decode_charset(bytes, labels.front());
  for (std::size_t i = 1; i < labels.size() && first.outcome != CharsetOutcome::as_labelled; ++i) {
    DecodedText other = decode_charset(bytes, labels[i]);
    if (other.outcome == CharsetOutcome::as_labelled) return other;
  }
  return first;
}

}  // namespace

std::string decode_text_part(const Part& part, const ParseLimits& limits, std::size_t bytes_max,
                             Diagnostics& diagnostics) {
  bool complete = true;
  const std::string bytes = text_without_files(part, limits, bytes_max, complete);
  if (!complete) diagnostics.lost("text_limit");
  DecodedText decoded = decode_with(charset_labels(part, bytes), bytes);
  if (decoded.outcome == CharsetOutcome::guessed) diagnostics.note("charset_guessed");
  if (decoded.outcome == CharsetOutcome::replaced) diagnostics.lost("charset_replaced");
  if (is_html(part)) rewrite_declared_charset(decoded.text);
  return std::move(decoded.text);
}

TextFormat text_format(const Part& part) {
  if (!ascii_equal(part.type.raw("format").value_or(""), "flowed")) return TextFormat::fixed;
  return ascii_equal(part.type.raw("delsp").value_or(""), "yes") ? TextFormat::flowed_delete
                                                                 : TextFormat::flowed;
}

}  // namespace hermod::mime
