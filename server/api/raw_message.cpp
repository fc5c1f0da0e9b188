#include "server/api/raw_message.hpp"

#include <algorithm>

#include "core/blob/blob_store.hpp"
#include "core/store/draft_store.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

struct Blob {
  blob::Location location;
  ids::Sha256Digest sha256{};

  explicit Blob(const store::RawBytes& raw) : location{raw.pack, raw.offset, raw.stored, raw.size} {
    std::copy_n(raw.sha256.begin(), std::min(raw.sha256.size(), sha256.size()), sha256.begin());
  }
};

bool holds_header_block(std::string_view text) {
  return text.find("\r\n\r\n") != std::string_view::npos || text.find("\n\n") != std::string_view::npos;
}

// Nothing: it has arrived since the row was read.
Result<std::optional<std::string>> read_pending(const Api& api, const AccountScope& scope, const store::MessageRow& message) {
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  return store::pending_bytes(*connection, scope.account_id, message.message_id);
}

}  // namespace

Result<std::string> read_raw(const Api& api, const AccountScope& scope, const store::MessageRow& message) {
  if (message.raw_pending) {
    auto pending = read_pending(api, scope, message);
    if (!pending) return std::move(pending).error();
    if (*pending) return std::move(**pending);
  }
  if (!message.raw) {
    return failure(ErrorKind::not_found, "the raw bytes of this message are not held",
                   "the provider does not give them, or they were not fetched yet");
  }
  const Blob blob(*message.raw);
  return api.services.blobs.read(scope.account_id, blob.location, blob.sha256);
}

Result<std::vector<mime::Header>> read_headers(const Api& api, const AccountScope& scope,
                                               const store::MessageRow& message) {
  if (message.raw_pending) {
    auto raw = read_raw(api, scope, message);
    if (!raw) return std::move(raw).error();
    return mime::parse_headers(*raw);
  }
  if (!message.raw) return std::vector<mime::Header>();
  const Blob blob(*message.raw);
  std::string block;
  Status read = api.services.blobs.read_stream(
      scope.account_id, blob.location, blob.sha256, [&](std::string_view piece) {
        block += piece;
        const bool enough = block.size() >= header_block_bytes_max || holds_header_block(block);
        return enough ? Status(failure(ErrorKind::cancelled, "the headers are read")) : ok();
      });
  if (!read && read.error().kind != ErrorKind::cancelled) return std::move(read).error();
  return mime::parse_headers(block);
}

}  // namespace hermod::server
