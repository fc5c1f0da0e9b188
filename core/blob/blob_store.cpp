#include "core/blob/blob_store.hpp"

#include <utility>

#include "core/blob/blob_error.hpp"
#include "core/blob/pack_format.hpp"
#include "core/durability/durable_step.hpp"

namespace hermod::blob {
namespace {

constexpr std::size_t probe_length = 4096;  // a block of most file systems

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
  if (made) durability::passed(durability::DurableStep::blob_root_made);
  return files_.sync_directory(settings_.root.has_parent_path() ? settings_.root.parent_path() : ".");
}

Result<std::unique_ptr<PackWriter>> BlobStore::writer(const ids::ObjectId& account_id,
                                                      std::optional<PackPlace> resume_at) {
  return PackWriter::open(files_, {.root = settings_.root,
                                   .account_id = account_id,
                                   .roll_length = settings_.roll_length,
                                   .resume_at = resume_at});
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
  Result<std::unique_ptr<File>> file = files_.open(probe, OpenMode::create_new);
  // Another check is at it, or one was killed in the middle.
  if (!file && file.error().kind == ErrorKind::conflict) file = files_.open(probe, OpenMode::append_existing);
  if (!file && file.error().kind == ErrorKind::not_found) {
    // The other check has just removed it, unless the root itself is not there.
    const Result<std::vector<std::string>> accounts = files_.list(settings_.root);
    return accounts ? ok() : root_missing();
  }
  if (!file) return file.error();
  // A full disk still takes new names.
  Status written = (*file)->write_at(0, std::string(probe_length, '\0'));
  (void)files_.remove_file(probe);
  return written;
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
    durability::passed(durability::DurableStep::pack_erased);
  }
  if (Status removed = files_.remove_directory(folder); !removed) return removed;
  return files_.sync_directory(settings_.root);
}

}  // namespace hermod::blob
