// Dates as mailers have written them in forty years. A wrong date files a message under the wrong day.
#include <core/mime/date.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

// 24 Nov 2026 13:05:06 UTC.
constexpr std::int64_t expected_time = 1'795'525'506;

struct DateCase : NamedCase {
  const char* text;
  std::optional<std::int64_t> expected;
};

constexpr std::int64_t hour = 3600, day = 24 * hour;
const DateCase cases[] = {
    {{"regular"}, "Tue, 24 Nov 2026 13:05:06 +0000", expected_time},
    {{"zone_east"}, "Tue, 24 Nov 2026 15:05:06 +0200", expected_time},
    {{"zone_west_half_hour"}, "Tue, 24 Nov 2026 09:35:06 -0330", expected_time},
    {{"zone_with_colon"}, "24 Nov 2026 15:05:06 +02:00", expected_time},
    {{"zone_comment"}, "Tue, 24 Nov 2026 14:05:06 +0100 (CET)", expected_time},
    {{"zone_name"}, "Tue, 24 Nov 2026 08:05:06 EST", expected_time},
    {{"zone_name_and_offset"}, "Tue, 24 Nov 2026 15:05:06 GMT+0200", expected_time},
    {{"no_zone_is_utc"}, "24 Nov 2026 13:05:06", expected_time},
    {{"no_weekday"}, "24 Nov 2026 13:05:06 GMT", expected_time},
    {{"two_digit_year"}, "24 Nov 26 13:05:06 GMT", expected_time},
    {{"three_digit_year"}, "24 Nov 126 13:05:06 GMT", expected_time},
    {{"old_two_digit_year"}, "1 Jan 99 00:00:00 GMT", 915'148'800},
    {{"asctime"}, "Tue Nov 24 13:05:06 2026", expected_time},
    {{"foreign_weekday"}, "mar., 24 Nov 2026 13:05:06 +0000", expected_time},
    {{"full_month"}, "24 November 2026 13:05:06 UT", expected_time},
    {{"joined_with_dashes"}, "24-Nov-2026 13:05:06 +0000", expected_time},
    {{"slashes"}, "24/11/2026 13:05:06", expected_time},
    {{"slashes_month_first"}, "11/24/2026 13:05:06", expected_time},
    {{"dotted_date"}, "24.11.2026 13:05:06", expected_time},
    {{"dotted_time"}, "Tue, 24 Nov 2026 13.05.06 +0000", expected_time},
    {{"twelve_hours"}, "24 Nov 2026 1:05:06 PM", expected_time},
    {{"midnight_of_twelve_hours"}, "24 Nov 2026 12:05:06 AM", expected_time - 13 * hour},
    {{"no_seconds"}, "24 Nov 2026 13:05 +0000", expected_time - 6},
    {{"fraction"}, "24 Nov 2026 13:05:06.789 +0000", expected_time},
    {{"iso"}, "2026-11-24T13:05:06Z", expected_time},
    {{"iso_offset"}, "2026-11-24T15:05:06.123+02:00", expected_time},
    {{"iso_with_blank"}, "2026-11-24 13:05:06", expected_time},
    {{"leap_second"}, "24 Nov 2026 13:05:60 +0000", expected_time + 53},
    {{"leap_day"}, "29 Feb 2028 13:05:06 +0000", expected_time + 462 * day},
    {{"far_future"}, "19 Jan 2038 03:14:08 +0000", 2'147'483'648},
    {{"before_1970"}, "1 Jan 1900 00:00:00 +0000", -2'208'988'800},
    {{"comment_in_front"}, "(x (y)) Tue, 24 Nov 2026 13:05:06 +0000", expected_time},
    {{"no_such_day"}, "31 Feb 2026 13:05:06 +0000", std::nullopt},
    {{"no_such_hour"}, "24 Nov 2026 25:05:06 +0000", std::nullopt},
    {{"no_such_minute"}, "24 Nov 2026 13:61:06 +0000", std::nullopt},
    {{"no_such_zone"}, "24 Nov 2026 13:05:06 +9900", std::nullopt},
    {{"no_month"}, "24 2026 13:05:06 +0000", std::nullopt},
    {{"words"}, "yesterday", std::nullopt},
    {{"empty"}, "", std::nullopt},
};

TEST(DateField, is_read_as_meant) {
  for (const DateCase& row : cases) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(parse_date(row.text), row.expected);
  }
}

}  // namespace
}  // namespace hermod::mime
