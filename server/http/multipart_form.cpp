#include "server/http/multipart_form.hpp"

#include <algorithm>
#include <array>
#include <istream>

#include "core/mime/ascii.hpp"
#include "core/mime/parameters.hpp"
#include "core/mime/utf8.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

constexpr std::size_t piece_bytes = 64 << 10;
constexpr std::size_t boundary_bytes_max = 200;  // RFC 2046 §5.1.1 allows 70

Error malformed(std::string what) {
  return failure(ErrorKind::invalid_argument, "the multipart body " + std::move(what), "see RFC 7578");
}

// A window over the body, in which a delimiter is searched for.
class Window {
 public:
  Window(std::istream& stream, std::uint64_t bytes_max) : stream_(stream), left_(bytes_max) {}

  std::string_view text() const { return std::string_view(buffer_).substr(start_); }
  void drop(std::size_t bytes) { start_ += bytes; }

  // Reads on. False at the end of the body.
  Result<bool> more() {
    buffer_.erase(0, start_);
    start_ = 0;
    stream_.read(piece_.data(), piece_.size());
    const auto count = static_cast<std::size_t>(stream_.gcount());
    if (count > left_) return failure(ErrorKind::limit, "the request body is too large");
    left_ -= count;
    buffer_.append(piece_.data(), count);
    return count > 0;
  }

 private:
  std::istream& stream_;
  std::uint64_t left_;
  std::string buffer_;
  std::size_t start_ = 0;
  std::array<char, piece_bytes> piece_;
};

class FormReader {
 public:
  FormReader(std::istream& stream, std::string_view boundary, std::uint64_t bytes_max)
      : window_(stream, bytes_max), delimiter_("\r\n--" + std::string(boundary)) {}

  Result<std::vector<FormPart>> read() {
    std::vector<FormPart> parts;
    if (Status begun = begin(); !begun) return std::move(begun).error();
    for (;;) {
      auto last = at_the_end();
      if (!last) return std::move(last).error();
      if (*last) return parts;
      if (parts.size() == form_parts_max)
        return failure(ErrorKind::limit, "the multipart body has too many parts");
      FormPart part;
      if (Status headers = read_headers(part); !headers) return std::move(headers).error();
      if (Status bytes = read_bytes(part.bytes); !bytes) return std::move(bytes).error();
      parts.push_back(std::move(part));
    }
  }

 private:
  // Makes the window hold that much at least.
  Status need(std::size_t bytes) {
    while (window_.text().size() < bytes) {
      auto more = window_.more();
      if (!more) return std::move(more).error();
      if (!*more) return malformed("ended early");
    }
    return ok();
  }

  // The first delimiter has no line end in front of it; a preamble is none of ours.
  Status begin() {
    const std::string_view first = std::string_view(delimiter_).substr(2);
    if (Status enough = need(first.size()); !enough) return enough;
    if (!window_.text().starts_with(first)) return malformed("does not begin with its boundary");
    window_.drop(first.size());
    return ok();
  }

  // Behind a delimiter: "--" ends the body, a line end begins a part.
  Result<bool> at_the_end() {
    if (Status enough = need(2); !enough) return std::move(enough).error();
    const bool last = window_.text().starts_with("--");
    if (!last && !window_.text().starts_with("\r\n")) return malformed("has a broken delimiter");
    window_.drop(2);
    return last;
  }

  Status read_headers(FormPart& part) {
    for (std::size_t used = 0;;) {
      std::size_t end = window_.text().find("\r\n");
      while (end == std::string_view::npos) {
        if (window_.text().size() > form_headers_bytes_max) return malformed("has a header that is too long");
        if (Status enough = need(window_.text().size() + 1); !enough) return enough;
        end = window_.text().find("\r\n");
      }
      const std::string line(window_.text().substr(0, end));
      window_.drop(end + 2);
      if (line.empty()) break;
      used += line.size();
      if (used > form_headers_bytes_max) return malformed("has headers that are too long");
      take_header(line, part);
    }
    return part.name.empty() ? malformed("has a part without a name") : ok();
  }

  static void take_header(std::string_view line, FormPart& part) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view name = line.substr(0, colon), value = mime::trimmed(line.substr(colon + 1));
    if (mime::ascii_equal(name, "content-type")) {
      part.content_type = value;
    } else if (mime::ascii_equal(name, "content-disposition")) {
      const mime::Parameters parameters(value);
      // Not encoded words: the name stands there in UTF-8 (RFC 7578 §5.1), three characters escaped as in
      // URLs.
      const auto text = [&](std::string_view key) {
        return mime::storable_utf8(unescaped(parameters.raw(key).value_or("")));
      };
      part.name = text("name");
      part.filename = text("filename");
      if (auto extended = parameters.raw("filename") ? std::nullopt : parameters.text("filename"))
        part.filename = *extended;
    }
  }

  // WHATWG: CR, LF and '"' are written as %0D, %0A and %22, and nothing else is.
  static std::string unescaped(std::string_view value) {
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string_view three = value.substr(i, 3);
      if (three == "%22" || three == "%0D" || three == "%0A") {
        text += three == "%22" ? '"' : three == "%0D" ? '\r' : '\n';
        i += 2;
      } else {
        text += value[i];
      }
    }
    return text;
  }

  Status read_bytes(SpooledBytes& bytes) {
    for (;;) {
      const std::string_view text = window_.text();
      const std::size_t found = text.find(delimiter_);
      // What may be the start of a delimiter stays in the window.
      const std::size_t sure = found != std::string_view::npos   ? found
                               : text.size() < delimiter_.size() ? 0
                                                                 : text.size() - delimiter_.size() + 1;
      if (Status kept = bytes.append(text.substr(0, sure)); !kept) return kept;
      if (found != std::string_view::npos) {
        window_.drop(found + delimiter_.size());
        return ok();
      }
      window_.drop(sure);
      auto more = window_.more();
      if (!more) return std::move(more).error();
      if (!*more) return malformed("ended early");
    }
  }

  Window window_;
  const std::string delimiter_;
};

mime::Parameters content_type_of(const Request& request) {
  return mime::Parameters(request.headers.find("content-type").value_or(""));
}

}  // namespace

bool has_form(const Request& request) { return content_type_of(request).value() == "multipart/form-data"; }

Result<std::vector<FormPart>> read_form(Request& request, std::uint64_t bytes_max) {
  const mime::Parameters type = content_type_of(request);
  const auto boundary = type.raw("boundary");
  if (!boundary || boundary->empty() || boundary->size() > boundary_bytes_max)
    return malformed("has no boundary");
  if (request.body.announced().value_or(0) > bytes_max) {
    return failure(ErrorKind::limit,
                   "the request body is larger than " + std::to_string(bytes_max) + " bytes");
  }
  if (request.body.stream() == nullptr) return malformed("is empty");
  return FormReader(*request.body.stream(), *boundary, bytes_max).read();
}

}  // namespace hermod::server
