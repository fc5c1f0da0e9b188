// Dates of 1900 to 2100, in the forms of RFC 5322, its ancestors and those who never read it.
#include <tests/mime/corpus/corpus.hpp>

namespace hermod::mime::corpus {
namespace {

// A date before 1970 or after tomorrow is not the one at which the message was sent: none is given, and the
// message is filed by when it arrived.
struct DateRow {
  const char* name;
  std::string sent;
  std::optional<std::int64_t> meant;
  std::int64_t now = utc(2101, 1, 1);
};

const DateRow rows[] = {
    {"date_1900", "Mon, 01 Jan 1900 00:00:00 +0000", std::nullopt},
    {"date_1904", "Fri, 01 Jan 1904 00:00:00 GMT", std::nullopt},
    {"date_1969", "Wed, 31 Dec 1969 23:59:59 +0000", std::nullopt},
    {"date_1970", "Thu, 01 Jan 1970 00:00:00 +0000", utc(1970, 1, 1)},
    {"date_1970_by_its_zone", "Wed, 31 Dec 1969 19:00:00 -0500", utc(1970, 1, 1)},
    {"date_1982_rfc822", "26 Aug 76 1429 EDT", utc(1976, 8, 26, 18, 29)},
    {"date_1988_two_digits", "Tue, 12 Jan 88 09:30:00 PST", utc(1988, 1, 12, 17, 30)},
    {"date_1999", "Fri, 31 Dec 1999 23:59:59 -0000", utc(1999, 12, 31, 23, 59, 59)},
    {"date_2000_leap_day", "Tue, 29 Feb 2000 12:00:00 +0000", utc(2000, 2, 29, 12)},
    {"date_year_100", "Sat, 1 Jan 100 00:00:00 GMT", utc(2000, 1, 1)},
    {"date_year_19100_is_nonsense", "Sat, 1 Jan 19100 00:00:00 GMT", std::nullopt},
    {"date_2026_usual", "Tue, 24 Nov 2026 13:05:06 +0000", utc(2026, 11, 24, 13, 5, 6)},
    {"date_2038_before", "Tue, 19 Jan 2038 03:14:07 +0000", utc(2038, 1, 19, 3, 14, 7)},
    {"date_2038_after", "Tue, 19 Jan 2038 03:14:08 +0000", utc(2038, 1, 19, 3, 14, 8)},
    {"date_2099", "Thu, 31 Dec 2099 23:59:59 +0000", utc(2099, 12, 31, 23, 59, 59)},
    {"date_2100_is_no_leap_year", "29 Feb 2100 00:00:00 +0000", std::nullopt},
    {"date_2100", "Mon, 01 Mar 2100 00:00:00 +0000", utc(2100, 3, 1)},
    {"date_in_the_future", "Tue, 24 Nov 2099 13:05:06 +0000", std::nullopt, utc(2026, 11, 25)},
    {"date_tomorrow_by_a_wrong_clock", "Thu, 26 Nov 2026 13:05:06 +0000", utc(2026, 11, 26, 13, 5, 6),
     utc(2026, 11, 25)},
    {"rfc5322_a5_comment",
     "Thu,\n      13\n        Feb\n          1969\n      23:32\n               -0330 (Newfoundland Time)",
     std::nullopt},
    {"rfc5322_a62_obsolete", "21 Nov 97 09:55:06 GMT", utc(1997, 11, 21, 9, 55, 6)},
    {"rfc5322_a63_date", "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", utc(1997, 11, 21, 15, 55, 6)},
    {"date_military_zone_means_nothing", "24 Nov 2026 13:05:06 Q", utc(2026, 11, 24, 13, 5, 6)},
    {"date_zone_kathmandu", "24 Nov 2026 18:50:06 +0545", utc(2026, 11, 24, 13, 5, 6)},
    {"date_zone_kiribati", "25 Nov 2026 03:05:06 +1400", utc(2026, 11, 24, 13, 5, 6)},
    {"date_zone_named", "Tue, 24 Nov 2026 05:05:06 PST", utc(2026, 11, 24, 13, 5, 6)},
    {"date_zone_named_and_offset", "Tue, 24 Nov 2026 21:05:06 +0800 (CST)", utc(2026, 11, 24, 13, 5, 6)},
    {"date_zone_out_of_range", "24 Nov 2026 13:05:06 +9900", std::nullopt},
    {"date_asctime", "Tue Nov 24 13:05:06 2026", utc(2026, 11, 24, 13, 5, 6)},
    {"date_asctime_with_zone", "Tue Nov 24 13:05:06 UTC 2026", utc(2026, 11, 24, 13, 5, 6)},
    {"date_iso_8601", "2026-11-24T13:05:06Z", utc(2026, 11, 24, 13, 5, 6)},
    {"date_iso_8601_with_offset", "2026-11-24T14:05:06+01:00", utc(2026, 11, 24, 13, 5, 6)},
    {"date_slashes", "24/11/2026 13:05:06", utc(2026, 11, 24, 13, 5, 6)},
    {"date_dotted_time", "Tue, 24 Nov 2026 13.05.06 +0000", utc(2026, 11, 24, 13, 5, 6)},
    {"date_afternoon", "Tue, 24 Nov 2026 1:05:06 PM +0000", utc(2026, 11, 24, 13, 5, 6)},
    {"date_full_names", "Tuesday, 24 November 2026 13:05:06 +0000", utc(2026, 11, 24, 13, 5, 6)},
    {"date_foreign_weekday", "Di., 24 Nov 2026 13:05:06 +0000", utc(2026, 11, 24, 13, 5, 6)},
    {"date_wrong_weekday", "Sun, 24 Nov 2026 13:05:06 +0000", utc(2026, 11, 24, 13, 5, 6)},
    {"date_without_seconds", "Tue, 24 Nov 2026 13:05 +0000", utc(2026, 11, 24, 13, 5)},
    {"date_leap_second", "Sat, 31 Dec 2016 23:59:60 +0000", utc(2016, 12, 31, 23, 59, 59)},
    {"date_day_31_of_february", "31 Feb 2026 13:05:06 +0000", std::nullopt},
    {"date_hour_25", "24 Nov 2026 25:05:06 +0000", std::nullopt},
    {"date_minute_61", "24 Nov 2026 13:61:06 +0000", std::nullopt},
    {"date_words", "yesterday afternoon", std::nullopt},
    {"date_empty", "", std::nullopt},
    {"date_encoded_word", "=?utf-8?Q?Tue,_24_Nov_2026?=", std::nullopt},
    {"date_of_digits", std::string(5000, '9'), std::nullopt},
    {"date_negative", "-1 Nov -2026 13:05:06", std::nullopt},
};

}  // namespace

std::vector<Message> date_messages() {
  std::vector<Message> messages;
  for (const DateRow& row : rows)
    messages.push_back(
        {.name = row.name, .raw = head({.date = row.sent}) + "\n", .date = row.meant, .now = row.now});
  messages.push_back({.name = "date_second_one_is_good", .raw = "Date: today\n" + head() + "\n"});
  return messages;
}

}  // namespace hermod::mime::corpus
