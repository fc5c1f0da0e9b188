#include "core/secrets/key_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <system_error>
#include <utility>

#include "core/durability/durable_step.hpp"
#include "core/ids/random.hpp"
#include "core/ids/sha256.hpp"
#include "core/ids/text_encoding.hpp"

namespace hermod::secrets {
namespace {

constexpr std::string_view first_line = "hermod-keys 1";
constexpr std::string_view notice =
    "# The secrets in the database are sealed with these keys; without this file they cannot be opened.\n"
    "# Keep a copy in a safe place, apart from the database's backups. The last key seals, every key "
    "opens.\n";
constexpr std::size_t key_id_bytes = 8;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error refused(std::string message, std::string hint) {
  return {.kind = ErrorKind::denied,
          .scope = ErrorScope::provider,
          .retry = Retry::after_user_action(),
          .message = std::move(message),
          .detail = {},
          .hint = std::move(hint),
          .provider_code = {}};
}

Error malformed(std::size_t line_number, std::string_view why) {
  return {.kind = ErrorKind::invalid_data,
          .scope = ErrorScope::provider,
          .retry = Retry::after_user_action(),
          .message = fmt::format("the key file is malformed: line {}: {}", line_number, why),
          .detail = {},
          .hint = "Restore the key file from its backup. Do not delete it: stored secrets need it.",
          .provider_code = {}};
}

Error system_error(ErrorKind kind, std::string_view action, int code) {
  return {.kind = kind,
          .scope = ErrorScope::provider,
          .retry = Retry::after(),
          .message = fmt::format("could not {} the key file: {}", action,
                                 std::error_code(code, std::generic_category()).message()),
          .detail = {},
          .hint = "Check that the key folder exists, belongs to this user and that its disk has room.",
          .provider_code = {}};
}

Status check_access(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return system_error(ErrorKind::unavailable, "examine", errno);
  if (!S_ISREG(status.st_mode)) return refused("the key file is not a regular file", "Name a regular file.");
  if (status.st_uid != ::geteuid()) {
    return refused("the key file belongs to another user",
                   "Run as the user who owns the key file, or change its owner with chown.");
  }
  if ((status.st_mode & 0077) != 0) {
    return refused(fmt::format("the key file is open to other users (mode {:04o})", status.st_mode & 07777),
                   "Run chmod 600 on the key file. If others could read it, rotate the key.");
  }
  return ok();
}

// Into memory that is wiped: the file holds the keys.
Result<SecretString> read_all(int fd) {
  SecretString buffer = SecretString::of_size(max_key_file_length + 1);
  std::size_t length = 0;
  while (length < buffer.size()) {
    const ssize_t count = ::read(fd, buffer.writable() + length, buffer.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(ErrorKind::unavailable, "read", errno);
    if (count == 0) return SecretString(buffer.reveal().substr(0, length));
    length += static_cast<std::size_t>(count);
  }
  return malformed(1, "longer than a key file can be");
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(ErrorKind::unavailable, "write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(fd) != 0) return system_error(ErrorKind::unavailable, "sync", errno);
  return ok();
}

std::string key_id_of(std::string_view key_bytes) {
  return ids::hex_encode(ids::as_bytes(ids::sha256(key_bytes)).substr(0, key_id_bytes));
}

// The next word of `line`, which loses it and the space behind.
std::string_view take_word(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
  return word;
}

Result<Key> parse_key_line(std::string_view line, std::size_t line_number) {
  if (take_word(line) != "key") return malformed(line_number, "neither a key nor a comment");
  Key key;
  key.key_id = take_word(line);
  key.created_at = take_word(line);
  std::optional<std::string> bytes = ids::base64_decode(line);
  if (!bytes || bytes->size() != key_length)
    return malformed(line_number, "the key is not 32 bytes of base64");
  key.bytes = SecretString(*bytes);
  OPENSSL_cleanse(bytes->data(), bytes->size());
  if (key.key_id != key_id_of(key.bytes.reveal()))
    return malformed(line_number, "the key does not fit its id");
  return key;
}

Result<std::vector<Key>> parse(std::string_view text) {
  std::vector<Key> keys;
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (end == std::string_view::npos) return malformed(line_number, "the line has no end; the file was cut");
    text.remove_prefix(end + 1);
    if (line_number == 1) {
      if (line != first_line) return malformed(1, "not \"hermod-keys 1\", the one version known");
    } else if (!line.empty() && line.front() != '#') {
      Result<Key> key = parse_key_line(line, line_number);
      if (!key) return std::move(key).error();
      keys.push_back(std::move(*key));
      if (keys.size() > max_keys) return malformed(line_number, "more keys than the maximum");
    }
  }
  if (keys.empty()) return malformed(1, "it holds no key");
  return keys;
}

SecretString print(const std::vector<Key>& keys) {
  // Reserved in full, so that no growth leaves a copy of the keys behind.
  constexpr std::size_t key_line_length_max = 128;
  std::string text;
  text.reserve(first_line.size() + notice.size() + 1 + keys.size() * key_line_length_max);
  text.append(first_line).append("\n").append(notice);
  for (const Key& key : keys) {
    std::string encoded = ids::base64_encode(key.bytes.reveal());
    fmt::format_to(std::back_inserter(text), "key {} {} {}\n", key.key_id, key.created_at, encoded);
    OPENSSL_cleanse(encoded.data(), encoded.size());
  }
  SecretString secret(text);
  OPENSSL_cleanse(text.data(), text.size());
  return secret;
}

std::string now_text() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), length};
}

