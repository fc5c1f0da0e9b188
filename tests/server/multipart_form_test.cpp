// Forms as they come over the wire: in pieces, with hostile contents, cut off.
#include "server/http/multipart_form.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace hermod::server {
namespace {

const std::string whole =
    "--xYz\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n{\"a\":1}"
    "\r\n--xYz\r\ncontent-type: image/png\r\nContent-Disposition: form-data; name=\"file0\"; filename=\"a "
    "b.png\"\r\n\r\n"
    "\r\n--xY\r\n--xY--\r\n-"
    "\r\n--xYz--\r\n\r\n";

// Gives at most so many bytes at once, as a socket does.
class Trickle : public std::streambuf {
 public:
  Trickle(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}

 private:
  int_type underflow() override {
    if (at_ >= text_.size()) return traits_type::eof();
    const std::size_t count = std::min(step_, text_.size() - at_);
    setg(text_.data() + at_, text_.data() + at_, text_.data() + at_ + count);
    at_ += count;
    return traits_type::to_int_type(*gptr());
  }
  std::string text_;
  std::size_t step_, at_ = 0;
};

Result<std::vector<FormPart>> read(const std::string& text, std::size_t step = 7,
                                   std::uint64_t bytes_max = 1 << 24,
                                   const std::string& type = "multipart/form-data; boundary=xYz") {
  Trickle trickle(text, step);
  std::istream stream(&trickle);
  Request request;
  request.headers.add("Content-Type", type);
  request.body = RequestBody(stream, std::nullopt);
  return read_form(request, bytes_max);
}

TEST(MultipartForm, gives_its_parts) {
  auto parts = read(whole);
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].name, "message");
  EXPECT_EQ((*parts)[0].filename, "");
  EXPECT_EQ(*(*parts)[0].bytes.view(), "{\"a\":1}");
  EXPECT_EQ((*parts)[1].name, "file0");
  EXPECT_EQ((*parts)[1].filename, "a b.png");
  EXPECT_EQ((*parts)[1].content_type, "image/png");
  EXPECT_EQ(*(*parts)[1].bytes.view(), "\r\n--xY\r\n--xY--\r\n-");
}

// A transfer that breaks off must not become a shorter file.
TEST(MultipartForm, cut_anywhere_is_refused) {
  const std::size_t end = whole.rfind("--xYz--") + 7;
  for (std::size_t length = 0; length < end; ++length) {
    EXPECT_FALSE(read(whole.substr(0, length))) << length;
  }
  EXPECT_TRUE(read(whole.substr(0, end)));
}

// The delimiter is found wherever the pieces end, in memory or in a file.
TEST(MultipartForm, large_contents_are_whole) {
  for (const std::size_t size : {0ul, 65'530ul, 65'536ul, SpooledBytes::memory_bytes_max,
                                 SpooledBytes::memory_bytes_max + 1, 3'000'000ul}) {
    std::string content(size, '\r');
    for (std::size_t i = 0; i < size; i += 3) content[i] = static_cast<char>(i);
    auto parts =
        read("--xYz\r\nContent-Disposition: form-data; name=f\r\n\r\n" + content + "\r\n--xYz--", 4093);
    ASSERT_TRUE(parts) << parts.error().message;
    EXPECT_EQ((*parts)[0].bytes.size(), size);
    EXPECT_TRUE(*(*parts)[0].bytes.view() == content) << size;
  }
}

TEST(MultipartForm, has_limits) {
  auto large = read(whole, 7, whole.size() - 20);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().kind, ErrorKind::limit);
  std::string many;
  for (std::size_t i = 0; i <= form_parts_max; ++i)
    many += "--xYz\r\nContent-Disposition: form-data; name=f\r\n\r\n\r\n";
  auto parts = read(many + "--xYz--", 4093);
  ASSERT_FALSE(parts);
  EXPECT_EQ(parts.error().kind, ErrorKind::limit);
  EXPECT_FALSE(read("--xYz\r\nA: " + std::string(40'000, 'b') + "\r\n\r\n\r\n--xYz--", 4093));
}

TEST(MultipartForm, what_is_none_is_refused) {
  EXPECT_FALSE(read(whole, 7, 1 << 20, "multipart/form-data"));
  EXPECT_FALSE(read(whole, 7, 1 << 20, "multipart/form-data; boundary=other"));
  EXPECT_FALSE(read("--xYz\r\nContent-Type: text/plain\r\n\r\nno name\r\n--xYz--"));
  EXPECT_FALSE(read("{\"subject\":\"s\"}"));
}

}  // namespace
}  // namespace hermod::server
