// SpooledBytes: bytes that come in pieces and are read as a whole: in memory up to memory_bytes_max, beyond
// in a file without a name, mapped. Owner: one request. The view is valid until the next append and while the
// object lives.
#pragma once

#include <cstddef>
#include <hermod/result.hpp>
#include <string>
#include <string_view>

namespace hermod::server {

class SpooledBytes {
 public:
  static constexpr std::size_t memory_bytes_max = std::size_t{256} << 10;

  SpooledBytes() = default;
  SpooledBytes(SpooledBytes&& other) noexcept;
  SpooledBytes& operator=(SpooledBytes&&) = delete;
  ~SpooledBytes();

  // Error{unavailable}: the temporary folder has no room.
  Status append(std::string_view piece);
  std::size_t size() const { return size_; }
  Result<std::string_view> view();

 private:
  Status write_out(std::string_view bytes);
  void unmap() noexcept;

  std::string memory_;
  int file_ = -1;
  std::size_t size_ = 0;
  void* mapped_ = nullptr;
  std::size_t mapped_size_ = 0;
};

}  // namespace hermod::server
