// No input takes more than linear work or memory: twice the input costs about twice as much, whatever it is
// made of. Work is counted, not timed, so the tests say the same on any machine.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include <core/mime/message.hpp>
#include <tests/mime/corpus/corpus.hpp>
#include <tests/mime/work/work_counter.hpp>

namespace hermod::mime {
namespace {

using corpus::repeated;

// Twice as much, and a little for buffers that grow by doubling. Quadratic work is four times as much.
constexpr double growth_max = 2.6;
// Per byte of input, so that no case is linear at a price. Allocated bytes are those of all allocations
// together, of which few live at once; the dearest are 50 levels whose boundaries are wrong. Real mail needs
// about a tenth.
constexpr double steps_per_byte_max = 400;
constexpr double bytes_per_byte_max = 600;
// What a message costs however small it is; part of both counts compared.
constexpr double fixed_bytes = 1 << 20;

std::string field(std::string_view name, std::string_view part, std::size_t bytes,
                  std::string_view end = "") {
  return std::string(name) + ": " + repeated(part, bytes / part.size()) + std::string(end) + "\n\nx";
}
std::string typed(std::string_view type, const std::string& body) {
  return "Content-Type: " + std::string(type) + "\n\n" + body;
}
std::string html(const std::string& body) { return typed("text/html; charset=utf-8", body); }
std::string mixed(const std::string& body) { return typed("multipart/mixed; boundary=b", body); }

struct WorkCase {
  const char* name;
  std::size_t bytes;  // the smaller size; fields stay under the limits in ParseLimits
  std::function<std::string(std::size_t bytes)> raw;
};

std::string nested(std::size_t levels, const std::string& bottom) {
  std::string raw = "Content-Type: multipart/mixed; boundary=b0\n\n";
  for (std::size_t i = 0; i < levels; ++i)
    raw += "--b" + std::to_string(i) + "\nContent-Type: multipart/mixed; boundary=b" + std::to_string(i + 1) +
           "\n\n";
  return raw + "--b" + std::to_string(levels) + "\n\n" + bottom;
}

std::string numbered(std::size_t bytes, const std::function<std::string(std::size_t)>& one) {
  std::string all;
  for (std::size_t i = 0; all.size() < bytes; ++i) all += one(i);
  return all;
}

constexpr std::size_t header_size = 100'000, body_size = 300'000;

const WorkCase cases[] = {
    {"plain_text", body_size,
     [](std::size_t n) { return "\n" + repeated("words of a usual line of text\n", n / 30); }},
    {"header_lines_100000", 100'000 * 5, [](std::size_t n) { return repeated("A: b\n", n / 5) + "\nx"; }},
    {"header_lines_invalid", body_size,
     [](std::size_t n) { return repeated("no header here\n", n / 15) + "\nx"; }},
    {"header_lines_every_second_invalid", body_size,
     [](std::size_t n) { return repeated("a: b\nno\n", n / 8) + "\nx"; }},
    {"header_folds", header_size, [](std::size_t n) { return field("A", "b\n ", n); }},
    {"header_blanks", header_size, [](std::size_t n) { return field("Subject", "  \n ", n, "x"); }},
    {"encoded_words_without_end", 500'000,
     [](std::size_t n) { return field("X", "=?a?q?x", n / 5) + field("Y", "=?", n); }},
    {"encoded_words_of_unknown_charsets", header_size,
     [](std::size_t n) { return field("X", "=?xa?q?=FF?= =?xb?q?=FE?= ", n); }},
    {"encoded_words_of_question_marks", header_size,
     [](std::size_t n) { return field("To", "=?a?q???", n); }},
    {"address_comments_nested", header_size,
     [](std::size_t n) { return field("To", "(", n / 2, repeated(")", n / 2)); }},
    {"address_comments_unclosed", header_size, [](std::size_t n) { return field("To", "(()", n); }},
    {"address_colons_behind_an_at", header_size,
     [](std::size_t n) { return field("To", "a", n / 2, "@" + repeated(":", n / 2) + ";"); }},
    {"address_groups", header_size, [](std::size_t n) { return field("To", "g:", n, ";"); }},
    {"address_quotes", header_size, [](std::size_t n) { return field("To", "\"a@>,", n); }},
    {"address_brackets", header_size, [](std::size_t n) { return field("To", "<a@b<", n); }},
    {"address_words", header_size, [](std::size_t n) { return field("To", "@ b ", n); }},
    {"address_list", header_size,
     [](std::size_t n) {
       return "To: " + numbered(n, [](std::size_t i) { return "a" + std::to_string(i) + "@x, "; }) + "\n\nx";
     }},
    {"references", header_size,
     [](std::size_t n) {
       return "References: " + numbered(n, [](std::size_t i) { return "<" + std::to_string(i) + "@x> "; }) +
              "\n\nx";
     }},
    {"parameters", header_size, [](std::size_t n) { return field("Content-Type", "text/plain; a=b", n); }},
    {"parameters_of_boundaries", 2'000,
     [](std::size_t n) {
       return "Content-Type: multipart/mixed" +
              numbered(n, [](std::size_t i) { return "; boundary=" + std::to_string(i); }) + "\n\n" +
              repeated("a line of the body\n", n * 5);
     }},
    {"parameter_comments", header_size,
     [](std::size_t n) { return field("Content-Type", "text/plain; a=((", n); }},
    {"parameter_continuations", header_size,
     [](std::size_t n) { return field("Content-Disposition", "a; filename*0*=b; ", n); }},
    {"parts", 60'000, [](std::size_t n) { return mixed(repeated("--b\n\nx\n", n / 7)); }},
    {"parts_with_files", 120'000,
     [](std::size_t n) {
       return mixed(repeated("--b\nContent-Type: image/png; name=a.png\nContent-ID: <a@x>\n\nx\n", n / 60));
     }},
    {"parts_beyond_the_limit", 2 * body_size,
     [](std::size_t n) { return mixed(repeated("--b\n\nx\n", n / 7)); }},
    {"parts_like_the_boundary", body_size,
     [](std::size_t n) { return mixed("--b\n\n" + repeated("--bb\n x--b", n / 10)); }},
    {"levels_100", body_size, [](std::size_t n) { return nested(100, repeated("line\n", n / 5)); }},
    {"levels_of_wrong_boundaries", body_size,
     [](std::size_t n) {
       return "Content-Type: multipart/mixed\n\n" + numbered(n, [](std::size_t i) {
                return "--c" + std::to_string(i) + "\nContent-Type: multipart/mixed; boundary=z\n\n";
              });
     }},
    {"html_elements", body_size,
     [](std::size_t n) { return html(repeated("<div>", n / 10) + repeated("</p>", n / 8)); }},
    {"html_elements_closed", body_size,
     [](std::size_t n) { return html(repeated("<b>", n / 8) + "x" + repeated("</b>", n / 8)); }},
    {"html_attributes", body_size,
     [](std::size_t n) {
       return html("<p " + numbered(n, [](std::size_t i) { return "a" + std::to_string(i) + "=1 "; }) + ">x");
     }},
    {"html_styles", body_size,
     [](std::size_t n) { return html(repeated("<p style='color:red;display:block'>x", n / 36)); }},
    {"html_long_style", body_size,
     [](std::size_t n) { return html("<p style='" + repeated("color:red;", n / 10) + "'>x"); }},
    {"html_comments_without_end", body_size, [](std::size_t n) { return html(repeated("<!--", n / 4)); }},
    {"html_declarations_without_end", body_size, [](std::size_t n) { return html(repeated("<!", n / 2)); }},
    {"html_quotes_without_end", body_size,
     [](std::size_t n) { return html(repeated("<a b=\"", n / 12 | 1) + repeated("<a b='", n / 12 | 1)); }},
    {"html_raw_text_without_end", body_size,
     [](std::size_t n) { return html(repeated("<title></", n / 9)); }},
    {"html_tag_starts", body_size, [](std::size_t n) { return html(repeated("<", n)); }},
    {"html_references", body_size, [](std::size_t n) { return html(repeated("&eacut", n / 6)); }},
    {"html_cid_urls", body_size,
     [](std::size_t n) {
       return mixed("--b\nContent-Type: text/html\n\n" + repeated("cid:", n / 4) +
                    "\n--b\nContent-Type: image/png\n\nx\n--b--");
     }},
    {"flowed_quotes", body_size,
     [](std::size_t n) {
       return typed("text/plain; format=flowed", repeated(std::string(30, '>') + "\n\n", n / 32));
     }},
    {"flowed_lines", body_size,
     [](std::size_t n) { return typed("text/plain; format=flowed", repeated("a \n", n / 3)); }},
    {"colons_and_blank_lines", body_size, [](std::size_t n) { return "\n" + repeated("a:\n\n\n", n / 5); }},
    {"uuencode_starts", body_size, [](std::size_t n) { return "\n" + repeated("begin 644 a\n", n / 12); }},
    {"uuencode_without_end", body_size,
     [](std::size_t n) { return "\n" + repeated("begin 644 a\nM\nM\nx\n", n / 18); }},
    {"uuencode_files", body_size,
     [](std::size_t n) { return "\n" + repeated("begin 644 a\n#8V%T\n`\nend\n", n / 26); }},
    {"base64_lines", body_size,
     [](std::size_t n) { return "Content-Transfer-Encoding: base64\n\n" + repeated("d29yZHMg\n", n / 9); }},
    {"base64_line_of_padding", body_size,
     [](std::size_t n) { return "Content-Transfer-Encoding: base64\n\nd29yZHMg" + repeated("=", n); }},
    {"quoted_printable_one_line", body_size,
     [](std::size_t n) {
       return "Content-Transfer-Encoding: quoted-printable\n\n" + repeated("=C3=A9", n / 6);
     }},
    {"broken_utf8", body_size, [](std::size_t n) { return "\n" + repeated("\xC3", n); }},
    {"double_encoded_utf8", body_size,
     [](std::size_t n) { return "\n" + repeated("\xC3\x83\xC2\xA9", n / 4); }},
    {"escape_sequences", body_size, [](std::size_t n) { return "\n" + repeated("\x1B$B", n / 3); }},
    {"carriage_returns", body_size, [](std::size_t n) { return "\n" + repeated("\r", n); }},
    {"nuls", body_size, [](std::size_t n) { return "\n" + std::string(n, '\0'); }},
};

struct Measured {
  double bytes, steps, allocated;
};

Measured measure(const std::string& raw) {
  const Work before = work_done();
  const ParsedMessage message = parse_message(raw);
  // A download reads the message once more.
  if (!message.attachments.empty())
    (void)extract_attachment(raw, message.attachments.back().part_path,
                             [](std::string_view) { return true; });
  const Work after = work_done();
  return {static_cast<double>(raw.size()), static_cast<double>(after.steps - before.steps),
          static_cast<double>(after.allocated - before.allocated)};
}

TEST(Work, is_linear_in_the_input) {
  (void)measure("Subject: s\n\nx");  // tables that are made once
  for (const WorkCase& row : cases) {
    SCOPED_TRACE(row.name);
    const Measured once = measure(row.raw(row.bytes)), twice = measure(row.raw(2 * row.bytes));
    const double input_growth = twice.bytes / once.bytes;
    EXPECT_LE(twice.steps / once.steps, growth_max * input_growth / 2)
        << once.steps << " then " << twice.steps;
    EXPECT_LE((twice.allocated + fixed_bytes) / (once.allocated + fixed_bytes), growth_max * input_growth / 2)
        << once.allocated << " then " << twice.allocated;
    EXPECT_LE(twice.steps / twice.bytes, steps_per_byte_max);
    EXPECT_LE(twice.allocated, bytes_per_byte_max * twice.bytes + fixed_bytes);
    if (std::getenv("HERMOD_TEST_VERBOSE") != nullptr)
      std::printf("%-36s %8.1f steps/byte  x%.2f   %8.1f allocated/byte  x%.2f\n", row.name,
                  twice.steps / twice.bytes, twice.steps / once.steps, twice.allocated / twice.bytes,
                  twice.allocated / once.allocated);
  }
}

// The counter itself: if it saw nothing, or no difference, the test above would prove nothing.
TEST(Work, counter_tells_quadratic_from_linear) {
  const auto steps_of = [](auto run) {
    const Work before = work_done();
    run();
    return static_cast<double>(work_done().steps - before.steps);
  };
  const std::string text(20'000, 'a');
  const auto quadratic = [&](std::size_t n) {
    return steps_of([&] {
      for (std::size_t i = 0; i < n / 100; ++i) (void)parse_message("\n" + text.substr(0, n));
    });
  };
  EXPECT_GT(quadratic(20'000) / quadratic(10'000), growth_max);
}

}  // namespace
}  // namespace hermod::mime
