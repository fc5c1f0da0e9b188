#include "plugins/imap/wire/internal_date.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes between `least` and `most` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t least, std::size_t most) {
  int value = 0;
  std::size_t taken = 0;
  while (taken < most && taken < text.size() && text[taken] >= '0' && text[taken] <= '9') {
    value = value * 10 + (text[taken++] - '0');
  }
  if (taken < least) return std::nullopt;
  text.remove_prefix(taken);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<unsigned> take_month(std::string_view& text) {
  for (std::size_t i = 0; i < months.size(); ++i) {
    if (!equals_ignoring_case(text.substr(0, 3), months[i])) continue;
    text.remove_prefix(3);
    return static_cast<unsigned>(i + 1);
  }
  return std::nullopt;
}

std::optional<std::chrono::minutes> take_zone(std::string_view text) {
  if (text.empty()) return std::chrono::minutes{0};
  if (!take(text, ' ')) return std::nullopt;
  const bool west = text.starts_with('-');
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto digits = take_digits(text, 4, 4);
  if (!digits || !text.empty() || *digits / 100 > 23 || *digits % 100 > 59) return std::nullopt;
  const std::chrono::minutes offset{*digits / 100 * 60 + *digits % 100};
  return west ? -offset : offset;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_internal_date(std::string_view text) {
  using namespace std::chrono;
  take(text, ' ');
  const auto day_digits = take_digits(text, 1, 2);
  if (!day_digits || !take(text, '-')) return std::nullopt;
  const auto month_number = take_month(text);
  if (!month_number || !take(text, '-')) return std::nullopt;
  const auto year_digits = take_digits(text, 4, 4);
  if (!year_digits || !take(text, ' ')) return std::nullopt;
  const auto hour = take_digits(text, 2, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2, 2);
  const auto zone = take_zone(text);
  const year_month_day date{year{*year_digits}, month{*month_number},
                            day{static_cast<unsigned>(*day_digits)}};
  if (!second || !zone || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second} - *zone;
}

std::string format_internal_date(std::chrono::sys_seconds time) {
  using namespace std::chrono;
  constexpr sys_seconds first = sys_days{year{0} / 1 / 1};
  constexpr sys_seconds last = sys_days{year{9999} / 12 / 31} + hours{24} - seconds{1};
  time = std::clamp(time, first, last);
  const auto midnight = floor<days>(time);
  const year_month_day date{midnight};
  const hh_mm_ss clock{time - midnight};
  std::array<char, 64> out{};
  const int size =
      std::snprintf(out.data(), out.size(), "%02u-%s-%04d %02d:%02d:%02d +0000",
                    static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1].data(),
                    static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
                    static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return std::string(out.data(), static_cast<std::size_t>(size));
}

}  // namespace hermod::imap
