#include <core/mime/header_writer.hpp>

#include <unicode/bytestream.h>
#include <unicode/idna.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include <core/ids/text_encoding.hpp>
#include <core/mime/ascii.hpp>
#include <core/mime/utf8.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t line_characters = 78;     // RFC 5322 §2.1.1: should be no more
constexpr std::size_t plain_word_max = 600;     // longer ones are cut into encoded words; a line may have 998
constexpr std::size_t quoted_name_max = 60;     // longer names are encoded words, which can be folded
constexpr std::size_t encoded_word_bytes = 39;  // 64 characters: one fits behind every name of ours

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7F; }) &&
         text.find("=?") == std::string_view::npos;
}

bool is_atom_text(char c) {
  return ascii_letter(c) || ascii_digit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c);
}

void append_encoded_words(std::vector<std::string>& words, std::string_view text) {
  while (!text.empty()) {
    const std::string_view piece = utf8_prefix(text, encoded_word_bytes);
    words.push_back("=?UTF-8?B?" + ids::base64_encode(piece) + "?=");
    text.remove_prefix(piece.size());
  }
}

// Cut at each last blank of a run, so that the others stay with the word behind them and none is lost.
std::vector<std::string> plain_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end =
        std::min(text.find(' ', std::min(text.find_first_not_of(' '), text.size())), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::vector<std::string> text_words(std::string_view text) {
  std::vector<std::string> words;
  text = trimmed(text);
  if (is_plain(text)) words = plain_words(text);
  const bool fits =
      std::ranges::all_of(words, [](const std::string& word) { return word.size() <= plain_word_max; });
  if (is_plain(text) && fits) return words;
  words.clear();
  append_encoded_words(words, text);
  return words;
}

void append_name(std::vector<std::string>& words, std::string_view name) {
  name = trimmed(name);
  if (name.empty()) return;
  if (!is_plain(name) || name.size() > quoted_name_max) return append_encoded_words(words, name);
  if (std::ranges::all_of(name, [](char c) { return is_atom_text(c) || c == ' '; })) {
    words.emplace_back(name);
    return;
  }
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  words.push_back(quoted + '"');
}

}  // namespace

void HeaderWriter::text(std::string_view name, std::string_view value) { write(name, text_words(value)); }

void HeaderWriter::addresses(std::string_view name, const std::vector<EmailAddress>& list) {
  if (list.empty()) return;
  std::vector<std::string> words;
  for (const EmailAddress& address : list) {
    if (!words.empty()) words.back() += ',';
    append_name(words, address.name);
    const std::size_t at = address.email.rfind('@');
    words.push_back("<" + address.email.substr(0, at) + "@" +
                    ascii_domain(std::string_view(address.email).substr(at + 1)) + ">");
  }
  write(name, words);
}

void HeaderWriter::message_ids(std::string_view name, const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  std::vector<std::string> words;
  for (const std::string& id : ids) words.push_back("<" + id + ">");
  write(name, words);
}

void HeaderWriter::exactly(std::string_view name, std::string_view value) {
  block_.append(name).append(": ").append(value).append("\r\n");
}

void HeaderWriter::write(std::string_view name, const std::vector<std::string>& words) {
  std::string line(name);
  line += ':';
  for (const std::string& word : words) {
    if (line.size() + 1 + word.size() > line_characters) {
      block_.append(line).append("\r\n");
      line.clear();
    }
    line.append(" ").append(word);
  }
  block_.append(line).append("\r\n");
}

std::string date_text(std::int64_t unix_seconds) {
  using namespace std::chrono;
  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds at{seconds(unix_seconds)};
  const auto day = floor<std::chrono::days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d +0000", days[weekday(day).c_encoding()],
                unsigned{date.day()}, months[unsigned{date.month()} - 1], int{date.year()},
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

std::string ascii_domain(std::string_view domain) {
  const bool literal = domain.starts_with('[') && domain.ends_with(']');
  if (is_ascii(domain)) {
    const auto fits = [&](char c) {
      return literal ? c > ' ' && c < 0x7F && c != '\\'
                     : ascii_letter(c) || ascii_digit(c) || c == '-' || c == '.' || c == '_';
    };
    const std::string_view inner = literal ? domain.substr(1, domain.size() - 2) : domain;
    const bool dots = !literal && (inner.starts_with('.') || inner.ends_with('.') || inner.contains(".."));
    const bool valid = !inner.empty() && !dots && std::ranges::all_of(inner, fits) &&
                       !(literal && inner.find_first_of("[]") != std::string_view::npos);
    return valid ? std::string(domain) : std::string();
  }
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::IDNA> idna(
      icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_ASCII, status));
  std::string ascii;
  icu::StringByteSink<std::string> sink(&ascii);
  icu::IDNAInfo info;
  if (U_SUCCESS(status)) {
    idna->nameToASCII_UTF8({domain.data(), static_cast<int32_t>(domain.size())}, sink, info, status);
  }
  return U_SUCCESS(status) && !info.hasErrors() ? ascii_domain(ascii) : std::string();
}

}  // namespace hermod::mime
