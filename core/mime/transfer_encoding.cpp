#include <core/mime/transfer_encoding.hpp>

#include <algorithm>
#include <array>

#include <core/mime/ascii.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t alphabet_sample_bytes = 4096;
constexpr std::size_t foreign_percent_max = 5;
constexpr std::size_t base64_line_bytes_min = 40;  // no word is that long; encoders write 60 to 76

constexpr std::uint8_t skipped = 0xFF, padding = 0xFE;
constexpr std::array<std::uint8_t, 256> base64_values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(skipped);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  values[static_cast<unsigned char>('=')] = padding;
  return values;
}();

std::uint8_t base64_value(char c) { return base64_values[static_cast<unsigned char>(c)]; }

// Collects output and hands it on in chunks.
class Chunks {
 public:
  Chunks(const ByteSink& sink, std::size_t encoded_bytes) : sink_(sink) {
    buffer_.reserve(std::min(encoded_bytes, chunk_bytes_max + 128));
  }
  void add(char byte) { buffer_ += byte; }
  void add(std::string_view bytes) { buffer_.append(bytes); }
  // False once the sink has stopped.
  bool flush_if_full() { return buffer_.size() < chunk_bytes_max || flush(); }
  bool flush() {
    for (std::size_t at = 0; going_ && at < buffer_.size(); at += chunk_bytes_max)
      going_ = sink_(std::string_view(buffer_).substr(at, chunk_bytes_max));
    buffer_.clear();
    return going_;
  }

 private:
  const ByteSink& sink_;
  std::string buffer_;
  bool going_ = true;
};

// Four characters at a time while they are clean, else one at a time.
class Base64Decoder {
 public:
  void feed(std::string_view line, std::string& out) {
    std::size_t at = 0;
    while (at < line.size()) {
      if (count_ == 0) at = feed_quads(line, at, out);
      if (at < line.size()) feed_one(base64_value(line[at++]), out);
    }
  }
  // An unpadded last group still has its bytes.
  void finish(std::string& out) {
    if (count_ >= 2) out += static_cast<char>(bits_ >> (6 * count_ - 8));
    if (count_ == 3) out += static_cast<char>(bits_ >> 2);
    count_ = 0;
    bits_ = 0;
  }

 private:
  static std::size_t feed_quads(std::string_view line, std::size_t at, std::string& out) {
    for (; at + 4 <= line.size(); at += 4) {
      const std::uint32_t a = base64_value(line[at]), b = base64_value(line[at + 1]),
                          c = base64_value(line[at + 2]), d = base64_value(line[at + 3]);
      if ((a | b | c | d) > 63) break;
      const std::uint32_t bits = (a << 18) | (b << 12) | (c << 6) | d;
      const char bytes[] = {static_cast<char>(bits >> 16), static_cast<char>(bits >> 8),
                            static_cast<char>(bits)};
      out.append(bytes, sizeof bytes);
    }
    return at;
  }
  void feed_one(std::uint8_t value, std::string& out) {
    if (value == skipped) return;
    if (value == padding) return finish(out);
    bits_ = (bits_ << 6) | value;
    if (++count_ < 4) return;
    const char bytes[] = {static_cast<char>(bits_ >> 16), static_cast<char>(bits_ >> 8),
                          static_cast<char>(bits_)};
    out.append(bytes, sizeof bytes);
    count_ = 0;
    bits_ = 0;
  }

  std::uint32_t bits_ = 0;
  unsigned count_ = 0;
};

// Cuts off the first line, without its line end (CR LF, LF or nothing); `rest` is moved behind it.
std::string_view take_line(std::string_view& rest, std::string_view& line_end) {
  const std::size_t newline = rest.find('\n');
  std::string_view line = rest.substr(0, newline);
  line_end = newline == std::string_view::npos ? std::string_view() : rest.substr(newline, 1);
  rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  if (line.ends_with('\r')) {
    line_end = std::string_view(line.data() + line.size() - 1, line_end.size() + 1);
    line.remove_suffix(1);
  }
  return line;
}

bool is_base64_line(std::string_view line) {
  return std::ranges::all_of(line, [](char c) { return base64_value(c) != skipped; });
}

bool decode_base64(std::string_view body, const ByteSink& sink) {
  Chunks chunks(sink, body.size());
  Base64Decoder decoder;
  std::string bytes;
  // Behind padding, or a line shorter than those before it, only whole lines of base64 go on; a footer does
  // not.
  bool padded = false;
  std::size_t longest = 0;
  while (!body.empty()) {
    std::string_view line_end;
    std::string_view line = take_line(body, line_end);
    const std::size_t line_bytes = trimmed(line).size();
    const bool last = line_bytes < longest && line_bytes > 0 && is_base64_line(trimmed(line));
    longest = std::max(longest, line_bytes);
    for (; !line.empty(); line.remove_prefix(std::min(line.size(), chunk_bytes_max))) {
      const std::string_view piece = line.substr(0, chunk_bytes_max);
      if (padded && !is_base64_line(trimmed(piece))) continue;
      padded = padded || piece.find('=') != std::string_view::npos;
      bytes.clear();
      decoder.feed(piece, bytes);
      chunks.add(bytes);
      if (!chunks.flush_if_full()) return false;
    }
    padded = padded || last;
  }
  bytes.clear();
  decoder.finish(bytes);
  chunks.add(bytes);
  return chunks.flush();
}

