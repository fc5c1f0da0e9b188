// SecretString: bytes that must not be seen. Wipes its memory when it goes, prints as "***" with fmt and
// ostream.
//
// Owner: one at a time (move-only; copy() says so when a second is wanted). Threads: as a std::string.
// reveal() is the one way in, so that a search finds every use. Bytes the caller copied out are the caller's
// to wipe.
#pragma once

#include <fmt/core.h>

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string_view>

namespace hermod::secrets {

class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string_view bytes);
  ~SecretString();
  SecretString(SecretString&& other) noexcept;
  SecretString& operator=(SecretString&& other) noexcept;

  // `size` zero bytes, to be filled through writable().
  static SecretString of_size(std::size_t size);

  SecretString copy() const { return SecretString(reveal()); }
  std::string_view reveal() const noexcept { return {bytes_.get(), size_}; }
  char* writable() noexcept { return bytes_.get(); }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

 private:
  void wipe() noexcept;

  // Not a std::string: its short form would leave copies behind when moved.
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

inline constexpr std::string_view secret_placeholder = "***";
std::ostream& operator<<(std::ostream& out, const SecretString& secret);

}  // namespace hermod::secrets

template <>
struct fmt::formatter<hermod::secrets::SecretString> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const hermod::secrets::SecretString&, Context& context) const {
    return fmt::formatter<std::string_view>::format(hermod::secrets::secret_placeholder, context);
  }
};
