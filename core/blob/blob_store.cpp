#include "core/blob/blob_store.hpp"

#include <utility>

#include "core/blob/blob_error.hpp"
#include "core/blob/pack_format.hpp"

namespace hermod::blob {
namespace {

Result<std::unique_ptr<File>> open_pack(FileSystem& files, const Path& root, const ids::ObjectId& account_id,
                                        std::uint32_t pack_number) {
  Result<std::unique_ptr<File>> pack =
      files.open(account_folder(root, account_id) / pack_file_name(pack_number), OpenMode::read);
  if (pack || pack.error().kind != ErrorKind::not_found) return pack;
  // A disk that is not mounted is no reason to fetch every message again.
  const Result<std::vector<std::string>> accounts = files.list(root);
  if (!accounts) return accounts.error().kind == ErrorKind::not_found ? root_missing() : accounts.error();
  return blob_error(ErrorKind::not_found, ErrorScope::item, Retry::never(), "a stored message is missing",
                    "The message must be fetched again.");
}

}  // namespace

BlobStore::BlobStore(Settings settings, FileSystem& files) : settings_(std::move(settings)), files_(files) {}

Status BlobStore::create_root() {
  Status made = files_.create_directory(settings_.root);
  if (!made && made.error().kind != ErrorKind::conflict) return made;
  return files_.sync_directory(settings_.root.has_parent_path() ? settings_.root.parent_path() : ".");
}

Result<std::unique_ptr<PackWriter>> BlobStore::writer(const ids::ObjectId& account_id) {
  return PackWriter::open(
      files_, {.root = settings_.root, .account_id = account_id, .roll_length = settings_.roll_length});
}

Result<std::string> BlobStore::read(const ids::ObjectId& account_id, const Location& location,
                                    const ids::Sha256Digest& expected) const {
  const Result<std::unique_ptr<File>> pack = open_pack(files_, settings_.root, account_id, location.pack);
  if (!pack) return pack.error();
  return read_record(**pack, location, expected);
}

Status BlobStore::read_stream(const ids::ObjectId& account_id, const Location& location,
                              const ids::Sha256Digest& expected, const Sink& sink) const {
  const Result<std::unique_ptr<File>> pack = open_pack(files_, settings_.root, account_id, location.pack);
  if (!pack) return pack.error();
  return stream_record(**pack, location, expected, sink);
}

Status BlobStore::check_writable() {
  const Path probe = settings_.root / "writable";
  const Result<std::unique_ptr<File>> made = files_.open(probe, OpenMode::create_new);
  if (!made && made.error().kind == ErrorKind::not_found) return root_missing();
  // `conflict`: another check is at it.
  if (!made && made.error().kind != ErrorKind::conflict) return made.error();
  (void)files_.remove_file(probe);
  return ok();
}

Status BlobStore::erase_account(const ids::ObjectId& account_id) {
  const Path folder = account_folder(settings_.root, account_id);
  const Result<std::unique_ptr<DirectoryLock>> lock = files_.lock_directory(folder);
  if (!lock) {
    if (lock.error().kind != ErrorKind::not_found) return lock.error();
    // Erased before, maybe by a run that crashed before the next line; or the root is missing.
    Status synced = files_.sync_directory(settings_.root);
    if (!synced && synced.error().kind == ErrorKind::not_found) return root_missing();
    return synced;
  }
  const Result<std::vector<std::string>> names = files_.list(folder);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (Status removed = files_.remove_file(folder / name); !removed) return removed;
  }
  if (Status removed = files_.remove_directory(folder); !removed) return removed;
  return files_.sync_directory(settings_.root);
}

}  // namespace hermod::blob
