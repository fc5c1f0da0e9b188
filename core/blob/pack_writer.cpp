#include "core/blob/pack_writer.hpp"

#include <algorithm>
#include <utility>

#include "core/blob/blob_error.hpp"
#include "core/blob/pack_format.hpp"
#include "core/blob/pack_recovery.hpp"
#include "core/blob/streamed_blob.hpp"
#include "core/durability/durable_step.hpp"

namespace hermod::blob {

PackWriter::PackWriter(FileSystem& files, Settings settings, std::unique_ptr<DirectoryLock> lock)
    : files_(files),
      settings_(std::move(settings)),
      folder_(account_folder(settings_.root, settings_.account_id)),
      lock_(std::move(lock)) {}

PackWriter::~PackWriter() = default;

Result<std::unique_ptr<PackWriter>> PackWriter::open(FileSystem& files, Settings settings) {
  const Path folder = account_folder(settings.root, settings.account_id);
  const Status made = files.create_directory(folder);
  if (!made && made.error().kind == ErrorKind::not_found) return root_missing();
  if (!made && made.error().kind != ErrorKind::conflict) return made.error();
  if (made) durability::passed(durability::DurableStep::account_folder_made);
  Result<std::unique_ptr<DirectoryLock>> lock = files.lock_directory(folder);
  if (!lock) return std::move(lock).error();
  std::unique_ptr<PackWriter> writer(new PackWriter(files, std::move(settings), std::move(*lock)));
  if (Status opened = writer->open_newest_pack(); !opened) return std::move(opened).error();
  return writer;
}

Status PackWriter::open_newest_pack() {
  const Result<std::vector<std::string>> names = files_.list(folder_);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    pack_number_ = std::max(pack_number_, parse_pack_file_name(name).value_or(0));
  }
  if (pack_number_ == 0) return ok();
  Result<std::unique_ptr<File>> pack =
      files_.open(folder_ / pack_file_name(pack_number_), OpenMode::append_existing);
  if (!pack) return std::move(pack).error();
  const Result<bool> resumed = resume(**pack);
  if (!resumed) return resumed.error();
  if (!*resumed) {
    const Result<PackTail> tail = find_tail(**pack, settings_.account_id, pack_number_);
    if (!tail) return tail.error();
    if (tail->next == PackTail::Next::next_pack) return ok();
    if (Status cut = (*pack)->truncate(tail->end); !cut) return cut;
    end_ = durable_end_ = tail->end;
  }
  durability::passed(durability::DurableStep::pack_reopened);
  pack_ = std::move(*pack);
  return ok();
}

// True when the pack ends where this process stopped writing it.
Result<bool> PackWriter::resume(File& pack) {
  const std::optional<PackPlace>& place = settings_.resume_at;
  if (!place || place->pack_number != pack_number_) return false;
  const Result<std::uint64_t> length = pack.length();
  if (!length) return length.error();
  if (*length != place->end) return false;
  end_ = durable_end_ = place->end;
  pack_entry_ = folder_entry_ = Entry::durable;
  return true;
}

std::optional<PackPlace> PackWriter::place() const {
  const bool durable = full_packs_.empty() && end_ == durable_end_ && stream_ == Stream::none &&
                       pack_entry_ == Entry::durable && folder_entry_ == Entry::durable;
  if (!pack_ || !durable) return std::nullopt;
  return PackPlace{pack_number_, end_};
}

Result<Location> PackWriter::append(const CompressedBlob& blob) {
  if (Status room = make_room(blob.record.size()); !room) return std::move(room).error();
  if (Status written = pack_->write_at(end_, blob.record); !written) {
    roll_back();
    return std::move(written).error();
  }
  durability::passed(durability::DurableStep::record_appended);
  return take_in(blob.stored_length(), blob.raw_length);
}

Result<Location> PackWriter::append(const ids::Sha256Digest& sha256, std::string_view raw) {
  const Result<CompressedBlob> blob = compress(raw, sha256);
  if (!blob) return blob.error();
  return append(*blob);
}

