// Messages of a size that some user has: 1,000 parts, 100 levels, 10,000 recipients, 100 MB.
#include <tests/mime/corpus/corpus.hpp>

namespace hermod::mime::corpus {
namespace {

Message thousand_parts() {
  Message message{.name = "parts_1000", .raw = head() + "Content-Type: multipart/mixed; boundary=b\n\n"};
  for (int i = 1; i <= 1000; ++i) {
    const std::string number = std::to_string(i);
    message.raw += "--b\nContent-Type: application/pdf; name=" + number + ".pdf\n\nbytes " + number + "\n";
    message.files.push_back({number + ".pdf", "application/pdf", "bytes " + number});
  }
  message.raw += "--b--\n";
  return message;
}

// Deeper than ParseLimits::mime_depth: what is at the bottom is not reached, and the message says so. What
// stands at the top is still read.
Message hundred_levels() {
  Message message{.name = "levels_100",
                  .raw = head() + "Content-Type: multipart/mixed; boundary=b0\n\n--b0\n\ntop\n",
                  .text = "top",
                  .flagged = true};
  for (int i = 0; i < 100; ++i)
    message.raw += "--b" + std::to_string(i) + "\nContent-Type: multipart/mixed; boundary=b" +
                   std::to_string(i + 1) + "\n\n";
  message.raw += "--b100\n\nbottom\n";
  for (int i = 100; i >= 0; --i) message.raw += "--b" + std::to_string(i) + "--\n";
  return message;
}

Message forty_levels() {
  Message message{.name = "levels_40",
                  .raw = head() + "Content-Type: multipart/mixed; boundary=b0\n\n",
                  .text = "bottom"};
  for (int i = 0; i < 40; ++i)
    message.raw += "--b" + std::to_string(i) + "\nContent-Type: multipart/mixed; boundary=b" +
                   std::to_string(i + 1) + "\n\n";
  message.raw += "--b40\n\nbottom\n";
  for (int i = 40; i >= 0; --i) message.raw += "--b" + std::to_string(i) + "--\n";
  return message;
}

Message ten_thousand_recipients() {
  Message message{.name = "recipients_10000", .raw = "", .to = ""};
  std::string to;
  for (int i = 0; i < 10'000; ++i) {
    const std::string address = "r" + std::to_string(i) + "@example.test";
    to += (i == 0 ? "" : ",\n ") + address;
    message.to += (i == 0 ? "" : ", ") + address;
  }
  message.raw = head({.to = to}) + "\n";
  return message;
}

}  // namespace

// A block of whole lines again and again, so that writing it takes no longer than reading it.
Message hundred_megabytes() {
  Message message{.name = "bytes_100_mb", .raw = "", .line_ends = LineEnds::as_written};
  constexpr std::size_t line_bytes = 57, block_lines = 1000, bytes_wanted = 100'000'000;
  constexpr std::size_t blocks = bytes_wanted / (line_bytes * block_lines);
  std::string block(line_bytes * block_lines, '\0');
  std::uint32_t state = 1;
  for (char& c : block) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  message.raw = head() +
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: video/mp4; "
                "name=film.mp4\nContent-Transfer-Encoding: base64\n\n" +
                repeated(base64_lines(block), blocks) + "--b--\n";
  message.text = "text";
  message.files = {{"film.mp4", "video/mp4", repeated(block, blocks)}};
  return message;
}

std::vector<Message> large_messages() {
  return {thousand_parts(), hundred_levels(), forty_levels(), ten_thousand_recipients()};
}

}  // namespace hermod::mime::corpus
