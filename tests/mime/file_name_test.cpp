// Names of attachments in the forms of RFC 2231, RFC 2047 and neither. The name shown must be the sender's,
// and harmless.
#include <core/mime/file_name.hpp>
#include <tests/mime/named_cases.hpp>

namespace hermod::mime {
namespace {

struct FileNameCase : NamedCase {
  const char* content_type;
  const char* disposition;
  std::string expected;
};

const FileNameCase cases[] = {
    {{"plain"}, "", "attachment; filename=a.pdf", "a.pdf"},
    {{"quoted"}, "", "attachment; filename=\"a b.pdf\"", "a b.pdf"},
    {{"semicolon_in_quotes"}, "", "attachment; filename=\"a;b.pdf\"; size=3", "a;b.pdf"},
    {{"unquoted_blanks"}, "", "attachment; filename=my file.txt", "my file.txt"},
    {{"unquoted_parentheses"}, "", "attachment; filename=a (1).txt", "a (1).txt"},
    {{"name_of_type"}, "application/pdf; name=b.pdf", "attachment", "b.pdf"},
    {{"disposition_before_type"}, "application/pdf; name=b.pdf", "attachment; filename=a.pdf", "a.pdf"},
    {{"extended"}, "", "attachment; filename*=utf-8''caf%C3%A9.txt", "caf\u00E9.txt"},
    {{"extended_before_plain"},
     "",
     "attachment; filename=\"cafe.txt\"; filename*=utf-8''caf%C3%A9.txt",
     "caf\u00E9.txt"},
    {{"extended_quoted"}, "", "attachment; filename*=\"utf-8''caf%C3%A9.txt\"", "caf\u00E9.txt"},
    {{"extended_without_charset"}, "", "attachment; filename*=''caf%C3%A9.txt", "caf\u00E9.txt"},
    {{"continued"}, "", "attachment; filename*0=\"long\"; filename*1=\" name.txt\"", "long name.txt"},
    {{"continued_out_of_order"},
     "",
     "attachment; filename*1*=%A9.txt; filename*0*=utf-8''caf%C3",
     "caf\u00E9.txt"},
    {{"continued_mixed"},
     "",
     "attachment; filename*0*=iso-8859-1''caf%E9; filename*1=\"%20.txt\"",
     "caf\u00E9%20.txt"},
    {{"encoded_word"}, "", "attachment; filename=\"=?utf-8?B?Y2Fmw6kudHh0?=\"", "caf\u00E9.txt"},
    {{"raw_latin1"}, "", "attachment; filename=\"caf\xE9.txt\"", "caf\u00E9.txt"},
    {{"percent_in_plain"}, "", "attachment; filename=\"caf%C3%A9.txt\"", "caf\u00E9.txt"},
    {{"percent_that_means_itself"}, "", "attachment; filename=\"100%25.txt\"", "100%25.txt"},
    {{"quote_without_end"}, "", "attachment; filename=\"a.pdf", "a.pdf"},
    {{"empty_then_type"}, "application/pdf; name=b.pdf", "attachment; filename=\"\"", "b.pdf"},
    {{"windows_path"}, "", "attachment; filename=\"C:\\temp\\a.pdf\"", "a.pdf"},
    {{"unix_path"}, "", "attachment; filename=\"../../etc/passwd\"", "passwd"},
    {{"direction_override"}, "", "attachment; filename*=utf-8''a%E2%80%AEfdp.exe", "afdp.exe"},
    {{"controls"}, "", "attachment; filename*=utf-8''a%00%0D%0Ab.txt", "a\uFFFDb.txt"},
    {{"trailing_dots"}, "", "attachment; filename=\"a.exe. . \"", "a.exe"},
    {{"folded"}, "", "attachment;\r\n\tfilename=\"a.pdf\"", "a.pdf"},
    {{"no_name"}, "application/pdf", "attachment", ""},
};

TEST(FileName, is_found_and_cleaned) {
  for (const FileNameCase& row : cases) {
    SCOPED_TRACE(row.name);
    Part part;
    part.type = Parameters(row.content_type);
    EXPECT_EQ(sent_file_name(part, Parameters(row.disposition)), row.expected);
  }
}

// Columns and file systems have 255 bytes; the extension tells the type and must survive.
TEST(FileNameLength, is_cut_between_characters_and_keeps_the_extension) {
  std::string name;
  for (int i = 0; i < 200; ++i) name += "\u00E9";
  const std::string clean = clean_file_name(name + ".pdf");
  EXPECT_EQ(clean.size(), 254U);  // 125 characters of two bytes; half a character would not be UTF-8
  EXPECT_TRUE(clean.ends_with("\u00E9.pdf"));
}

}  // namespace
}  // namespace hermod::mime