Status sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open() || ::fsync(fd.get()) != 0) {
    return system_error(ErrorKind::unavailable, "sync the folder of", errno);
  }
  return ok();
}

std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  std::array<std::uint8_t, 8> random{};
  ids::fill_random(random);
  std::filesystem::path temporary = path;
  temporary += ".new-" + ids::hex_encode({reinterpret_cast<const char*>(random.data()), random.size()});
  return temporary;
}

}  // namespace

Key make_key() {
  Key key;
  key.bytes = SecretString::of_size(key_length);
  ids::fill_random({reinterpret_cast<std::uint8_t*>(key.bytes.writable()), key_length});
  key.key_id = key_id_of(key.bytes.reveal());
  key.created_at = now_text();
  return key;
}

Result<std::vector<Key>> read_key_file(const std::filesystem::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) {
    switch (errno) {
      case ENOENT:
        return system_error(ErrorKind::not_found, "open", errno);
      case EACCES:
        return system_error(ErrorKind::denied, "open", errno);
      default:
        return system_error(ErrorKind::unavailable, "open", errno);
    }
  }
  if (Status checked = check_access(fd.get()); !checked) return std::move(checked).error();
  Result<SecretString> text = read_all(fd.get());
  if (!text) return std::move(text).error();
  return parse(text->reveal());
}

Status write_key_file(const std::filesystem::path& path, const std::vector<Key>& keys, Existing existing) {
  const std::filesystem::path temporary = temporary_beside(path);
  Status written = [&]() -> Status {
    const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd.is_open()) return system_error(ErrorKind::unavailable, "create", errno);
    return write_all(fd.get(), print(keys).reveal());
  }();
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  durability::passed(durability::DurableStep::key_file_written);
  // Two processes may start at once: without RENAME_NOREPLACE the second would replace a key already in use.
  const unsigned flags = existing == Existing::keep ? RENAME_NOREPLACE : 0;
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), flags) != 0) {
    const int code = errno;
    ::unlink(temporary.c_str());
    return system_error(code == EEXIST ? ErrorKind::conflict : ErrorKind::unavailable, "put in place", code);
  }
  if (Status synced = sync_folder_of(path); !synced) return synced;
  durability::passed(durability::DurableStep::key_file_placed);
  return ok();
}

}  // namespace hermod::secrets
