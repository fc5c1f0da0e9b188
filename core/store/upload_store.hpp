// Uploads: files that applications send ahead of the drafts that name them.
//
//   add ──► put (again: in place of what came before) ──► complete: ready ──► named by drafts
//
// After upload_seconds an upload is gone with its bytes, whatever became of it. Times are the database's.
#pragma once

#include "core/store/database.hpp"

namespace hermod::store {

inline constexpr int upload_seconds = 24 * 60 * 60;
// Of one account at a time.
inline constexpr int uploads_max = 100;
inline constexpr std::int64_t uploads_bytes_max = std::int64_t{1} << 30;

struct UploadInput {
  std::string filename, content_type;
  std::optional<std::int64_t> announced;  // bytes
};
struct AddedUpload {
  ids::ObjectId upload_id;
  std::string secret;      // base64url; only its hash is kept
  std::string expires_at;  // RFC 3339, UTC
};
// Error{limit}: the account has uploads_max of them.
Result<AddedUpload> add_upload(Connection& connection, const ids::ObjectId& account_id,
                               const UploadInput& input);

// Whether bytes may come. Error{not_found}: no such upload, another secret, or expired; Error{conflict}: it
// is ready.
Status admit_upload(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& upload_id,
                    std::string_view secret);
// The same errors; Error{limit}: the account's uploads would have more than uploads_bytes_max.
Status put_upload(Connection& connection, const ids::ObjectId& account_id, const ids::ObjectId& upload_id,
                  std::string_view secret, std::string_view bytes);

// failed: another size than announced; bytes may be put again.
enum class UploadStatus : std::uint8_t { uploading, ready, failed, expired };
std::string_view to_string(UploadStatus status);
// Error{not_found}.
Result<UploadStatus> complete_upload(Connection& connection, const ids::ObjectId& account_id,
                                     const ids::ObjectId& upload_id);

struct ReadyUpload {
  std::string filename, content_type;
  std::int64_t size = 0;
};
Result<std::optional<ReadyUpload>> find_ready_upload(Connection& connection, const ids::ObjectId& account_id,
                                                     const ids::ObjectId& upload_id);
Result<std::string> upload_bytes(Connection& connection, const ids::ObjectId& account_id,
                                 const ids::ObjectId& upload_id);

Status expire_uploads(Connection& connection);

}  // namespace hermod::store
