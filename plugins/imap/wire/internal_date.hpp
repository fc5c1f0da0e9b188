// INTERNALDATE (RFC 9051 §9, date-time): `"17-Jul-1996 02:44:25 -0700"`. Pure functions.
// Reading accepts a one-digit day with or without its space, any case of the month, and a missing zone (UTC).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hermod::imap {

// Absent when the text is no date (31-Feb, hour 24, a year of three digits).
std::optional<std::chrono::sys_seconds> parse_internal_date(std::string_view text);

// In UTC, without the quotes. Years outside 0000..9999 are clamped.
std::string format_internal_date(std::chrono::sys_seconds time);

}  // namespace hermod::imap
