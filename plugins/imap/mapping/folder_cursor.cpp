#include "plugins/imap/mapping/folder_cursor.hpp"

#include <limits>

namespace hermod::imap {
namespace {

constexpr char version = 1;

void put(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

// Reads varints off the front; `ok` turns false at the first that is cut short or too large, for good.
struct Reader {
  std::string_view rest;
  bool ok = true;

  std::uint64_t take(std::uint64_t max) {
    std::uint64_t value = 0;
    for (int shift = 0; ok && shift < 64; shift += 7) {
      if (rest.empty()) break;
      const auto byte = static_cast<unsigned char>(rest.front());
      rest.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value <= max ? value : fail();
    }
    return fail();
  }
  std::uint32_t take32() {
    return static_cast<std::uint32_t>(take(std::numeric_limits<std::uint32_t>::max()));
  }
  std::uint64_t fail() {
    ok = false;
    return 0;
  }
};

}  // namespace

SyncCursor encode(const FolderCursor& cursor) {
  std::string out(1, version);
  put(out, static_cast<std::uint64_t>(cursor.phase));
  put(out, cursor.uid_validity.value);
  put(out, cursor.base.value);
  put(out, cursor.page);
  put(out, cursor.next.value);
  put(out, cursor.messages);
  put(out, static_cast<std::uint64_t>(cursor.compared_at));
  put(out, cursor.recent_from.value);
  put(out, cursor.gaps.ranges().size());
  for (const auto& range : cursor.gaps.ranges()) {
    put(out, range.first.value);
    put(out, range.last.value);
  }
  return {std::move(out)};
}

std::optional<FolderCursor> decode(const SyncCursor& bytes) {
  Reader reader{bytes.bytes};
  if (!reader.rest.starts_with(version)) return std::nullopt;
  reader.rest.remove_prefix(1);
  FolderCursor cursor;
  cursor.phase = static_cast<FolderCursor::Phase>(reader.take(1));
  cursor.uid_validity = UidValidity{reader.take32()};
  cursor.base = ModSeq{reader.take(modseq_max)};
  cursor.page = reader.take32();
  cursor.next = Uid{reader.take32()};
  cursor.messages = reader.take32();
  cursor.compared_at = static_cast<std::int64_t>(reader.take(std::numeric_limits<std::int64_t>::max()));
  cursor.recent_from = Uid{reader.take32()};
  std::vector<UidRange> gaps;
  for (auto left = reader.take(FolderCursor::gaps_max); reader.ok && left > 0; --left) {
    const Uid first{reader.take32()}, last{reader.take32()};
    if (!first || last < first) reader.fail();
    gaps.push_back({first, last});
  }
  if (!reader.ok || !reader.rest.empty()) return std::nullopt;
  cursor.gaps = UidSet(std::move(gaps));
  return cursor;
}

}  // namespace hermod::imap
