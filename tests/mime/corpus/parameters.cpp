// Names of files in every form: RFC 2231 (its examples first), RFC 2047 where it may not stand, and neither.
#include <tests/mime/corpus/corpus.hpp>

namespace hermod::mime::corpus {
namespace {

struct NameRow {
  const char* name;
  std::string disposition;  // the parameters behind "attachment"
  std::string meant;
  std::string type = "application/x-stuff";  // with its parameters
};

const NameRow rows[] = {
    {"rfc2231_charset_and_language", "; filename*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
     "This is ***fun***"},
    {"rfc2231_continuations",
     "; filename*0*=us-ascii'en'This%20is%20even%20more%20\n ; filename*1*=%2A%2A%2Afun%2A%2A%2A%20\n ; "
     "filename*2=\"isn't it!\"",
     "This is even more ***fun*** isn't it!"},
    {"rfc2231_plain_continuations", ";\n filename*0=\"long \";\n filename*1=\"name.txt\"", "long name.txt"},
    {"rfc2231_out_of_order", "; filename*1*=%A9.txt; filename*0*=utf-8''caf%C3", "café.txt"},
    {"rfc2231_ten_sections",
     "; filename*0=a; filename*1=b; filename*2=c; filename*3=d; filename*4=e; filename*5=f; filename*6=g; "
     "filename*7=h; filename*8=i; filename*9=j; filename*10=k",
     "abcdefghijk"},
    {"rfc2231_split_character", "; filename*0*=utf-8''%E6%97; filename*1*=%A5.txt", "日.txt"},
    {"rfc2231_without_charset", "; filename*=''caf%C3%A9.txt", "café.txt"},
    {"rfc2231_without_quotes_of_charset", "; filename*=caf%C3%A9.txt", "café.txt"},
    {"rfc2231_quoted", "; filename*=\"utf-8''caf%C3%A9.txt\"", "café.txt"},
    {"rfc2231_wrong_charset", "; filename*=us-ascii''caf%C3%A9.txt", "café.txt"},
    {"rfc2231_koi8_r", "; filename*=koi8-r''%F0%D2%C9%D7%C5%D4.doc", "Привет.doc"},
    {"rfc2231_before_plain", "; filename=\"cafe.txt\"; filename*=utf-8''caf%C3%A9.txt", "café.txt"},
    {"rfc2231_mixed_case", "; FileName*=UTF-8''caf%c3%a9.txt", "café.txt"},
    {"rfc2231_bad_escape", "; filename*=utf-8''100%.txt", "100%.txt"},
    {"rfc2231_repeated_section", "; filename*0=a; filename*0=x; filename*1=b.txt", "ab.txt"},
    {"name_quoted", "; filename=\"a b.txt\"", "a b.txt"},
    {"name_with_escaped_quotes", "; filename=\"say \\\"hi\\\".txt\"", "say \"hi\".txt"},
    {"name_unquoted_with_blanks", "; filename=my report 2026.pdf", "my report 2026.pdf"},
    {"name_with_semicolon", "; filename=\"a;b.txt\"", "a;b.txt"},
    {"name_without_end_of_quote", "; filename=\"a.txt", "a.txt"},
    {"name_encoded_word", "; filename=\"=?utf-8?B?Y2Fmw6kudHh0?=\"", "café.txt"},
    {"name_encoded_word_unquoted", "; filename==?utf-8?Q?caf=C3=A9.txt?=", "café.txt"},
    {"name_encoded_words_two", "; filename=\"=?utf-8?Q?caf=C3?=\n =?utf-8?Q?=A9.txt?=\"", "café.txt"},
    {"name_raw_utf8", "; filename=\"café.txt\"", "café.txt"},
    {"name_raw_latin1", "; filename=\"caf\xE9.txt\"", "café.txt"},
    {"name_percent_in_plain", "; filename=\"caf%C3%A9.txt\"", "café.txt"},
    {"name_percent_means_itself", "; filename=\"100%25.txt\"", "100%25.txt"},
    {"name_with_windows_path", "; filename=\"C:\\Users\\ann\\a.txt\"", "a.txt"},
    {"name_with_unix_path", "; filename=\"../../etc/passwd\"", "passwd"},
    {"name_with_direction_override", "; filename*=utf-8''a%E2%80%AEfdp.exe", "afdp.exe"},
    {"name_with_controls", "; filename*=utf-8''a%0D%0Ab%07.txt", "ab.txt"},
    {"name_with_dots_at_end", "; filename=\"a.txt. .\"", "a.txt"},
    {"name_empty", "; filename=\"\"", "attachment-1.bin"},
    {"name_none", "", "attachment-1.bin"},
    {"name_of_type", "", "b.bin", "application/x-stuff; name=b.bin"},
    {"name_of_type_extended", "", "é.bin", "application/x-stuff; name*=utf-8''%C3%A9.bin"},
    {"name_of_disposition_first", "; filename=a.bin", "a.bin", "application/x-stuff; name=b.bin"},
    {"name_parenthesis", "; filename=report (1).pdf", "report (1).pdf"},
    {"name_of_300_bytes", "; filename=\"" + std::string(300, 'x') + ".pdf\"", std::string(251, 'x') + ".pdf"},
    {"name_apostrophe_in_extended", "; filename*=utf-8''it's.txt", "it's.txt"},
    {"name_comma", "; filename=\"a,b.txt\"", "a,b.txt"},
};

}  // namespace

std::vector<Message> parameter_messages() {
  std::vector<Message> messages;
  for (const NameRow& row : rows)
    messages.push_back({.name = row.name,
                        .raw = head() + "Content-Type: " + row.type + "\nContent-Disposition: attachment" +
                               row.disposition + "\nContent-Transfer-Encoding: base64\n\n" +
                               base64_lines("content of the file"),
                        .files = {{row.meant, "application/x-stuff", "content of the file"}}});
  return messages;
}

}  // namespace hermod::mime::corpus