Result<StreamedBlob> PackWriter::begin(std::uint64_t expected_raw_length) {
  if (Status room = make_room(record_header_length + expected_raw_length); !room)
    return std::move(room).error();
  stream_ = Stream::open;
  return StreamedBlob(*this);
}

Status PackWriter::flush() {
  if (stream_ == Stream::open) return misuse("a stream is open");
  if (Status synced = sync_packs(); !synced) {
    lose_page();
    return synced;
  }
  return sync_entries();
}

// On success the pack has a header, and a record of that length may be written at end_.
Status PackWriter::make_room(std::uint64_t record_length) {
  if (stream_ == Stream::open) return misuse("a stream is open");
  if (pack_ && end_ > pack_header_length && end_ + record_length > settings_.roll_length) {
    if (Status rolled = roll_over(); !rolled) return rolled;
  }
  if (!pack_) {
    if (Status started = start_pack(); !started) return started;
  }
  if (end_ >= pack_header_length) return ok();
  const PackHeaderBytes header = encode_pack_header(settings_.account_id, pack_number_);
  if (Status written = pack_->write_at(0, {header.data(), header.size()}); !written) {
    roll_back();
    return written;
  }
  end_ = pack_header_length;
  return ok();
}

// The full pack is synced by the next flush, not here: then only a flush can lose what was appended.
Status PackWriter::roll_over() {
  if (full_packs_.size() + 1 >= max_packs_a_page) return too_long("too many packs since the last flush");
  if (end_ > durable_end_) full_packs_.push_back({std::move(pack_), durable_end_});
  pack_.reset();
  return ok();
}

Status PackWriter::start_pack() {
  const std::uint32_t number = pack_number_ + 1;
  Result<std::unique_ptr<File>> pack = files_.open(folder_ / pack_file_name(number), OpenMode::create_new);
  if (!pack) {
    // The folder was there when the writer opened it.
    return pack.error().kind == ErrorKind::not_found ? root_missing() : std::move(pack).error();
  }
  pack_ = std::move(*pack);
  pack_number_ = number;
  end_ = durable_end_ = 0;
  pack_entry_ = Entry::pending;
  durability::passed(durability::DurableStep::pack_made);
  return ok();
}

Status PackWriter::sync_packs() {
  for (const FullPack& full : full_packs_) {
    if (Status synced = full.file->sync(); !synced) return synced;
  }
  if (pack_ && end_ > durable_end_) {
    if (Status synced = pack_->sync(); !synced) return synced;
  }
  full_packs_.clear();
  durable_end_ = end_;
  durability::passed(durability::DurableStep::pack_synced);
  return ok();
}

Status PackWriter::sync_entries() {
  if (pack_number_ == 0) return ok();
  if (pack_entry_ == Entry::pending) {
    if (Status synced = files_.sync_directory(folder_); !synced) return synced;
    pack_entry_ = Entry::durable;
    durability::passed(durability::DurableStep::pack_entry_synced);
  }
  if (folder_entry_ == Entry::pending) {
    if (Status synced = files_.sync_directory(settings_.root); !synced) return synced;
    folder_entry_ = Entry::durable;
  }
  return ok();
}

// After a failed sync the kernel may call pages clean that never reached the disk, and the next sync would
// succeed without them. Only what is written again is written.
void PackWriter::lose_page() {
  for (const FullPack& full : full_packs_) static_cast<void>(full.file->truncate(full.durable_end));
  full_packs_.clear();
  end_ = durable_end_;
  if (pack_) roll_back();
}

void PackWriter::roll_back() {
  // If this fails too, the next record overwrites what is left, and recovery ignores what stands behind it.
  static_cast<void>(pack_->truncate(end_));
}

Location PackWriter::take_in(std::uint64_t stored_length, std::uint64_t raw_length) {
  const Location location{
      .pack = pack_number_, .offset = end_, .stored_length = stored_length, .raw_length = raw_length};
  end_ += record_header_length + stored_length;
  return location;
}

}  // namespace hermod::blob
