// What senders write into address fields, and who is meant. Every wrong entry is a message nobody finds by
// its sender.
#include <gmock/gmock.h>

#include <core/mime/address.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {

// gtest prints these when they differ.
void PrintTo(const EmailAddress& address, std::ostream* out) {
  *out << '"' << address.name << "\" <" << address.email << '>';
}

namespace {

using testing::ElementsAreArray;
using Addresses = std::vector<EmailAddress>;

struct AddressCase : NamedCase {
  const char* field;
  Addresses expected;
};

const AddressCase cases[] = {
    {{"plain"}, "ann@example.org", {{"", "ann@example.org"}}},
    {{"name_and_address"}, "Ann Lee <ann@example.org>", {{"Ann Lee", "ann@example.org"}}},
    {{"two"}, "a@x.org, B <b@x.org>", {{"", "a@x.org"}, {"B", "b@x.org"}}},
    {{"quoted_name_with_comma"}, "\"Lee, Ann\" <a@x>", {{"Lee, Ann", "a@x"}}},
    {{"escaped_quote"}, R"("Ann \"Al\" Lee" <a@x>)", {{"Ann \"Al\" Lee", "a@x"}}},
    {{"unquoted_name_with_comma"}, "Lee, Ann <a@x>", {{"Lee, Ann", "a@x"}}},
    {{"comment_as_name"}, "a@x (Ann Lee)", {{"Ann Lee", "a@x"}}},
    {{"comment_stays_in_name"}, "Ann (Sales) <a@x>", {{"Ann (Sales)", "a@x"}}},
    {{"encoded_name"}, "=?utf-8?Q?J=C3=B6rg?= <j@x>", {{"J\u00F6rg", "j@x"}}},
    {{"encoded_comma_separates_nothing"}, "=?utf-8?Q?Lee=2C_Ann?= <a@x>", {{"Lee, Ann", "a@x"}}},
    {{"raw_comma_in_encoded_word"}, "=?utf-8?Q?Lee,_Ann?= <a@x>, b@x", {{"Lee, Ann", "a@x"}, {"", "b@x"}}},
    {{"encoded_word_in_quotes"}, "\"=?utf-8?B?SsO2cmc=?=\" <j@x>", {{"J\u00F6rg", "j@x"}}},
    {{"raw_latin1_name"}, "J\xF6rg <j@x>", {{"J\u00F6rg", "j@x"}}},
    {{"raw_utf8_name"}, "J\u00F6rg <j@x>", {{"J\u00F6rg", "j@x"}}},
    {{"group_is_flattened"}, "Team: a@x, B <b@x>;", {{"", "a@x"}, {"B", "b@x"}}},
    {{"nested_groups_are_flattened"}, "g:h:i:a@x;;;", {{"", "a@x"}}},
    {{"group_and_more"}, "Team: a@x;, c@x", {{"", "a@x"}, {"", "c@x"}}},
    {{"undisclosed_group"}, "undisclosed-recipients:;", {}},
    {{"undisclosed_words"}, "Undisclosed recipients", {}},
    {{"colon_in_name_is_no_group"}, "Re: foo <a@x>", {{"Re: foo", "a@x"}}},
    {{"semicolons_separate"}, "a@x; b@x", {{"", "a@x"}, {"", "b@x"}}},
    {{"semicolons_with_names"}, "A <a@x>; B <b@x>;", {{"A", "a@x"}, {"B", "b@x"}}},
    {{"name_without_brackets"}, "Ann Lee a@x", {{"Ann Lee", "a@x"}}},
    {{"brackets_in_name"}, "[List] Foo <a@x>", {{"[List] Foo", "a@x"}}},
    {{"two_dots"}, "a..b@x", {{"", "a..b@x"}}},
    {{"leading_dot"}, ".c@x", {{"", ".c@x"}}},
    {{"trailing_dot"}, "d.@x", {{"", "d.@x"}}},
    {{"closing_bracket_only"}, "Ann a@x>", {{"Ann", "a@x"}}},
    {{"opening_bracket_only"}, "Ann <a@x", {{"Ann", "a@x"}}},
    {{"opening_bracket_only_in_list"}, "Ann <a@x, Bob <b@x>", {{"Ann", "a@x"}, {"Bob", "b@x"}}},
    {{"doubled_brackets"}, "<<a@x>>", {{"", "a@x"}}},
    {{"address_as_name"}, "a@x <b@x>", {{"a@x", "b@x"}}},
    {{"route"}, "<@r.org,@s.org:a@x>", {{"", "a@x"}}},
    {{"blanks_around_at"}, "a @ x", {{"", "a@x"}}},
    {{"empty_items"}, ",, a@x,,b@x,", {{"", "a@x"}, {"", "b@x"}}},
    {{"quote_without_end"}, "\"Ann <a@x>", {{"Ann", "a@x"}}},
    {{"quote_without_end_in_list"}, "\"Ann <a@x>, \"Bob\" <b@x>", {{"Ann", "a@x"}, {"Bob", "b@x"}}},
    {{"comment_without_end"}, "Ann (Sales <a@x>", {{"Ann (Sales", "a@x"}}},
    {{"empty_brackets"}, "<>", {}},
    {{"mailto"}, "<mailto:a@x>", {{"", "a@x"}}},
    {{"bare_mailto"}, "mailto:a@x", {{"", "a@x"}}},
    {{"local_name"}, "root", {{"", "root"}}},
    {{"local_names"}, "root, daemon", {{"", "root"}, {"", "daemon"}}},
    {{"words_without_address"}, "the whole team", {}},
    {{"single_quotes"}, "'b@x'", {{"", "b@x"}}},
    {{"single_quoted_name"}, "'Bob' <b@x>", {{"Bob", "b@x"}}},
    {{"last_bracket_wins"}, "Big <Sale> <a@x>", {{"Big <Sale>", "a@x"}}},
    {{"quoted_local_part"}, "\"ann lee\"@x", {{"", "\"ann lee\"@x"}}},
    {{"quoted_local_part_in_brackets"}, "A <\"ann, lee\"@x>", {{"A", "\"ann, lee\"@x"}}},
    {{"address_literal"}, "a@[IPv6:::1]", {{"", "a@[IPv6:::1]"}}},
    {{"international"},
     "\u7528\u6237@\u4F8B\u5B50.\u5E7F\u544A",
     {{"", "\u7528\u6237@\u4F8B\u5B50.\u5E7F\u544A"}}},
    {{"repeated_is_one"}, "A <a@x>, a@X", {{"A", "a@x"}}},
    {{"empty"}, "", {}},
};

TEST(AddressField, is_read_as_meant) {
  for (const AddressCase& row : cases) {
    SCOPED_TRACE(row.name);
    EXPECT_THAT(parse_addresses(row.field, 100).addresses, ElementsAreArray(row.expected));
  }
}

// The limit is for hostile fields; the addresses up to it must still be there.
TEST(AddressFieldLimits, more_addresses_than_allowed_are_cut) {
  const AddressList list = parse_addresses("a@x, b@x, c@x", 2);
  EXPECT_TRUE(list.cut);
  EXPECT_THAT(list.addresses, testing::SizeIs(2));
}

}  // namespace
}  // namespace hermod::mime
