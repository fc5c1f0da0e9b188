#include <core/mime/date.hpp>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <core/mime/ascii.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t text_bytes_max = 200;  // real dates have 31 and a comment
constexpr std::size_t tokens_max = 16;
constexpr int zone_minutes_max = 14 * 60;  // Kiribati

struct Zone {
  std::string_view name;
  int minutes;
};
constexpr Zone zones[] = {
    {"z", 0},      {"ut", 0},     {"utc", 0},    {"gmt", 0},    {"wet", 0},    {"bst", 60},   {"west", 60},
    {"cet", 60},   {"met", 60},   {"mez", 60},   {"cest", 120}, {"mest", 120}, {"mesz", 120}, {"eet", 120},
    {"eest", 180}, {"msk", 180},  {"ist", 330},  {"hkt", 480},  {"sgt", 480},  {"jst", 540},  {"kst", 540},
    {"aest", 600}, {"aedt", 660}, {"nzst", 720}, {"nzdt", 780}, {"edt", -240}, {"est", -300}, {"cdt", -300},
    {"cst", -360}, {"mdt", -360}, {"mst", -420}, {"pdt", -420}, {"pst", -480},
};
constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};

struct DateFields {
  int day = 0, month = 0, year = -1;
  int hour = -1, minute = 0, second = 0;
  int zone_minutes = 0;
  bool afternoon = false, twelve_hours = false;
};

// Up to `count` digits off the front; -1 if there is none.
int take_number(std::string_view& text, int count) {
  if (text.empty() || !ascii_digit(text.front())) return -1;
  int value = 0;
  for (; count > 0 && !text.empty() && ascii_digit(text.front()); --count, text.remove_prefix(1))
    value = value * 10 + (text.front() - '0');
  return value;
}

bool take_char(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

int month_from(std::string_view word) {
  for (std::size_t i = 0; i < months.size(); ++i)
    if (word.starts_with(months[i])) return static_cast<int>(i) + 1;
  return 0;
}

int full_year(int year, std::size_t digits) {
  if (digits <= 2) return year < 50 ? 2000 + year : 1900 + year;  // RFC 5322 §4.3
  return digits == 3 ? 1900 + year : year;
}

// "+0200", "+02:00", "+02"; false if no such zone exists.
bool read_offset(std::string_view text, DateFields& date) {
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const std::size_t digits = text.size();
  int hours = take_number(text, 2), minutes = 0;
  if (digits == 3 && text.size() == 1) {  // "+530" is not "+53"
    minutes = take_number(text, 1) + (hours % 10) * 10;
    hours /= 10;
  } else if (!text.empty()) {
    take_char(text, ":");
    minutes = take_number(text, 2);
  }
  if (hours < 0 || minutes < 0 || minutes > 59 || !text.empty()) return false;
  date.zone_minutes = sign * (hours * 60 + minutes);
  return hours * 60 + minutes <= zone_minutes_max;
}

// Letters: a month, a zone, "am" or "pm"; weekdays and anything else say nothing.
bool read_word(std::string_view word, DateFields& date) {
  if (word == "am" || word == "pm" || word == "a.m." || word == "p.m.") {
    date.twelve_hours = true;
    date.afternoon = word.front() == 'p';
    return true;
  }
  const std::size_t sign = word.find_first_of("+-");
  const std::string_view name = word.substr(0, sign);
  for (const Zone& zone : zones) {
    if (name != zone.name || date.hour < 0) continue;
    date.zone_minutes = zone.minutes;
    return sign == std::string_view::npos || read_offset(word.substr(sign), date);
  }
  // In front of the day it is a weekday, in some language also one that starts like a month.
  const int month = month_from(word);
  if (month != 0 && date.year < 0) date.month = month;
  return true;
}

bool read_time(std::string_view text, DateFields& date) {
  date.hour = take_number(text, 2);
  if (!take_char(text, ":.")) return false;
  date.minute = take_number(text, 2);
  if (take_char(text, ":.")) date.second = take_number(text, 2);
  if (take_char(text, ".,"))
    while (!text.empty() && ascii_digit(text.front())) text.remove_prefix(1);
  if (date.minute < 0 || date.second < 0) return false;
  if (text.empty()) return true;
  return text.front() == '+' || text.front() == '-' ? read_offset(text, date) : read_word(text, date);
}

// "2026-11-24", "24-Nov-2026", "24/11/2026", "11/24/2026", "24.11.2026", also with a time behind a 'T'.
bool read_joined_date(std::string_view text, DateFields& date) {
  std::array<int, 3> numbers{};
  std::array<std::size_t, 3> digits{};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t before = text.size();
    numbers[i] = take_number(text, 4);
    digits[i] = before - text.size();
    if (numbers[i] < 0 && i == 1) {
      numbers[i] = month_from(text);
      text.remove_prefix(std::min(text.find_first_of("-/."), text.size()));
    }
    if (numbers[i] < 0 || (i < 2 && !take_char(text, "-/."))) return false;
  }
  const bool year_first = digits[0] == 4;
  date.year = year_first ? numbers[0] : full_year(numbers[2], digits[2]);
  date.month = numbers[1];
  date.day = year_first ? numbers[2] : numbers[0];
  if (date.month > 12 && date.day <= 12) std::swap(date.month, date.day);
  if (text.empty()) return true;
  return take_char(text, "t_") && read_time(text, date);
}

