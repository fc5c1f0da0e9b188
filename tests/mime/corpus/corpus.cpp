#include <tests/mime/corpus/corpus.hpp>

#include <algorithm>

namespace hermod::mime::corpus {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

std::string escaped(std::string_view bytes, char mark) {
  std::string all;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    all.append({mark, hex_digits[byte >> 4], hex_digits[byte & 15]});
  }
  return all;
}

// Three bytes as four numbers of six bits.
template <class Write>
void for_each_sextet(std::string_view bytes, Write write) {
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto byte = [&](std::size_t i) {
      return at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U;
    };
    const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (std::size_t i = 0; i < 4; ++i) write(bits >> (18 - 6 * i) & 63, at * 8 + 6 * i < bytes.size() * 8);
  }
}

}  // namespace

std::string head(const Head& fields) {
  return "From: " + fields.from + "\nTo: " + fields.to + "\nSubject: " + fields.subject +
         "\nDate: " + fields.date + "\nMIME-Version: 1.0\n";
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  encoded.reserve(bytes.size() * 4 / 3 + 4);
  for_each_sextet(bytes, [&](unsigned value, bool used) { encoded += used ? alphabet[value] : '='; });
  return encoded;
}

std::string base64_lines(std::string_view bytes) {
  std::string lines;
  lines.reserve(bytes.size() * 4 / 3 * 77 / 76 + 80);
  for (std::size_t at = 0; at < bytes.size(); at += 57)
    lines.append(base64(bytes.substr(at, 57))).append("\n");
  return lines;
}

std::string q_encoded(std::string_view bytes) { return escaped(bytes, '='); }

std::string percent_encoded(std::string_view bytes) { return escaped(bytes, '%'); }

std::string uuencoded(std::string_view bytes) {
  std::string lines;
  const auto digit = [](unsigned value) { return value == 0 ? '`' : static_cast<char>(' ' + value); };
  for (std::size_t at = 0; at < bytes.size(); at += 45) {
    const std::string_view line = bytes.substr(at, 45);
    lines += digit(static_cast<unsigned>(line.size()));
    for_each_sextet(line, [&](unsigned value, bool) { lines += digit(value); });
    lines += '\n';
  }
  return lines + "`\n";
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all.append(text);
  return all;
}

}  // namespace hermod::mime::corpus
