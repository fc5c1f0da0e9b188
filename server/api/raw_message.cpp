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

struct Held {
  std::optional<std::string> pending;   // on their way to the mailbox, or
  std::optional<store::RawBytes> blob;  // where they lie
};

// What was on its way when the row was read may have arrived since: then the row says where it lies by now.
Result<Held> find_held(const Api& api, const AccountScope& scope, const store::MessageRow& message) {
  if (!message.raw_pending) return Held{{}, message.raw};
  auto connection = api.services.database.connect();
  if (!connection) return std::move(connection).error();
  auto pending = store::pending_bytes(*connection, scope.account_id, message.message_id);
  if (!pending) return std::move(pending).error();
  if (*pending) return Held{std::move(*pending), {}};
  auto now = store::find_messages(*connection, scope.account_id, {message.message_id}, store::MessageColumns::raw);
  if (!now) return std::move(now).error();
  return Held{{}, now->size() == 0 ? std::nullopt : now->row(0).raw};
}

}  // namespace

std::uint64_t raw_bytes_of(const Api& api, const store::MessageRow& message) {
  if (message.raw_pending) return api.services.options.multipart_body_bytes;
  return message.raw ? message.raw->size : 0;
}

Result<std::string> read_raw(const Api& api, const AccountScope& scope, const store::MessageRow& message) {
  auto held = find_held(api, scope, message);
  if (!held) return std::move(held).error();
  if (held->pending) return std::move(*held->pending);
  if (!held->blob) {
    return failure(ErrorKind::not_found, "the raw bytes of this message are not held",
                   "the provider does not give them, or they were not fetched yet");
  }
  const Blob blob(*held->blob);
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