bool read_number(std::string_view token, DateFields& date) {
  const std::size_t digits = token.size();
  const int value = take_number(token, 4);
  if (date.year >= 0 && date.hour < 0 && digits == 4) {  // "26 Aug 76 1429 EDT" (RFC 822 §A.3)
    date.hour = value / 100;
    date.minute = value % 100;
    return true;
  }
  if (digits <= 2 && date.day == 0) {
    date.day = value;
    return true;
  }
  // A number behind the complete date is a zone without its sign, or junk.
  if (date.year < 0) date.year = full_year(value, digits);
  return digits <= 4;
}

bool read_token(std::string_view token, DateFields& date) {
  const char first = token.front();
  if (first == '+' || first == '-') return date.hour < 0 || token.size() < 2 || read_offset(token, date);
  if (!ascii_digit(first)) return read_word(token, date);
  const std::size_t mark = token.find_first_not_of("0123456789");
  if (mark == std::string_view::npos) return read_number(token, date);
  const bool dotted_time = token[mark] == '.' && date.year >= 0;
  if (token[mark] == ':' || dotted_time) return read_time(token, date);
  if (token[mark] == '-' || token[mark] == '/' || token[mark] == '.') {
    if (mark + 1 == token.size()) return read_number(token.substr(0, mark), date);  // "24. Nov"
    return read_joined_date(token, date);
  }
  return read_number(token.substr(0, mark), date);  // "24th"
}

// Blanks around the ':' of a time are none (RFC 5322 §4.3).
void append(std::string& plain, char c) {
  if (c == ':')
    while (!plain.empty() && ascii_space(plain.back())) plain.pop_back();
  if (!ascii_space(c) || !plain.ends_with(':')) plain += c;
}

std::string without_comments(std::string_view text) {
  std::string plain;
  int depth = 0;
  for (const char c : text.substr(0, text_bytes_max)) {
    depth += c == '(' ? 1 : 0;
    if (depth == 0) append(plain, c == ',' ? ' ' : ascii_lower(c));
    depth -= c == ')' && depth > 0 ? 1 : 0;
  }
  return plain;
}

std::optional<std::int64_t> to_unix(const DateFields& fields) {
  using namespace std::chrono;
  const year_month_day date{year{fields.year}, month{static_cast<unsigned>(fields.month)},
                            day{static_cast<unsigned>(fields.day)}};
  int hours = std::max(fields.hour, 0);
  if (fields.twelve_hours && (hours < 1 || hours > 12)) return std::nullopt;
  if (fields.twelve_hours) hours = hours % 12 + (fields.afternoon ? 12 : 0);
  if (fields.year < 0 || !date.ok() || hours > 23 || fields.minute > 59 || fields.second > 60)
    return std::nullopt;
  const int second = std::min(fields.second, 59);
  return sys_days{date}.time_since_epoch().count() * std::int64_t{86400} + hours * 3600 + fields.minute * 60 +
         second - fields.zone_minutes * 60;
}

}  // namespace

std::optional<std::int64_t> parse_date(std::string_view text) {
  const std::string plain = without_comments(text);
  std::string_view rest = plain;
  DateFields fields;
  for (std::size_t tokens = 0; tokens < tokens_max; ++tokens) {
    rest = trimmed(rest);
    if (rest.empty()) break;
    const std::size_t end = std::min(rest.find_first_of(" \t\r\n"), rest.size());
    if (!read_token(rest.substr(0, end), fields)) return std::nullopt;
    rest.remove_prefix(end);
  }
  return to_unix(fields);
}

}  // namespace hermod::mime
