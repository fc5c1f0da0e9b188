// Files that are no MIME parts: uuencoded in a text (POSIX uuencode), or in a TNEF stream ([MS-OXTNEF]).
#include <tests/mime/corpus/corpus.hpp>

namespace hermod::mime::corpus {
namespace {

std::string uu(const std::string& name, std::string_view bytes) {
  return "begin 644 " + name + "\n" + uuencoded(bytes) + "end\n";
}

std::string plain(const std::string& body, const std::string& headers = "") {
  return head() + headers + "\n" + body;
}

std::string mixed(const std::string& part_headers, const std::string& part_body) {
  return head() + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n" + part_headers + "\n" +
         part_body + "\n--b--\n";
}

// A TNEF stream, written as its specification says; §2.1.3.
std::string number(std::uint64_t value, std::size_t bytes) {
  std::string all;
  for (std::size_t i = 0; i < bytes; ++i) all += static_cast<char>(value >> (8 * i));
  return all;
}
std::string attribute(char level, std::uint32_t id, const std::string& data) {
  std::uint32_t checksum = 0;
  for (const char c : data) checksum += static_cast<unsigned char>(c);
  return level + number(id, 4) + number(static_cast<std::uint32_t>(data.size()), 4) + data +
         number(checksum, 2);
}
std::string counted(const std::string& value) {
  std::string all = number(static_cast<std::uint32_t>(value.size()), 4) + value;
  return all.append((4 - value.size() % 4) % 4, '\0');
}
std::string property(std::uint16_t type, std::uint16_t id, const std::string& value) {
  return number(type, 2) + number(id, 2) + number(1, 4) + counted(value);
}
std::string utf16(std::u16string_view text) {
  std::string all;
  for (const char16_t unit : text) all += number(unit, 2);
  return all + number(0, 2);
}
std::string properties(std::uint32_t count, const std::string& all) { return number(count, 4) + all; }

constexpr std::uint32_t rend_data = 0x00069002, title = 0x00018010, data = 0x0006800F,
                        attachment = 0x00069005;
constexpr std::uint16_t string8 = 0x1E, unicode = 0x1F, object = 0x0D;
const std::string nul(1, '\0');

std::string tnef(const std::string& attributes) {
  return number(0x223E9F78, 4) + number(7, 2) + attribute(1, 0x00089006, number(0x10000, 4)) +
         attribute(1, 0x00069007, number(1251, 4) + number(0, 4)) + attribute(1, 0x00018004, "Report" + nul) +
         attributes;
}
std::string file(const std::string& attributes) {
  return attribute(2, rend_data, number(1, 2) + number(0xFFFFFFFF, 4) + number(0, 8)) + attributes;
}

const std::string bytes_256 = [] {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  return all;
}();

const std::string two_files =
    tnef(file(attribute(2, title, "SHORT.PDF" + nul) + attribute(2, data, bytes_256) +
              attribute(2, attachment,
                        properties(3, property(unicode, 0x3707, utf16(u"a longer name \u00E9.pdf")) +
                                          property(string8, 0x370E, "application/pdf" + nul) +
                                          number(0x0003, 2) + number(0x3705, 2) + number(1, 4)))) +
         file(attribute(2, title, "\xEE\xF2\xF7\xB8\xF2.txt" + nul) + attribute(2, data, "second")));

// Named properties, values of fixed length and of several must be passed over to find what comes behind them.
const std::string many_properties = tnef(
    file(attribute(2, data, "x") +
         attribute(2, attachment,
                   properties(6, number(0x0040, 2) + number(0x3007, 2) + number(1, 8) + number(unicode, 2) +
                                     number(0x8001, 2) + std::string(16, 'g') + number(1, 4) +
                                     counted(utf16(u"Named")) + number(1, 4) + counted(utf16(u"value")) +
                                     number(0x0003, 2) + number(0x8002, 2) + std::string(16, 'g') +
                                     number(0, 4) + number(0x8501, 4) + number(5, 4) + number(0x101F, 2) +
                                     number(0x3008, 2) + number(2, 4) + counted(utf16(u"one")) +
                                     counted(utf16(u"three")) + number(0x1003, 2) + number(0x3009, 2) +
                                     number(3, 4) + number(1, 4) + number(2, 4) + number(3, 4) +
                                     property(unicode, 0x3707, utf16(u"behind.png"))))));

const std::string embedded = tnef(file(attribute(2, title, "inner.txt" + nul) + attribute(2, data, "inner")));
const std::string with_embedded = tnef(
    file(attribute(2, title, "Forwarded" + nul) +
         attribute(2, attachment,
                   properties(2, number(0x0003, 2) + number(0x3705, 2) + number(5, 4) +
                                     property(object, 0x3701,
                                              std::string("\x07\x03\x02\0\0\0\0\0\xC0\0\0\0\0\0\0\x46", 16) +
                                                  embedded)))));

std::string tnef_message(const std::string& stream, const std::string& type = "application/ms-tnef") {
  return mixed("Content-Type: " + type + "; name=winmail.dat\nContent-Transfer-Encoding: base64\n",
               base64_lines(stream));
}

std::vector<Message> uuencoded_messages() {
  return {
      {.name = "uuencode_posix_example",  // "cat" as uuencode(1) of POSIX writes it
       .raw = plain("See file.\nbegin 644 cat.txt\n#8V%T\n`\nend\nBye.\n"),
       .text = "See file.\nBye.",
       .files = {{"cat.txt", "text/plain", "cat"}}},
      {.name = "uuencode_alone",
       .raw = plain(uu("a.pdf", bytes_256)),
       .files = {{"a.pdf", "application/pdf", bytes_256}}},
      {.name = "uuencode_two_files",
       .raw = plain("one\n" + uu("a.gif", "GIF89a") + "two\n" + uu("b.zip", bytes_256) + "three\n"),
       .text = "one\ntwo\nthree",
       .files = {{"a.gif", "image/gif", "GIF89a"}, {"b.zip", "application/zip", bytes_256}}},
      {.name = "uuencode_empty_file",
       .raw = plain("x\nbegin 644 empty\n`\nend\n"),
       .text = "x",
       .files = {{"empty", "application/octet-stream", ""}}},
      {.name = "uuencode_blank_means_zero",
       .raw = plain("x\nbegin 666 zero.bin\n#    \n \nend\n"),
       .text = "x",
       .files = {{"zero.bin", "application/octet-stream", std::string(3, '\0')}}},
      {.name = "uuencode_blanks_at_line_ends_lost",
       .raw = plain("x\nbegin 666 zero.bin\n#\n\nend\n"),
       .text = "x",
       .files = {{"zero.bin", "application/octet-stream", std::string(3, '\0')}}},
      {.name = "uuencode_in_quoted_printable",
       .raw = plain("caf=C3=A9\nbegin 644 a.txt\n#8V%T\n`\nend\n",
                    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n"),
       .text = "café",
       .files = {{"a.txt", "text/plain", "cat"}}},
      {.name = "uuencode_in_base64",
       .raw = plain(base64_lines("text\n" + uu("a.txt", "cat")), "Content-Transfer-Encoding: base64\n"),
       .text = "text",
       .files = {{"a.txt", "text/plain", "cat"}}},
      {.name = "uuencode_in_a_part",
       .raw = mixed("Content-Type: text/plain\n", "more\n" + uu("a.txt", "cat")),
       .text = "text\n\nmore",
       .files = {{"a.txt", "text/plain", "cat"}}},
      {.name = "uuencode_name_with_path_and_blanks",
       .raw = plain("x\n" + uu("../my file.txt", "cat")),
       .text = "x",
       .files = {{"my file.txt", "text/plain", "cat"}}},
      {.name = "uuencode_without_end_is_text",
       .raw = plain("begin 644 cat.txt\n#8V%T\n`\n"),
       .text = "begin 644 cat.txt\n#8V%T\n`"},
      {.name = "uuencode_start_in_a_sentence",
       .raw = plain("begin 644 times\nand stop.\nend\n"),
       .text = "begin 644 times\nand stop.\nend"},
      {.name = "uuencode_in_a_text_file_stays",
       .raw = mixed("Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n",
                    uu("b.txt", "cat")),
       .text = "text",
       .files = {{"a.txt", "text/plain", uu("b.txt", "cat").substr(0, uu("b.txt", "cat").size())}}},
      {.name = "uuencode_as_transfer_encoding",
       .raw = mixed("Content-Type: image/gif; name=a.gif\nContent-Transfer-Encoding: x-uuencode\n",
                    uu("a.gif", bytes_256)),
       .text = "text",
       .files = {{"a.gif", "image/gif", bytes_256}}},
      {.name = "yenc_stays_text",
       .raw = plain("=ybegin line=128 size=3 name=a.bin\n\x8D\x8B\x9E\n=yend size=3\n"),
       .text = "=ybegin line=128 size=3 name=a.bin\n\u008D‹ž\n=yend size=3"},
  };
}

std::vector<Message> tnef_messages() {
  const File whole{"winmail.dat", "application/ms-tnef", two_files};
  return {
      {.name = "tnef_of_two_files",
       .raw = tnef_message(two_files),
       .text = "text",
       .files = {whole,
                 {"a longer name é.pdf", "application/pdf", bytes_256},
                 {"отчёт.txt", "text/plain", "second"}}},
      {.name = "tnef_as_octet_stream",
       .raw = tnef_message(two_files, "application/octet-stream"),
       .text = "text",
       .files = {{"winmail.dat", "application/octet-stream", two_files},
                 {"a longer name é.pdf", "application/pdf", bytes_256},
                 {"отчёт.txt", "text/plain", "second"}}},
      {.name = "tnef_is_the_whole_message",
       .raw =
           head() +
           "Content-Type: application/vnd.ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" +
           base64_lines(two_files),
       .files = {{"winmail.dat", "application/vnd.ms-tnef", two_files},
                 {"a longer name é.pdf", "application/pdf", bytes_256},
                 {"отчёт.txt", "text/plain", "second"}}},
      {.name = "tnef_properties_of_every_kind",
       .raw = tnef_message(many_properties),
       .text = "text",
       .files = {{"winmail.dat", "application/ms-tnef", many_properties}, {"behind.png", "image/png", "x"}}},
      {.name = "tnef_with_an_embedded_message",
       .raw = tnef_message(with_embedded),
       .text = "text",
       .files = {{"winmail.dat", "application/ms-tnef", with_embedded},
                 {"Forwarded", "application/ms-tnef", embedded}}},
      {.name = "tnef_without_files",
       .raw = tnef_message(tnef("")),
       .text = "text",
       .files = {{"winmail.dat", "application/ms-tnef", tnef("")}}},
      {.name = "tnef_cut_off",
       .raw = tnef_message(two_files.substr(0, two_files.size() - 6)),
       .text = "text",
       .files = {{"winmail.dat", "application/ms-tnef", two_files.substr(0, two_files.size() - 6)},
                 {"a longer name é.pdf", "application/pdf", bytes_256}}},
      {.name = "tnef_with_a_length_that_lies",
       .raw = tnef_message(tnef(file(number(2, 1) + number(data, 4) + number(0xFFFFFFFF, 4) + "x"))),
       .text = "text",
       .files = {{"winmail.dat", "application/ms-tnef",
                  tnef(file(number(2, 1) + number(data, 4) + number(0xFFFFFFFF, 4) + "x"))}}},
      {.name = "tnef_that_is_none",
       .raw = tnef_message("not a stream"),
       .text = "text",
       .files = {{"winmail.dat", "application/ms-tnef", "not a stream"}}},
  };
}

}  // namespace

std::vector<Message> file_messages() {
  std::vector<Message> messages = uuencoded_messages();
  for (Message& message : tnef_messages()) messages.push_back(std::move(message));
  return messages;
}

}  // namespace hermod::mime::corpus
