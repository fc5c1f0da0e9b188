#include "server/http/spooled_bytes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

Error no_room() {
  return failure(ErrorKind::unavailable, "a temporary file could not be written",
                 "see whether the disk is full");
}

int open_nameless_file() {
  std::error_code error;
  std::string path = (std::filesystem::temp_directory_path(error) / "hermod-XXXXXX").string();
  const int file = error ? -1 : mkostemp(path.data(), O_CLOEXEC);
  if (file >= 0) unlink(path.c_str());
  return file;
}

}  // namespace

SpooledBytes::SpooledBytes(SpooledBytes&& other) noexcept
    : memory_(std::move(other.memory_)),
      file_(std::exchange(other.file_, -1)),
      size_(std::exchange(other.size_, 0)),
      mapped_(std::exchange(other.mapped_, nullptr)),
      mapped_size_(std::exchange(other.mapped_size_, 0)) {}

SpooledBytes::~SpooledBytes() {
  unmap();
  if (file_ >= 0) close(file_);
}

Status SpooledBytes::append(std::string_view piece) {
  if (file_ < 0 && size_ + piece.size() <= memory_bytes_max) {
    memory_.append(piece);
    size_ += piece.size();
    return ok();
  }
  if (file_ < 0) {
    file_ = open_nameless_file();
    if (file_ < 0) return no_room();
    if (Status written = write_out(memory_); !written) return written;
    memory_ = {};
  }
  if (Status written = write_out(piece); !written) return written;
  size_ += piece.size();
  return ok();
}

Result<std::string_view> SpooledBytes::view() {
  if (file_ < 0) return std::string_view(memory_);
  unmap();
  void* mapped = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_, 0);
  if (mapped == MAP_FAILED) return no_room();
  mapped_ = mapped;
  mapped_size_ = size_;
  return std::string_view(static_cast<const char*>(mapped_), size_);
}

Status SpooledBytes::write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file_, bytes.data(), bytes.size());
    if (written <= 0) return no_room();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ok();
}

void SpooledBytes::unmap() noexcept {
  if (mapped_ != nullptr) munmap(std::exchange(mapped_, nullptr), mapped_size_);
}

}  // namespace hermod::server
