#include "core/store/upload_store.hpp"

#include <array>

#include "core/ids/random.hpp"
#include "core/ids/sha256.hpp"
#include "core/ids/text_encoding.hpp"

namespace hermod::store {

namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr int expired_at_once = 100;

Error refused(ErrorKind kind, std::string message, std::string hint = {}) {
  return {kind, ErrorScope::account, Retry::never(), std::move(message), {}, std::move(hint), {}};
}

Status admit(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& upload_id,
             std::string_view secret, const std::string& lock) {
  const ids::Sha256Digest hash = ids::sha256(secret);
  auto rows = connection.query(
      "SELECT ready FROM uploads WHERE account_id = $1 AND upload_id = $2 AND secret_hash = $3 AND"
      " expires_at > now()" +
          lock,
      account_id, upload_id, Bytes{ids::as_bytes(hash)});
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return refused(ErrorKind::not_found, "there is no such upload, or it expired");
  if (rows->boolean(0, 0))
    return refused(ErrorKind::conflict, "the upload is complete", "create another one for other bytes");
  return ok();
}

}  // namespace

Result<AddedUpload> add_upload(Connection& connection, const ids::ObjectId& account_id,
                               const UploadInput& input) {
  std::array<std::uint8_t, 32> random;
  ids::fill_random(random);
  AddedUpload added{ids::new_object_id(),
                    ids::base64url_encode({reinterpret_cast<const char*>(random.data()), random.size()}),
                    {}};
  const ids::Sha256Digest hash = ids::sha256(added.secret);
  auto rows = connection.query(
      "INSERT INTO uploads (account_id, upload_id, secret_hash, filename, content_type, announced, "
      "expires_at)"
      " SELECT $1::uuid, $2::uuid, $3::bytea, $4::text, $5::text, $6::bigint, now() + make_interval(secs => "
      "$7) WHERE (SELECT count(*) FROM uploads"
      " WHERE account_id = $1 AND expires_at > now()) < $8"
      " RETURNING to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
      account_id, added.upload_id, Bytes{ids::as_bytes(hash)}, input.filename, input.content_type,
      input.announced, upload_seconds, uploads_max);
  if (!rows) return std::move(rows).error();
  if (rows->empty())
    return refused(ErrorKind::limit, "the account has " + std::to_string(uploads_max) + " uploads already",
                   "each is gone a day after it was created");
  added.expires_at = rows->text(0, 0);
  return added;
}

Status admit_upload(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& upload_id,
                    std::string_view secret) {
  return admit(connection, account_id, upload_id, secret, "");
}

Status put_upload(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& upload_id,
                  std::string_view secret, std::string_view bytes) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::move(transaction).error();
  if (Status admitted = admit(connection, account_id, upload_id, secret, " FOR UPDATE"); !admitted)
    return admitted;
  const auto size = static_cast<std::int64_t>(bytes.size());
  auto sized = connection.query(
      "UPDATE uploads SET size = $3 WHERE account_id = $1 AND upload_id = $2 AND $3 <= $4 - (SELECT"
      " coalesce(sum(size), 0) FROM uploads WHERE account_id = $1 AND upload_id <> $2) RETURNING 1",
      account_id, upload_id, size, uploads_bytes_max);
  if (!sized) return std::move(sized).error();
  if (sized->empty())
    return refused(
        ErrorKind::limit,
        "the account's uploads would have more than " + std::to_string(uploads_bytes_max) + " bytes",
        "each is gone a day after it was created");
  auto removed = connection.query("DELETE FROM upload_pieces WHERE account_id = $1 AND upload_id = $2",
                                  account_id, upload_id);
  if (!removed) return std::move(removed).error();
  int number = 0;
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
    auto added = connection.query(
        "INSERT INTO upload_pieces (account_id, upload_id, number, bytes) VALUES ($1, $2, $3, $4)",
        account_id, upload_id, number++, Bytes{bytes.substr(at, piece_bytes)});
    if (!added) return std::move(added).error();
  }
  return transaction->commit();
}

std::string_view to_string(UploadStatus status) {
  switch (status) {
    case UploadStatus::uploading:
      return "uploading";
    case UploadStatus::ready:
      return "ready";
    case UploadStatus::failed:
      return "failed";
    case UploadStatus::expired:
      return "expired";
  }
  return "";
}

Result<UploadStatus> complete_upload(Connection& connection, const ids::ObjectId& account_id,
                                     const ids::ObjectId& upload_id) {
  auto completed = connection.query(
      "UPDATE uploads SET ready = ready OR (expires_at > now() AND size IS NOT NULL AND"
      " coalesce(announced, size) = size) WHERE account_id = $1 AND upload_id = $2"
      " RETURNING expires_at > now(), size IS NULL, ready",
      account_id, upload_id);
  if (!completed) return std::move(completed).error();
  if (completed->empty()) return refused(ErrorKind::not_found, "there is no such upload");
  if (!completed->boolean(0, 0)) return UploadStatus::expired;
  if (completed->boolean(0, 1)) return UploadStatus::uploading;
  return completed->boolean(0, 2) ? UploadStatus::ready : UploadStatus::failed;
}

Result<std::optional<ReadyUpload>> find_ready_upload(Connection& connection, const ids::ObjectId& account_id,
                                                     const ids::ObjectId& upload_id) {
  auto rows = connection.query(
      "SELECT filename, content_type, size FROM uploads WHERE account_id = $1 AND upload_id = $2 AND ready "
      "AND"
      " expires_at > now()",
      account_id, upload_id);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<ReadyUpload>();
  return std::optional(
      ReadyUpload{std::string(rows->text(0, 0)), std::string(rows->text(0, 1)), rows->integer(0, 2)});
}

// A piece at a time: a value's text form takes twice its bytes.
Result<std::string> upload_bytes(Connection& connection, const ids::ObjectId& account_id,
                                 const ids::ObjectId& upload_id) {
  std::string bytes;
  for (int number = 0;; ++number) {
    auto rows = connection.query(
        "SELECT bytes FROM upload_pieces WHERE account_id = $1 AND upload_id = $2 AND number = $3",
        account_id, upload_id, number);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) return bytes;
    bytes += rows->bytes(0, 0);
  }
}

Status expire_uploads(Connection& connection) {
  auto expired = connection.query(
      "DELETE FROM uploads WHERE (account_id, upload_id) IN (SELECT account_id, upload_id FROM uploads WHERE"
      " expires_at < now() LIMIT $1)",
      expired_at_once);
  if (!expired) return std::move(expired).error();
  return ok();
}

}  // namespace hermod::store