// Escapes of one line; true if it ends in a soft line break. A line may be as long as the part.
bool decode_quoted_printable_line(std::string_view line, Chunks& chunks) {
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);  // §6.7 rule 3
  const bool soft = line.ends_with('=');
  if (soft) line.remove_suffix(1);
  while (!line.empty()) {
    if (!chunks.flush_if_full()) return soft;
    const std::size_t escape = line.substr(0, chunk_bytes_max).find('=');
    const std::string_view plain = line.substr(0, std::min(escape, chunk_bytes_max));
    chunks.add(plain);
    line.remove_prefix(plain.size());
    if (escape == std::string_view::npos) continue;
    const int high = line.size() > 2 ? hex_value(line[1]) : -1,
              low = line.size() > 2 ? hex_value(line[2]) : -1;
    const bool valid = high >= 0 && low >= 0;
    chunks.add(valid ? static_cast<char>(high * 16 + low) : '=');
    line.remove_prefix(valid ? 3 : 1);
  }
  return soft;
}

bool decode_quoted_printable(std::string_view body, const ByteSink& sink) {
  Chunks chunks(sink, body.size());
  while (!body.empty()) {
    std::string_view line_end;
    const std::string_view line = take_line(body, line_end);
    if (!decode_quoted_printable_line(line, chunks)) chunks.add(line_end);
    if (!chunks.flush_if_full()) return false;
  }
  return chunks.flush();
}

void decode_uu_line(std::string_view line, Chunks& chunks) {
  const auto value = [&](std::size_t i) {
    return i < line.size() ? static_cast<unsigned>((line[i] - ' ') & 0x3F) : 0U;
  };
  std::size_t left = value(0);
  for (std::size_t i = 1; left > 0; i += 4) {
    const unsigned bits = (value(i) << 18) | (value(i + 1) << 12) | (value(i + 2) << 6) | value(i + 3);
    for (const unsigned shift : {16U, 8U, 0U}) {
      if (left == 0) break;
      chunks.add(static_cast<char>(bits >> shift));
      --left;
    }
  }
}

bool decode_uuencode(std::string_view body, const ByteSink& sink) {
  Chunks chunks(sink, body.size());
  bool begun = false;
  while (!body.empty()) {
    std::string_view line_end;
    const std::string_view line = take_line(body, line_end);
    if (!begun)
      begun = line.starts_with("begin ");
    else if (line == "end")
      break;
    else if (!line.empty())
      decode_uu_line(line, chunks);
    if (!chunks.flush_if_full()) return false;
  }
  return chunks.flush();
}

bool pass_through(std::string_view body, const ByteSink& sink) {
  for (; !body.empty(); body.remove_prefix(std::min(body.size(), chunk_bytes_max)))
    if (!sink(body.substr(0, chunk_bytes_max))) return false;
  return true;
}

}  // namespace

TransferEncoding transfer_encoding_from(std::string_view value) {
  std::string token;
  for (const char c : value.substr(0, 256)) {
    if (c == ';' || c == '(') break;
    if (c != '"' && c != '\'' && !ascii_space(c)) token += ascii_lower(c);
  }
  if (token == "base64") return TransferEncoding::base64;
  if (token == "quoted-printable" || token == "quotedprintable") return TransferEncoding::quoted_printable;
  if (token == "x-uuencode" || token == "x-uue" || token == "uuencode") return TransferEncoding::uuencode;
  return TransferEncoding::identity;
}

TransferEncoding effective_encoding(std::string_view body, TransferEncoding declared) {
  if (declared != TransferEncoding::base64) return declared;
  std::string_view sample = body.substr(0, alphabet_sample_bytes);
  // Where it starts with a line of base64, what is foreign stands behind it.
  const std::string_view first = trimmed(
      sample.substr(0, sample.find('\n', std::min(sample.find_first_not_of("\r\n "), sample.size()))));
  if (first.size() >= base64_line_bytes_min && is_base64_line(first)) return declared;
  // What follows padding at the end of a line is a footer that some list has added.
  const std::size_t padded = sample.find_first_not_of('=', sample.find('='));
  if (padded != std::string_view::npos && ascii_space(sample[padded])) sample = sample.substr(0, padded);
  const auto foreign = static_cast<std::size_t>(std::ranges::count_if(
      sample, [](char c) { return base64_value(c) == skipped && c != '\r' && c != '\n'; }));
  return foreign * 100 > sample.size() * foreign_percent_max ? TransferEncoding::identity : declared;
}

bool decode_transfer(std::string_view body, TransferEncoding encoding, const ByteSink& sink) {
  switch (encoding) {
    case TransferEncoding::base64:
      return decode_base64(body, sink);
    case TransferEncoding::quoted_printable:
      return decode_quoted_printable(body, sink);
    case TransferEncoding::uuencode:
      return decode_uuencode(body, sink);
    case TransferEncoding::identity:
      break;
  }
  return pass_through(body, sink);
}

std::string decode_transfer(std::string_view body, TransferEncoding encoding, std::size_t bytes_max) {
  std::string decoded;
  decode_transfer(body, encoding, [&](std::string_view chunk) {
    decoded.append(chunk.substr(0, bytes_max - decoded.size()));
    return decoded.size() < bytes_max;
  });
  return decoded;
}

void append_base64(std::string& out, std::string_view encoded) {
  Base64Decoder decoder;
  decoder.feed(encoded, out);
  decoder.finish(out);
}

void append_q_encoding(std::string& out, std::string_view encoded) {
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const int high = encoded[i] == '=' && i + 2 < encoded.size() ? hex_value(encoded[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(encoded[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += encoded[i] == '_' ? ' ' : encoded[i];
    }
  }
}

}  // namespace hermod::mime
