#include "core/blob/pack_recovery.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/blob/pack_format.hpp"
#include "core/ids/crc32.hpp"

namespace hermod::blob {
namespace {

constexpr std::size_t read_length = 256 << 10;

struct Record {
  std::uint64_t offset = 0;
  RecordHeader header;

  std::uint64_t end() const { return offset + record_header_length + header.stored_length; }
};

struct Chain {
  std::deque<Record> last;  // at most max_tail_records, oldest first
  std::uint64_t end = pack_header_length;
};

Result<std::string> read_up_to(File& pack, std::uint64_t offset, std::size_t length) {
  std::string bytes(length, '\0');
  Result<std::size_t> count = pack.read_at(offset, bytes.data(), bytes.size());
  if (!count) return std::move(count).error();
  bytes.resize(*count);
  return bytes;
}

Result<Chain> walk(File& pack, std::uint64_t pack_length) {
  Chain chain;
  while (chain.end + record_header_length <= pack_length) {
    Result<std::string> bytes = read_up_to(pack, chain.end, record_header_length);
    if (!bytes) return std::move(bytes).error();
    const std::optional<RecordHeader> header = decode_record_header(*bytes);
    if (!header) break;
    const Record record{chain.end, *header};
    if (record.end() > pack_length) break;
    chain.last.push_back(record);
    if (chain.last.size() > max_tail_records) chain.last.pop_front();
    chain.end = record.end();
  }
  return chain;
}

Result<bool> is_complete(File& pack, const Record& record) {
  std::uint32_t crc = 0;
  for (std::uint64_t at = record.offset + record_header_length; at < record.end();) {
    const std::uint64_t rest = record.end() - at;
    Result<std::string> bytes =
        read_up_to(pack, at, static_cast<std::size_t>(std::min<std::uint64_t>(rest, read_length)));
    if (!bytes) return std::move(bytes).error();
    if (bytes->empty()) return false;
    crc = ids::crc32(*bytes, crc);
    at += bytes->size();
  }
  return crc == record.header.stored_crc;
}

Result<bool> holds_record_header(File& pack, std::uint64_t begin, std::uint64_t end) {
  // Windows overlap by a header less one byte, so that each header lies whole in one of them.
  for (std::uint64_t at = begin; at < end; at += read_length) {
    Result<std::string> window = read_up_to(pack, at, read_length + record_header_length - 1);
    if (!window) return std::move(window).error();
    const std::string_view bytes = *window;
    for (std::size_t i = bytes.find(record_magic); i != bytes.npos; i = bytes.find(record_magic, i + 1)) {
      if (decode_record_header(bytes.substr(i))) return true;
    }
  }
  return false;
}

// After power loss a file may be shorter than written, or hold zeros where data never arrived.
bool was_never_written(std::string_view header) {
  return header.size() < pack_header_length || header.find_first_not_of('\0') == header.npos;
}

}  // namespace

Result<PackTail> find_tail(File& pack, const ids::ObjectId& account_id, std::uint32_t pack_number) {
  Result<std::uint64_t> pack_length = pack.length();
  if (!pack_length) return std::move(pack_length).error();
  Result<std::string> header = read_up_to(pack, 0, pack_header_length);
  if (!header) return std::move(header).error();
  const bool blank = was_never_written(*header);
  if (!blank && !is_pack_header(*header, account_id, pack_number))
    return PackTail{PackTail::Next::next_pack, 0};

  Chain chain;  // of a blank pack, empty
  if (!blank) {
    Result<Chain> walked = walk(pack, *pack_length);
    if (!walked) return std::move(walked).error();
    chain = std::move(*walked);
  }
  // Not at the chain's end itself: a header there is of a record that the file is too short for.
  const std::uint64_t rest = blank ? pack_header_length : chain.end + 1;
  Result<bool> more = holds_record_header(pack, rest, *pack_length);
  if (!more) return std::move(more).error();
  if (*more) return PackTail{PackTail::Next::next_pack, 0};
  if (blank) return PackTail{PackTail::Next::this_pack, 0};

  for (; !chain.last.empty(); chain.last.pop_back()) {
    Result<bool> complete = is_complete(pack, chain.last.back());
    if (!complete) return std::move(complete).error();
    if (*complete) return PackTail{PackTail::Next::this_pack, chain.last.back().end()};
    chain.end = chain.last.back().offset;
  }
  // All that were looked at are torn. With more before them, something else is wrong: leave it alone.
  if (chain.end > pack_header_length) return PackTail{PackTail::Next::next_pack, 0};
  return PackTail{PackTail::Next::this_pack, pack_header_length};
}

}  // namespace hermod::blob
