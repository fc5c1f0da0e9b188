// KeyRing: the keys that seal what the database must not show (passwords, refresh tokens), and the sealing
// itself: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. The newest key seals, every key opens.
//
// Key file (text, mode 0600, owned by the user who runs the process; see key_file.hpp for its form). Losing
// it loses the secrets: users must sign in again. Owner: the host. Threads: seal() and open() from any;
// rotate() while no other call runs. Limits: max_plaintext_length, max_keys; 2^32 seals a key is the bound of
// random nonces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <hermod/result.hpp>

#include "core/ids/object_id.hpp"
#include "core/secrets/secret_string.hpp"

namespace hermod::secrets {

inline constexpr std::size_t max_plaintext_length = 1 << 20;
inline constexpr std::size_t max_keys = 64;
inline constexpr std::size_t nonce_length = 12;
inline constexpr std::size_t tag_length = 16;
inline constexpr std::size_t key_length = 32;

struct Sealed {
  std::string key_id;  // 16 hex digits
  std::array<std::uint8_t, nonce_length> nonce{};
  std::string ciphertext;  // as long as the plaintext, then the tag of tag_length bytes
};

struct Key {
  std::string key_id;      // the first 8 bytes of the key's SHA-256 in hex: a damaged key does not fit its id
  std::string created_at;  // RFC 3339, UTC; for people
  SecretString bytes;      // key_length
};

// The bytes that tie a sealed secret to its place, so that a row copied to another account does not open.
std::string associated_data(const ids::ObjectId& account_id, std::string_view secret_name);

class KeyRing {
 public:
  // Reads the file; makes it, with one key, when there is none (its folder must exist). Fails with `denied`
  // when others may read the file or own it, `invalid_data` when it is malformed, `unavailable` when the disk
  // fails.
  static Result<KeyRing> open_or_create(const std::filesystem::path& path);

  // Fails with `limit` above max_plaintext_length.
  Result<Sealed> seal(std::string_view plaintext, std::string_view associated_data) const;
  // Fails with `not_found` when the key is not in the ring, `invalid_data` when anything was changed.
  Result<SecretString> open(const Sealed& sealed, std::string_view associated_data) const;

  // Adds a new key, in the file first. Running processes learn of it when they start again.
  Status rotate();
  // To find the rows worth sealing anew after a rotation.
  const std::string& newest_key_id() const { return keys_.back().key_id; }

 private:
  KeyRing(std::filesystem::path path, std::vector<Key> keys)
      : path_(std::move(path)), keys_(std::move(keys)) {}

  std::filesystem::path path_;
  std::vector<Key> keys_;  // oldest first, never empty
};

}  // namespace hermod::secrets
