// Address fields: RFC 5322 with its obsolete forms (appendix A), and what mailers write instead.
#include <tests/mime/corpus/corpus.hpp>

namespace hermod::mime::corpus {
namespace {

struct ToRow {
  const char* name;
  std::string sent, meant;
};

const ToRow rows[] = {
    {"address_bare", "jdoe@machine.example", "jdoe@machine.example"},
    {"address_bracketed", "<jdoe@machine.example>", "jdoe@machine.example"},
    {"rfc5322_a12_names", "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
     "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>"},
    {"rfc5322_a12_quoted", "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
     "boss@nil.test, Giant; \"Big\" Box <sysservices@example.net>"},
    {"rfc5322_a13_group", "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
     "Ed Jones <c@a.test>, joe@where.test, John <jdoe@one.test>"},
    {"rfc5322_a13_empty_group", "Undisclosed recipients:;", ""},
    {"rfc5322_a5_comments",
     "A Group(Some people)\n     :Chris Jones <c@(Chris's host.)public.example>,\n         joe@example.org,\n"
     "  John <jdoe@one.test> (my dear friend); (the end of the group)",
     "Chris Jones <c@public.example>, joe@example.org, John (my dear friend) <jdoe@one.test>"},
    {"rfc5322_a61_route", "Joe Q. Public <@node.test:jdoe@machine.example>",
     "Joe Q. Public <jdoe@machine.example>"},
    {"rfc5322_a63_blanks", "Mary Smith <mary @ x . test>", "Mary Smith <mary@x.test>"},
    {"address_comment_is_name", "jdoe@machine.example (John Doe)", "John Doe <jdoe@machine.example>"},
    {"address_comma_unquoted", "Doe, John <john@x.test>", "Doe, John <john@x.test>"},
    {"address_comma_quoted", "\"Doe, John\" <john@x.test>", "Doe, John <john@x.test>"},
    {"address_comma_encoded", "=?utf-8?Q?Doe=2C_J=C3=B6rg?= <j@x.test>, b@x.test",
     "Doe, Jörg <j@x.test>, b@x.test"},
    {"address_encoded_name_in_quotes", "\"=?utf-8?Q?J=C3=B6rg?=\" <j@x.test>", "Jörg <j@x.test>"},
    {"address_encoded_name_split", "=?utf-8?Q?J=C3?= =?utf-8?Q?=B6rg?= <j@x.test>", "Jörg <j@x.test>"},
    {"address_encoded_as_a_whole", "=?utf-8?Q?J=C3=B6rg_=3Cj=40x.test=3E?=", "Jörg <j@x.test>"},
    {"address_raw_utf8_name", "Jörg <j@x.test>", "Jörg <j@x.test>"},
    {"address_internationalized", "用户@例子.test", "用户@例子.test"},
    {"address_semicolons", "a@x.test; b@x.test", "a@x.test, b@x.test"},
    {"address_empty_items", ", a@x.test,, b@x.test,", "a@x.test, b@x.test"},
    {"address_without_closing_bracket", "John <john@x.test", "John <john@x.test>"},
    {"address_without_opening_bracket", "John john@x.test>", "John <john@x.test>"},
    {"address_doubled_brackets", "John <<john@x.test>>", "John <john@x.test>"},
    {"address_name_without_brackets", "John Doe john@x.test", "John Doe <john@x.test>"},
    {"address_in_single_quotes", "'john@x.test' <john@x.test>", "john@x.test <john@x.test>"},
    {"address_name_in_single_quotes", "'John' <john@x.test>", "John <john@x.test>"},
    {"address_with_mailto", "<mailto:john@x.test>", "john@x.test"},
    {"address_list_tag", "[List] Foo <foo@x.test>", "[List] Foo <foo@x.test>"},
    {"address_bracket_in_name", "Big <Sale> <a@x.test>", "Big <Sale> <a@x.test>"},
    {"address_colon_in_name", "Re: foo <a@x.test>", "Re: foo <a@x.test>"},
    {"address_at_in_name", "john@work <a@x.test>", "john@work <a@x.test>"},
    {"address_dots", "a..b@x.test, .c@x.test, d.@x.test", "a..b@x.test, .c@x.test, d.@x.test"},
    {"address_quoted_local_part", "\"john doe\"@x.test", "\"john doe\"@x.test"},
    {"address_domain_literal", "a@[192.0.2.1]", "a@[192.0.2.1]"},
    {"address_local_only", "root", "root"},
    {"address_empty", "<>", ""},
    {"address_missing", "", ""},
    {"address_repeated", "a@x.test, A@X.test, a@x.test", "a@x.test"},
    {"address_unclosed_quote", "\"John <john@x.test>, b@x.test", "John <john@x.test>, b@x.test"},
    {"address_unclosed_comment", "a@x.test (John, b@x.test", "John <a@x.test>, b@x.test"},
    {"address_nested_comments", "a@x.test (a (b (c)))", "a (b (c)) <a@x.test>"},
    {"address_folded", "Ann\n <a@x.test>,\n\tBob <b@x.test>", "Ann <a@x.test>, Bob <b@x.test>"},
    {"address_bang_path", "host!user", "host!user"},
    {"address_plus", "ann+tag@x.test", "ann+tag@x.test"},
};

}  // namespace

std::vector<Message> address_messages() {
  std::vector<Message> messages;
  for (const ToRow& row : rows)
    messages.push_back({.name = row.name, .raw = head({.to = row.sent}) + "\n", .to = row.meant});
  messages.push_back({.name = "cc_twice",
                      .raw = head() + "Cc: a@x.test\nCC: B <b@x.test>\n\n",
                      .cc = "a@x.test, B <b@x.test>"});
  messages.push_back({.name = "from_of_two",
                      .raw = head({.from = "a@x.test, b@x.test"}) + "\n",
                      .from = "a@x.test, b@x.test"});
  messages.push_back({.name = "from_missing_sender_given",
                      .raw = "Sender: s@x.test\nTo: Bob <bob@example.test>\nSubject: Report\n\n",
                      .from = "s@x.test",
                      .date = std::nullopt});
  return messages;
}

}  // namespace hermod::mime::corpus
