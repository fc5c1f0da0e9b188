// Every message of the corpus gives what its sender meant: subject, addresses, date, visible text, files.
#include <gtest/gtest.h>

#include <set>

#include <core/mime/message.hpp>
#include <core/mime/utf8.hpp>
#include <tests/mime/corpus/corpus.hpp>
#include "core/ids/sha256.hpp"

namespace hermod::mime {
namespace {

using corpus::Message;

std::string joined(const std::vector<EmailAddress>& addresses) {
  std::string all;
  for (const EmailAddress& address : addresses) {
    if (!all.empty()) all += ", ";
    all += address.name.empty() ? address.email : address.name + " <" + address.email + ">";
  }
  return all;
}

std::string with_crlf(std::string_view raw) {
  std::string all;
  all.reserve(raw.size() + raw.size() / 16);
  for (const char c : raw) {
    if (c == '\n') all += '\r';
    all += c;
  }
  return all;
}

std::string extracted(std::string_view raw, const std::string& part_path) {
  std::string bytes;
  const auto sent = extract_attachment(raw, part_path, [&](std::string_view chunk) {
    bytes.append(chunk);
    return true;
  });
  return sent ? bytes : "not found";
}

// The bytes of a file that is text have the line ends of the message they came in.
void check_files(std::string_view raw, const ParsedMessage& parsed, const Message& row, bool crlf) {
  ASSERT_EQ(parsed.attachments.size(), row.files.size());
  const std::size_t stride = 1 + row.files.size() / 16;  // each download reads the message anew
  for (std::size_t i = 0; i < row.files.size(); ++i) {
    const Attachment& got = parsed.attachments[i];
    SCOPED_TRACE(row.files[i].name);
    if (i % stride != 0) {
      EXPECT_EQ(got.size, row.files[i].bytes.size());
      continue;
    }
    std::string bytes = extracted(raw, got.part_path);
    EXPECT_EQ(got.size, bytes.size());
    EXPECT_EQ(got.sha256, ids::sha256(bytes));
    if (crlf && bytes == with_crlf(row.files[i].bytes)) bytes = row.files[i].bytes;
    EXPECT_EQ(got.filename, row.files[i].name);
    EXPECT_EQ(got.content_type, row.files[i].type);
    EXPECT_TRUE(bytes == row.files[i].bytes) << bytes.substr(0, 200);  // some have 100 MB
  }
}

void check(std::string_view raw, const Message& row, bool crlf) {
  ParseLimits limits;
  limits.now = row.now;
  const ParsedMessage parsed = parse_message(raw, limits);
  EXPECT_EQ(parsed.subject, row.subject);
  EXPECT_EQ(joined(parsed.from), row.from);
  EXPECT_EQ(joined(parsed.to), row.to);
  EXPECT_EQ(joined(parsed.cc), row.cc);
  EXPECT_EQ(parsed.date, row.date);
  EXPECT_EQ(parsed.body_text, row.text);
  EXPECT_EQ(parsed.decode_error, row.flagged) << testing::PrintToString(parsed.diagnostics);
  for (const std::string* text : {&parsed.body_html, &parsed.body_text, &parsed.snippet})
    EXPECT_TRUE(is_utf8(*text) && text->find('\0') == std::string::npos);
  check_files(raw, parsed, row, crlf);
}

void check_all(const std::vector<Message>& rows) {
  for (const Message& row : rows) {
    SCOPED_TRACE(row.name);
    check(row.raw, row, false);
    if (row.line_ends == corpus::LineEnds::lf_and_crlf) check(with_crlf(row.raw), row, true);
  }
}

// One test a table, so that few processes run them.
TEST(Corpus, addresses) { check_all(corpus::address_messages()); }
TEST(Corpus, charsets) { check_all(corpus::charset_messages()); }
TEST(Corpus, dates) { check_all(corpus::date_messages()); }
TEST(Corpus, encoded_words) { check_all(corpus::encoded_word_messages()); }
TEST(Corpus, files) { check_all(corpus::file_messages()); }
TEST(Corpus, large) { check_all(corpus::large_messages()); }
TEST(Corpus, message_of_100_megabytes) { check_all({corpus::hundred_megabytes()}); }
TEST(Corpus, parameters) { check_all(corpus::parameter_messages()); }
TEST(Corpus, secured) { check_all(corpus::secured_messages()); }
TEST(Corpus, structure) { check_all(corpus::structure_messages()); }

// A row whose name stands twice cannot be found when it fails.
TEST(Corpus, rows_have_names_of_their_own_and_are_at_least_150) {
  std::multiset<std::string> names;
  for (const auto& table :
       {corpus::address_messages(), corpus::charset_messages(), corpus::date_messages(),
        corpus::encoded_word_messages(), corpus::file_messages(), corpus::parameter_messages(),
        corpus::secured_messages(), corpus::structure_messages()})
    for (const Message& row : table) names.insert(row.name);
  for (const std::string& name : names) EXPECT_EQ(names.count(name), 1U) << name;
  EXPECT_GE(names.size(), 150U);
}

}  // namespace
}  // namespace hermod::mime
