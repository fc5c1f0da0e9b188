#include "core/secrets/key_ring.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "core/ids/random.hpp"
#include "core/secrets/key_file.hpp"

namespace hermod::secrets {
namespace {

// Told from other uses of the keys that may come; never changes, or nothing opens any more.
constexpr std::string_view purpose = "hermod.secret.1:";

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter>;

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

Error crypto_failure() {
  return {.kind = ErrorKind::internal,
          .scope = ErrorScope::item,
          .retry = Retry::never(),
          .message = "the crypto library could not encrypt",
          .detail = {},
          .hint = {},
          .provider_code = {}};
}

Error item_error(ErrorKind kind, std::string message, std::string hint) {
  return {.kind = kind,
          .scope = ErrorScope::account,
          .retry = Retry::after_user_action(),
          .message = std::move(message),
          .detail = {},
          .hint = std::move(hint),
          .provider_code = {}};
}

}  // namespace

std::string associated_data(const ids::ObjectId& account_id, std::string_view secret_name) {
  std::string bytes(purpose);
  // Of fixed length, so that no other account and name give the same bytes.
  bytes.append(reinterpret_cast<const char*>(account_id.bytes.data()), account_id.bytes.size());
  bytes.append(secret_name);
  return bytes;
}

Result<KeyRing> KeyRing::open_or_create(const std::filesystem::path& path) {
  Result<std::vector<Key>> keys = read_key_file(path);
  if (!keys && keys.error().kind == ErrorKind::not_found) {
    std::vector<Key> first;
    first.push_back(make_key());
    Status written = write_key_file(path, first, Existing::keep);
    // Another process may have been quicker: then its key counts.
    if (!written && written.error().kind != ErrorKind::conflict) return std::move(written).error();
    keys = read_key_file(path);
  }
  if (!keys) return std::move(keys).error();
  return KeyRing(path, std::move(*keys));
}

Result<Sealed> KeyRing::seal(std::string_view plaintext, std::string_view associated_data) const {
  if (plaintext.size() > max_plaintext_length) {
    return item_error(ErrorKind::limit, "the secret is too long to be stored", {});
  }
  const Key& key = keys_.back();
  Sealed sealed{
      .key_id = key.key_id, .nonce = {}, .ciphertext = std::string(plaintext.size() + tag_length, '\0')};
  ids::fill_random(sealed.nonce);
  unsigned char* const out = octets(sealed.ciphertext.data());
  const Context context(EVP_CIPHER_CTX_new());
  int length = 0;
  const bool done =
      context &&
      EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), octets(key.bytes.reveal()), sealed.nonce.data(),
                          nullptr) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &length, octets(associated_data),
                        static_cast<int>(associated_data.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), out, &length, octets(plaintext), static_cast<int>(plaintext.size())) ==
          1 &&
      EVP_EncryptFinal_ex(context.get(), out + plaintext.size(), &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_length, out + plaintext.size()) == 1;
  if (!done) return crypto_failure();
  return sealed;
}

Result<SecretString> KeyRing::open(const Sealed& sealed, std::string_view associated_data) const {
  const auto key = std::ranges::find(keys_, sealed.key_id, &Key::key_id);
  if (key == keys_.end()) {
    return item_error(ErrorKind::not_found, "the key of a stored secret is not in the key file",
                      "Restart if the key was rotated meanwhile; else restore the key file from its backup.");
  }
  const Error damaged = item_error(ErrorKind::invalid_data, "a stored secret is damaged or not in its place",
                                   "Connect the account again to store its secret anew.");
  if (sealed.ciphertext.size() < tag_length || sealed.ciphertext.size() > max_plaintext_length + tag_length) {
    return damaged;
  }
  const std::string_view body =
      std::string_view(sealed.ciphertext).substr(0, sealed.ciphertext.size() - tag_length);
  std::string tag = sealed.ciphertext.substr(body.size());
  SecretString plaintext = SecretString::of_size(body.size());
  unsigned char* const out = octets(plaintext.writable());
  const Context context(EVP_CIPHER_CTX_new());
  int length = 0;
  const bool authentic =
      context &&
      EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), octets(key->bytes.reveal()), sealed.nonce.data(),
                          nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &length, octets(associated_data),
                        static_cast<int>(associated_data.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), out, &length, octets(body), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_length, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), out + body.size(), &length) == 1;
  if (!authentic) return damaged;
  return plaintext;
}

Status KeyRing::rotate() {
  // The file is the truth: another process may have rotated since this ring was read.
  Result<std::vector<Key>> keys = read_key_file(path_);
  if (!keys) return std::move(keys).error();
  if (keys->size() >= max_keys) {
    return item_error(ErrorKind::limit, "the key file is full",
                      "Seal the stored secrets anew, then remove the oldest keys from the key file.");
  }
  keys->push_back(make_key());
  if (Status written = write_key_file(path_, *keys, Existing::replace); !written) return written;
  keys_ = std::move(*keys);
  return ok();
}

}  // namespace hermod::secrets
