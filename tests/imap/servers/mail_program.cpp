#include "tests/imap/servers/mail_program.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>

namespace hermod::imap::test {
namespace {

constexpr int answer_seconds_max = 30;

// The UTF-16 units of well-formed UTF-8.
std::optional<std::u16string> utf16_of(const std::string& text) {
  std::u16string units;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length == 0 || at + length > text.size()) return std::nullopt;
    char32_t code = length == 1 ? first : first & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xC0) != 0x80) return std::nullopt;
      code = code << 6 | (next & 0x3Fu);
    }
    if (code >= 0xD800 && code < 0xE000) return std::nullopt;
    if (code > 0xFFFF) {
      units += static_cast<char16_t>(0xD7C0 + (code >> 10));
      units += static_cast<char16_t>(0xDC00 + (code & 0x3FF));
    } else {
      units += static_cast<char16_t>(code);
    }
    at += length;
  }
  return units;
}

std::string shifted(const std::u16string& units) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
  std::string out = "&";
  unsigned bits = 0, held = 0;
  for (const char16_t unit : units) {
    for (const unsigned byte : {static_cast<unsigned>(unit) >> 8, static_cast<unsigned>(unit) & 0xFFu}) {
      held = held << 8 | byte;
      for (bits += 8; bits >= 6; bits -= 6) out += digits[held >> (bits - 6) & 63];
    }
  }
  if (bits > 0) out += digits[held << (6 - bits) & 63];
  return out + "-";
}

std::string modified_utf7(const std::u16string& units) {
  std::string out;
  std::u16string pending;
  const auto flush = [&] {
    if (!pending.empty()) out += shifted(pending);
    pending.clear();
  };
  for (const char16_t unit : units) {
    if (unit < 0x20 || unit > 0x7E) {
      pending += unit;
      continue;
    }
    flush();
    out += static_cast<char>(unit);
    if (unit == u'&') out += '-';
  }
  flush();
  return out;
}

}  // namespace

std::string Reply::after(const std::string& word) const {
  for (const std::string& line : untagged) {
    const std::size_t at = line.find(word);
    if (at != std::string::npos) return line.substr(at + word.size());
  }
  return {};
}

MailProgram::MailProgram(int port, Naming naming, const std::string& user, const std::string& password)
    : port_(port), naming_(std::move(naming)), user_(user), password_(password) {
  reconnect();
}

void MailProgram::reconnect() {
  if (socket_ >= 0) close(socket_);
  buffer_.clear();
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  const timeval limit{answer_seconds_max, 0};
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("the mail server does not listen");
  }
  read_line();
  if (!command("LOGIN \"" + user_ + "\" \"" + password_ + "\"").ok)
    throw std::runtime_error("LOGIN is refused");
  capabilities_ = command("CAPABILITY").after("* CAPABILITY") + " ";
}

MailProgram::~MailProgram() { close(socket_); }

Reply MailProgram::command(const std::string& text) {
  const std::string tag = "t" + std::to_string(++tags_);
  send(tag + " " + text + "\r\n");
  return read_reply(tag);
}

Reply MailProgram::command(const std::string& text, const std::string& literal) {
  const std::string tag = "t" + std::to_string(++tags_);
  send(tag + " " + text + " {" + std::to_string(literal.size()) + "}\r\n");
  while (buffer_.empty()) fill();
  if (buffer_.front() != '+') {
    Reply refused = read_reply(tag);
    if (refused.ok) throw std::runtime_error("a literal that was not taken is accepted");
    return refused;
  }
  read_line();
  send(literal + "\r\n");
  return read_reply(tag);
}

bool MailProgram::has(const std::string& capability) const {
  return capabilities_.find(" " + capability + " ") != std::string::npos;
}

std::string MailProgram::name(const std::string& path) const {
  std::string wire = path;
  if (const auto units = utf16_of(path)) wire = modified_utf7(*units);
  if (wire != "INBOX") {
    for (char& c : wire) {
      if (c == '/') c = naming_.separator;
    }
    wire = naming_.prefix + wire;
  }
  std::string quoted = "\"";
  for (const char c : wire) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

void MailProgram::select(const std::string& path) {
  if (!command("SELECT " + name(path)).ok) throw std::runtime_error("a folder cannot be selected");
}

Reply MailProgram::read_reply(const std::string& tag) {
  Reply reply;
  for (;;) {
    std::string line = read_line();
    if (line.starts_with(tag + " ")) {
      reply.ok = line.starts_with(tag + " OK");
      reply.status = std::move(line);
      return reply;
    }
    if (line.starts_with("* BYE")) throw std::runtime_error("the server says " + line);
    reply.untagged.push_back(std::move(line));
  }
}

std::string MailProgram::read_line() {
  std::string line;
  for (;;) {
    std::size_t end;
    while ((end = buffer_.find("\r\n")) == std::string::npos) fill();
    line += buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    const std::size_t brace = line.ends_with('}') ? line.rfind('{') : std::string::npos;
    if (brace == std::string::npos) return line;
    const std::size_t octets = std::stoul(line.substr(brace + 1));
    while (buffer_.size() < octets) fill();
    line += "\r\n" + buffer_.substr(0, octets);
    buffer_.erase(0, octets);
  }
}

void MailProgram::fill() {
  char bytes[16384];
  const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
  if (count <= 0) throw std::runtime_error("the mail server does not answer");
  buffer_.append(bytes, static_cast<std::size_t>(count));
}

void MailProgram::send(const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) throw std::runtime_error("the mail server does not listen any more");
    sent += static_cast<std::size_t>(count);
  }
}

}  // namespace hermod::imap::test
